//! What was acknowledged is kept when the process of a store is killed.
//!
//! A test starts a child process that calls [`write_and_tell`] and hands on every line; it kills
//! the child, opens the store again and asks [`is_kept`] of each line that it got.

use std::sync::Arc;

use model::{JobId, Status, UserId};

use super::given::{Worker, World, success};
use crate::Store;
use crate::logs::Appended;
use crate::robots::Robot;

/// How many writers there are at once.
const WRITERS: u64 = 16;

/// Plays, claims, confirms, appends and finishes for ever, and tells each thing once it is
/// acknowledged. `round` keeps the ids of one process apart from those of the next.
pub async fn write_and_tell(
    store: Arc<dyn Store>,
    round: u64,
    tell: impl Fn(String) + Send + Sync + 'static,
) {
    let tell = Arc::new(tell);
    let world = Arc::new(World::starting_at(store, round << 32));
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let (world, tell) = (Arc::clone(&world), Arc::clone(&tell));
        writers.push(tokio::spawn(async move {
            let user: UserId = world.id();
            let robot = world.robot(user).await;
            let worker = world.worker(user, 2).await;
            loop {
                write_once(&world, &robot, &worker, tell.as_ref()).await;
            }
        }));
    }
    for writer in writers {
        let never: () = writer.await.unwrap();
        never
    }
}

/// Writes a little of everything once; answers the lines to ask for later.
pub async fn sample(store: Arc<dyn Store>) -> Vec<String> {
    let world = World::new(store);
    let user: UserId = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 2).await;
    let told = std::sync::Mutex::new(Vec::new());
    for _ in 0..3 {
        let tell = |line| told.lock().unwrap().push(line);
        write_once(&world, &robot, &worker, &tell).await;
    }
    world.play(&robot).await;
    told.into_inner().unwrap()
}

/// Whether what `line` tells is there.
///
/// # Panics
/// If it is not.
pub async fn is_kept(store: &dyn Store, line: &str) {
    let mut words = line.split(' ');
    let what = words.next().unwrap_or_default();
    let id: JobId = words.next().unwrap_or_default().parse().unwrap();
    let row = store.job(id).await.unwrap();
    let row = row.unwrap_or_else(|| panic!("`{line}` was acknowledged and is lost"));
    match what {
        "played" => {
            let parameters = store.job_parameters(id).await.unwrap();
            assert!(!parameters.is_empty(), "{line}");
        }
        "confirmed" => assert!(row.job.latest_confirmed().is_some(), "{line}"),
        "stored" => {
            let up_to: u64 = words.next().unwrap_or_default().parse().unwrap();
            let read = store.events(id, 1, 0, u32::MAX, usize::MAX).await.unwrap();
            assert!(read.up_to >= up_to, "{line}");
            assert_eq!(u64::try_from(read.events.len()), Ok(read.up_to), "{line}");
        }
        "ended" => assert_eq!(row.job.status(), Status::Success, "{line}"),
        other => panic!("`{other}` is nothing that is told"),
    }
}

async fn write_once(
    world: &World,
    robot: &Robot,
    worker: &Worker,
    tell: &(impl Fn(String) + Sync),
) {
    let job = world.play(robot).await;
    tell(format!("played {}", job.id));
    for offer in world.claim(worker, 2).await {
        let job = world.confirmed(&offer, worker).await;
        tell(format!("confirmed {}", job.id));
        for batch in 0..3 {
            let (first, last) = (batch * 5 + 1, batch * 5 + 5);
            let stored = world.append(&job, worker.by(1), first, last).await;
            assert!(matches!(stored, Appended::Stored { .. }), "{stored:?}");
            tell(format!("stored {} {last}", job.id));
        }
        let job = world.finished(&job, worker, success()).await;
        tell(format!("ended {}", job.id));
    }
}
