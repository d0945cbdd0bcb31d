//! Runs many seeds and tells what they did: `cargo xtask simulate`.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use simulation::{Fault, Figures, Keeps, Options, Verdict, plan, run, shrink};

/// Steps of a history that are shown.
const SHOWN: usize = 60;
/// Seeds that break a promise, after which no further ones are run.
const MOST_BROKEN: usize = 10;

/// Run the simulation.
#[derive(Parser)]
struct CommandLine {
    /// How many seeds, counted from the first
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// Only this seed
    #[arg(long)]
    seed: Option<u64>,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Of one seed only these faults, by their numbers
    #[arg(long, value_delimiter = ',', requires = "seed")]
    only_faults: Option<Vec<u32>>,
    /// How many seeds at a time; as many as there are processors, if not said
    #[arg(long)]
    jobs: Option<usize>,
    /// Write the whole history of the one seed
    #[arg(long, requires = "seed")]
    history: bool,
}

fn main() -> ExitCode {
    // A panic is a verdict like another; what is to be said about it is said below.
    std::panic::set_hook(Box::new(|_| {}));
    let line = CommandLine::parse();
    match line.seed {
        Some(seed) => one(seed, &line),
        None => many(&line),
    }
}

fn one(seed: u64, line: &CommandLine) -> ExitCode {
    let only = line.only_faults.clone();
    let options = Options {
        only: only.map(|only| only.into_iter().collect::<BTreeSet<u32>>()),
        keeps: Keeps::Last(if line.history { usize::MAX } else { SHOWN }),
        ..Options::default()
    };
    let verdict = run(seed, &options);
    if line.history {
        for step in &verdict.steps {
            println!("{step}");
        }
    }
    println!("seed {seed}: {:016x}", verdict.digest);
    tell(&verdict.figures, 1, None);
    if verdict.broken.is_none() {
        return ExitCode::SUCCESS;
    }
    complain(&verdict, options.only.is_none(), !line.history);
    ExitCode::FAILURE
}

fn many(line: &CommandLine) -> ExitCode {
    let begin = now();
    let jobs = line.jobs.unwrap_or_else(|| {
        std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
    });
    let next = AtomicU64::new(line.from);
    let (done, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let to = line.from + line.seeds;
    let sum = Mutex::new((Figures::default(), Vec::<Verdict>::new()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= to {
                        break;
                    }
                    let verdict = run(seed, &Options::default());
                    let count = done.fetch_add(1, Ordering::Relaxed) + 1;
                    let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                    sum.0.add(&verdict.figures);
                    if let Some(broken) = &verdict.broken {
                        eprintln!("seed {seed} breaks a promise: {}", broken.promise);
                        sum.1.push(verdict);
                        stop.fetch_or(sum.1.len() >= MOST_BROKEN, Ordering::Relaxed);
                    }
                    if count.is_multiple_of(500) {
                        let rate = per_second(count, begin.elapsed());
                        eprintln!("{count} of {} seeds, {rate} a second", line.seeds);
                    }
                }
            });
        }
    });
    let (figures, mut broken) = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    let count = done.load(Ordering::Relaxed);
    tell(&figures, count, Some(begin.elapsed()));
    broken.sort_by_key(|verdict| verdict.seed);
    println!("violations        {}", broken.len());
    let Some(first) = broken.first() else {
        return ExitCode::SUCCESS;
    };
    let options = Options {
        keeps: Keeps::Last(SHOWN),
        ..Options::default()
    };
    let again = run(first.seed, &options);
    assert!(
        again.broken == first.broken,
        "seed {} is not the same twice: {:?}, then {:?}",
        first.seed,
        first.broken,
        again.broken
    );
    complain(&again, true, true);
    ExitCode::FAILURE
}

/// Says what was broken and how to see it again, with as few faults as possible.
fn complain(verdict: &Verdict, shrinks: bool, steps: bool) {
    let Some(broken) = &verdict.broken else {
        return;
    };
    if steps {
        println!("\nthe last steps of seed {}:", verdict.seed);
        for step in &verdict.steps {
            println!("{step}");
        }
    }
    println!(
        "\nseed {} breaks a promise: {}\n  {}",
        verdict.seed, broken.promise, broken.what
    );
    if !shrinks {
        return;
    }
    let all = plan(verdict.seed).len();
    let left = shrink(verdict.seed, &broken.promise);
    println!("\n{} of its {all} faults are enough:", left.len());
    for fault in &left {
        println!(
            "  {:>3}  {:>7} ms  {}",
            fault.index,
            fault.at_ms,
            fault.kind.name()
        );
    }
    let numbers: Vec<String> = left
        .iter()
        .map(|fault: &Fault| fault.index.to_string())
        .collect();
    println!(
        "again: cargo xtask simulate --seed {} --only-faults {} --history",
        verdict.seed,
        numbers.join(",")
    );
}

fn tell(figures: &Figures, seeds: u64, took: Option<Duration>) {
    if let Some(took) = took {
        println!(
            "seeds             {seeds} in {:.1} s, {} a second",
            took.as_secs_f64(),
            per_second(seeds, took)
        );
    }
    let lines = [
        ("steps", figures.steps),
        ("jobs accepted", figures.jobs),
        ("attempts confirmed", figures.attempts),
        ("robots started", figures.robots),
        (
            "events delivered",
            u64::try_from(figures.events).unwrap_or(u64::MAX),
        ),
        ("agents' processes", figures.processes),
        ("lines cut", figures.cut_lines),
        ("answers lost", figures.lost_answers),
        ("hints lost", figures.lost_hints),
        ("store calls late", figures.late_answers),
        ("store calls failed", figures.store_failures),
        ("faults", figures.faults.values().sum()),
    ];
    for (name, count) in lines {
        println!("{name:<18}{count}");
    }
    for (kind, count) in &figures.faults {
        println!("  {count:>8}  {kind}");
    }
}

fn per_second(count: u64, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    count * 1_000 / millis
}

#[expect(clippy::disallowed_methods, reason = "how fast it is, for people")]
fn now() -> Instant {
    Instant::now()
}
