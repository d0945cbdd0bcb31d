//! Robots: versions, packages, and what the play dialog is told.

use std::io::{Cursor, Write};

use reqwest::Method;
use serde_json::{Value, json};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::harness::{Person, ROBOT, TestServer, good, refused};

pub(crate) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn form(anna: &Person<'_>, name: &str, package: &[u8]) -> reqwest::RequestBuilder {
    let mut body = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{name}\r\n--edge\r\n\
         Content-Disposition: form-data; name=\"package\"; filename=\"p.zip\"\r\n\
         Content-Type: application/zip\r\n\r\n"
    )
    .into_bytes();
    body.extend_from_slice(package);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    anna.ask(Method::POST, &format!("/users/{}/robots", anna.id))
        .header("Content-Type", "multipart/form-data; boundary=edge")
        .body(body)
}

#[tokio::test]
async fn each_save_makes_a_version_unless_somebody_was_faster() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let robot = anna.robot("Hello", ROBOT).await;
    let save = |expected: &str, text: &str| {
        let save = anna.ask(
            Method::PUT,
            &format!("/robots/{robot}/source?note=more%20words"),
        );
        let save = save.header("Content-Type", "text/plain; charset=utf-8");
        save.header("If-Match", expected).body(text.to_owned())
    };
    let second = ROBOT.replace("Hello\n", "Hello again\n");
    let saved = good(save("\"1\"", &second)).await;
    assert_eq!(saved["version"], 2);
    let conflict = refused(save("\"1\"", ROBOT), "conflict").await;
    assert_eq!(conflict["version"], 2);
    let source = |query: &str| anna.ask(Method::GET, &format!("/robots/{robot}/source{query}"));
    let shown = source("").send().await.unwrap();
    assert_eq!(shown.headers()["etag"], "\"2\"");
    assert_eq!(shown.text().await.unwrap(), second);
    let shown = source("?version=1").send().await.unwrap();
    assert_eq!(shown.text().await.unwrap(), ROBOT);
    refused(source("?version=3"), "not_found").await;
    let versions = anna.get(&format!("/robots/{robot}/versions")).await;
    assert_eq!(versions["items"][0]["note"], "more words");
    assert_eq!(versions["items"][1]["version"], 1);

    let patch = json!({"labels": ["SAP"], "settings": {"timeoutMs": 60_000}, "favourite": true});
    let patch = anna
        .ask(Method::PATCH, &format!("/robots/{robot}"))
        .json(&patch);
    let changed = good(patch).await;
    assert_eq!(changed["labels"], json!(["sap"]));
    assert_eq!(changed["settings"]["timeoutMs"], 60_000);
    assert_eq!(changed["settings"]["stopGraceMs"], 10_000);
    assert_eq!(changed["version"], 2);
    let wrong = json!({"settings": {"stopGraceMs": 1}});
    let wrong = anna
        .ask(Method::PATCH, &format!("/robots/{robot}"))
        .json(&wrong);
    let error = refused(wrong, "invalid").await;
    assert_eq!(error["fields"][0]["name"], "settings.stopGraceMs");
    let form = anna.get(&format!("/robots/{robot}/play-form")).await;
    assert_eq!(form["wouldWait"]["code"], "no_agent");
    assert_eq!(form["version"], 2);

    let job = anna
        .post("/jobs", json!({"robotId": robot, "parameters": []}))
        .await;
    good(anna.ask(Method::DELETE, &format!("/robots/{robot}"))).await;
    let job = anna
        .get(&format!("/jobs/{}", job["id"].as_str().unwrap()))
        .await;
    assert_eq!(job["status"], "cancelled");
    assert_eq!(job["robotName"], "Hello");
    server.stop().await;
}

#[tokio::test]
async fn a_package_is_taken_whole_or_refused_with_the_reason() {
    let server = TestServer::start().await;
    let anna = server.person("Anna").await;
    let package = zip(&[("main.robot", ROBOT), ("requirements.txt", "openpyxl\n")]);
    let made = good(form(&anna, "Packed", &package)).await;
    let id = made["id"].as_str().unwrap();
    let source = anna.ask(Method::GET, &format!("/robots/{id}/source"));
    let source = source.send().await.unwrap();
    assert_eq!(source.headers()["content-type"], "application/zip");
    let file = &source.headers()["content-disposition"];
    assert_eq!(file, "attachment; filename*=UTF-8''Packed.zip");
    assert_eq!(source.bytes().await.unwrap(), package);

    let said = |error: Value| error["fields"][0]["message"].as_str().unwrap().to_owned();
    for (files, expected) in [
        (zip(&[("main.robot", ROBOT), ("../x", "")]), "../x"),
        (zip(&[("a.txt", "")]), "no `.robot` file"),
        (
            zip(&[("main.robot", "*** Tasks ***\nT\n")]),
            "main.robot, line",
        ),
        (b"no zip".to_vec(), "no zip"),
    ] {
        let error = refused(form(&anna, "Bad", &files), "invalid").await;
        assert_eq!(error["fields"][0]["name"], "package");
        let text = said(error);
        assert!(text.contains(expected), "{text}");
        let check = anna.ask(Method::POST, "/robots/check");
        let check = check.header("Content-Type", "application/zip").body(files);
        let found = good(check).await;
        assert!(!found["problems"].as_array().unwrap().is_empty());
    }
    let check = anna.ask(Method::POST, "/robots/check");
    let check = check
        .header("Content-Type", "application/zip")
        .body(package);
    let found = good(check).await;
    assert_eq!(found["problems"], json!([]));
    assert_eq!(found["files"].as_array().unwrap().len(), 2);
    let rows = anna
        .get(&format!("/users/{}/robots?view=rows", anna.id))
        .await;
    assert!(rows["items"][0]["parameters"].is_null());
    server.stop().await;
}
