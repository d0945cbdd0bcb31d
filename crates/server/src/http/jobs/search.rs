//! `GET /jobs/{id}/search`: where a text stands in the whole log of an attempt.
//!
//! One answer looks at a bounded part of the log and says where to go on, so that a search in the
//! longest log holds nobody up.

use std::sync::Arc;

use axum::extract::{Path, State};
use sessions::Refused;
use wire::event::Event;
use wire::shapes::{Hit, HitPage};

use super::batches::Batches;
use super::found::{attempt, job_of};
use crate::app::App;
use crate::http::caller::Reader;
use crate::http::failure::Answer;
use crate::http::query::{Query, id};

/// How many events one answer looks at.
const LOOKED_AT: u64 = 100_000;
/// The longest text that is looked for, in characters.
const LONGEST: usize = 200;
/// The part of a found line that is told, in characters.
const TOLD: usize = 200;
/// The levels, from the least to the most important.
const LEVELS: [&str; 5] = ["trace", "debug", "info", "warn", "error"];

pub(in crate::http) async fn search(
    State(app): State<Arc<App>>,
    Reader(person): Reader,
    Path(job): Path<String>,
    query: Query,
) -> Answer<axum::Json<HitPage>> {
    let limit = query.limit(100, 1_000)?;
    let after: u64 = query.value("after", "the number of an event")?.unwrap_or(0);
    let asked = query.value("attempt", "the number of an attempt")?;
    let wanted = Wanted::read(&query)?;
    let row = job_of(&app, person.id(), id(&job, "job")?).await?;
    let mut page = HitPage {
        items: Vec::new(),
        searched_to: after,
        up_to: 0,
        attempt: attempt(&row.job, asked)?,
    };
    let Some(n) = page.attempt else {
        return Ok(axum::Json(page));
    };
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let end = after.saturating_add(LOOKED_AT);
    let mut batches = Batches::behind(after, app.store(), row.job.id, n);
    'log: while let Some(read) = batches.next().await? {
        for (seq, json) in (read.first..).zip(&read.events) {
            if page.items.len() >= most || page.searched_to >= end {
                break 'log;
            }
            page.items.extend(wanted.hit(json));
            page.searched_to = seq;
        }
        if batches.is_at_end() {
            break;
        }
    }
    page.up_to = batches.up_to();
    Ok(axum::Json(page))
}

/// What is looked for.
struct Wanted {
    /// The text, lower-cased.
    text: String,
    /// The place of the lowest level in [`LEVELS`].
    level: usize,
}

impl Wanted {
    fn read(query: &Query) -> Result<Self, Refused> {
        let text = query.text("q").unwrap_or_default().to_lowercase();
        let length = text.chars().count();
        if length == 0 || length > LONGEST {
            let message = format!("it must be a text of 1 to {LONGEST} characters");
            return Err(Refused::invalid("q", message));
        }
        let named = query.text("level").unwrap_or("trace");
        let level = LEVELS.iter().position(|level| *level == named);
        let level = level.ok_or_else(|| {
            Refused::invalid("level", format!("it must be of {}", LEVELS.join(", ")))
        })?;
        Ok(Self { text, level })
    }

    /// The event as a hit. One that cannot be read is none.
    fn hit(&self, json: &str) -> Option<Hit> {
        let event = wire::read::<Event>(json).ok()?;
        if level_of(&event)? < self.level {
            return None;
        }
        let said = event.text.or(event.message).or(event.code)?;
        let at = place_of(&said, &self.text)?;
        Some(Hit {
            seq: event.seq,
            at: event.at,
            text: around(&said, at),
            step: event.step,
            level: event.level,
        })
    }
}

/// The level by which a line is filtered, as the page does it; none for what is no line.
fn level_of(event: &Event) -> Option<usize> {
    let named = match event.kind.as_str() {
        "log" => event.level.as_deref().unwrap_or("info"),
        "output" if event.stream.as_deref() == Some("stderr") => "warn",
        "output" | "note" => "info",
        _ => return None,
    };
    let info = LEVELS.iter().position(|level| *level == "info");
    LEVELS.iter().position(|level| *level == named).or(info)
}

/// Where `wanted`, which is lower-cased, stands in `said`: in characters of the lower-cased text.
fn place_of(said: &str, wanted: &str) -> Option<usize> {
    let lower = said.to_lowercase();
    let bytes = lower.find(wanted)?;
    Some(lower[..bytes].chars().count())
}

/// The part of a text around a place in it.
fn around(said: &str, at: usize) -> String {
    let begin = at.saturating_sub(TOLD / 4);
    let mut told: String = said.chars().skip(begin).take(TOLD).collect();
    if begin > 0 {
        told.insert(0, '…');
    }
    if said.chars().nth(begin + TOLD).is_some() {
        told.push('…');
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: &str = r#""at":"2026-11-23T08:15:02.118Z""#;

    fn wanted(text: &str, level: &str) -> Wanted {
        Wanted {
            text: text.to_owned(),
            level: LEVELS.iter().position(|one| *one == level).unwrap(),
        }
    }

    #[test]
    fn a_text_is_found_without_regard_to_case_from_its_level_on() {
        let log = format!(r#"{{"seq":4,{AT},"kind":"log","level":"warn","text":"ÄRGER mit <b>"}}"#);
        assert_eq!(wanted("ärger", "warn").hit(&log).unwrap().seq, 4);
        assert!(wanted("ärger", "error").hit(&log).is_none());
        assert!(wanted("anders", "trace").hit(&log).is_none());
        let output = format!(r#"{{"seq":5,{AT},"kind":"output","stream":"stderr","text":"no"}}"#);
        assert!(wanted("no", "warn").hit(&output).is_some());
        let step = format!(r#"{{"seq":6,{AT},"kind":"stepStarted","step":1,"name":"no"}}"#);
        assert!(wanted("no", "trace").hit(&step).is_none());
    }

    #[test]
    fn of_a_long_line_the_part_around_the_place_is_told() {
        let said = format!("{}here{}", "x".repeat(60_000), "y".repeat(60_000));
        let told = around(&said, place_of(&said, "here").unwrap());
        assert!(told.contains("xherey") && told.starts_with('…') && told.ends_with('…'));
        assert_eq!(told.chars().count(), TOLD + 2);
    }
}
