//! What a robot leaves outside of our programs: a file with a line for each thing that it did,
//! and the gate at which it waits. Both lie in the folder that it is given.

use std::fs;
use std::path::PathBuf;

use crate::place::Place;
use crate::wait::until;

/// A robot's folder.
#[derive(Debug)]
pub struct Witness(PathBuf);

impl Witness {
    /// A new one, with its gate closed.
    ///
    /// # Panics
    /// The name is taken.
    #[must_use]
    pub fn new(place: &Place, name: &str) -> Self {
        let folder = place.join(name);
        fs::create_dir(&folder).expect("the name is free");
        Self(folder)
    }

    /// The folder, for the robot's parameter.
    ///
    /// # Panics
    /// The path is no text.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.0.to_str().expect("the path is a text")
    }

    /// Lets the robot go on.
    ///
    /// # Panics
    /// The folder is gone.
    pub fn open_gate(&self) {
        fs::write(self.0.join("gate"), "").expect("the folder is there");
    }

    /// What the robot did, in order.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.0.join("witness")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// How often it did that.
    #[must_use]
    pub fn count(&self, line: &str) -> usize {
        self.lines().iter().filter(|found| *found == line).count()
    }

    /// Waits until it has done that so often.
    ///
    /// # Panics
    /// It does not.
    pub async fn has(&self, line: &str, times: usize) {
        let what = format!("the witness says `{line}`, {times} times");
        until(&what, async || (self.count(line) >= times).then_some(())).await;
    }
}
