//! The rows of files that attempts left behind.

use model::{ArtifactId, JobId, Sha256};
use rusqlite::{Connection, params};
use store::StoreError;
use store::artifacts::{Artifact, ArtifactAdded, ArtifactBounds};

use super::document::{self, count, int};
use super::{CoreResult, jobs};

/// See [`store::Artifacts::add_artifact`].
pub(crate) fn add(
    conn: &Connection,
    artifact: &Artifact,
    bounds: ArtifactBounds,
) -> CoreResult<ArtifactAdded> {
    let job = artifact.attempt.job;
    let before: Option<Artifact> = document::one(
        conn,
        "artifact",
        "SELECT body FROM artifact WHERE job_id = ?1 AND attempt = ?2 AND name = ?3",
        params![job.to_string(), artifact.attempt.attempt, artifact.name],
    )?;
    if let Some(before) = before {
        let same = before.sha256 == artifact.sha256 && before.size_bytes == artifact.size_bytes;
        return Ok(if same {
            ArtifactAdded::Same(before)
        } else {
            ArtifactAdded::NameTaken(before)
        });
    }
    if jobs::read(conn, job)?.is_none() {
        // A row without a job would keep its bytes for ever.
        return Err(StoreError::Unavailable(format!("there is no job `{job}`")).into());
    }
    let (files, bytes): (u32, i64) = conn
        .prepare_cached(
            "SELECT count(*), coalesce(sum(size_bytes), 0) FROM artifact WHERE job_id = ?1",
        )?
        .query_row(params![job.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    if files >= bounds.files {
        return Ok(ArtifactAdded::TooMany);
    }
    if count(bytes).saturating_add(artifact.size_bytes) > bounds.bytes {
        return Ok(ArtifactAdded::TooLarge);
    }
    document::execute(
        conn,
        "INSERT INTO artifact (id, job_id, attempt, name, size_bytes, sha256, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            artifact.id.to_string(),
            job.to_string(),
            artifact.attempt.attempt,
            artifact.name,
            int(artifact.size_bytes),
            artifact.sha256.to_string(),
            document::write(artifact)?
        ],
    )?;
    Ok(ArtifactAdded::Added(artifact.clone()))
}

/// See [`store::Artifacts::artifact`].
pub(crate) fn artifact(conn: &Connection, id: ArtifactId) -> CoreResult<Option<Artifact>> {
    document::one(
        conn,
        "artifact",
        "SELECT body FROM artifact WHERE id = ?1",
        params![id.to_string()],
    )
}

/// See [`store::Artifacts::artifacts`].
pub(crate) fn of_job(conn: &Connection, job: JobId) -> CoreResult<Vec<Artifact>> {
    document::many(
        conn,
        "artifact",
        "SELECT body FROM artifact WHERE job_id = ?1 ORDER BY position",
        params![job.to_string()],
    )
}

/// See [`store::Artifacts::unnamed`].
pub(crate) fn unnamed(conn: &Connection, digests: &[Sha256]) -> CoreResult<Vec<Sha256>> {
    let mut unnamed = Vec::new();
    for digest in digests {
        let named = document::number(
            conn,
            "SELECT EXISTS (SELECT 1 FROM artifact WHERE sha256 = ?1)
                 OR EXISTS (SELECT 1 FROM robot_version WHERE sha256 = ?1)",
            params![digest.to_string()],
        )?;
        if named != Some(1) {
            unnamed.push(*digest);
        }
    }
    Ok(unnamed)
}
