//! What the demo asks of the program `arkwright` beside the running server: the owner's account,
//! an enrolment token, a sign-in link.

use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::place::Place;
use crate::command;

/// The account of the demo. Its password is random and kept nowhere: people come in by link.
pub(super) const EMAIL: &str = "demo@arkwright.local";

/// The program with its data folder.
pub(super) fn arkwright(arguments: &[&str], place: &Place) -> Command {
    let mut command = command::in_root(place.program("arkwright"));
    command
        .args(arguments)
        .arg("--data")
        .arg(place.server_data());
    command
}

/// Makes the account, unless it is there.
pub(super) fn create(place: &Place) -> Result<()> {
    const RANDOM: &str = "crypto.randomBytes(24).toString('base64url')";
    let password = command::output(command::in_root("node").args(["-p", RANDOM]), "asking node")?;
    let arguments = [
        "owner",
        "create",
        "--email",
        EMAIL,
        "--name",
        "Demo",
        "--password-stdin",
    ];
    let created = command::output_with_input(
        arkwright(&arguments, place).arg("--json"),
        &password,
        "making the demo's account",
    );
    // Whoever can be given a link has an account.
    if created.is_err() && sign_in_token(place).is_ok() {
        return Ok(());
    }
    created.map(|_| ())
}

/// A token with which one agent joins, once.
pub(super) fn enrolment_token(place: &Place) -> Result<String> {
    let said = command::output(
        &mut arkwright(&["enrol", "--user", EMAIL, "--json"], place),
        "making an enrolment token",
    )?;
    field(&said, &["token"])
}

/// The secret part of a sign-in link: works once, for 15 minutes.
pub(super) fn sign_in_token(place: &Place) -> Result<String> {
    let said = command::output(
        &mut arkwright(&["sign-in-link", "--user", EMAIL, "--json"], place),
        "making a sign-in link",
    )?;
    let link = field(&said, &["token", "link", "url"])?;
    Ok(link
        .rsplit_once('#')
        .map_or(link.clone(), |(_, token)| token.to_owned()))
}

fn field(said: &str, names: &[&str]) -> Result<String> {
    let value: Value = serde_json::from_str(said.trim())
        .with_context(|| format!("reading what arkwright answered: `{}`", said.trim()))?;
    names
        .iter()
        .find_map(|name| value.get(name)?.as_str())
        .map(str::to_owned)
        .with_context(|| format!("arkwright answered without `{}`", names[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_names_that_is_there_is_read() {
        let link = field(r#"{"link":"http://a/sign-in#x"}"#, &["token", "link"]).expect("a link");
        assert_eq!(link, "http://a/sign-in#x");
        let told = field("{}", &["token"])
            .expect_err("there is none")
            .to_string();
        assert_eq!(told, "arkwright answered without `token`");
    }
}
