//! A page that does not read holds up nobody: it loses its place in the log and is told so, and at
//! last its connection.

use std::io::Write;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::contract::{given, script};
use crate::harness::TestServer;

/// The longest that the server may take to notice.
const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_page_that_reads_again_in_time_is_told_that_it_is_behind() {
    stop_reading_until("a page is behind", false).await;
}

#[tokio::test]
async fn a_page_that_never_reads_is_closed() {
    stop_reading_until("a socket that does not read is closed", true).await;
}

/// A page stops reading until the server's log says `noticed`.
async fn stop_reading_until(noticed: &str, is_closed: bool) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone());
    let _logged = tracing::subscriber::set_default(subscriber.finish());
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let mut given = given(&anna).await;
    given["closed"] = json!(is_closed);
    let mut node = script("slow.mjs", &given, Stdio::piped());
    let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
    assert_eq!(
        lines.next_line().await.unwrap().as_deref(),
        Some("paused"),
        "{node:?}"
    );
    let says = async {
        while !log.text().contains(noticed) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let said = tokio::time::timeout(LIMIT, says).await;
    said.unwrap_or_else(|_| panic!("the server never says `{noticed}`"));
    let mut stdin = node.stdin.take().unwrap();
    stdin.write_all(b"read\n").await.unwrap();
    let ended = tokio::time::timeout(LIMIT, node.wait_with_output()).await;
    let output = ended.expect("the script ends in time").unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    server.stop().await;
}

/// The log of this test's server: all of it runs on the test's own thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
