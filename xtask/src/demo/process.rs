//! One process that the demo started, in a group of its own, so that Ctrl-C in the terminal
//! reaches only us, and stopping reaches its children too.
//!
//! What it prints and that it ended arrive as news in one channel. Nobody waits for a process
//! anywhere else.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result};

/// How long the last lines of an ended process are waited for.
const LAST_LINES: Duration = Duration::from_secs(1);

/// What the demo hears.
pub(super) enum News {
    Line(Line),
    Ended {
        from: &'static str,
        status: ExitStatus,
    },
    Interrupted,
}

/// One line that a process printed.
pub(super) struct Line {
    pub(super) from: &'static str,
    pub(super) stream: Stream,
    pub(super) text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Output,
    Error,
}

/// How a process is asked to end.
#[derive(Clone, Copy)]
pub(super) enum Ask {
    Interrupt,
    Kill,
}

/// A started process; `Ended` arrives once for it.
pub(super) struct Process {
    pub(super) name: &'static str,
    id: u32,
}

impl Process {
    pub(super) fn start(
        name: &'static str,
        mut command: Command,
        input: &str,
        news: &Sender<News>,
    ) -> Result<Self> {
        own_group(&mut command);
        let mut child = command
            .stdin(if input.is_empty() {
                Stdio::null()
            } else {
                Stdio::piped()
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting the {name}"))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A process that does not want its input says why when it ends.
            let _ = stdin.write_all(input.as_bytes());
        }
        let (reading, all_read) = channel();
        forward(
            name,
            Stream::Output,
            child.stdout.take(),
            news,
            reading.clone(),
        );
        forward(name, Stream::Error, child.stderr.take(), news, reading);
        let id = child.id();
        let news = news.clone();
        std::thread::spawn(move || tell_end(name, child, &all_read, &news));
        Ok(Self { name, id })
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Asks the process, and with `Kill` its whole group. One that is gone is no error.
    pub(super) fn ask(&self, ask: Ask) {
        signal(self.id, ask);
    }
}

/// `reading` is dropped when the pipe has ended.
fn forward(
    from: &'static str,
    stream: Stream,
    pipe: Option<impl Read + Send + 'static>,
    news: &Sender<News>,
    reading: Sender<()>,
) {
    let Some(pipe) = pipe else { return };
    let news = news.clone();
    std::thread::spawn(move || {
        let _reading = reading;
        let mut lines = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while lines
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|count| count > 0)
        {
            let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            bytes.clear();
            if news.send(News::Line(Line { from, stream, text })).is_err() {
                return;
            }
        }
    });
}

/// Tells the end after the last line, but does not wait long for a pipe that a child keeps open.
fn tell_end(from: &'static str, mut child: Child, all_read: &Receiver<()>, news: &Sender<News>) {
    if let Ok(status) = child.wait() {
        let _ = all_read.recv_timeout(LAST_LINES);
        // Nobody listens any more when the demo itself has ended.
        let _ = news.send(News::Ended { from, status });
    }
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(unix)]
fn signal(id: u32, ask: Ask) {
    use nix::sys::signal::{Signal, kill, killpg};
    use nix::unistd::Pid;
    let Ok(id) = i32::try_from(id) else { return };
    let id = Pid::from_raw(id);
    // A process that has just ended is what was wanted.
    let _ = match ask {
        Ask::Interrupt => kill(id, Signal::SIGINT),
        Ask::Kill => killpg(id, Signal::SIGKILL),
    };
}

#[cfg(windows)]
fn own_group(command: &mut Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
}

#[cfg(windows)]
fn signal(id: u32, ask: Ask) {
    let mut command = Command::new("taskkill");
    command.args(["/T", "/PID", &id.to_string()]);
    if matches!(ask, Ask::Kill) {
        command.arg("/F");
    }
    let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// Processes that still name this folder in their command line: what a supervisor or a robot
/// left behind. Only where the system lists processes as files.
pub(super) fn left_behind(folder: &std::path::Path) -> Vec<(u32, String)> {
    let folder = folder.to_string_lossy().into_owned();
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let id: u32 = path.file_name()?.to_str()?.parse().ok()?;
            let bytes = std::fs::read(path.join("cmdline")).ok()?;
            let line = String::from_utf8_lossy(&bytes).replace('\0', " ");
            (id != std::process::id() && line.contains(&folder))
                .then(|| (id, line.trim().to_owned()))
        })
        .collect()
}

/// Kills one process by its id, for what [`left_behind`] found.
pub(super) fn kill_one(id: u32) {
    #[cfg(unix)]
    if let Ok(id) = i32::try_from(id) {
        use nix::sys::signal::{Signal, kill};
        let _ = kill(nix::unistd::Pid::from_raw(id), Signal::SIGKILL);
    }
    #[cfg(windows)]
    signal(id, Ask::Kill);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    fn shell(script: &str, name: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script, name]);
        command
    }

    #[test]
    fn the_last_line_of_a_process_is_heard_before_its_end() {
        let (sender, news) = channel();
        let echo = shell("read word; echo $word; exit 3", "echo");
        Process::start("echo", echo, "hello\n", &sender).expect("it starts");
        let Ok(News::Line(line)) = news.recv_timeout(LIMIT) else {
            panic!("a line comes first")
        };
        assert_eq!(line.text, "hello");
        let Ok(News::Ended { status, .. }) = news.recv_timeout(LIMIT) else {
            panic!("it ends")
        };
        assert_eq!(status.code(), Some(3));
    }

    #[test]
    fn killing_a_process_ends_its_children_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let name = folder.path().to_string_lossy().into_owned();
        let (sender, news) = channel();
        let script = r#"sh -c 'echo ready; sleep 60; :' "$0"; :"#;
        let parent =
            Process::start("parent", shell(script, &name), "", &sender).expect("it starts");
        assert!(matches!(news.recv_timeout(LIMIT), Ok(News::Line(_))));
        assert!(left_behind(folder.path()).len() >= 2);
        parent.ask(Ask::Kill);
        assert!(matches!(news.recv_timeout(LIMIT), Ok(News::Ended { .. })));
        let since = crate::clock::Since::now();
        while !left_behind(folder.path()).is_empty() {
            assert!(since.elapsed() < LIMIT, "a child was left behind");
            std::thread::yield_now();
        }
    }
}
