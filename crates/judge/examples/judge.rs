//! Judges histories in files of JSON lines: `cargo run -p arkwright-judge --example judge FILE…`.
//! Says each violation, and fails if there is one.

use std::fs::File;
use std::io::{BufReader, Error};
use std::process::ExitCode;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        return Err(Error::other("name the files that hold the histories").into());
    }
    let mut code = ExitCode::SUCCESS;
    for file in files {
        let history = judge::History::read(BufReader::new(File::open(&file)?))?;
        for violation in judge::judge(&history) {
            println!("{file}: {violation}");
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}
