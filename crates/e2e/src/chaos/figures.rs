//! The figures of a run, and what it must have reached to be worth its verdict.

use std::collections::BTreeMap;
use std::time::Duration;

use judge::What;
use testkit::{Cut, Line};

use super::found::{self, Attempt, Job};
use super::people::{Asked, Desk};
use super::points::{Hits, Point, Victim};
use super::run::Options;
use super::sayings::Saying;
use super::world::World;

/// A run that is this long must have reached every file of the named points, and every message.
const ALL_POINTS: Duration = Duration::from_secs(8 * 60);

/// What happened, counted.
pub(crate) struct Figures<'run> {
    asked: &'run Asked,
    jobs: &'run BTreeMap<String, Job>,
    faults: BTreeMap<String, u64>,
    cuts: Vec<(Saying, u64)>,
    points: Vec<(Point, BTreeMap<Victim, u64>)>,
    started: usize,
}

impl<'run> Figures<'run> {
    pub(crate) fn of(
        world: &World,
        hits: &Hits,
        asked: &'run Asked,
        jobs: &'run BTreeMap<String, Job>,
    ) -> Self {
        let of_agents = made(&world.lines);
        let of_people = made(std::slice::from_ref(&world.people_line));
        let count = |saying: Saying| {
            let made = if saying.of_people {
                &of_people
            } else {
                &of_agents
            };
            (saying, made.get(&saying.cut()).copied().unwrap_or_default())
        };
        let witnessed = asked.plays.iter().flat_map(found::witness);
        Self {
            asked,
            jobs,
            faults: world.diary.faults(),
            cuts: Saying::all().into_iter().map(count).collect(),
            points: hits.all(),
            started: witnessed.filter(|line| line.said == "start").count(),
        }
    }

    /// What was not reached, one sentence each.
    pub(crate) fn missed(&self, options: &Options) -> Vec<String> {
        let mut missed = Vec::new();
        let wanted = options.robots;
        if u64::try_from(self.started).is_ok_and(|started| started < wanted) {
            missed.push(format!("only {} robots started of {wanted}", self.started));
        }
        if options.time >= ALL_POINTS {
            // Some moments are rare, so one of each message will do; the figures show the rest.
            let points = self.points.iter().map(|(point, hits)| {
                let hits = hits.values().sum();
                let text = point.to_string();
                (point.cut().map_or(text.clone(), |_| subject(&text)), hits)
            });
            let cuts = self.cuts.iter();
            let cuts = cuts.map(|(saying, count)| (subject(&saying.to_string()), *count));
            for (what, counts) in [
                ("nobody was killed", sums(points)),
                ("no line was cut", sums(cuts)),
            ] {
                let never = counts.into_iter().filter(|(_, count)| *count == 0);
                missed.extend(never.map(|(subject, _)| format!("{what} at `{subject}`")));
            }
        }
        missed
    }

    pub(crate) fn print(&self, world: &World, desk: &Desk) {
        println!("seconds         {}", world.diary.elapsed().as_secs());
        println!("robots started  {}", self.started);
        self.print_faults();
        self.print_jobs();
        let of = |is: fn(&What) -> bool| self.asked.history.iter().filter(|(_, it)| is(it)).count();
        let cancels = of(|it| matches!(it, What::CancelAsked { .. }));
        let answered = of(|it| matches!(it, What::CancelAnswered { .. }));
        println!("stops and kills {cancels} ({answered} answered)");
        let seen = desk.page.seen();
        let lines = world.lines.iter().chain([&world.people_line]);
        let connections: u64 = lines.map(Line::connections).sum();
        println!(
            "connections     {connections} ({} of the page, told {} events)",
            seen.connections, seen.events
        );
        println!("program starts  {}", world.starts());
    }

    fn print_faults(&self) {
        let cuts: u64 = self.cuts.iter().map(|(_, count)| count).sum();
        let faults = self.faults.values().sum::<u64>() + cuts;
        println!("faults          {faults}");
        for (kind, count) in &self.faults {
            println!("  {count:>6} {kind}");
        }
        println!("  {cuts:>6} cut at a message");
        let reached = self.cuts.iter().filter(|(_, count)| *count > 0).count();
        println!("messages        {reached} of {} reached", self.cuts.len());
        for (saying, count) in &self.cuts {
            println!("  {count:>6} {saying}");
        }
        let reached = self.points.iter().filter(|(_, hits)| !hits.is_empty());
        println!(
            "named points    {} of {} reached",
            reached.count(),
            self.points.len()
        );
        for (point, hits) in &self.points {
            let count: u64 = hits.values().sum();
            let victims = hits.iter().map(|(who, count)| format!("{who:?} {count}"));
            let victims = victims.collect::<Vec<_>>().join(", ");
            println!("  {count:>6} {point} ({})", victims.to_lowercase());
        }
    }

    fn print_jobs(&self) {
        let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
        for job in self.jobs.values() {
            let (status, outcome) = (&job.told["status"], &job.told["outcome"]);
            let mut details = [&outcome["failure"], &outcome["how"]].into_iter();
            let detail = details.find_map(|it| it.as_str()).unwrap_or_default();
            let name = format!("{} {detail}", status.as_str().unwrap_or_default());
            *outcomes.entry(name.trim().to_owned()).or_default() += 1;
        }
        println!("jobs            {}", self.jobs.len());
        for (outcome, count) in outcomes {
            println!("  {count:>6} {outcome}");
        }
        let attempts: Vec<&Attempt> = self.jobs.values().flat_map(|it| &it.attempts).collect();
        let late = attempts.iter().filter(|it| it.told["late"].is_object());
        println!(
            "attempts        {} ({} told late)",
            attempts.len(),
            late.count()
        );
        let events = || attempts.iter().flat_map(|it| &it.events);
        let gaps = events().filter(|event| event["kind"] == "gap").count();
        println!("events          {} ({gaps} gaps)", events().count());
    }
}

/// A message without its moment, which is the last word.
fn subject(text: &str) -> String {
    let subject = text.rsplit_once(' ');
    subject.map_or(text, |(subject, _)| subject).to_owned()
}

fn sums(counts: impl Iterator<Item = (String, u64)>) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (subject, count) in counts {
        *sums.entry(subject).or_default() += count;
    }
    sums
}

/// The cuts that lines made at messages.
fn made(lines: &[Line]) -> BTreeMap<Cut, u64> {
    let mut all = BTreeMap::new();
    for (cut, count) in lines.iter().flat_map(Line::made) {
        *all.entry(cut).or_default() += count;
    }
    all
}
