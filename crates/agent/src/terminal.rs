//! What the person in front of the terminal reads. Data goes to standard output, everything else
//! to standard error; with `--json` each line is one object for programs.

use std::io::{IsTerminal, Write};

use agent_core::Tell;
use model::{AttemptKey, Ending, Outcome};
use serde_json::{Value, json};

use crate::clock::SystemClock;
use crate::server_url::ServerUrl;

/// The one printer.
#[derive(Debug, Clone)]
pub struct Terminal {
    json: bool,
    colour: bool,
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tone {
    Plain,
    Good,
    Bad,
    Busy,
    Muted,
}

impl Terminal {
    /// A printer for this terminal.
    #[must_use]
    pub fn new(json: bool) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            json,
            colour: wanted && !json && std::io::stderr().is_terminal(),
        }
    }

    /// Whether somebody can be asked.
    #[must_use]
    pub fn can_ask(&self) -> bool {
        !self.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// One line of data, for standard output.
    pub fn data(&self, text: &str, value: &Value) {
        let mut out = std::io::stdout().lock();
        let written = if self.json {
            writeln!(out, "{value}")
        } else {
            writeln!(out, "{text}")
        };
        // Nobody reads what cannot be written; the program's work does not depend on it.
        written.and_then(|()| out.flush()).ok();
    }

    /// The code of a pairing, which must be compared with the page's.
    pub fn pairing(&self, code: &str, server: &ServerUrl) {
        if self.json {
            self.event(
                "pairing",
                &json!({ "code": code, "server": server.to_string() }),
            );
            return;
        }
        self.line(
            Tone::Plain,
            &format!("Open {server} and approve this computer"),
        );
        self.line(Tone::Busy, &format!("The page must show the code  {code}"));
    }

    /// News of the agent.
    pub fn tell(&self, news: &Tell, server: &ServerUrl) {
        if self.json {
            self.event(name_of(news), &details_of(news));
            return;
        }
        match news {
            Tell::Joined { name, holding } => {
                let held = match holding {
                    0 => "waiting for jobs".to_owned(),
                    1 => "going on with 1 job".to_owned(),
                    n => format!("going on with {n} jobs"),
                };
                self.line(
                    Tone::Good,
                    &format!("Connected to {server} as {name}, {held}"),
                );
            }
            Tell::Disconnected => {
                let text = "The connection is gone. Robots go on, and it is made again by itself";
                self.line(Tone::Muted, text);
            }
            Tell::Taken { .. } => {}
            Tell::Started { key, robot } => {
                self.line(Tone::Busy, &format!("▶ {robot}  {}", job_page(server, key)));
            }
            Tell::Ended { robot, outcome, .. } => {
                let (tone, text) = outcome_line(robot, outcome);
                self.line(tone, &text);
            }
            Tell::Delivered { .. } => self.line(Tone::Muted, "Waiting for jobs"),
            Tell::Cancelling { mode, .. } => {
                let text = match mode {
                    model::StopMode::Stop => "Stopping: the robot may clean up",
                    model::StopMode::Kill => "Killing: its programs are being ended",
                };
                self.line(Tone::Plain, text);
            }
            Tell::Finishing { holding: 0 } => {}
            Tell::Finishing { holding } => {
                let jobs = if *holding == 1 {
                    "1 job".to_owned()
                } else {
                    format!("{holding} jobs")
                };
                let text = format!(
                    "Nothing new is taken; waiting for {jobs}. Once more Ctrl-C ends this program \
                     and leaves the robots working"
                );
                self.line(Tone::Plain, &text);
            }
            Tell::Warning(text) => self.line(Tone::Bad, text),
        }
    }

    /// One sentence for a person.
    pub fn say(&self, text: &str) {
        if self.json {
            self.event("note", &json!({ "text": text }));
        } else {
            self.line(Tone::Plain, text);
        }
    }

    /// An error with its causes, and what to do next.
    pub fn error(&self, error: &anyhow::Error, hint: Option<&str>) {
        let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
        if self.json {
            self.event(
                "error",
                &json!({ "message": chain.join(": "), "hint": hint }),
            );
            return;
        }
        let mut err = std::io::stderr().lock();
        writeln!(
            err,
            "{} {}",
            self.painted(Tone::Bad, "error:"),
            chain.join(": ")
        )
        .ok();
        if let Some(hint) = hint {
            writeln!(err, "hint: {hint}").ok();
        }
    }

    fn line(&self, tone: Tone, text: &str) {
        let now = model::Clock::now(&SystemClock).to_string();
        let clock = now.get(11..19).unwrap_or_default();
        let mut err = std::io::stderr().lock();
        writeln!(
            err,
            "{}  {}",
            self.painted(Tone::Muted, clock),
            self.painted(tone, text)
        )
        .ok();
    }

    fn event(&self, name: &str, details: &Value) {
        let now = model::Clock::now(&SystemClock);
        let mut object = json!({ "event": name, "at": now });
        if let (Some(object), Some(details)) = (object.as_object_mut(), details.as_object()) {
            object.extend(
                details
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "{object}").and_then(|()| out.flush()).ok();
    }

    fn painted(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Busy => "36",
            Tone::Muted => "2",
        };
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

fn job_page(server: &ServerUrl, key: &AttemptKey) -> String {
    server.join(&format!("/jobs/{}", key.job))
}

fn outcome_line(robot: &str, outcome: &Outcome) -> (Tone, String) {
    let took = outcome
        .ran_ms
        .map(|ms| format!(" in {}", duration(ms)))
        .unwrap_or_default();
    match &outcome.ending {
        Ending::Success => (Tone::Good, format!("✓ {robot}: success{took}")),
        Ending::Failed { message, .. } => {
            let first = message.lines().next().unwrap_or_default();
            (Tone::Bad, format!("✕ {robot}: failed{took}: {first}"))
        }
        Ending::Cancelled { .. } => (Tone::Plain, format!("■ {robot}: cancelled{took}")),
    }
}

/// A duration as people read it.
fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

fn name_of(news: &Tell) -> &'static str {
    match news {
        Tell::Joined { .. } => "joined",
        Tell::Disconnected => "disconnected",
        Tell::Taken { .. } => "taken",
        Tell::Started { .. } => "started",
        Tell::Ended { .. } => "ended",
        Tell::Delivered { .. } => "delivered",
        Tell::Cancelling { .. } => "cancelling",
        Tell::Finishing { .. } => "finishing",
        Tell::Warning(_) => "warning",
    }
}

fn details_of(news: &Tell) -> Value {
    match news {
        Tell::Joined { name, holding } => json!({ "name": name, "holding": holding }),
        Tell::Disconnected => json!({}),
        Tell::Taken { key, robot } | Tell::Started { key, robot } => {
            json!({ "jobId": key.job, "attempt": key.attempt, "robot": robot })
        }
        Tell::Ended {
            key,
            robot,
            outcome,
        } => {
            json!({ "jobId": key.job, "attempt": key.attempt, "robot": robot, "outcome": outcome })
        }
        Tell::Delivered { key } => json!({ "jobId": key.job, "attempt": key.attempt }),
        Tell::Cancelling { key, mode } => {
            json!({ "jobId": key.job, "attempt": key.attempt, "mode": mode })
        }
        Tell::Finishing { holding } => json!({ "holding": holding }),
        Tell::Warning(text) => json!({ "text": text }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_a_clock() {
        let read = [duration(850), duration(12_345), duration(247_000)];
        assert_eq!(read, ["850 ms", "12.3 s", "4 min 07 s"]);
    }
}
