//! Robots and their versions.

use std::sync::Arc;

use model::parameter::{Parameter, ParameterType};
use model::{RobotSettings, UserId};

use super::given::{World, at_once, labels, name};
use crate::Store;
use crate::robots::{
    Content, RobotCreated, RobotPatch, RobotPatched, RobotRow, Version, VersionAdded, VersionHead,
};

pub(super) async fn a_robot_is_read_back_with_its_version(store: Arc<dyn Store>) {
    let world = World::new(store);
    let mut robot = world.new_robot(world.id(), "Invoices");
    robot.labels = labels(&["sap"]);
    robot.parameters = vec![parameter("MONTH")];
    let mut version = world.new_version("*** Tasks ***\nDo\n    Log    ä\u{0}");
    version.head.note = Some("first".to_owned());
    version.head.parameters = vec![parameter("MONTH")];

    let answer = world
        .store
        .create_robot(robot.clone(), version.clone())
        .await;

    assert_eq!(answer.unwrap(), RobotCreated::Created(robot.clone()));
    let row = RobotRow {
        robot: robot.clone(),
        last_job: None,
    };
    assert_eq!(
        world.store.robot(robot.id).await.unwrap(),
        Some(row.clone())
    );
    assert_eq!(world.store.robots(robot.user_id).await.unwrap(), [row]);
    let read = world.store.version(robot.id, 1).await.unwrap();
    assert_eq!(read, Some(version.clone()));
    let heads = world.store.versions(robot.id).await.unwrap();
    assert_eq!(heads, [version.head]);
    assert_eq!(world.store.version(robot.id, 2).await.unwrap(), None);
    assert_eq!(world.store.robot(world.id()).await.unwrap(), None);
}

pub(super) async fn names_of_robots_are_unique_without_regard_to_case(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let one = world.stored(world.new_robot(user, "Überweisung")).await;
    let second = world.new_robot(user, "ÜBERWEISUNG");
    let version = world.new_version("");
    let answer = world.store.create_robot(second, version).await.unwrap();
    assert_eq!(answer, RobotCreated::NameTaken);
    let other = world.stored(world.new_robot(user, "Other")).await;
    let rename = |text| RobotPatch {
        name: Some(name(text)),
        ..RobotPatch::default()
    };
    let now = world.now();
    let answer = world
        .store
        .patch_robot(user, other.id, rename("überweisung"), now);
    assert_eq!(answer.await.unwrap(), RobotPatched::NameTaken);
    let own = world
        .store
        .patch_robot(user, one.id, rename("überweisung"), now);
    assert!(matches!(own.await.unwrap(), RobotPatched::Done { .. }));
    let foreign = world.new_robot(world.id(), "Überweisung");
    world.stored(foreign).await;
}

pub(super) async fn a_robot_is_changed_by_its_user_alone(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let patch = RobotPatch {
        name: Some(name("Other name")),
        description: Some("Something else".to_owned()),
        labels: Some(labels(&["sap"])),
        settings: Some(RobotSettings {
            keep_days: 7,
            ..RobotSettings::default()
        }),
        favourite: Some(true),
    };
    let now = world.now();
    for (user, id) in [(world.id(), robot.id), (user, world.id())] {
        let answer = world.store.patch_robot(user, id, patch.clone(), now).await;
        assert_eq!(answer.unwrap(), RobotPatched::Gone);
    }
    let answer = world.store.patch_robot(user, robot.id, patch, now).await;
    let RobotPatched::Done { robot: row, .. } = answer.unwrap() else {
        panic!("it was not changed");
    };
    assert_eq!(row.robot.name, name("Other name"));
    assert_eq!(row.robot.settings.keep_days, 7);
    assert_eq!((row.robot.favourite, row.robot.updated_at), (true, now));
    assert!(row.robot.rev > robot.rev);
    assert_eq!(row.robot.version, robot.version);
    let later = world.now();
    let same = world
        .store
        .patch_robot(user, robot.id, RobotPatch::default(), later);
    let RobotPatched::Done { robot: same, .. } = same.await.unwrap() else {
        panic!("it is not there");
    };
    assert_eq!(same, row);
    assert_eq!(world.store.robot(robot.id).await.unwrap(), Some(row));
}

pub(super) async fn new_labels_reach_the_waiting_jobs(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let plain = world.worker(user, 1).await;
    let sap = world.labelled_worker(user, &["sap"]).await;
    let executing = world.executing(&robot, &plain).await;
    let waiting = world.play(&robot).await;
    let other = world.robot(user).await;
    let others = world.play(&other).await;
    let patch = RobotPatch {
        labels: Some(labels(&["sap"])),
        ..RobotPatch::default()
    };
    let now = world.now();
    let change = async || {
        let patch = patch.clone();
        let answer = world.store.patch_robot(user, robot.id, patch, now).await;
        let RobotPatched::Done { jobs, .. } = answer.unwrap() else {
            panic!("it was not changed");
        };
        jobs
    };

    assert_eq!(change().await, [waiting.id]);

    let changed = world.job(waiting.id).await;
    assert_eq!(changed.labels, labels(&["sap"]));
    assert_eq!(changed.rev, waiting.rev + 1);
    // Again, it is told as before and changes nothing more.
    assert_eq!(change().await, [waiting.id]);
    assert_eq!(world.job(waiting.id).await, changed);
    assert_eq!(world.job(executing.id).await, executing);
    assert_eq!(world.job(others.id).await, others);
    let third = world.worker(user, 2).await;
    let offers = world.claim(&third, 2).await;
    assert_eq!(offers.len(), 1);
    assert_eq!(offers[0].id, others.id);
    assert_eq!(world.claim(&sap, 1).await[0].id, waiting.id);
}

pub(super) async fn versions_are_numbered_and_kept(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let mut saved = Vec::new();
    for text in ["two", "three"] {
        let mut version = world.new_version(text);
        version.head.parameters = vec![parameter(text)];
        let answer = world
            .store
            .add_version(user, robot.id, None, version.clone());
        let VersionAdded::Added(row) = answer.await.unwrap() else {
            panic!("it was not stored");
        };
        assert_eq!(row.robot.parameters, [parameter(text)]);
        assert_eq!(row.robot.updated_at, version.head.created_at);
        saved.push(Version {
            head: VersionHead {
                version: row.robot.version,
                ..version.head
            },
            content: version.content,
        });
    }
    let numbers: Vec<u32> = saved.iter().map(|v| v.head.version).collect();
    assert_eq!(numbers, [2, 3]);
    let heads = world.store.versions(robot.id).await.unwrap();
    let numbers: Vec<u32> = heads.iter().map(|head| head.version).collect();
    assert_eq!(numbers, [3, 2, 1]);
    for version in saved {
        let number = version.head.version;
        let read = world.store.version(robot.id, number).await.unwrap();
        assert_eq!(read, Some(version));
    }
    let row = world.store.robot(robot.id).await.unwrap().unwrap();
    assert_eq!(row.robot.version, 3);
    assert!(row.robot.rev > robot.rev);
}

pub(super) async fn a_version_on_top_of_another_is_refused(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let add = async |user: UserId, expected, text: &str| {
        let version = world.new_version(text);
        let answer = world.store.add_version(user, robot.id, expected, version);
        answer.await.unwrap()
    };
    assert!(matches!(
        add(user, Some(1), "mine").await,
        VersionAdded::Added(_)
    ));
    let conflict = VersionAdded::Conflict { version: 2 };
    assert_eq!(add(user, Some(1), "yours").await, conflict);
    assert_eq!(add(user, Some(9), "yours").await, conflict);
    assert_eq!(add(world.id(), None, "theirs").await, VersionAdded::Gone);
    assert_eq!(world.store.versions(robot.id).await.unwrap().len(), 2);
}

pub(super) async fn a_deleted_robot_frees_its_name_and_keeps_what_jobs_name(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.stored(world.new_robot(user, "Invoices")).await;
    let named = world.play(&robot).await;
    let package = Version {
        content: Content::Package {
            size_bytes: 7,
            main: "main.robot".to_owned(),
            source: "*** Tasks ***".to_owned(),
        },
        ..world.new_version("")
    };
    let digest = package.head.sha256;
    let added = world.store.add_version(user, robot.id, None, package).await;
    assert!(matches!(added.unwrap(), VersionAdded::Added(_)));
    assert_eq!(world.store.unnamed(vec![digest]).await.unwrap(), []);
    let now = world.now();
    let foreign = world.store.delete_robot(world.id(), robot.id, now).await;
    assert_eq!(foreign.unwrap(), None);

    let deleted = world.store.delete_robot(user, robot.id, now).await;
    let deleted = deleted.unwrap().unwrap();

    assert!(deleted.robot.rev > robot.rev);
    assert_eq!(deleted.waiting, [named.id]);
    assert_eq!(world.store.robot(robot.id).await.unwrap(), None);
    assert_eq!(world.store.robots(user).await.unwrap(), []);
    assert!(world.store.version(robot.id, 1).await.unwrap().is_some());
    assert_eq!(world.store.version(robot.id, 2).await.unwrap(), None);
    assert_eq!(world.store.unnamed(vec![digest]).await.unwrap(), [digest]);
    let patch = RobotPatch::default();
    let patched = world.store.patch_robot(user, robot.id, patch, now).await;
    assert_eq!(patched.unwrap(), RobotPatched::Gone);
    let version = world.new_version("");
    let added = world.store.add_version(user, robot.id, None, version).await;
    assert_eq!(added.unwrap(), VersionAdded::Gone);
    let later = world.now();
    let again = world.store.delete_robot(user, robot.id, later).await;
    assert_eq!(again.unwrap(), None);
    world.stored(world.new_robot(user, "invoices")).await;
    assert_eq!(world.job(named.id).await.robot_name, name("Invoices"));
}

pub(super) async fn a_robot_knows_its_last_job(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    let robot = world.robot(user).await;
    let worker = world.worker(user, 1).await;
    world.offered(&robot, &worker).await;
    let last = world.play(&robot).await;
    let row = world.store.robot(robot.id).await.unwrap().unwrap();
    assert_eq!(row.last_job, Some(last.clone()));
    let rows = world.store.robots(user).await.unwrap();
    assert_eq!(rows[0].last_job, Some(last));
}

pub(super) async fn robots_are_listed_by_name(store: Arc<dyn Store>) {
    let world = World::new(store);
    let user = world.id();
    for text in ["delta", "Alpha", "charlie", "Bravo"] {
        world.stored(world.new_robot(user, text)).await;
    }
    world.robot(world.id()).await;
    let rows = world.store.robots(user).await.unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row.robot.name.as_str()).collect();
    assert_eq!(names, ["Alpha", "Bravo", "charlie", "delta"]);
}

pub(super) async fn concurrent_robots_of_one_name_are_one(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store));
    let user = world.id();
    let creations = (0..8).map(|_| {
        let world = Arc::clone(&world);
        async move {
            let robot = world.new_robot(user, "Invoices");
            let version = world.new_version("");
            world.store.create_robot(robot, version).await.unwrap()
        }
    });
    let answers = at_once(creations).await;
    let made = answers
        .iter()
        .filter(|answer| matches!(answer, RobotCreated::Created(_)));
    assert_eq!(made.count(), 1);
    assert_eq!(world.store.robots(user).await.unwrap().len(), 1);
}

fn parameter(name: &str) -> Parameter {
    let text = format!(r#"{{"name":"{name}","type":"text","required":true}}"#);
    let parameter: Parameter = serde_json::from_str(&text).unwrap();
    assert_eq!(parameter.kind, ParameterType::Text);
    parameter
}
