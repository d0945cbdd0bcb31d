//! The configuration, parsed completely before anything binds: file (TOML), environment
//! (`ARKWRIGHT_SERVER_…`), flags, in rising order.
//!
//! An unknown key in a file is an error that suggests the right one; in the environment, which is
//! shared with other programs, it is a warning.

mod suggest;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use model::Limits;
use model::limits::LimitsError;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::data_folder::DataFolder;

/// What every variable of the environment begins with. Levels are separated by two underscores:
/// `ARKWRIGHT_SERVER_LIMITS__LOST_MS`.
pub const ENVIRONMENT_PREFIX: &str = "ARKWRIGHT_SERVER_";

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The data folder.
    pub data: PathBuf,
    /// The address under which people reach the server, if it is another than the one it listens
    /// on: behind a proxy, or by a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Time limits and sizes of messages.
    #[serde(default)]
    pub limits: Limits,
    /// How the store is asked.
    #[serde(default)]
    pub store: StoreLimits,
    /// What jobs may leave behind.
    #[serde(default)]
    pub artifacts: ArtifactLimits,
    /// The server's own log.
    #[serde(default)]
    pub log: Log,
}

/// How the store is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreLimits {
    /// How long one call may take, in milliseconds. Then whoever asked is told to try again; a
    /// write is tried three times before.
    pub answer_ms: u64,
}

impl Default for StoreLimits {
    fn default() -> Self {
        let usual = store::bounded::USUAL_LIMIT.as_millis();
        Self {
            answer_ms: u64::try_from(usual).unwrap_or(u64::MAX),
        }
    }
}

/// What jobs may leave behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ArtifactLimits {
    /// The largest file, in bytes.
    pub file_bytes: u64,
    /// The most bytes of one job.
    pub job_bytes: u64,
    /// The most files of one job.
    pub job_files: u32,
}

impl Default for ArtifactLimits {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            file_bytes: 100 * MIB,
            job_bytes: 500 * MIB,
            job_files: 200,
        }
    }
}

/// The server's own log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Which lines are written, as `tracing` directives: `info`, `warn,arkwright_server=debug`.
    pub filter: String,
    /// One JSON object a line instead of text.
    pub json: bool,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            json: false,
        }
    }
}

/// What the command line says. Absent: as configured elsewhere.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Flags {
    /// `--listen`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// `--data`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// `--public-url`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
}

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file `{path}` cannot be read")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no TOML.
    #[error("the configuration file `{path}` is no valid TOML")]
    Toml {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A key that nobody knows.
    #[error("unknown key `{key}` in `{path}`{}", hint(.nearest))]
    UnknownKey {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A value of the wrong form.
    #[error("{0}")]
    Value(Box<figment::Error>),
    /// Limits that make no sense.
    #[error(transparent)]
    Limits(#[from] LimitsError),
    /// No time at all for the store.
    #[error("`store.answer_ms` must be at least 1")]
    NoTimeForTheStore,
    /// A public address that is none.
    #[error("`public_url` must be http:// or https:// with a host and no path, but is `{0}`")]
    PublicUrl(String),
    /// There is no usual place for data on this system.
    #[error("this system names no folder for application data; say where with `--data DIR`")]
    NoDataFolder,
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|key| format!("; did you mean `{key}`?"))
        .unwrap_or_default()
}

/// A configuration and what was noticed while reading it.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Variables of the environment that begin like ours and mean nothing.
    pub unknown_variables: Vec<String>,
}

/// Reads the configuration.
///
/// # Errors
/// What is wrong, and where it stands.
pub fn load(file: Option<&Path>, flags: &Flags) -> Result<Loaded, ConfigError> {
    let data = match &flags.data {
        Some(data) => data.clone(),
        None => DataFolder::usual().ok_or(ConfigError::NoDataFolder)?,
    };
    let defaults = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 7777)),
        data,
        public_url: None,
        limits: Limits::default(),
        store: StoreLimits::default(),
        artifacts: ArtifactLimits::default(),
        log: Log::default(),
    };
    let known = suggest::known_keys(&defaults);
    let mut figment = Figment::from(Serialized::defaults(&defaults));
    if let Some(path) = file {
        figment = figment.merge(Toml::string(&read_file(path, &known)?));
    }
    let (known_variables, unknown_variables) = variables(&known);
    let environment = Env::prefixed(ENVIRONMENT_PREFIX)
        .filter(move |key| known_variables.iter().any(|known| key == known.as_str()))
        .split("__");
    let config: Config = figment
        .merge(environment)
        .merge(Serialized::defaults(flags))
        .extract()
        .map_err(|error| ConfigError::Value(Box::new(error)))?;
    config.limits.check()?;
    if config.store.answer_ms == 0 {
        return Err(ConfigError::NoTimeForTheStore);
    }
    if let Some(url) = &config.public_url {
        origin_of(url).ok_or_else(|| ConfigError::PublicUrl(url.clone()))?;
    }
    Ok(Loaded {
        config,
        unknown_variables,
    })
}

/// The origin (scheme, host, port) of a public address that is nothing more than that.
#[must_use]
pub fn origin_of(url: &str) -> Option<String> {
    let uri: axum::http::Uri = url.trim_end_matches('/').parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri
        .authority()
        .filter(|authority| !authority.as_str().contains('@'))?;
    let bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/");
    bare.then(|| format!("{scheme}://{}", authority.as_str().to_lowercase()))
}

fn read_file(path: &Path, known: &[String]) -> Result<String, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
        path: path.to_owned(),
        source,
    })?;
    let table: toml::Table = toml::from_str(&text).map_err(|source| ConfigError::Toml {
        path: path.to_owned(),
        source: Box::new(source),
    })?;
    match suggest::unknown_key(&table, known) {
        None => Ok(text),
        Some(key) => {
            let nearest = suggest::nearest(&key, known);
            Err(ConfigError::UnknownKey {
                path: path.to_owned(),
                key,
                nearest,
            })
        }
    }
}

/// The variables of the environment that begin like ours: those that mean something, without
/// their prefix and in lower case, and the names of the rest.
fn variables(known: &[String]) -> (Vec<String>, Vec<String>) {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let ours = names.filter(|name| name.starts_with(ENVIRONMENT_PREFIX));
    let key = |name: &String| name[ENVIRONMENT_PREFIX.len()..].to_lowercase();
    let (right, wrong): (Vec<_>, Vec<_>) =
        ours.partition(|name| known.contains(&key(name).replace("__", ".")));
    (right.iter().map(key).collect(), wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<Loaded, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("arkwright.toml");
        std::fs::write(&path, text).unwrap();
        load(
            Some(&path),
            &Flags {
                data: Some("data".into()),
                ..Flags::default()
            },
        )
    }

    #[test]
    fn without_a_file_the_defaults_hold() {
        let flags = Flags {
            data: Some("data".into()),
            ..Flags::default()
        };
        let config = load(None, &flags).unwrap().config;
        assert_eq!(config.listen.to_string(), "127.0.0.1:7777");
        assert_eq!(config.limits, Limits::default());
    }

    #[test]
    fn a_flag_is_stronger_than_the_file() {
        let config = load_text("data = 'other'\n[limits]\nlost_ms = 60000\n")
            .unwrap()
            .config;
        assert_eq!(config.data, PathBuf::from("data"));
        assert_eq!(config.limits.lost_ms, 60_000);
        assert_eq!(config.limits.silent_ms, Limits::default().silent_ms);
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_right_one() {
        let said = load_text("[limits]\nlostt_ms = 1\n")
            .unwrap_err()
            .to_string();
        assert!(said.contains("unknown key `limits.lostt_ms`"), "{said}");
        assert!(said.contains("did you mean `limits.lost_ms`?"), "{said}");
    }

    #[test]
    fn limits_that_make_no_sense_are_refused() {
        let said = load_text("[limits]\nlost_ms = 1000\n")
            .unwrap_err()
            .to_string();
        assert!(
            said.contains("`limits.silent_ms` must be less than `limits.lost_ms`"),
            "{said}"
        );
    }

    #[test]
    fn a_value_of_the_wrong_form_names_its_key() {
        let said = load_text("listen = 'everywhere'\n")
            .unwrap_err()
            .to_string();
        assert!(said.contains("listen"), "{said}");
    }

    #[test]
    fn the_public_address_is_an_origin() {
        assert_eq!(
            origin_of("https://RPA.example.org/").as_deref(),
            Some("https://rpa.example.org")
        );
        for wrong in [
            "ftp://example.org",
            "https://example.org/path",
            "example.org",
            "https://a@b",
        ] {
            assert_eq!(origin_of(wrong), None, "{wrong}");
        }
    }
}
