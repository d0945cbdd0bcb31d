//! One run, from the first program to the verdict.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use judge::History;
use serde_json::json;
use testkit::{Agent, Place};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::dice::Dice;
use super::errands;
use super::faults::Faults;
use super::figures::Figures;
use super::found;
use super::history::{Known, STOP_GRACE_MS, history};
use super::pages::Page;
use super::people::{Book, Desk, Kind, Robot, SECRET, monotonic_ns};
use super::verdict::violations;
use super::world::World;

/// How long everything may take to come to rest once it is healed. The longest single wait of
/// the programs is the 30 s after which an agent asks for work by itself.
const REST: Duration = Duration::from_secs(120);
/// How many people press play.
const PLAYERS: u32 = 2;
/// The most memory that a program may have at the end.
const MOST_MEMORY_BYTES: u64 = 400 << 20;
/// The most files that a program may have open at the end.
const MOST_FILES: usize = 300;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long faults are brought.
    pub time: Duration,
    /// How many robots must have started at least.
    pub robots: u64,
    /// What decides faults and presses.
    pub seed: u64,
    /// The library libfaketime, where there is one.
    pub faketime: Option<PathBuf>,
}

/// Runs it. Answers whether every promise held; the figures and the violations are printed.
///
/// # Panics
/// A part does not come up at all.
pub async fn run(options: &Options) -> bool {
    let mut dice = Dice::new(options.seed);
    let place = Place::new();
    let mut world = World::build(Arc::clone(&place), options).await;
    println!(
        "chaos with seed {} in {}",
        options.seed,
        place.join("").display()
    );
    if world.disk.is_none() {
        println!("left out: the full disk (a file system of its own can be mounted by root only)");
    }
    if world.clocks.is_none() {
        println!(
            "left out: the shifted clock (libfaketime is not there: `apt install libfaketime`)"
        );
    }
    let robots = robots(&world).await;
    let witnesses = place.join("witnesses");
    fs::create_dir(&witnesses).expect("a folder can be made");
    let through = world.anna.through(world.people_line.address());
    let (ending, over) = watch::channel(false);
    let desk = Desk {
        page: Page::open(&through),
        anna: through,
        robots,
        book: Book::new(),
        diary: world.diary.clone(),
        witnesses,
        over,
    };
    warm(&world, &desk, &mut dice).await;
    let players = (0..PLAYERS).map(|number| tokio::spawn(desk.clone().play(number, dice.fork())));
    let players: Vec<_> = players.collect();
    let cancelling = tokio::spawn(desk.clone().cancel(dice.fork()));
    let errands = tokio::spawn(errands::run(desk.clone(), dice.fork()));
    let mut faults = Faults::new(dice.fork());
    let until = world.diary.elapsed() + options.time;
    faults.rage(&mut world, until).await;
    faults.heal(&mut world);
    let healed_ns = monotonic_ns();
    ending.send_replace(true);
    let mut wrong = come_to_rest(&mut world, &desk, players, &mut dice).await;
    cancelling.abort();
    errands.abort();
    wrong.append(&mut world.unexpected);
    wrong.append(&mut desk.page.seen().wrong);
    wrong.extend(grown(&mut world));
    let mut told = None;
    if found::open(&world.anna).await.is_some() {
        let jobs = found::jobs(&world.anna).await;
        let asked = std::mem::take(&mut *desk.book.open());
        let killed = world.processes.killed_robots();
        let known = Known {
            asked: &asked,
            killed: &killed,
            healed_ns,
        };
        let history = history(&known, &jobs);
        wrong.extend(violations(&history, &asked, &jobs, &killed));
        let figures = Figures::of(&world, faults.hits(), &asked, &jobs);
        figures.print(&world, &desk);
        wrong.extend(figures.missed(options));
        told = Some(history);
    }
    drop(desk);
    if !wrong.is_empty() {
        keep(&world, told.as_ref());
    }
    wrong.extend(end(world, &place));
    println!("violations      {}", wrong.len());
    for violation in &wrong {
        println!("violation: {violation}");
    }
    if !wrong.is_empty() {
        println!("again: cargo xtask chaos --seed {}", options.seed);
    }
    wrong.is_empty()
}

/// Adds every kind of robot, repeatable and not.
async fn robots(world: &World) -> Vec<Robot> {
    let mut robots = Vec::new();
    for kind in Kind::ALL {
        for repeatable in [false, true] {
            let name = format!("{kind:?} {repeatable}");
            let id = world.anna.robot(&name, &kind.source()).await;
            let settings =
                json!({"settings": {"repeatable": repeatable, "stopGraceMs": STOP_GRACE_MS}});
            world.anna.patch(&format!("/robots/{id}"), settings).await;
            robots.push(Robot {
                id,
                kind,
                repeatable,
            });
        }
    }
    robots
}

/// One robot in peace: the environment of Robot Framework is built with it, if it is not there.
async fn warm(world: &World, desk: &Desk, dice: &mut Dice) {
    let robot = desk.robots.first().expect("there are robots");
    desk.play_once("warm".to_owned(), robot.clone(), dice).await;
    let job = desk.book.open().plays[0].answers[0].clone();
    let ended = world.anna.job_ended(&job).await;
    assert_eq!(ended["status"], "success", "{ended}");
}

/// Waits until every press was answered, every job has ended and nothing is left to deliver.
async fn come_to_rest(
    world: &mut World,
    desk: &Desk,
    players: Vec<tokio::task::JoinHandle<()>>,
    dice: &mut Dice,
) -> Vec<String> {
    let begun = Instant::now();
    let mut last = "presses are not answered".to_owned();
    let mut pressing = Box::pin(async {
        for player in players {
            player.await.ok();
        }
        desk.press_again(dice).await;
    });
    let mut pressed = false;
    while begun.elapsed() < REST {
        world.tend();
        if !pressed {
            let step = Duration::from_millis(100);
            pressed = timeout(step, &mut pressing).await.is_ok();
            continue;
        }
        last = match timeout(Duration::from_secs(5), found::open(&world.anna)).await {
            Ok(Some(open)) if open.is_empty() => {
                let held: Vec<String> = world.agents.iter().filter_map(undelivered).collect();
                if held.is_empty() {
                    world.diary.note("at rest");
                    return Vec::new();
                }
                format!("not delivered: {held:?}")
            }
            Ok(Some(open)) => format!("not ended: {open:?}"),
            Ok(None) | Err(_) => "the server does not answer".to_owned(),
        };
        sleep(Duration::from_millis(100)).await;
    }
    vec![format!("not at rest {REST:?} after all was healed: {last}")]
}

/// What an agent still holds: what is delivered leaves neither spool nor workspace.
fn undelivered(agent: &Agent) -> Option<String> {
    let count = |folder: &str| found::entries(&agent.data().join(folder));
    let (spool, workspaces) = (count("spool"), count("workspaces"));
    (spool + workspaces > 0).then(|| {
        let name = agent.name();
        format!("{name} has {spool} attempts in its spool and {workspaces} workspaces")
    })
}

/// What grew beyond what is needed.
fn grown(world: &mut World) -> Vec<String> {
    let mut wrong = Vec::new();
    for program in world.programs() {
        let name = world.name(program);
        let id = world.process(program).id();
        let files = found::entries(&PathBuf::from(format!("/proc/{id}/fd")));
        let memory = resident_bytes(id);
        println!("{name:<15} {} MiB, {files} files open", memory >> 20);
        if memory > MOST_MEMORY_BYTES || files > MOST_FILES {
            wrong.push(format!("{name} grew to {memory} bytes and {files} files"));
        }
    }
    for file in fs::read_dir(world.place.join(""))
        .into_iter()
        .flatten()
        .flatten()
    {
        let path = file.path();
        if path.extension().is_some_and(|e| e == "out" || e == "err") {
            let text = fs::read(&path).unwrap_or_default();
            if String::from_utf8_lossy(&text).contains(SECRET) {
                wrong.push(format!("{} shows the secret", path.display()));
            }
            if String::from_utf8_lossy(&text).contains("panicked at") {
                wrong.push(format!("{} tells of a panic", path.display()));
            }
        }
    }
    wrong
}

fn resident_bytes(id: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}

/// Keeps what explains a violation. What lies on the small disk goes with it, and is copied.
fn keep(world: &World, history: Option<&History>) {
    let place = &world.place;
    place.keep();
    if world.disk.is_some() {
        let mut copy = Command::new("cp");
        copy.arg("-r")
            .args([place.join("server"), place.join("server-kept")]);
        copy.status().ok();
    }
    if let Some(history) = history {
        let file = fs::File::create(place.join("history.jsonl"));
        let file = file.expect("the folder can be written");
        history.write(std::io::BufWriter::new(file)).ok();
    }
}

/// Ends the programs, and looks for what is left beside them.
fn end(world: World, place: &Place) -> Option<String> {
    let programs = world.programs().len();
    let left = place.processes().len();
    drop(world);
    (left > programs).then(|| format!("{} processes were left behind", left - programs))
}
