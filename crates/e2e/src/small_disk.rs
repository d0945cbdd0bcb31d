//! A file system that a few files fill.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;

/// A small file system; unmounted when it goes.
#[derive(Debug)]
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Nothing where this may not be done: without root's rights.
    ///
    /// # Panics
    /// The folder cannot be made.
    #[must_use]
    pub fn mount(folder: PathBuf, bytes: u64) -> Option<Self> {
        fs::create_dir_all(&folder).expect("a folder can be made");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"]);
        let output = mount.arg(&folder).output();
        let done = output.is_ok_and(|output| output.status.success());
        done.then_some(Self(folder))
    }

    /// Takes all the room there is.
    ///
    /// # Errors
    /// Nothing can be written at all.
    pub fn fill(&self) -> io::Result<()> {
        let mut file = fs::File::create(self.filler())?;
        for block in [1 << 16, 512, 1] {
            let block = vec![1; block];
            while file.write_all(&block).is_ok() {}
        }
        Ok(())
    }

    /// Gives it back.
    ///
    /// # Errors
    /// It was not filled.
    pub fn free(&self) -> io::Result<()> {
        fs::remove_file(self.filler())
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let mut unmount = Command::new("umount");
        unmount.arg("--lazy").arg(&self.0).status().ok();
    }
}
