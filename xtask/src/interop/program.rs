//! A foreign program: what it is told by its environment, and what is expected of its answer.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use crate::shell::{self, Failure};

/// Variables for a program.
#[derive(Default)]
pub(super) struct Environment(Vec<(&'static str, String)>);

impl Environment {
    /// One more variable.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.0.push((name, value.to_owned()));
        self
    }

    /// Gives them to `command`.
    pub(super) fn set<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.envs(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Runs `command`, shows its answer, and expects `part` in it. An exit code of 3 says that the program was refused,
/// which can be what is expected.
pub(super) fn expect(command: &mut Command, part: &str) -> Result<(), Failure> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|why| Failure::new(format!("a program did not start: {why}")))?;
    judge(&output, part)
}

/// The same for a program that reads `input` from its stdin.
pub(super) fn expect_with_input(command: &mut Command, input: &str, part: &str) -> Result<(), Failure> {
    judge(&run_with_input(command, input)?, part)
}

/// Runs `command`, shows what it says on stderr, and expects that it fails with `part` in that.
pub(super) fn expect_failure(command: &mut Command, part: &str) -> Result<(), Failure> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|why| Failure::new(format!("a program did not start: {why}")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    print!("{said}");
    if !output.status.success() && said.contains(part) {
        return Ok(());
    }
    Err(Failure::new(format!("expected a failure with {part:?}, and it ended with {}", output.status)))
}

fn judge(output: &Output, part: &str) -> Result<(), Failure> {
    let answer = String::from_utf8_lossy(&output.stdout);
    print!("{answer}");
    match output.status.code() {
        Some(0 | 3) if answer.contains(part) => Ok(()),
        _ => Err(Failure::new(format!("expected {part:?}, and it ended with {}", output.status))),
    }
}

fn run_with_input(command: &mut Command, input: &str) -> Result<Output, Failure> {
    let failure = |why: std::io::Error| Failure::new(format!("a program did not run: {why}"));
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failure)?;
    if let Some(mut stdin) = process.stdin.take() {
        stdin.write_all(input.as_bytes()).map_err(failure)?;
    }
    process.wait_with_output().map_err(failure)
}

/// Runs `command` with `input` on its stdin and returns its answer.
pub(super) fn read_with_input(command: &mut Command, input: &str) -> Result<String, Failure> {
    let output = run_with_input(command, input)?;
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    print!("{answer}");
    if output.status.success() {
        Ok(answer)
    } else {
        Err(Failure::new(format!("it ended with {}", output.status)))
    }
}

/// Runs `command` and returns its answer.
pub(super) fn read(command: &mut Command) -> Result<String, Failure> {
    let output = shell::read(command)?;
    let answer = String::from_utf8_lossy(&output).trim().to_owned();
    Ok(answer)
}
