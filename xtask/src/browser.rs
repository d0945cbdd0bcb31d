//! The Chromium of this computer, for browser tests and pictures, and opening a person's browser.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::tools;

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const PLACES: [&str; 3] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
];

/// A Chromium or Chrome with its driver; installed through apt where that may be done silently.
pub(crate) fn require() -> Result<PathBuf> {
    if let (Some(found), true) = (chromium(), in_path("chromedriver").is_some()) {
        return Ok(found);
    }
    tools::apt_install(&["chromium", "chromium-driver"])?;
    match chromium() {
        Some(found) => Ok(found),
        None => bail!(
            "the browser tests need Chromium or Chrome, and none was found\n\
             hint: on Debian and Ubuntu `apt install chromium chromium-driver`; elsewhere install \
             Chrome and its chromedriver, or name the program in the variable CHROMIUM"
        ),
    }
}

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    named
        .into_iter()
        .chain(NAMES.iter().filter_map(|name| in_path(name)))
        .chain(PLACES.iter().map(PathBuf::from))
        .find(|path| path.is_file())
}

fn in_path(name: &str) -> Option<PathBuf> {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(&name))
        .find(|path| path.is_file())
}

/// Opens an address in the person's browser when there is a screen; false if there is none.
pub(crate) fn open(address: &str) -> bool {
    let screen = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        let mut command = Command::new("rundll32");
        command.arg("url.dll,FileProtocolHandler");
        command
    } else if screen {
        Command::new("xdg-open")
    } else {
        return false;
    };
    command
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .is_ok()
}
