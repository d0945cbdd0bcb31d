//! The page in a real browser on a slowed processor, with a thousand robots.

use anyhow::Result;
use serde::Deserialize;
use serde_json::json;

use super::figures::machine;
use super::{measured, profile};
use crate::demo::Place;
use crate::{browser, check, web};

#[derive(clap::Args)]
pub(super) struct Options {
    /// Measure the programs as they are built for development
    #[arg(long)]
    debug: bool,
    /// How many times slower the browser's processor is made
    #[arg(long, default_value_t = 4)]
    slowed: u32,
    /// How long a job page looks at a log that grows by 50 lines a second; 0 leaves it out
    #[arg(long, default_value_t = 2)]
    minutes: u32,
}

/// Medians in milliseconds, but for the counts and megabytes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    paint: f64,
    usable: f64,
    requests: f64,
    key: f64,
    press: f64,
    change: f64,
    grew_mb: Option<f64>,
    lines: Option<f64>,
}

pub(super) fn run(options: &Options) -> Result<()> {
    let chromium = browser::require()?;
    let profile = profile(options.debug);
    web::build()?;
    check::build_programs(profile)?;
    let folder = tempfile::tempdir_in(crate::repository::target())?;
    let place = Place::new(folder.path().to_path_buf(), 0, profile)?;
    let task = json!({
        "chromium": chromium,
        "slowed": options.slowed,
        "minutes": options.minutes,
    });
    let told: Told = measured(place, "browse.mjs", task)?;
    println!("{}", machine());
    println!(
        "the browser's processor slowed {} times, 1,000 robots, medians of 5",
        options.slowed
    );
    row("robots: first paint, cold", told.paint, "ms (aim < 1,000)");
    row("robots: usable, cold", told.usable, "ms (aim < 1,500)");
    row("robots: files until then", told.requests, "(aim ≤ 6)");
    row("a key in the search → result", told.key, "ms (aim < 100)");
    row("a press → its dialog", told.press, "ms (aim < 100)");
    row("another page, known data", told.change, "ms (aim < 100)");
    if let (Some(grew), Some(lines)) = (told.grew_mb, told.lines) {
        row("a job page's heap grew by", grew, "MB after collection");
        row("  while its log grew by", lines, "lines, full speed");
    }
    Ok(())
}

fn row(name: &str, value: f64, note: &str) {
    println!("{name:<30} {value:8.1} {note}");
}
