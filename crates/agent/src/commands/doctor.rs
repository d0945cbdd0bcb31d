//! `arkwright-agent doctor`: looks at what people get wrong, and says how to mend it.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use model::Check;
use serde_json::json;

use crate::computer;
use crate::exit;
use crate::folder::Folder;
use crate::server_api::ServerApi;
use crate::terminal::Terminal;

/// Looks, and prints what it finds; answers the exit code.
///
/// # Errors
/// None is known: what is wrong is what it prints.
pub async fn run(data: Option<PathBuf>, terminal: &Terminal) -> anyhow::Result<u8> {
    let folder = Folder::at(data)?;
    let mut checks = vec![folder_check(&folder)];
    match folder.settings() {
        Ok(Some(settings)) => {
            checks.push(good("set_up", format!("for the user {}", settings.user_id)));
            let reached = match ServerApi::new(settings.server.clone()) {
                Ok(api) => api.hello().await,
                Err(error) => Err(error),
            };
            checks.push(match reached {
                Ok(()) => good("server", format!("{} answers", settings.server)),
                Err(error) => bad(
                    "server",
                    format!("{:#}", anyhow::Error::from(error)),
                    "check the address, the network and a proxy in between",
                ),
            });
            checks.push(match settings.agent_id {
                Some(agent) => good("paired", format!("as {agent}")),
                None => bad(
                    "paired",
                    "not yet".into(),
                    "start the agent and approve it in the page",
                ),
            });
        }
        Ok(None) => checks.push(bad(
            "set_up",
            "not yet".into(),
            "start `arkwright-agent`; it asks for the server and the user id",
        )),
        Err(error) => checks.push(bad(
            "set_up",
            format!("{:#}", anyhow::Error::from(error)),
            "run `arkwright-agent forget` and pair this computer again",
        )),
    }
    checks.extend(computer::checks(folder.path()).await);
    let all_good = checks.iter().all(|check| check.ok);
    let lines: Vec<String> = checks
        .iter()
        .map(|check| {
            format!(
                "{} {:<13} {}",
                if check.ok { '✓' } else { '✕' },
                check.code,
                check.text
            )
        })
        .collect();
    terminal.data(
        &lines.join("\n"),
        &json!({ "ok": all_good, "checks": checks }),
    );
    Ok(if all_good { exit::DONE } else { exit::FAILED })
}

fn folder_check(folder: &Folder) -> Check {
    if let Err(error) = folder.make() {
        let text = format!("{:#}", anyhow::Error::from(error));
        return bad("data", text, "choose another folder with `--data DIR`");
    }
    let key = folder.join("key");
    match std::fs::metadata(&key) {
        Ok(found) if found.permissions().mode() & 0o077 != 0 => {
            let text = format!("`{}` can be read by others", key.display());
            bad(
                "data",
                text,
                "run `chmod 600` on it, and pair this computer anew if it was read",
            )
        }
        _ => good("data", folder.path().display().to_string()),
    }
}

fn good(code: &str, text: String) -> Check {
    Check {
        code: code.to_owned(),
        ok: true,
        text,
    }
}

fn bad(code: &str, text: String, hint: &str) -> Check {
    Check {
        code: code.to_owned(),
        ok: false,
        text: format!("{text}\n  hint: {hint}"),
    }
}
