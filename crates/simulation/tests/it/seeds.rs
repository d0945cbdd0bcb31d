use std::process::Command;

use simulation::{Keeps, Options, run};

#[test]
fn no_seed_breaks_a_promise() {
    for seed in 1..=60 {
        let broken = run(seed, &Options::default()).broken;
        assert_eq!(
            broken, None,
            "seed {seed}; see it with `cargo xtask simulate --seed {seed}`"
        );
    }
}

#[test]
fn the_same_seed_is_the_same_history() {
    let options = Options {
        keeps: Keeps::Last(usize::MAX),
        ..Options::default()
    };
    for seed in [3, 14, 159] {
        let (first, second) = (run(seed, &options), run(seed, &options));
        assert!(first.steps.len() > 100, "it is a history");
        assert!(first.steps == second.steps, "seed {seed}");
        assert_eq!(first.digest, second.digest);
    }
}

#[test]
fn two_processes_tell_the_same_history_byte_for_byte() {
    for seed in ["3", "14"] {
        let tell = || {
            let mut program = Command::new(env!("CARGO_BIN_EXE_simulate"));
            let told = program
                .args(["--seed", seed, "--history"])
                .output()
                .unwrap();
            assert!(told.status.success(), "seed {seed}: {told:?}");
            told.stdout
        };
        let (first, second) = (tell(), tell());
        assert!(first.len() > 10_000, "it is a history");
        assert!(first == second, "seed {seed}");
    }
}
