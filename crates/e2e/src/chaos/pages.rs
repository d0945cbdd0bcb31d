//! A page: it plays and cancels over its socket, and watches logs, across connections that break.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use socketio_client::{BackOff, Builder, Client, Event, Message};
use testkit::Person;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(4);

/// A page. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Page {
    client: Client,
    user: String,
    seen: Arc<Mutex<Seen>>,
}

/// What a page was told.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) connections: u64,
    pub(crate) events: u64,
    /// How far each watched attempt was told.
    up_to: BTreeMap<(String, u64), u64>,
    /// What was told wrongly: overlaps and holes.
    pub(crate) wrong: Vec<String>,
    watched: Vec<String>,
}

impl Page {
    /// A page of this person.
    ///
    /// # Panics
    /// The address is none.
    pub(crate) fn open(person: &Person) -> Self {
        let back_off = BackOff {
            longest: Duration::from_secs(1),
            ..BackOff::default()
        };
        let builder = Builder::new(person.address())
            .namespace("/web")
            .auth(|| json!({"v": 1}))
            .header("Cookie", person.cookie())
            .header("Origin", person.address())
            .back_off(back_off)
            .connect_timeout(Duration::from_secs(3));
        let (client, mut events) = builder.connect().expect("the address is one");
        let page = Self {
            client,
            user: person.user_id().to_owned(),
            seen: Arc::default(),
        };
        let told = page.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                match event {
                    Event::Connected(_) => {
                        told.seen().connections += 1;
                        // Not here: the answer comes by the very queue that this empties.
                        let page = told.clone();
                        tokio::spawn(async move { page.begin().await });
                    }
                    Event::Message(message) => told.hear(&message),
                    _ => {}
                }
            }
        });
        page
    }

    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the room, and watches again what it watched.
    async fn begin(&self) {
        self.ask("join", &json!({ "userId": self.user })).await.ok();
        let watched = self.seen().watched.clone();
        for job in watched {
            self.watch(&job).await;
        }
    }

    /// Leaves the room, and comes back.
    pub(crate) async fn look_elsewhere(&self) {
        self.ask("leave", &json!({ "userId": self.user }))
            .await
            .ok();
        self.ask("join", &json!({ "userId": self.user })).await.ok();
    }

    /// Stops watching the log that it has watched for longest.
    pub(crate) async fn close_a_log(&self) {
        let oldest = self.seen().watched.first().cloned();
        if let Some(job) = oldest {
            self.seen().watched.retain(|it| *it != job);
            self.ask("unwatch", &json!({ "jobId": job })).await.ok();
        }
    }

    /// Watches a job's log from where it was told so far.
    pub(crate) async fn watch(&self, job: &str) {
        let after = {
            let mut seen = self.seen();
            if !seen.watched.iter().any(|it| it == job) {
                seen.watched.push(job.to_owned());
                // As a page does, only a few at a time.
                if seen.watched.len() > 4 {
                    seen.watched.remove(0);
                }
            }
            let of_job = seen.up_to.iter().filter(|((it, _), _)| it == job);
            of_job.map(|((_, attempt), up_to)| (*attempt, *up_to)).max()
        };
        let body = match after {
            Some((attempt, after)) => json!({"jobId": job, "attempt": attempt, "after": after}),
            None => json!({"jobId": job, "after": 0}),
        };
        self.ask("watch", &body).await.ok();
    }

    pub(crate) async fn play(&self, body: &Value) -> Result<Value, Option<String>> {
        let job = self.ask("play", body).await?;
        let id = job["id"].as_str().unwrap_or_default().to_owned();
        let page = self.clone();
        tokio::spawn(async move { page.watch(&id).await });
        Ok(job)
    }

    pub(crate) async fn cancel(&self, job: &str, mode: &str) -> Result<Value, Option<String>> {
        self.ask("cancel", &json!({"jobId": job, "mode": mode}))
            .await
    }

    /// The job in the answer; a refusal that will not change; or nothing.
    async fn ask(&self, name: &str, body: &Value) -> Result<Value, Option<String>> {
        let answer = self.client.emit_ack(name, body, ANSWER).await;
        let answer: Value = answer.ok().and_then(|it| it.first().ok()).ok_or(None)?;
        if answer["ok"] == true {
            return Ok(answer["job"].clone());
        }
        match answer["error"]["code"].as_str() {
            Some("try_again" | "slow_down" | "internal") | None => Err(None),
            Some(_) => Err(Some(answer["error"].to_string())),
        }
    }

    /// Notes how far a log was told; it must go on where it was.
    fn hear(&self, message: &Message) {
        let Ok(batch) = message.arguments.first::<Value>() else {
            return;
        };
        if message.name == "behind" {
            let job = batch["jobId"].as_str().unwrap_or_default().to_owned();
            let page = self.clone();
            tokio::spawn(async move { page.watch(&job).await });
            return;
        }
        if message.name != "events" {
            return;
        }
        let (Some(job), Some(attempt), Some(first)) = (
            batch["jobId"].as_str(),
            batch["attempt"].as_u64(),
            batch["first"].as_u64(),
        ) else {
            return;
        };
        let count = batch["events"].as_array().map_or(0, Vec::len);
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        let mut seen = self.seen();
        seen.events += count;
        let up_to = seen.up_to.entry((job.to_owned(), attempt)).or_default();
        let told = *up_to;
        *up_to = told.max(first + count - 1);
        // What was told before a connection broke may be told again: a batch on its way.
        if first > told + 1 {
            let wrong = format!("job {job} attempt {attempt}: told {first} after {told}");
            seen.wrong.push(wrong);
        }
    }
}
