//! A test that runs itself in processes of its own: for what is told of a process, or of several.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

const ROLE: &str = "HELSEID_TEST_ROLE";

/// What the process that started this one told it; nothing in the first one.
pub(crate) fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// A process that runs one test by its name, with a role. It ends with this value.
pub(crate) struct Process {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Process {
    pub(crate) fn start(test: &str, role: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(ROLE, role);
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = pipes.spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { _child: child, input, output: BufReader::new(output).lines() }
    }

    pub(crate) async fn tell(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
        self.input.flush().await.unwrap();
    }

    /// What stands behind `> ` in the next line that begins so; others are the test runner's.
    pub(crate) async fn hear(&mut self) -> String {
        loop {
            let line = self.output.next_line().await.unwrap().expect("the process ended early");
            if let Some((_, told)) = line.split_once("> ") {
                return told.to_owned();
            }
        }
    }
}

/// Tells the process that started this one.
#[expect(clippy::print_stdout, reason = "the way to the process that started this one")]
pub(crate) fn report(line: impl std::fmt::Display) {
    println!("> {line}");
}
