//! Robots that resist their end: each is stopped and killed, and nothing of it may be left.
//!
//! How long that took is printed; what is asserted is that it came about, and how it is told.

use model::{CancelledHow, Ending, Outcome};
use runner::Mode;

use crate::harness::{Attempt, timed, until};

/// Short enough to wait for.
const GRACE_MS: u64 = 3_000;
/// Leaves a robot some time after the second interrupt, which comes when most of it is over.
const LONG_GRACE_MS: u64 = 10_000;

/// A way to resist.
struct Resistance {
    what: &'static str,
    /// The steps of the task. One of them says that it is ready.
    steps: &'static str,
    grace_ms: u64,
    /// How a Stop ends it.
    stopped: CancelledHow,
}

const RESISTANCES: [Resistance; 9] = [
    Resistance {
        what: "a teardown that hangs",
        steps: "    Say    ready\n    Nap\n    [Teardown]    Nap\n",
        grace_ms: LONG_GRACE_MS,
        // The second interrupt ends it.
        stopped: CancelledHow::Stop,
    },
    Resistance {
        what: "a teardown that hangs and hears nothing",
        steps: "    Say    ready\n    Nap\n    [Teardown]    Swallow\n",
        grace_ms: GRACE_MS,
        stopped: CancelledHow::Kill,
    },
    Resistance {
        what: "a loop around every exception",
        steps: "    Swallow    ready\n",
        grace_ms: GRACE_MS,
        stopped: CancelledHow::Kill,
    },
    Resistance {
        what: "machine code that never looks at signals",
        steps: "    Stay In Machine Code    ready\n",
        grace_ms: GRACE_MS,
        stopped: CancelledHow::Kill,
    },
    Resistance {
        what: "a robot that blocks every signal",
        steps: "    Block Signals\n    Say    ready\n    Nap\n",
        grace_ms: GRACE_MS,
        stopped: CancelledHow::Kill,
    },
    Resistance {
        what: "a child in another session that ignores signals",
        steps: "    Start Stubborn    child\n    Say    ready\n    Nap\n",
        grace_ms: GRACE_MS,
        stopped: CancelledHow::Stop,
    },
    Resistance {
        what: "a daemon that nothing leads back to",
        steps: "    Daemonise    daemon\n    Say    ready\n    Nap\n",
        grace_ms: GRACE_MS,
        stopped: CancelledHow::Stop,
    },
    Resistance {
        what: "two daemons that start each other again",
        steps: "    Start Pair    one    two\n    Say    ready\n    Nap\n",
        grace_ms: GRACE_MS,
        stopped: CancelledHow::Stop,
    },
    Resistance {
        what: "a daemon that forks without a pause, each time into another session",
        steps: "    Start Hopper    hopper\n    Say    ready\n    Nap\n",
        grace_ms: GRACE_MS,
        stopped: CancelledHow::Stop,
    },
];

#[test]
fn a_kill_leaves_nothing_of_a_robot_that_resists() {
    for resistance in &RESISTANCES {
        let outcome = end(resistance, Mode::Kill);
        assert_eq!(
            outcome.ending,
            cancelled(CancelledHow::Kill),
            "{}",
            resistance.what
        );
    }
}

#[test]
fn a_stop_leaves_nothing_of_a_robot_that_resists() {
    for resistance in &RESISTANCES {
        let outcome = end(resistance, Mode::Stop);
        assert_eq!(
            outcome.ending,
            cancelled(resistance.stopped),
            "{}",
            resistance.what
        );
    }
}

/// Brings a robot to its end, and sees that nothing of it is left.
fn end(resistance: &Resistance, mode: Mode) -> Outcome {
    let Resistance {
        what,
        steps,
        grace_ms,
        ..
    } = resistance;
    let attempt = Attempt::at(&format!("One\n{steps}")).with_limits(None, *grace_ms);
    attempt.start_until("ready");
    let (took, ()) = timed(|| {
        attempt.control(mode);
        until("that nothing is left", || attempt.traces().is_empty());
    });
    eprintln!("{mode:?} of {what}: {took:?}");
    let told = attempt.read("output/hopper");
    let outcome = attempt.end();
    let left = attempt.traces();
    assert!(left.is_empty(), "{what}: {left:?} came back");
    assert_eq!(attempt.read("output/hopper"), told, "{what}: it hops on");
    outcome
}

fn cancelled(how: CancelledHow) -> Ending {
    Ending::Cancelled { how, by: None }
}
