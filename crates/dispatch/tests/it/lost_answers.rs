//! The same story, with one answer of the store lost at each call in turn: nothing is done twice,
//! and the story ends alike.

use std::sync::Arc;

use dispatch::{FinishRequest, PlayRequest};
use model::{AttemptKey, Ending, Outcome, Status};
use store::Store;
use store::faulty::{Fault, Faulty};
use store_sqlite::SqliteStore;

use crate::sweep::{join, renew};
use crate::world::{Hint, World, key, now_or_never};

fn tell_the_story(world: &World) {
    let robot = world.robot();
    let ask = PlayRequest {
        request: Some(key("r")),
        ..world.ask(robot)
    };
    let job = now_or_never(world.dispatch.play(ask, world.now()))
        .unwrap()
        .job()
        .id;
    let connection = world.connect(world.agent(), "p");
    join(world, &connection, vec![]);
    let offers = now_or_never(world.dispatch.claim(&connection, key("c"), 2, world.now())).unwrap();
    assert_eq!(offers.len(), 1);
    let attempt = AttemptKey { job, attempt: 1 };
    now_or_never(world.dispatch.confirm(&connection, attempt, world.now())).unwrap();
    renew(world, &connection, vec![attempt]);
    let event = r#"{"seq":1}"#.to_owned();
    let stored = world.dispatch.events(&connection, attempt, 1, vec![event]);
    assert_eq!(now_or_never(stored).unwrap(), 1);
    let finish = FinishRequest {
        attempt,
        last_seq: 1,
        outcome: Outcome::unmeasured(Ending::Success),
    };
    let finished = now_or_never(world.dispatch.finish(&connection, finish, world.now())).unwrap();
    assert!(!finished.late);

    let ended = world.job(job);
    assert_eq!(ended.status(), Status::Success);
    assert_eq!(
        (ended.number, ended.last_attempt, ended.past.len()),
        (1, 1, 1)
    );
    let heard = world.heard.take();
    assert!(heard.contains(&Hint::Work(world.user)));
    assert!(heard.contains(&Hint::Events(attempt, 1)));
    let all = now_or_never(world.store.jobs_page(
        world.user,
        store::jobs::JobFilter::default(),
        store::jobs::PageAsk {
            after: None,
            limit: 10,
            look_at: 10,
        },
    ));
    assert_eq!(all.unwrap().rows.len(), 1);
}

#[test]
fn an_answer_that_is_lost_at_any_call_changes_nothing() {
    let verbs = [
        ("create_enrolment", 1),
        ("enrol", 1),
        ("play", 1),
        ("join_agent", 1),
        ("offer_next", 1),
        ("change_job", 1),
        ("change_job", 2),
        ("renew_agent", 1),
        ("append_events", 1),
    ];
    for (verb, nth) in verbs {
        for fault in [Fault::UnknownDone, Fault::UnknownNotDone] {
            let real: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().unwrap());
            let faulty = Arc::new(Faulty::once(real, verb, nth, fault));
            let world = World::on(Arc::clone(&faulty) as Arc<dyn Store>);
            tell_the_story(&world);
            assert!(faulty.calls(verb) > nth, "{verb} was made again");
        }
    }
}
