//! The nginx configuration of `docs/examples`, with ports and without TLS: everything that pages
//! and agents do works through it.

use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;

use testkit::{Agent, Place, Running, Server, Witness, until};

use crate::checker::log_is_whole;
use crate::stage::GATE;

const EXAMPLE: &str = include_str!("../../../../docs/examples/nginx.conf");

/// The example, told to listen on `port` and to pass on to `server`.
fn configuration(port: u16, server: &str, place: &Place) -> String {
    let mut lines: Vec<String> = EXAMPLE
        .lines()
        .filter(|line| !line.trim_start().starts_with("ssl_"))
        .map(str::to_owned)
        .collect();
    let mut changed = 0;
    for line in &mut lines {
        let text = line.trim().to_owned();
        let new = match text.as_str() {
            "listen 443 ssl;" => format!("listen 127.0.0.1:{port};"),
            // The one that only sends people on to TLS.
            "listen 80;" => format!("listen unix:{};", place.join("nginx.sock").display()),
            "proxy_pass http://127.0.0.1:7777;" => format!("proxy_pass {server};"),
            _ => continue,
        };
        *line = new;
        changed += 1;
    }
    assert_eq!(
        changed, 3,
        "the example has the lines that are changed here"
    );
    let folder = place.join("nginx");
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};\n", folder.display()))
        .concat();
    format!(
        "daemon off;\npid {0}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{1}\n}}\n",
        folder.display(),
        lines.join("\n")
    )
}

#[tokio::test]
async fn pages_and_agents_work_through_the_nginx_of_the_documentation() {
    let place = Place::new();
    let port = {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        free.local_addr().expect("it has an address").port()
    };
    let address = format!("http://127.0.0.1:{port}");
    let public = ("ARKWRIGHT_SERVER_PUBLIC_URL".to_owned(), address.clone());
    let server = Server::start_with(&place, &[], &[public]).await;
    let _nginx = start_nginx(&place, port, server.address());
    let anna = server.owner().await.through(&address);
    until("nginx answers", async || {
        let answer = anna.request(reqwest::Method::GET, "/me").send().await;
        answer.ok().filter(|answer| answer.status().is_success())
    })
    .await;
    let agent = Agent::join(&place, &anna, "reception").await;
    let robot = anna.robot("Gate", GATE).await;
    let witness = Witness::new(&place, "witness");

    let job = anna.play(&robot, witness.folder()).await;
    witness.has("start", 1).await;
    witness.open_gate();

    let ended = anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
    log_is_whole(&anna, &job, 1).await;
    // `log.html` is larger than what a proxy takes by itself without being told.
    let files = anna.get(&format!("/jobs/{job}/artifacts")).await;
    assert!(files.to_string().contains("log.html"), "{files}");
    drop(agent);
}

fn start_nginx(place: &Arc<Place>, port: u16, server: &str) -> Running {
    let file = place.join("nginx.conf");
    std::fs::create_dir_all(place.join("nginx")).expect("a folder can be made");
    std::fs::write(&file, configuration(port, server, place)).expect("it can be written");
    let mut nginx = Command::new("nginx");
    nginx
        .arg("-p")
        .arg(place.join("nginx"))
        .arg("-c")
        .arg(&file);
    Running::start(place, "nginx", nginx)
}
