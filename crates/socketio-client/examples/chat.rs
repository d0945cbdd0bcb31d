//! A line-by-line chat: `cargo run --example chat -- http://localhost:3000 anna`.

use socketio_client::{Builder, Event};
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("the server's URL is missing")?;
    let name = arguments.next().ok_or("your name is missing")?;
    let (client, mut events) = Builder::new(url)
        .auth(move || serde_json::json!({ "name": name }))
        .connect()?;

    let mut lines = BufReader::new(stdin()).lines();
    loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => match event {
                Event::Connected(_) => println!("connected"),
                Event::Message(message) => {
                    println!("{}: {}", message.name, message.arguments.to_json());
                }
                Event::Refused(refused) => println!("refused: {}", refused.message),
                Event::Disconnected(end) => println!("{}", end.reason),
                Event::ConnectFailed(failed) => println!("{}", failed.error),
                _ => {}
            },
            line = lines.next_line() => match line? {
                Some(line) => if let Err(error) = client.emit("chat message", &line).await {
                    println!("not sent: {error}");
                },
                None => break,
            },
        }
    }
    client.close().await;
    Ok(())
}
