//! Asks once for every call of the store and every way in which it can go wrong.

use std::collections::BTreeSet;

use store::faulty::Fault;

use super::given::Armed;
use super::row::Row;
use super::stage::Stage;
use super::table::{Family, Kind, kind, verbs_of};

/// How a call goes wrong: before it is done, after it, never answered, answered late.
const FAULTS: [Fault; 6] = [
    Fault::Unavailable,
    Fault::UnknownNotDone,
    Fault::UnknownDone,
    Fault::HangNotDone,
    Fault::HangDone,
    Fault::Delay(3),
];
/// More often than any call is repeated.
const FOR_GOOD: usize = 10;

/// Tries every row of a family.
///
/// # Panics
/// With all that went another way than it must.
pub(super) async fn attack(family: Family, rows: Vec<Row>) {
    let mut wrong = Vec::new();
    let mut tried = BTreeSet::new();
    let mut trials = 0;
    for row in rows {
        let clean = Clean::of(&row).await;
        for (place, verb) in clean.called.iter().enumerate() {
            let nth = clean.called[..=place].iter().filter(|v| *v == verb).count();
            if row.spares(verb, nth) {
                continue;
            }
            tried.insert(*verb);
            let mut plans: Vec<(Fault, usize)> = FAULTS.iter().map(|fault| (*fault, 1)).collect();
            if row.is_recognised && kind(verb) == Kind::Repeated {
                plans.push((Fault::UnknownDone, FOR_GOOD));
                plans.push((Fault::UnknownNotDone, FOR_GOOD));
            }
            for (fault, times) in plans {
                let armed = Armed {
                    verb,
                    nth,
                    times,
                    fault,
                };
                trials += 1;
                if let Err(how) = try_once(&row, &clean, armed).await {
                    wrong.push(format!("{row}, {armed:?}: {how}"));
                }
            }
        }
    }
    let left_out: Vec<_> = verbs_of(family)
        .filter(|verb| !tried.contains(verb))
        .collect();
    assert!(
        left_out.is_empty(),
        "no row of {family:?} calls {left_out:?}"
    );
    assert!(
        wrong.is_empty(),
        "{} of {trials}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{family:?}: {trials} trials, {} verbs", tried.len());
}

/// What happens when nothing goes wrong.
struct Clean {
    called: Vec<&'static str>,
    state: serde_json::Value,
    audit: serde_json::Value,
}

impl Clean {
    async fn of(row: &Row) -> Self {
        let mut stage = Stage::set(row).await;
        stage.faults.none();
        let said = stage.ask(row).await;
        let called = stage.faults.called();
        assert_eq!(said, "ok", "{row}");
        assert!(!called.is_empty(), "{row} calls nothing");
        let (state, audit) = stage.state().await;
        stage.strike();
        Self {
            called,
            state,
            audit,
        }
    }
}

async fn try_once(row: &Row, clean: &Clean, armed: Armed) -> Result<(), String> {
    let mut stage = Stage::set(row).await;
    stage.faults.arm(armed);
    let said = stage.ask(row).await;
    let met = stage.faults.met();
    stage.faults.none();
    if met == 0 {
        return Err("the call was not made".to_owned());
    }
    let expected = if row.needs_not.contains(&armed.verb) {
        "ok"
    } else {
        expected(armed)
    };
    if said != expected {
        return Err(format!("answered `{said}` instead of `{expected}`"));
    }
    if said != "ok" {
        let again = stage.ask(row).await;
        if again != "ok" && !row.again.contains(&again.as_str()) {
            return Err(format!("asked again, answered `{again}`"));
        }
    }
    let (mut state, audit) = stage.state().await;
    let mut wanted = clean.state.clone();
    if said != "ok" {
        for part in row.but {
            state[part].take();
            wanted[part].take();
        }
    }
    stage.strike();
    if state != wanted {
        return Err(format!("left {state} instead of {wanted}"));
    }
    for (action, count) in audit.as_object().into_iter().flatten() {
        if count.as_u64() > clean.audit[action].as_u64() {
            return Err(format!("`{action}` was noted {count} times"));
        }
    }
    Ok(())
}

/// What the caller must be answered.
fn expected(armed: Armed) -> &'static str {
    let surely_not_done = armed.fault == Fault::Unavailable;
    let gives_up = surely_not_done || armed.times == FOR_GOOD;
    let late = matches!(armed.fault, Fault::Delay(_));
    match kind(armed.verb) {
        _ if late => "ok",
        Kind::Beside => "ok",
        Kind::Repeated if !gives_up => "ok",
        Kind::Repeated | Kind::Asked | Kind::Turn => "try_again",
    }
}
