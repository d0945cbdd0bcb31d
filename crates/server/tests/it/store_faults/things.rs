//! What rows name in `<>`: made when it is named for the first time.

use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use model::{ObjectId, SessionId, TokenId, UserId};
use reqwest::Method;
use serde_json::json;
use server::clock::SystemIds;
use server::identity::sign_in::{Browser, open_session};
use server::identity::token::fresh;
use store::people::{Link, LinkOpens, Scope, Session, Token};

use super::given::Computer;
use super::stage::Stage;
use crate::harness::{ROBOT, good, key};

const HOUR: Duration = Duration::from_secs(3_600);
const BEN: UserId = UserId(ObjectId::from_bytes([2; 12]));

impl Stage {
    /// The text with things in the place of their names.
    pub(super) async fn filled(&mut self, text: &'static str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let (name, after) = after.split_once('>').unwrap();
            filled.push_str(before);
            filled.push_str(&self.thing(name).await);
            rest = after;
        }
        filled + rest
    }

    /// The thing of that name.
    fn thing<'a>(
        &'a mut self,
        name: &'static str,
    ) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
        Box::pin(async move {
            if let Some(made) = self.things.get(name) {
                return made.clone();
            }
            let made = self.make(name).await;
            self.things.insert(name, made.clone());
            made
        })
    }

    async fn make(&mut self, name: &'static str) -> String {
        match name {
            "anna" => self.anna.to_string(),
            "ben" | "ben's cookie" | "other session" | "old cookie" | "token" | "bearer"
            | "old bearer" | "link" | "setup link" | "invite" | "invite text" | "shut out" => {
                self.make_of_people(name).await
            }
            "robot" => self.person().robot("Hello", ROBOT).await,
            "robot that waits" | "robot that was deleted" => {
                let robot = self.person().robot("Other", ROBOT).await;
                self.play(&robot).await;
                if name == "robot that was deleted" {
                    let path = format!("/robots/{robot}");
                    good(self.person().ask(Method::DELETE, &path)).await;
                }
                robot
            }
            "waiting" => {
                let robot = self.thing("robot").await;
                self.play(&robot).await
            }
            "offered" | "executing" | "logged" | "ended" | "artifact" | "old file" => {
                self.make_of_attempts(name).await
            }
            "computer" | "agent auth" | "agent credential" | "enrolment" | "enrolment text"
            | "key hash" | "pairing" | "code" | "pairing bearer" => {
                self.make_of_computers(name).await
            }
            other => panic!("nobody knows how to make `{other}`"),
        }
    }

    async fn play(&self, robot: &str) -> String {
        let request = self.person().ask(Method::POST, "/jobs");
        let request = request.header("Idempotency-Key", "once");
        let job = good(request.json(&json!({"robotId": robot, "parameters": []}))).await;
        job["id"].as_str().unwrap().to_owned()
    }

    async fn make_of_people(&mut self, name: &'static str) -> String {
        let app = &self.server.app;
        let now = app.now();
        let (text, token_hash) = fresh(&SystemIds);
        match name {
            "ben" => {
                self.account(BEN, "Ben").await;
                BEN.to_string()
            }
            "ben's cookie" => {
                self.thing("ben").await;
                let app = &self.server.app;
                let user = app.store().user(BEN).await.unwrap().unwrap();
                let mut cookie = String::new();
                // Two browsers are signed in; this is the one that asks.
                for _ in 0..2 {
                    let session = open_session(app, &user, false, browser(), now).await;
                    cookie = format!("{}={}", app.cookie, session.unwrap());
                }
                cookie
            }
            // Somebody with all that opens something.
            "shut out" => {
                let ben = self.thing("ben").await;
                let cookie = self.thing("ben's cookie").await;
                let person = crate::harness::Person {
                    server: &self.server,
                    id: BEN,
                    cookie,
                };
                person.agent().await;
                person.post("/enrolments", json!({})).await;
                ben
            }
            "other session" | "old cookie" => {
                let long_ago = now.minus(HOUR);
                let id = SessionId(ObjectId::from_bytes([3; 12]));
                let session = Session {
                    id,
                    user_id: self.anna,
                    token_hash,
                    by_link: name == "old cookie",
                    address: String::new(),
                    user_agent: String::new(),
                    created_at: long_ago,
                    last_used_at: long_ago,
                };
                app.store().create_session(session).await.unwrap();
                if name == "old cookie" {
                    format!("{}={text}", app.cookie)
                } else {
                    id.to_string()
                }
            }
            "token" | "bearer" | "old bearer" => {
                let id = TokenId(ObjectId::from_bytes([4; 12]));
                let token = Token {
                    id,
                    user_id: self.anna,
                    name: model::Name::parse("nightly").unwrap(),
                    scopes: vec![Scope::Read],
                    token_hash,
                    created_at: now,
                    expires_at: None,
                    last_used_at: Some(now.minus(HOUR)),
                };
                app.store().create_token(token).await.unwrap();
                if name == "token" {
                    id.to_string()
                } else {
                    format!("Bearer {text}")
                }
            }
            "link" | "setup link" => {
                let opens = match name {
                    "link" => LinkOpens::SignIn { user: self.anna },
                    _ => LinkOpens::Setup,
                };
                let link = Link {
                    token_hash,
                    opens,
                    created_at: now,
                    expires_at: now.plus(HOUR),
                };
                app.store().put_link(link).await.unwrap();
                text
            }
            _ => {
                let made = self
                    .person()
                    .post("/invites", json!({"role": "user"}))
                    .await;
                let field = if name == "invite" { "id" } else { "token" };
                made[field].as_str().unwrap().to_owned()
            }
        }
    }

    async fn make_of_attempts(&mut self, name: &'static str) -> String {
        match name {
            "offered" => {
                let job = self.thing("waiting").await;
                self.thing("computer").await;
                self.says("claim", json!({"claimId": "given", "free": 1}))
                    .await;
                job
            }
            "executing" => {
                let job = self.thing("offered").await;
                self.says("confirm", json!({"jobId": job, "attempt": 1}))
                    .await;
                job
            }
            "logged" => {
                let job = self.thing("executing").await;
                let line = json!({"seq": 1, "at": "2026-11-23T08:15:05.118Z", "kind": "output",
                    "stream": "stdout", "text": "hello\n"});
                let batch = json!({"jobId": job, "attempt": 1, "first": 1, "events": [line]});
                self.says("events", batch).await;
                job
            }
            "ended" => {
                let job = self.thing("logged").await;
                let end = json!({"jobId": job, "attempt": 1, "lastSeq": 1,
                    "outcome": {"kind": "success", "ranMs": 5}});
                self.says("finish", end).await;
                job
            }
            _ => {
                let job = self.thing("executing").await;
                let credential = self.thing("agent credential").await;
                let path = format!("/api/v1/attempts/{job}/1/artifacts/left.txt");
                let upload = self.server.ask(Method::PUT, &path).body("left behind");
                let made = good(upload.header("Authorization", credential)).await;
                if name == "old file" {
                    age(&self.server.app.config.data.join("artifacts"));
                }
                made["id"].as_str().unwrap().to_owned()
            }
        }
    }

    async fn make_of_computers(&mut self, name: &'static str) -> String {
        match name {
            "computer" => {
                let agent = self.person().agent().await;
                let (id, key) = (agent.id.to_string(), agent.key.clone());
                let computer = Computer::joined(&self.person(), &agent).await;
                self.computer = Some(computer);
                let auth = json!({"v": 1, "agentId": id, "userId": self.anna, "key": key,
                    "instance": "another"});
                self.things.insert("agent auth", auth.to_string());
                self.things
                    .insert("agent credential", format!("Agent {id}:{key}"));
                id
            }
            "agent auth" | "agent credential" => {
                self.thing("computer").await;
                self.things[name].clone()
            }
            "enrolment" | "enrolment text" => {
                let made = self.person().post("/enrolments", json!({})).await;
                let field = if name == "enrolment" { "id" } else { "token" };
                made[field].as_str().unwrap().to_owned()
            }
            "key hash" => key().1,
            _ => {
                let (key, key_hash) = key();
                let ask = json!({"userId": self.anna, "keyHash": key_hash, "host": "office",
                    "os": "linux", "osUser": "anna", "version": "0.1.0"});
                let asked = self.server.ask(Method::POST, "/api/v1/pairings").json(&ask);
                let made = good(asked).await;
                let text = |field: &str| made[field].as_str().unwrap().to_owned();
                self.things
                    .insert("pairing bearer", format!("Bearer {key}"));
                self.things.insert("code", text("code"));
                self.things.insert("pairing", text("id"));
                self.things[name].clone()
            }
        }
    }

    async fn says(&mut self, name: &str, body: serde_json::Value) {
        let computer = self.computer.as_mut().unwrap();
        let said = computer.say(&self.server, name, body).await;
        assert_eq!(said["ok"], true, "{name}: {said}");
    }
}

fn browser() -> Browser {
    Browser {
        address: String::new(),
        user_agent: String::new(),
    }
}

/// Lets all files below a folder be two days old.
#[expect(
    clippy::disallowed_methods,
    reason = "files have the time of the system"
)]
fn age(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            age(&path);
        } else {
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - 48 * HOUR).unwrap();
        }
    }
}
