//! `arkwright doctor`: looks at what often goes wrong, and says how to mend each.
//!
//! It changes nothing, and works beside a running server and without one.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use model::{Clock, Timestamp};
use nix::sys::statvfs::statvfs;
use serde::Serialize;

use super::Failure;
use super::cli::Doctor;
use crate::clock::SystemClock;
use crate::compose::store_beside;
use crate::config::{self, Config, Flags};
use crate::data_folder::DataFolder;
use crate::exit_code;
use crate::http::assets;
use crate::identity::seal::SecretKey;

/// Less free space than this is told.
const LITTLE_SPACE: u64 = 1 << 30;
/// A clock before this is surely wrong: the program was not written yet.
const WRITTEN: Timestamp = Timestamp::from_millis(1_764_000_000_000);

/// What was found at one place.
#[derive(Debug, Serialize)]
struct Finding {
    code: &'static str,
    ok: bool,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Finding {
    fn good(code: &'static str, text: impl Into<String>) -> Self {
        Self {
            code,
            ok: true,
            text: text.into(),
            mend: None,
        }
    }

    fn bad(code: &'static str, text: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            code,
            ok: false,
            text: text.into(),
            mend: Some(mend.into()),
        }
    }
}

pub(super) async fn run(ask: Doctor) -> Result<u8, Failure> {
    let flags = Flags {
        listen: ask.listen,
        data: ask.data,
        public_url: ask.public_url,
    };
    let loaded = config::load(ask.config.as_deref(), &flags)?;
    let config = loaded.config;
    let folder = DataFolder::new(config.data.clone());
    let mut findings = vec![data_folder(&folder)];
    if folder.path().exists() {
        findings.extend(disk(folder.path()));
        findings.push(database(&folder));
        findings.push(key(&folder));
    }
    findings.push(page());
    findings.push(address(&config).await);
    findings.extend(public_url(&config));
    findings.push(clock());
    let sound = findings.iter().all(|finding| finding.ok);
    print(&findings, ask.json)?;
    Ok(if sound {
        exit_code::DONE
    } else {
        exit_code::FOUND_PROBLEMS
    })
}

fn print(findings: &[Finding], json: bool) -> Result<(), Failure> {
    if json {
        let text = serde_json::to_string(findings).map_err(Failure::new)?;
        println!("{text}");
        return Ok(());
    }
    for finding in findings {
        let sign = if finding.ok { "ok   " } else { "MEND " };
        println!("{sign}{}: {}", finding.code, finding.text);
        if let Some(mend) = &finding.mend {
            println!("     hint: {mend}");
        }
    }
    Ok(())
}

fn data_folder(folder: &DataFolder) -> Finding {
    const CODE: &str = "data folder";
    let path = folder.path().display();
    let found = match fs::metadata(folder.path()) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Finding::good(
                CODE,
                format!("`{path}` is not there; the first start makes it"),
            );
        }
        Err(error) => {
            let mend = "give this user the right to read it, or name another with `--data DIR`";
            return Finding::bad(CODE, format!("`{path}` cannot be read: {error}"), mend);
        }
    };
    if !found.is_dir() {
        let mend = "name a folder with `--data DIR`";
        return Finding::bad(CODE, format!("`{path}` is no folder"), mend);
    }
    if nix::unistd::access(folder.path(), nix::unistd::AccessFlags::W_OK).is_err() {
        let mend = format!("make it this user's: `chown -R $(id -un) {path}`");
        return Finding::bad(CODE, format!("`{path}` cannot be written to"), mend);
    }
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let text = format!("other users can look into `{path}` (rights {mode:o})");
        return Finding::bad(CODE, text, format!("`chmod 700 {path}`"));
    }
    Finding::good(CODE, format!("`{path}` can be used"))
}

fn disk(path: &Path) -> Option<Finding> {
    const CODE: &str = "disk";
    let found = statvfs(path).ok()?;
    let free = found
        .blocks_available()
        .saturating_mul(found.fragment_size());
    let text = format!("{} MiB are free", free >> 20);
    Some(if free < LITTLE_SPACE {
        let mend = "free some space: without it no job is accepted and no log is kept";
        Finding::bad(CODE, text, mend)
    } else {
        Finding::good(CODE, text)
    })
}

fn database(folder: &DataFolder) -> Finding {
    const CODE: &str = "database";
    if !folder.database().exists() {
        return Finding::good(CODE, "there is none yet; the first start makes it");
    }
    match store_beside(folder) {
        Ok(_) => Finding::good(CODE, "it can be opened and has the schema of this version"),
        Err(error) => {
            let mend = Failure::from(error);
            Finding::bad(CODE, mend.reason(), mend.what_to_do())
        }
    }
}

fn key(folder: &DataFolder) -> Finding {
    const CODE: &str = "key for secrets";
    let path = folder.secret_key();
    match SecretKey::read(&path) {
        Ok(None) => Finding::good(CODE, "there is none yet; the first start makes it"),
        Ok(Some(_)) => match readable_by_others(&path) {
            Ok(false) => Finding::good(CODE, "it can be read, by its owner only"),
            Ok(true) => {
                let text = format!("other users can read `{}`", path.display());
                Finding::bad(CODE, text, format!("`chmod 600 {}`", path.display()))
            }
            Err(error) => Finding::bad(CODE, error.to_string(), "see its rights"),
        },
        Err(error) => {
            let mend = "put the right file back; backups of the database do not hold it";
            Finding::bad(CODE, error.to_string(), mend)
        }
    }
}

fn readable_by_others(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

fn page() -> Finding {
    const CODE: &str = "page";
    if assets::has_page() {
        return Finding::good(
            CODE,
            format!("build {} is in this program", assets::build()),
        );
    }
    let mend = "`cargo xtask web` builds it; then build the server again, or use a release";
    Finding::bad(CODE, "it was not built into this program", mend)
}

async fn address(config: &Config) -> Finding {
    const CODE: &str = "address";
    let address = config.listen;
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => Finding::good(CODE, format!("`{address}` is free: no server runs there")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            if is_ours(config).await {
                return Finding::good(CODE, format!("a server answers at `{address}`"));
            }
            let mend = "stop the other program, or choose another with `--listen ADDRESS:PORT`";
            Finding::bad(
                CODE,
                format!("another program listens on `{address}`"),
                mend,
            )
        }
        Err(error) => {
            let mend = "choose another with `--listen ADDRESS:PORT`";
            Finding::bad(CODE, format!("cannot listen on `{address}`: {error}"), mend)
        }
    }
}

/// Whether what listens there answers like a server of ours.
async fn is_ours(config: &Config) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let asked = async {
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        let request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(4_096).read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&answer).ends_with("ok\n"))
    };
    let limit = std::time::Duration::from_secs(2);
    tokio::time::timeout(limit, asked)
        .await
        .is_ok_and(|answer| answer.unwrap_or(false))
}

fn public_url(config: &Config) -> Option<Finding> {
    const CODE: &str = "public address";
    let everywhere = !config.listen.ip().is_loopback();
    match &config.public_url {
        Some(url) if url.starts_with("http://") && everywhere => {
            let mend = "put a proxy with a certificate in front, and name its https:// address";
            let text = format!("`{url}` is not encrypted: passwords can be read on the way");
            Some(Finding::bad(CODE, text, mend))
        }
        Some(url) => Some(Finding::good(CODE, format!("links begin with `{url}`"))),
        None if everywhere => {
            let mend = "name the address that people use with `--public-url URL`";
            let text = format!("the server listens on `{}` and has none", config.listen);
            Some(Finding::bad(CODE, text, mend))
        }
        None => None,
    }
}

fn clock() -> Finding {
    const CODE: &str = "clock";
    let now = SystemClock::new().now();
    if now < WRITTEN {
        let mend = "set the clock; `timedatectl set-ntp true` keeps it right";
        return Finding::bad(CODE, format!("it says {now}, which is long ago"), mend);
    }
    Finding::good(CODE, format!("it says {now}"))
}
