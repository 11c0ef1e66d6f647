//! A server of ours, started on a free port and stopped when it is dropped.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::shell::Failure;

/// A running server, and what its first line on stdout said.
pub(super) struct Server {
    process: Child,
    started: Value,
}

impl Server {
    /// Starts `command` and waits for its line of JSON, which says where it listens.
    pub(super) fn start(command: &mut Command) -> Result<Self, Failure> {
        let failure = |why: &dyn std::fmt::Display| Failure::new(format!("a server did not start: {why}"));
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|why| failure(&why))?;
        let mut line = String::new();
        let stdout = process.stdout.take().ok_or_else(|| failure(&"it has no stdout"))?;
        BufReader::new(stdout).read_line(&mut line).map_err(|why| failure(&why))?;
        let mut server = Self { process, started: Value::Null };
        server.started = serde_json::from_str(&line).map_err(|why| failure(&why))?;
        Ok(server)
    }

    /// The address of its first listener, such as `127.0.0.1:40001`.
    pub(super) fn address(&self) -> &str {
        self.text("/listen/0")
    }

    /// The issuer that it named.
    pub(super) fn issuer(&self) -> &str {
        self.text("/issuer")
    }

    fn text(&self, pointer: &str) -> &str {
        self.started.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A server that has ended already is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
