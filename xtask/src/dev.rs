//! `cargo xtask dev`: the demo, with the page built again after each change. The server of a
//! development build reads the page from disk, so a reload of the browser shows the change.

use anyhow::Result;

use crate::{command, demo, web};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The port of the server
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let mut watch = command::npm();
    // Emptying takes the compressed files of the last full build away, which would be served first.
    watch.args([
        "exec",
        "--offline",
        "--",
        "vite",
        "build",
        "--watch",
        "--emptyOutDir",
    ]);
    let ended = demo::run_beside(
        &demo::Options::interactive(options.port, options.no_open),
        watch,
    );
    web::forget_build()?;
    ended
}
