//! A supervisor as a program of its own, for the tests of this crate and for measuring: the agent
//! starts itself again instead.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(workspace) = std::env::args_os().nth(1) else {
        eprintln!("usage: arkwright-supervise WORKSPACE");
        return ExitCode::from(2);
    };
    match runner::run_supervisor(Path::new(&workspace)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
