//! `GET /jobs/{id}/log.txt`: the log of an attempt as text, with its gaps; and the same as events.

use std::fmt::Write;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use model::Job;
use sessions::Refused;
use store::StoreResult;
use wire::event::Event;

use super::batches::Batches;
use super::found::{attempt, job_of};
use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::{Query, id};
use crate::http::served_file::disposition;

pub(in crate::http) async fn text(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(job): Path<String>,
    query: Query,
) -> Answer<Response> {
    let job = job_of(&app, person.id(), id(&job, "job")?).await?.job;
    Ok(download(&app, &job, &query, &AS_TEXT)?)
}

/// `GET /jobs/{id}/events.jsonl`: the events of an attempt as they are stored.
pub(in crate::http) async fn events(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(job): Path<String>,
    query: Query,
) -> Answer<Response> {
    let job = job_of(&app, person.id(), id(&job, "job")?).await?.job;
    Ok(download(&app, &job, &query, &AS_EVENTS)?)
}

/// A way to write a log.
struct Format {
    media_type: &'static str,
    ending: &'static str,
    line: fn(&mut String, &str),
}

const AS_TEXT: Format = Format {
    media_type: "text/plain; charset=utf-8",
    ending: "txt",
    line,
};
const AS_EVENTS: Format = Format {
    media_type: "application/jsonl; charset=utf-8",
    ending: "jsonl",
    line: |text, json| {
        text.push_str(json);
        text.push('\n');
    },
};

fn download(
    app: &App,
    job: &Job,
    query: &Query,
    format: &'static Format,
) -> Result<Response, Refused> {
    let asked = query.value("attempt", "the number of an attempt")?;
    let name = format!("{} {}.{}", job.robot_name, job.number, format.ending);
    let fields = [
        (header::CONTENT_TYPE, format.media_type),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let body = match attempt(job, asked)? {
        Some(n) => Body::from_stream(lines(Batches::behind(0, app.store(), job.id, n), format)),
        None => Body::empty(),
    };
    let mut response = (fields, body).into_response();
    let value = disposition("inline", &name);
    response
        .headers_mut()
        .insert(header::CONTENT_DISPOSITION, value);
    Ok(response)
}

fn lines(
    batches: Batches,
    format: &'static Format,
) -> impl futures_util::Stream<Item = StoreResult<String>> {
    stream::try_unfold(batches, move |mut batches| async move {
        let Some(read) = batches.next().await? else {
            return Ok(None);
        };
        let mut text = String::new();
        for event in &read.events {
            (format.line)(&mut text, event);
        }
        Ok(Some((text, batches)))
    })
}

/// Writes an event as a line. One that cannot be read is shown as it is.
fn line(text: &mut String, json: &str) {
    let written = match wire::read::<Event>(json) {
        Ok(event) => {
            let sign = sign(&event);
            writeln!(text, "{}  {sign:<6}  {}", event.at, words(&event))
        }
        Err(_) => writeln!(text, "{json}"),
    };
    written.expect("a string takes every text");
}

fn sign(event: &Event) -> String {
    match event.kind.as_str() {
        "log" => event.level.as_deref().unwrap_or("info").to_uppercase(),
        "output" => event.stream.clone().unwrap_or_default(),
        "stepStarted" => ">".to_owned(),
        "stepEnded" => "<".to_owned(),
        "gap" => "!".to_owned(),
        "artifact" => "file".to_owned(),
        other => other.to_owned(),
    }
}

fn words(event: &Event) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    match event.kind.as_str() {
        "stepStarted" => {
            let args = event.args.iter().flatten().map(|arg| format!("    {arg}"));
            format!("{}{}", text(&event.name), args.collect::<String>())
        }
        "stepEnded" => {
            let elapsed = event.elapsed_ms.unwrap_or_default();
            let status = text(&event.status);
            format!("{status} after {elapsed} ms  {}", text(&event.message))
                .trim_end()
                .to_owned()
        }
        "artifact" => {
            let size = event.size_bytes.unwrap_or_default();
            format!("{} ({size} bytes)", text(&event.name))
        }
        "gap" => {
            let reason = text(&event.reason);
            match event.count {
                Some(count) => format!("{count} events are missing here: {reason}"),
                None => format!("events are missing here: {reason}"),
            }
        }
        _ => match (&event.text, event.text_bytes) {
            (Some(said), Some(bytes)) => format!("{said} […{bytes} bytes in all]"),
            (said, _) => text(said).trim_end_matches('\n').to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(json: &str) -> String {
        let mut text = String::new();
        line(&mut text, json);
        text
    }

    #[test]
    fn each_event_is_a_line_and_a_gap_is_never_hidden() {
        let at = r#""at":"2026-11-23T08:15:02.118Z""#;
        let log = format!(r#"{{"seq":1,{at},"kind":"log","level":"warn","text":"slow"}}"#);
        assert_eq!(written(&log), "2026-11-23T08:15:02.118Z  WARN    slow\n");
        let gap = format!(r#"{{"seq":2,{at},"kind":"gap","count":12,"reason":"disk_full"}}"#);
        assert!(written(&gap).contains("12 events are missing here: disk_full"));
        let step = format!(
            r#"{{"seq":3,{at},"kind":"stepStarted","step":1,"name":"Log","args":["a","b"]}}"#
        );
        assert!(written(&step).contains(">       Log    a    b"));
        assert_eq!(written("{}"), "{}\n");
    }
}
