//! The API's document: what it describes is there.

use reqwest::Method;
use serde_json::Value;

use crate::harness::{NOBODY, TestServer, good};

#[tokio::test]
async fn every_address_that_is_described_is_there() {
    let server = TestServer::start().await;
    let api = good(server.ask(Method::GET, "/api/v1/openapi.json")).await;
    let mut asked = 0;
    for (path, methods) in api["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let mut address = path.clone();
            while let (Some(start), Some(end)) = (address.find('{'), address.find('}')) {
                address.replace_range(start..=end, NOBODY);
            }
            let answer = server.ask(method, &address).send().await.unwrap();
            let text = answer.text().await.unwrap();
            let error: Value = serde_json::from_str(&text).unwrap();
            let code = error["code"].as_str().unwrap_or_default();
            assert!(
                ["unauthenticated", "malformed"].contains(&code),
                "{path} {text}"
            );
            asked += 1;
        }
    }
    assert!(asked > 40, "{asked}");
    let script = server
        .ask(Method::GET, "/api/docs.js")
        .send()
        .await
        .unwrap();
    assert!(
        script.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/javascript")
    );
    server.stop().await;
}
