//! A signed-in person who asks the server by REST, as the page does.

use std::sync::Once;

use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::wait::{LIMIT, until};

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Person {
    client: Client,
    address: String,
    user_id: String,
    cookie: String,
}

/// An answer that is no success.
#[derive(Debug)]
pub struct Refused {
    /// The status.
    pub status: StatusCode,
    /// What was said.
    pub body: String,
}

impl Person {
    pub(crate) async fn sign_in(
        address: &str,
        user_id: String,
        email: &str,
        password: &str,
    ) -> Self {
        static PROVIDER: Once = Once::new();
        PROVIDER.call_once(|| {
            rustls::crypto::ring::default_provider()
                .install_default()
                .ok();
        });
        let client = Client::builder()
            .timeout(LIMIT)
            .build()
            .expect("a client can be made");
        let request = client
            .post(format!("{address}/api/v1/session"))
            .json(&json!({"email": email, "password": password}));
        let answer = request.send().await.expect("the server answers");
        assert!(
            answer.status().is_success(),
            "signing in: {}",
            answer.status()
        );
        let cookie = answer
            .headers()
            .get("set-cookie")
            .expect("a session has a cookie");
        let cookie = cookie.to_str().expect("a cookie is a text");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Self {
            client,
            address: address.to_owned(),
            user_id,
            cookie,
        }
    }

    /// The server's address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The same person, who finds the server elsewhere.
    #[must_use]
    pub fn through(&self, address: &str) -> Self {
        Self {
            address: address.to_owned(),
            ..self.clone()
        }
    }

    /// The cookie of the session, as a browser sends it.
    #[must_use]
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// The user id.
    #[must_use]
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// A request as our page makes it. The path follows `/api/v1`.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}/api/v1{path}", self.address));
        request
            .header("Cookie", &self.cookie)
            .header("Origin", &self.address)
    }

    /// What is there.
    ///
    /// # Panics
    /// It is refused, or the server is away.
    pub async fn get(&self, path: &str) -> Value {
        answer(self.request(Method::GET, path))
            .await
            .expect("a GET is answered")
    }

    /// What comes of sending this.
    ///
    /// # Panics
    /// It is refused, or the server is away.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let request = self.request(Method::POST, path).json(&body);
        answer(request).await.expect("a POST is answered")
    }

    /// Changes something.
    ///
    /// # Panics
    /// It is refused, or the server is away.
    pub async fn patch(&self, path: &str, body: Value) -> Value {
        let request = self.request(Method::PATCH, path).json(&body);
        answer(request).await.expect("a PATCH is answered")
    }

    /// Takes something away.
    ///
    /// # Panics
    /// It is refused, or the server is away.
    pub async fn delete(&self, path: &str) {
        answer(self.request(Method::DELETE, path))
            .await
            .expect("a DELETE is answered");
    }

    /// A new robot's id.
    ///
    /// # Panics
    /// It is refused.
    pub async fn robot(&self, name: &str, source: &str) -> String {
        let path = format!("/users/{}/robots", self.user_id);
        let robot = self
            .post(&path, json!({"name": name, "source": source}))
            .await;
        id(&robot)
    }

    /// Plays a robot with one parameter `FOLDER`; answers the job's id.
    ///
    /// # Panics
    /// It is refused.
    pub async fn play(&self, robot: &str, folder: &str) -> String {
        let body = json!({"robotId": robot, "parameters": [{"name": "FOLDER", "value": folder}]});
        id(&self.post("/jobs", body).await)
    }

    /// The job now.
    ///
    /// # Panics
    /// The server is away.
    pub async fn job(&self, job: &str) -> Value {
        self.get(&format!("/jobs/{job}")).await
    }

    /// Waits until the job is so; a server that is away meanwhile is waited for too.
    ///
    /// # Panics
    /// It does not become so.
    pub async fn job_when(&self, job: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/jobs/{job}");
        let mut last = None;
        let watching = until(what, async || {
            let now = answer(self.request(Method::GET, &path)).await.ok()?;
            let told = format!("{} {} {}", now["status"], now["attempt"], now["outcome"]);
            if last.as_ref() != Some(&told) {
                eprintln!("job {job}: {told}");
                last = Some(told);
            }
            is(&now).then_some(now)
        });
        watching.await
    }

    /// Waits until the job has ended.
    ///
    /// # Panics
    /// It does not end.
    pub async fn job_ended(&self, job: &str) -> Value {
        self.job_when(job, "the job ends", |job| job["outcome"].is_object())
            .await
    }

    /// Every stored event of an attempt.
    ///
    /// # Panics
    /// The server is away.
    pub async fn events(&self, job: &str, attempt: u64) -> Vec<Value> {
        let mut events = Vec::new();
        let mut after = 0;
        loop {
            let path = format!("/jobs/{job}/events?attempt={attempt}&after={after}&limit=1000");
            let mut page = self.get(&path).await;
            if let Some(items) = page["items"].as_array_mut() {
                events.append(items);
            }
            match page["nextAfter"].as_u64() {
                Some(next) => after = next,
                None => return events,
            }
        }
    }

    /// Waits until the log of an attempt has a line with this text.
    ///
    /// # Panics
    /// It does not come.
    pub async fn logged(&self, job: &str, attempt: u64, text: &str) {
        until("a line is in the log", async || {
            let events = self.events(job, attempt).await;
            events
                .iter()
                .any(|event| event["text"] == text)
                .then_some(())
        })
        .await;
    }
}

fn id(thing: &Value) -> String {
    thing["id"]
        .as_str()
        .expect("everything has an id")
        .to_owned()
}

/// Sends it. An answer without a body is `null`.
async fn answer(request: RequestBuilder) -> Result<Value, Refused> {
    let away = |error: reqwest::Error| Refused {
        status: StatusCode::SERVICE_UNAVAILABLE,
        body: error.to_string(),
    };
    let answer = request.send().await.map_err(away)?;
    let status = answer.status();
    let body = answer.text().await.map_err(away)?;
    if !status.is_success() {
        return Err(Refused { status, body });
    }
    Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
}
