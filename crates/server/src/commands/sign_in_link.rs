//! `arkwright sign-in-link`

use std::time::Duration;

use dispatch::until_known;
use model::Clock;
use serde_json::json;
use store::people::{Link, LinkOpens};

use super::Failure;
use super::cli::SignInLink;
use super::enrol::user;
use crate::clock::{SystemClock, SystemIds};
use crate::compose::store_beside;
use crate::config::{self, Flags};
use crate::data_folder::DataFolder;
use crate::exit_code;
use crate::identity::token;

/// How long a sign-in link lives.
const LIFE: Duration = Duration::from_secs(15 * 60);

pub(super) async fn run(ask: SignInLink) -> Result<u8, Failure> {
    let flags = Flags {
        data: ask.data,
        public_url: ask.public_url,
        listen: None,
    };
    let config = config::load(ask.config.as_deref(), &flags)?.config;
    let folder = DataFolder::new(config.data.clone());
    let store = store_beside(&folder)?;
    let user = user(&*store, &ask.user).await?;
    let now = SystemClock::new().now();
    let (text, token_hash) = token::fresh(&SystemIds);
    let link = Link {
        token_hash,
        opens: LinkOpens::SignIn { user: user.id },
        created_at: now,
        expires_at: now.plus(LIFE),
    };
    let expires_at = link.expires_at;
    let put = until_known(|| store.put_link(link.clone())).await;
    put.map_err(Failure::new)?;
    let address = match (&config.public_url, folder.address()) {
        (Some(url), _) => url.trim_end_matches('/').to_owned(),
        (None, Some(address)) => address,
        (None, None) => format!("http://{}", config.listen),
    };
    let url = format!("{address}/sign-in#{text}");
    if ask.json {
        println!("{}", json!({"url": url, "expiresAt": expires_at}));
    } else {
        println!("{url}");
    }
    Ok(exit_code::DONE)
}
