use simulation::{Options, run};

#[test]
fn no_schedule_breaks_a_promise() {
    for seed in 1..=100 {
        if run(seed, &Options::default()).broken.is_some() {
            let again = run(seed, &Options { history: true });
            panic!(
                "seed {seed}: {:?}\n{}",
                again.broken,
                again.steps.join("\n")
            );
        }
    }
}
