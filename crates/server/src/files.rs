//! Bytes that are too large for the store: artifacts and packages, named by their digest.
//!
//! A file is received under a name of its own, hashed meanwhile, and published under
//! `sha256/ab/<digest>` when it is whole. The row that names it is written afterwards; what no row
//! names is swept away a day later. Names that people gave never become part of a path.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use model::{Ids, Sha256, Timestamp};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload, WriteMultipart};
use sha2::Digest;
use store::Store;
use thiserror::Error;

/// How large the parts are in which a file is written.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// How many parts may be on their way to the disk.
const PARTS_IN_FLIGHT: usize = 2;
/// What is younger than this may belong to an upload whose row is not written yet.
const SPARED: Duration = Duration::from_secs(24 * 3600);
/// How many digests the sweep asks for at a time.
const SWEPT_AT_ONCE: usize = 200;
/// Where files are received.
const INCOMING: &str = "incoming";
/// Where files lie.
const PUBLISHED: &str = "sha256";

/// The files.
#[derive(Clone)]
pub struct Files {
    objects: Arc<dyn ObjectStore>,
}

/// A file that was received and is not published.
#[derive(Debug)]
pub struct Received {
    at: Path,
    /// Its digest.
    pub sha256: Sha256,
    /// Its size.
    pub size_bytes: u64,
}

/// A file that was not received. Nothing of it is kept.
#[derive(Debug, Error)]
pub enum ReceiveError {
    /// More bytes than the limit.
    #[error("the file has more than {most} bytes")]
    TooLarge {
        /// The limit.
        most: u64,
    },
    /// The sender stopped in the middle.
    #[error("the file ended before it was whole: {0}")]
    Cut(String),
    /// The disk, or what stands in its place.
    #[error("the file cannot be kept")]
    Storage(#[from] object_store::Error),
}

/// A part of a file.
pub struct Part {
    /// Its bytes.
    pub bytes: BoxStream<'static, object_store::Result<Bytes>>,
    /// Which they are.
    pub range: Range<u64>,
    /// The size of the whole.
    pub size_bytes: u64,
}

impl Files {
    /// The files in that storage.
    #[must_use]
    pub fn new(objects: Arc<dyn ObjectStore>) -> Self {
        Self { objects }
    }

    /// Receives a file of at most `most` bytes.
    ///
    /// # Errors
    /// [`ReceiveError`].
    pub async fn receive<S, E>(
        &self,
        mut bytes: S,
        most: u64,
        ids: &dyn Ids,
        now: Timestamp,
    ) -> Result<Received, ReceiveError>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin + Send,
        E: std::fmt::Display,
    {
        let at = Path::from_iter([INCOMING, &ids.object_id(now).to_string()]);
        let upload = self.objects.put_multipart(&at).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART_BYTES);
        let mut hash = sha2::Sha256::new();
        let mut size_bytes: u64 = 0;
        let failed = loop {
            let Some(chunk) = bytes.next().await else {
                break None;
            };
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => break Some(ReceiveError::Cut(error.to_string())),
            };
            size_bytes = size_bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if size_bytes > most {
                break Some(ReceiveError::TooLarge { most });
            }
            hash.update(&chunk);
            if let Err(error) = upload.wait_for_capacity(PARTS_IN_FLIGHT).await {
                break Some(error.into());
            }
            upload.put(chunk);
        };
        if let Some(failed) = failed {
            // What is left of it is swept when the server starts.
            upload.abort().await.ok();
            return Err(failed);
        }
        upload.finish().await?;
        let sha256 = Sha256(hash.finalize().into());
        Ok(Received {
            at,
            sha256,
            size_bytes,
        })
    }

    /// Publishes a received file under its digest.
    ///
    /// # Errors
    /// The storage's.
    pub async fn publish(&self, received: &Received) -> object_store::Result<()> {
        let to = place(received.sha256);
        match self.objects.rename_if_not_exists(&received.at, &to).await {
            Err(object_store::Error::AlreadyExists { .. }) => self.forget(received).await,
            other => other,
        }
    }

    /// Drops a received file.
    ///
    /// # Errors
    /// The storage's.
    pub async fn forget(&self, received: &Received) -> object_store::Result<()> {
        self.objects.delete(&received.at).await
    }

    /// Keeps bytes that are whole already; answers their digest.
    ///
    /// # Errors
    /// The storage's.
    pub async fn keep(&self, bytes: Bytes) -> object_store::Result<Sha256> {
        let sha256 = Sha256(sha2::Sha256::digest(&bytes).into());
        let to = place(sha256);
        self.objects.put(&to, PutPayload::from(bytes)).await?;
        Ok(sha256)
    }

    /// The file of that digest, or a part of it. Nothing: there is no such file, or no such part.
    ///
    /// # Errors
    /// The storage's.
    pub async fn open(
        &self,
        sha256: Sha256,
        range: Option<Range<u64>>,
    ) -> object_store::Result<Option<Part>> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        match self.objects.get_opts(&place(sha256), options).await {
            Ok(found) => Ok(Some(Part {
                range: found.range.clone(),
                size_bytes: found.meta.size,
                bytes: found.into_stream(),
            })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes what a server that died was receiving. Called before anything is received.
    ///
    /// # Errors
    /// The storage's.
    pub async fn forget_unfinished(&self) -> object_store::Result<()> {
        let mut listed = self.objects.list(Some(&Path::from(INCOMING)));
        while let Some(found) = listed.next().await {
            self.objects.delete(&found?.location).await?;
        }
        Ok(())
    }

    /// Removes files that no row names and that are old enough to belong to no upload; answers
    /// how many.
    ///
    /// # Errors
    /// The storage's. The next turn goes on.
    pub async fn sweep(&self, store: &dyn Store, now: Timestamp) -> Result<u32, SweepError> {
        let mut listed = self.objects.list(Some(&Path::from(PUBLISHED)));
        let mut old = Vec::new();
        let mut removed = 0;
        loop {
            let next = listed.next().await.transpose()?;
            if let Some(found) = &next {
                let since = Timestamp::from_millis(found.last_modified.timestamp_millis());
                let digest = found.location.filename().and_then(|name| name.parse().ok());
                if let Some(digest) = digest.filter(|_| now.since(since) > SPARED) {
                    old.push(digest);
                }
            }
            if old.len() >= SWEPT_AT_ONCE || (next.is_none() && !old.is_empty()) {
                for digest in store.unnamed(std::mem::take(&mut old)).await? {
                    self.objects.delete(&place(digest)).await?;
                    removed += 1;
                }
            }
            if next.is_none() {
                return Ok(removed);
            }
        }
    }
}

/// A sweep that did not come to its end.
#[derive(Debug, Error)]
pub enum SweepError {
    /// The storage's.
    #[error("the files cannot be swept")]
    Storage(#[from] object_store::Error),
    /// The store's.
    #[error(transparent)]
    Store(#[from] store::StoreError),
}

/// Where the file of that digest is published.
pub(crate) fn place(sha256: Sha256) -> Path {
    let name = sha256.to_string();
    Path::from_iter([PUBLISHED, &name[..2], &name])
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use object_store::local::LocalFileSystem;

    use super::*;
    use crate::clock::SystemIds;

    fn files(folder: &tempfile::TempDir) -> Files {
        let local = LocalFileSystem::new_with_prefix(folder.path()).unwrap();
        Files::new(Arc::new(local))
    }

    async fn receive(
        files: &Files,
        text: &'static str,
        most: u64,
    ) -> Result<Received, ReceiveError> {
        let chunks = text
            .as_bytes()
            .chunks(4)
            .map(|c| Ok::<_, String>(Bytes::from_static(c)));
        let now = Timestamp::from_millis(1_000);
        files
            .receive(stream::iter(chunks), most, &SystemIds, now)
            .await
    }

    async fn read(files: &Files, sha256: Sha256, range: Option<Range<u64>>) -> Option<Vec<u8>> {
        let part = files.open(sha256, range).await.unwrap()?;
        let chunks: Vec<_> = part
            .bytes
            .map(|chunk| chunk.unwrap().to_vec())
            .collect()
            .await;
        Some(chunks.concat())
    }

    #[tokio::test]
    async fn a_file_is_kept_once_and_read_in_parts() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        for _ in 0..2 {
            let received = receive(&files, "twelve bytes", 100).await.unwrap();
            assert_eq!(received.size_bytes, 12);
            files.publish(&received).await.unwrap();
        }
        let digest = Sha256(sha2::Sha256::digest("twelve bytes").into());
        assert_eq!(read(&files, digest, None).await.unwrap(), b"twelve bytes");
        assert_eq!(read(&files, digest, Some(7..9)).await.unwrap(), b"by");
        assert!(read(&files, Sha256([0; 32]), None).await.is_none());
        let left = std::fs::read_dir(folder.path().join(INCOMING)).unwrap();
        assert_eq!(left.count(), 0);
    }

    #[tokio::test]
    async fn a_file_that_is_too_large_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(&folder);
        let refused = receive(&files, "twelve bytes", 11).await;
        assert!(matches!(refused, Err(ReceiveError::TooLarge { most: 11 })));
        assert!(!folder.path().join(PUBLISHED).exists());
    }
}
