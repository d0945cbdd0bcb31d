//! `arkwright owner create`

use std::io::BufRead;

use dispatch::until_known;
use model::{Clock, Ids, Name, Role, UserId};
use serde_json::json;
use store::people::{User, UserCreated};

use super::Failure;
use super::cli::OwnerCreate;
use crate::clock::{SystemClock, SystemIds};
use crate::compose::store_beside;
use crate::config::{self, Flags};
use crate::data_folder::DataFolder;
use crate::exit_code;
use crate::identity::{email, password};

pub(super) async fn create(ask: OwnerCreate) -> Result<u8, Failure> {
    let name = Name::parse(&ask.name).map_err(|error| Failure::new(error).usage())?;
    let email = email::parse(&ask.email).map_err(|error| Failure::new(error).usage())?;
    let mut password = String::new();
    let read = std::io::stdin().lock().read_line(&mut password);
    read.map_err(|error| Failure::new(error).hint("give the password on standard input"))?;
    let password = password.trim_end_matches(['\n', '\r']);
    password::check(password).map_err(|error| {
        Failure::new(error)
            .hint("give a longer one on standard input")
            .usage()
    })?;
    let folder = data_folder(ask.at.data.as_deref())?;
    let store = store_beside(&folder)?;
    let now = SystemClock::new().now();
    let user = User {
        id: UserId(SystemIds.object_id(now)),
        name,
        email,
        password: password::hash(password).map_err(|error| Failure::new(error.to_string()))?,
        role: Role::Owner,
        settings: serde_json::Map::new(),
        created_at: now,
        disabled: false,
    };
    let created = until_known(|| store.create_user(user.clone())).await;
    match created.map_err(Failure::new)?.answer {
        UserCreated::Created(user) => {
            if ask.at.json {
                println!("{}", json!({"userId": user.id}));
            } else {
                println!("user id: {}", user.id);
            }
            Ok(exit_code::DONE)
        }
        UserCreated::EmailTaken(user) => {
            let message = format!("`{}` has an account already", user.email);
            let hint = format!("`arkwright sign-in-link --user {}` signs in", user.email);
            Err(Failure::new(message).hint(hint))
        }
    }
}

/// The data folder that a short command works on.
pub(super) fn data_folder(named: Option<&std::path::Path>) -> Result<DataFolder, Failure> {
    let flags = Flags {
        data: named.map(ToOwned::to_owned),
        ..Flags::default()
    };
    Ok(DataFolder::new(config::load(None, &flags)?.config.data))
}
