//! A server on a free port, ours or a foreign one, stopped when it is dropped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::shell::Failure;

/// A running server, and what its first line on stdout said.
pub(super) struct Server {
    process: Child,
    stdout: BufReader<ChildStdout>,
    started: Value,
}

impl Server {
    /// Starts `command` and waits for its line of JSON, which says where it listens.
    pub(super) fn start(command: &mut Command) -> Result<Self, Failure> {
        Self::spawn(command.stdin(Stdio::null()))
    }

    /// The same for a server that waits for a line on its stdin.
    pub(super) fn start_with_input(command: &mut Command) -> Result<Self, Failure> {
        Self::spawn(command.stdin(Stdio::piped()))
    }

    fn spawn(command: &mut Command) -> Result<Self, Failure> {
        let mut process = command.stdout(Stdio::piped()).spawn().map_err(failure)?;
        let stdout = process.stdout.take().ok_or_else(|| failure("it has no stdout"))?;
        let mut server = Self { process, stdout: BufReader::new(stdout), started: Value::Null };
        let mut line = String::new();
        server.stdout.read_line(&mut line).map_err(failure)?;
        server.started = serde_json::from_str(&line).map_err(failure)?;
        Ok(server)
    }

    /// Writes `input` to its stdin, and returns what it prints until its end.
    pub(super) fn answer(&mut self, input: &str) -> Result<String, Failure> {
        let mut stdin = self.process.stdin.take().ok_or_else(|| failure("it takes no input"))?;
        stdin.write_all(input.as_bytes()).map_err(failure)?;
        let mut answer = String::new();
        self.stdout.read_to_string(&mut answer).map_err(failure)?;
        Ok(answer)
    }

    /// The address of `path` at its first listener.
    pub(super) fn url(&self, path: &str) -> String {
        let secure = ["/url", "/issuer"].map(|name| self.text(name)).into_iter().find(|url| !url.is_empty());
        let scheme = if secure.is_some_and(|url| url.starts_with("https:")) { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.text("/listen/0"))
    }

    /// The address of `path` at its first listener, by the name that browsers have for it.
    pub(super) fn at_localhost(&self, path: &str) -> String {
        let port = self.text("/listen/0").rsplit(':').next().unwrap_or_default();
        format!("http://localhost:{port}{path}")
    }

    /// The issuer that it named.
    pub(super) fn issuer(&self) -> &str {
        self.text("/issuer")
    }

    fn text(&self, pointer: &str) -> &str {
        self.started.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

fn failure(why: impl std::fmt::Display) -> Failure {
    Failure::new(format!("a server did not start: {why}"))
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that has ended already is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
