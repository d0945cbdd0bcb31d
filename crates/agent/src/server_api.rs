//! What the agent asks the server by HTTP: to be let in, packages, files.

use std::path::Path;
use std::time::Duration;

use model::{AgentId, ArtifactId, PairingId, Sha256};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Response, StatusCode};
use serde::de::DeserializeOwned;
use sha2::Digest;
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use wire::ErrorBody;
use wire::rest::{CreatePairing, Enrol, EnrolAnswer};
use wire::shapes::{Artifact, Pairing};

use crate::folder::AgentKey;
use crate::server_url::ServerUrl;

/// The server, by HTTP.
#[derive(Debug, Clone)]
pub struct ServerApi {
    http: reqwest::Client,
    server: ServerUrl,
}

/// A question that was not answered with what it asked for.
#[derive(Debug, Error)]
pub enum ApiError {
    /// The server was not reached, or the line broke.
    #[error("the server at {server} cannot be reached")]
    Unreachable {
        /// Where.
        server: ServerUrl,
        /// Why.
        source: reqwest::Error,
    },
    /// The server refused.
    #[error("{}", .0.message)]
    Refused(Box<ErrorBody>),
    /// Something answers there that is no Arkwright server.
    #[error("what answers at {server} is no Arkwright server: {reason}")]
    NotOurs {
        /// Where.
        server: ServerUrl,
        /// Why we think so.
        reason: String,
    },
    /// A file on this computer.
    #[error("`{path}` cannot be used")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A downloaded package is not the one that was meant.
    #[error("the package came damaged: its digest is {found}, not {expected}")]
    Damaged {
        /// What was meant.
        expected: Sha256,
        /// What came.
        found: Sha256,
    },
}

impl ApiError {
    /// Whether it may go better in a while.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused(error) => matches!(
                error.code,
                wire::ErrorCode::TryAgain | wire::ErrorCode::SlowDown | wire::ErrorCode::Internal
            ),
            Self::NotOurs { .. } | Self::File { .. } | Self::Damaged { .. } => false,
        }
    }

    /// The code of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<wire::ErrorCode> {
        match self {
            Self::Refused(error) => Some(error.code),
            _ => None,
        }
    }
}

/// Who asks for packages and brings files.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The agent.
    pub agent: AgentId,
    /// Its key.
    pub key: AgentKey,
}

impl Credential {
    fn header(&self) -> String {
        format!("Agent {}:{}", self.agent, self.key.text())
    }
}

impl ServerApi {
    /// A client for that server.
    ///
    /// # Errors
    /// The system's certificates cannot be used.
    pub fn new(server: ServerUrl) -> Result<Self, ApiError> {
        // A second installation of the provider is refused and changes nothing.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let built = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(30))
            .user_agent(concat!("arkwright-agent/", env!("CARGO_PKG_VERSION")))
            .build();
        match built {
            Ok(http) => Ok(Self { http, server }),
            Err(source) => Err(ApiError::Unreachable { server, source }),
        }
    }

    /// Whether a server of ours answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn hello(&self) -> Result<(), ApiError> {
        let answer = self.http.get(self.server.join("/healthz")).send().await;
        let answer = answer.map_err(|source| self.unreachable(source))?;
        if answer.status().is_success() {
            return Ok(());
        }
        let reason = format!("its health answers {}", answer.status());
        Err(ApiError::NotOurs {
            server: self.server.clone(),
            reason,
        })
    }

    /// Asks to be let in. The same key again answers the same pairing.
    ///
    /// # Errors
    /// Unreachable, or refused.
    pub async fn create_pairing(&self, body: &CreatePairing) -> Result<Pairing, ApiError> {
        let request = self
            .http
            .post(self.server.join("/api/v1/pairings"))
            .json(body);
        self.read(request.send().await).await
    }

    /// Asks what became of a pairing.
    ///
    /// # Errors
    /// Unreachable, or refused.
    pub async fn pairing(&self, pairing: PairingId, key: &AgentKey) -> Result<Pairing, ApiError> {
        let url = self.server.join(&format!("/api/v1/pairings/{pairing}"));
        self.read(self.http.get(url).bearer_auth(key.text()).send().await)
            .await
    }

    /// Uses an enrolment token. The same token and key again answer the same agent.
    ///
    /// # Errors
    /// Unreachable, or refused.
    pub async fn enrol(&self, body: &Enrol) -> Result<EnrolAnswer, ApiError> {
        let request = self
            .http
            .post(self.server.join("/api/v1/agents"))
            .json(body);
        self.read(request.send().await).await
    }

    /// Fetches a package to `target`, which is there whole or not at all.
    ///
    /// # Errors
    /// Unreachable, refused, damaged, or the file cannot be written.
    pub async fn package(
        &self,
        path: &str,
        sha256: Sha256,
        credential: &Credential,
        target: &Path,
    ) -> Result<(), ApiError> {
        let file_error = |source| ApiError::File {
            path: target.display().to_string(),
            source,
        };
        let request = self.http.get(self.server.join(path));
        let request = request.header("Authorization", credential.header());
        let sent = request
            .send()
            .await
            .map_err(|source| self.unreachable(source))?;
        let mut answer = self.refusal(sent).await?;
        let part = target.with_extension("part");
        let mut file = tokio::fs::File::create(&part).await.map_err(file_error)?;
        let mut digest = sha2::Sha256::new();
        while let Some(bytes) = answer
            .chunk()
            .await
            .map_err(|source| self.unreachable(source))?
        {
            digest.update(&bytes);
            file.write_all(&bytes).await.map_err(file_error)?;
        }
        file.sync_all().await.map_err(file_error)?;
        let found = Sha256(digest.finalize().into());
        if found != sha256 {
            tokio::fs::remove_file(&part).await.map_err(file_error)?;
            return Err(ApiError::Damaged {
                expected: sha256,
                found,
            });
        }
        tokio::fs::rename(&part, target).await.map_err(file_error)
    }

    /// Brings a file of an attempt. The same file again is answered alike.
    ///
    /// # Errors
    /// Unreachable, refused, or the file cannot be read.
    pub async fn artifact(
        &self,
        attempt: model::AttemptKey,
        name: &str,
        file: &Path,
        credential: &Credential,
    ) -> Result<Stored, ApiError> {
        let file_error = |source| ApiError::File {
            path: file.display().to_string(),
            source,
        };
        let (digest, length) = digest_of(file).await.map_err(file_error)?;
        let body = tokio::fs::File::open(file).await.map_err(file_error)?;
        let name = utf8_percent_encode(name, NON_ALPHANUMERIC);
        let (job, n) = (attempt.job, attempt.attempt);
        let url = self
            .server
            .join(&format!("/api/v1/attempts/{job}/{n}/artifacts/{name}"));
        let stream = tokio_util::io::ReaderStream::new(body);
        let request = self
            .http
            .put(url)
            .header("Authorization", credential.header())
            .header("Content-Digest", format!("sha-256=:{digest}:"))
            .header("Content-Length", length)
            .body(reqwest::Body::wrap_stream(stream));
        let stored: Artifact = self.read(request.send().await).await?;
        Ok(Stored {
            id: stored.id,
            size_bytes: stored.size_bytes,
            media_type: stored.media_type,
        })
    }

    async fn read<T: DeserializeOwned>(
        &self,
        sent: Result<Response, reqwest::Error>,
    ) -> Result<T, ApiError> {
        let answer = self
            .refusal(sent.map_err(|source| self.unreachable(source))?)
            .await?;
        let text = answer
            .text()
            .await
            .map_err(|source| self.unreachable(source))?;
        serde_json::from_str(&text).map_err(|error| ApiError::NotOurs {
            server: self.server.clone(),
            reason: format!("its answer cannot be read: {error}"),
        })
    }

    async fn refusal(&self, answer: Response) -> Result<Response, ApiError> {
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let text = answer
            .text()
            .await
            .map_err(|source| self.unreachable(source))?;
        match serde_json::from_str::<ErrorBody>(&text) {
            Ok(error) => Err(ApiError::Refused(Box::new(error))),
            Err(_) if is_gateway(status) => {
                let message = format!("what stands before the server answers {status}");
                let error = ErrorBody::new(wire::ErrorCode::TryAgain, message);
                Err(ApiError::Refused(Box::new(error)))
            }
            Err(_) => Err(ApiError::NotOurs {
                server: self.server.clone(),
                reason: format!("it answers {status} without saying why"),
            }),
        }
    }

    fn unreachable(&self, source: reqwest::Error) -> ApiError {
        ApiError::Unreachable {
            server: self.server.clone(),
            source: source.without_url(),
        }
    }
}

/// What the server says of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its id.
    pub id: ArtifactId,
    /// Its size.
    pub size_bytes: u64,
    /// Its media type.
    pub media_type: String,
}

fn is_gateway(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

/// The digest of a file in base64, and its length.
async fn digest_of(file: &Path) -> std::io::Result<(String, u64)> {
    use base64::Engine;
    use tokio::io::AsyncReadExt;
    let mut file = tokio::fs::File::open(file).await?;
    let mut digest = sha2::Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut length = 0;
    loop {
        let read = file.read(&mut buffer).await?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
        length += u64::try_from(read).unwrap_or(0);
    }
    Ok((
        base64::engine::general_purpose::STANDARD.encode(digest.finalize()),
        length,
    ))
}
