//! The rows of files that attempts left behind.

use std::sync::Arc;

use model::{AttemptKey, Job};

use super::given::World;
use crate::Store;
use crate::artifacts::{Artifact, ArtifactAdded, ArtifactBounds};
use crate::robots::VersionAdded;

const BOUNDS: ArtifactBounds = ArtifactBounds {
    files: 3,
    bytes: 100,
};

pub(super) async fn an_artifact_is_read_back(store: Arc<dyn Store>) {
    let world = World::new(store);
    let job = played(&world).await;
    let first = new_artifact(&world, &job, "output.xml", 10);
    let second = new_artifact(&world, &job, "log ä.html", 20);
    for artifact in [&first, &second] {
        assert!(fits(&world, artifact.clone()).await);
    }
    let read = world.store.artifact(first.id).await.unwrap();
    assert_eq!(read, Some(first.clone()));
    let listed = world.store.artifacts(job.id).await.unwrap();
    assert_eq!(listed, [first, second]);
    assert_eq!(world.store.artifact(world.id()).await.unwrap(), None);
    assert_eq!(world.store.artifacts(world.id()).await.unwrap(), []);
}

pub(super) async fn a_name_has_one_content(store: Arc<dyn Store>) {
    let world = World::new(store);
    let job = played(&world).await;
    let first = new_artifact(&world, &job, "log.html", 90);
    assert!(fits(&world, first.clone()).await);
    let same = Artifact {
        id: world.id(),
        created_at: world.now(),
        ..first.clone()
    };
    let answer = world.store.add_artifact(same, BOUNDS).await.unwrap();
    assert_eq!(answer, ArtifactAdded::Same(first.clone()));
    let other = new_artifact(&world, &job, "log.html", 1);
    let answer = world.store.add_artifact(other, BOUNDS).await.unwrap();
    assert_eq!(answer, ArtifactAdded::NameTaken(first.clone()));
    // Another attempt has names of its own.
    let mut next = new_artifact(&world, &job, "log.html", 1);
    next.attempt.attempt = 2;
    assert!(fits(&world, next).await);
}

pub(super) async fn a_job_leaves_no_more_behind_than_allowed(store: Arc<dyn Store>) {
    let world = World::new(store);
    let job = played(&world).await;
    let other = played(&world).await;
    let add = async |job: &Job, name: &str, size| {
        let artifact = new_artifact(&world, job, name, size);
        world.store.add_artifact(artifact, BOUNDS).await.unwrap()
    };
    assert_eq!(add(&job, "huge", 101).await, ArtifactAdded::TooLarge);
    assert!(fits(&world, new_artifact(&world, &job, "a", 60)).await);
    assert_eq!(add(&job, "b", 41).await, ArtifactAdded::TooLarge);
    assert!(fits(&world, new_artifact(&world, &job, "b", 40)).await);
    assert!(fits(&world, new_artifact(&world, &job, "empty", 0)).await);
    assert_eq!(add(&job, "one more", 0).await, ArtifactAdded::TooMany);
    assert!(fits(&world, new_artifact(&world, &other, "a", 100)).await);
    assert_eq!(world.store.artifacts(job.id).await.unwrap().len(), 3);
}

pub(super) async fn a_digest_is_named_by_artifacts_and_versions(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let job = world.play(&robot).await;
    let artifact = new_artifact(&world, &job, "log.html", 1);
    assert!(fits(&world, artifact.clone()).await);
    let version = world.new_version("two");
    let of_version = version.head.sha256;
    let added = world.store.add_version(user, robot.id, None, version).await;
    assert!(matches!(added.unwrap(), VersionAdded::Added(_)));
    let nobodys = world.digest();
    let asked = vec![artifact.sha256, nobodys, of_version];
    assert_eq!(world.store.unnamed(asked).await.unwrap(), [nobodys]);
    assert_eq!(world.store.unnamed(Vec::new()).await.unwrap(), []);
}

async fn played(world: &World) -> Job {
    let robot = world.robot(world.id()).await;
    world.play(&robot).await
}

async fn fits(world: &World, artifact: Artifact) -> bool {
    let answer = world.store.add_artifact(artifact.clone(), BOUNDS).await;
    match answer.unwrap() {
        ArtifactAdded::Added(stored) | ArtifactAdded::Same(stored) => stored == artifact,
        _ => false,
    }
}

fn new_artifact(world: &World, job: &Job, name: &str, size_bytes: u64) -> Artifact {
    Artifact {
        id: world.id(),
        user_id: job.user_id,
        attempt: AttemptKey {
            job: job.id,
            attempt: 1,
        },
        name: name.to_owned(),
        size_bytes,
        media_type: "text/html".to_owned(),
        sha256: world.digest(),
        created_at: world.now(),
    }
}
