//! `arkwright enrol`

use std::sync::Arc;
use std::time::Duration;

use dispatch::{Dispatch, EnrolmentRequest, Goodbye, Hints, Seal, Unsealable, Who};
use model::{AgentId, AttemptKey, Clock, JobId, Limits, PairingId, RobotId, StopMode, UserId};
use serde_json::json;
use store::Store;
use store::people::User;

use super::Failure;
use super::cli::Enrol;
use super::owner::data_folder;
use crate::clock::{SystemClock, SystemIds};
use crate::compose::store_beside;
use crate::exit_code;
use crate::identity::email;

/// How long the token lives.
const LIFE: Duration = Duration::from_secs(3600);

pub(super) async fn run(ask: Enrol) -> Result<u8, Failure> {
    let folder = data_folder(ask.at.data.as_deref())?;
    let store = store_beside(&folder)?;
    let user = user(&*store, &ask.user).await?;
    let now = SystemClock::new().now();
    let parts = dispatch::Parts {
        store,
        hints: Arc::new(Nobody),
        ids: Arc::new(SystemIds),
        seal: Arc::new(Nobody),
        limits: Limits::default(),
        content_key: [0; 32],
    };
    let request = EnrolmentRequest {
        user: user.id,
        name: None,
        labels: Vec::new(),
        uses: 1,
        life: LIFE,
    };
    let made = Dispatch::new(parts, now)
        .create_enrolment(request, now)
        .await;
    let made = made.map_err(Failure::new)?;
    if ask.at.json {
        let answer = json!({"token": made.token, "expiresAt": made.enrolment.expires_at});
        println!("{answer}");
    } else {
        println!("{}", made.token);
        eprintln!(
            "one computer may join with it until {}",
            made.enrolment.expires_at
        );
    }
    Ok(exit_code::DONE)
}

/// The account of that id or address.
pub(super) async fn user(store: &dyn Store, named: &str) -> Result<User, Failure> {
    let found = match named.parse::<UserId>() {
        Ok(id) => store.user(id).await,
        Err(_) => match email::parse(named) {
            Ok(email) => store.user_by_email(&email).await,
            Err(error) => return Err(Failure::new(error).usage()),
        },
    };
    found.map_err(Failure::new)?.ok_or_else(|| {
        Failure::new(format!("there is no account `{named}`")).hint(
            "`arkwright owner create` makes one, and so does the setup link of the first start",
        )
    })
}

/// Beside a running server there is nobody to be told by this process, and nothing to be sealed.
struct Nobody;

impl Hints for Nobody {
    fn work(&self, _: UserId) {}
    fn job(&self, _: JobId) {}
    fn agent(&self, _: AgentId) {}
    fn robot(&self, _: RobotId) {}
    fn pairing(&self, _: PairingId) {}
    fn events(&self, _: AttemptKey, _: u64) {}
    fn cancel(&self, _: AttemptKey, _: AgentId, _: StopMode) {}
    fn close(&self, _: Who, _: Goodbye) {}
}

impl Seal for Nobody {
    fn seal(&self, _: JobId, _: &str, _: &str, _: [u8; 24]) -> Vec<u8> {
        Vec::new()
    }

    fn open(&self, _: JobId, name: &str, _: &[u8]) -> Result<String, Unsealable> {
        let name = name.to_owned();
        Err(Unsealable { name })
    }
}
