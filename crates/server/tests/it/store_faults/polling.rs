//! A Socket.IO client as plain as can be: it polls, and sees every packet.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

use crate::harness::TestServer;

/// How long something may take to be heard.
const LIMIT: Duration = Duration::from_secs(30);

/// An open line.
pub(super) struct Polling {
    client: Client,
    origin: String,
    cookie: String,
    address: String,
}

impl Polling {
    /// Opens a line with that cookie.
    pub(super) async fn open(server: &TestServer, cookie: &str) -> Self {
        let address = format!("{}/socket.io/?EIO=4&transport=polling", server.address);
        let mut line = Self {
            client: server.client.clone(),
            origin: server.address.clone(),
            cookie: cookie.to_owned(),
            address,
        };
        let opened = line.ask(Method::GET).send().await.unwrap();
        let opened = opened.text().await.unwrap();
        let opened: Value = serde_json::from_str(&opened[1..]).unwrap();
        let sid = opened["sid"].as_str().unwrap();
        line.address = format!("{}&sid={sid}", line.address);
        line
    }

    /// Sends a packet.
    pub(super) async fn send(&self, packet: String) {
        let sent = self.ask(Method::POST).body(packet).send().await.unwrap();
        assert!(sent.status().is_success());
    }

    /// What `find` finds in the first packet in which it finds something; pings are answered.
    pub(super) async fn hears<T>(&self, mut find: impl FnMut(&str) -> Option<T>) -> T {
        let heard = async {
            loop {
                let answer = self.ask(Method::GET).send().await.unwrap();
                let text = answer.text().await.unwrap();
                // Packets are separated by the record separator.
                for packet in text.split('\u{1e}') {
                    if packet == "2" {
                        self.send("3".to_owned()).await;
                    }
                    if let Some(found) = find(packet) {
                        return found;
                    }
                }
            }
        };
        let heard = tokio::time::timeout(LIMIT, heard).await;
        heard.expect("it is heard in time")
    }

    fn ask(&self, method: Method) -> RequestBuilder {
        let request = self.client.request(method, &self.address);
        let request = request.header("Cookie", &self.cookie);
        request.header("Origin", &self.origin)
    }
}
