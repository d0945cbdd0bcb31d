//! Everything that continuous integration checks, in the order in which mistakes are cheapest.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::clock::{Since, for_people};
use crate::repository::Profile;
use crate::{browser, chaos, command, demo, generate, simulate, tidy, tools, web};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only these steps, by name; may be given several times
    #[arg(long, value_name = "NAME", value_parser = names())]
    only: Vec<String>,
    /// Go on after a failed step, and fail at the end
    #[arg(long)]
    keep_going: bool,
}

struct Step {
    name: &'static str,
    what: &'static str,
    run: fn() -> Result<()>,
}

const STEPS: [Step; 15] = [
    Step {
        name: "format",
        what: "Rust code is formatted",
        run: format,
    },
    Step {
        name: "tidy",
        what: "the rules that no compiler checks",
        run: tidy::run,
    },
    Step {
        name: "generated",
        what: "generated files are up to date",
        run: generate::check,
    },
    Step {
        name: "page",
        what: "the page builds",
        run: web::build,
    },
    Step {
        name: "page-lint",
        what: "the page's code is formatted and linted",
        run: page_lint,
    },
    Step {
        name: "page-types",
        what: "the page's types and accessibility",
        run: page_types,
    },
    Step {
        name: "page-unit",
        what: "the page's unit tests",
        run: page_unit,
    },
    Step {
        name: "page-size",
        what: "the page keeps its size budget",
        run: page_size,
    },
    Step {
        name: "clippy",
        what: "clippy finds nothing",
        run: clippy,
    },
    Step {
        name: "programs",
        what: "server and agent build",
        run: programs,
    },
    Step {
        name: "rust",
        what: "all Rust tests",
        run: rust,
    },
    Step {
        name: "simulation",
        what: "no seed of the simulation breaks a promise",
        run: simulate::check,
    },
    Step {
        name: "samples",
        what: "every sample robot, through server and agent",
        run: samples,
    },
    Step {
        name: "chaos",
        what: "a minute of kills, cuts and full disks, judged",
        run: chaos::for_check,
    },
    Step {
        name: "browser",
        what: "the page in a real browser, on the real server",
        run: in_browser,
    },
];

/// How a step ended.
struct Ended {
    step: &'static Step,
    took: Duration,
    problem: Option<anyhow::Error>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    tools::require(&[tools::Tool::Node, tools::Tool::Npm, tools::Tool::Python])?;
    let all = Since::now();
    let mut ended: Vec<Ended> = Vec::new();
    let chosen = STEPS
        .iter()
        .filter(|step| options.only.is_empty() || options.only.iter().any(|it| it == step.name));
    for step in chosen {
        eprintln!("\n── {}: {} ──", step.name, step.what);
        let since = Since::now();
        let problem = (step.run)().err();
        if let Some(problem) = &problem {
            eprintln!("{}: {problem:#}", step.name);
        }
        let stops = problem.is_some() && !options.keep_going;
        ended.push(Ended {
            step,
            took: since.elapsed(),
            problem,
        });
        if stops {
            break;
        }
    }
    report(&ended, all.elapsed())
}

fn report(ended: &[Ended], took: Duration) -> Result<()> {
    eprintln!();
    for Ended {
        step,
        took,
        problem,
    } in ended
    {
        let sign = if problem.is_some() { "✗" } else { "✓" };
        eprintln!(
            "{sign} {:<12} {:>12}  {}",
            step.name,
            for_people(*took),
            step.what
        );
    }
    let failed: Vec<&str> = ended
        .iter()
        .filter(|it| it.problem.is_some())
        .map(|it| it.step.name)
        .collect();
    if failed.is_empty() {
        eprintln!(
            "check: {} steps passed in {}",
            ended.len(),
            for_people(took)
        );
        return Ok(());
    }
    bail!(
        "check failed at {} after {}\nhint: again with `cargo xtask check --only {}`",
        failed.join(", "),
        for_people(took),
        failed.join(" --only "),
    )
}

fn names() -> clap::builder::PossibleValuesParser {
    STEPS
        .iter()
        .map(|step| step.name)
        .collect::<Vec<_>>()
        .into()
}

fn format() -> Result<()> {
    command::run(
        command::cargo().args(["fmt", "--all", "--check"]),
        "`cargo fmt --check` (mend with `cargo fmt`)",
    )
}

fn clippy() -> Result<()> {
    command::run(
        command::cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]),
        "clippy",
    )
}

fn programs() -> Result<()> {
    build_programs(Profile::Development)
}

/// Builds server and agent.
pub(crate) fn build_programs(profile: Profile) -> Result<()> {
    let mut cargo = command::cargo();
    cargo.args(["build", "--locked", "--bins"]);
    cargo.args([
        "--package",
        "arkwright-server",
        "--package",
        "arkwright-agent",
    ]);
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    let built = command::run(&mut cargo, "building server and agent");
    let Err(problem) = built else { return Ok(()) };
    // Cargo writes to our terminal, so what it said is asked again in a way that needs no network.
    let mut fetch = command::cargo();
    fetch.args(["fetch", "--locked", "--offline", "--quiet"]);
    if command::output(&mut fetch, "looking for the crates").is_err() {
        bail!(
            "{problem}: not all crates are on this computer, and cargo could not fetch them\n\
             hint: it needs the network once; behind a proxy, set `https_proxy`"
        );
    }
    Err(problem)
}

fn rust() -> Result<()> {
    // Not installed from here: its package may start a service, which is nobody's wish.
    if tools::said("nginx", &["-v"]).is_none() {
        bail!(
            "one test puts a server behind nginx, and there is none\n\
             hint: `apt install nginx-light`, or your system's package of nginx"
        );
    }
    rust_tests()?;
    // nextest does not run the examples in the documentation.
    command::run(
        command::cargo().args(["test", "--workspace", "--locked", "--doc", "--quiet"]),
        "the examples in the documentation",
    )
}

fn rust_tests() -> Result<()> {
    if tools::said("cargo", &["nextest", "--version"]).is_some() {
        return command::run(
            command::cargo().args([
                "nextest",
                "run",
                "--workspace",
                "--locked",
                "--no-fail-fast",
            ]),
            "the Rust tests",
        );
    }
    eprintln!(
        "cargo-nextest is not installed: `cargo test` runs the same tests, more slowly\n\
         hint: `cargo install --locked cargo-nextest`, or https://nexte.st for a ready binary"
    );
    command::run(
        command::cargo().args([
            "test",
            "--workspace",
            "--locked",
            "--no-fail-fast",
            "--tests",
        ]),
        "the Rust tests",
    )
}

fn page_lint() -> Result<()> {
    script("lint", "linting the page")
}

fn page_types() -> Result<()> {
    script("check", "checking the page's types")
}

fn page_unit() -> Result<()> {
    script("test:unit", "the page's unit tests")
}

fn page_size() -> Result<()> {
    web::build()?;
    script("budget", "the page's size budget")
}

fn samples() -> Result<()> {
    browser::require()?;
    web::packages()?;
    build_programs(Profile::Development)?;
    demo::rehearse()
}

fn in_browser() -> Result<()> {
    let chromium = browser::require()?;
    web::build()?;
    build_programs(Profile::Development)?;
    command::run(
        command::npm()
            .args(["run", "--silent", "test:browser"])
            .env("CHROMIUM", chromium),
        "the browser tests",
    )
}

fn script(name: &str, what: &str) -> Result<()> {
    web::packages()?;
    command::run(command::npm().args(["run", "--silent", name]), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(name: &str, problem: Option<&str>) -> Ended {
        let step = STEPS
            .iter()
            .find(|step| step.name == name)
            .expect("it is a step");
        let problem = problem.map(|text| anyhow::anyhow!(text.to_owned()));
        Ended {
            step,
            took: Duration::from_secs(1),
            problem,
        }
    }

    #[test]
    fn a_failed_step_fails_the_whole_and_is_named() {
        let steps = [ended("tidy", None), ended("clippy", Some("warnings"))];
        let told = report(&steps, Duration::from_secs(2))
            .expect_err("a step failed")
            .to_string();
        assert!(told.contains("check failed at clippy"), "{told}");
        assert!(told.contains("--only clippy"), "{told}");
    }

    #[test]
    fn passed_steps_pass() {
        assert!(report(&[ended("tidy", None)], Duration::from_secs(1)).is_ok());
    }
}
