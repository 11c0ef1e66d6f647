//! A server that ends with the program that started it, however that ends.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::broken::{Broken, broken};
use crate::owner::Owner;

/// How a server ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// As an operator stops it.
    Orderly,
    /// With no warning, and with the repairs of a crash at the next start.
    Kill,
}

/// Holds the server until its stdin says how to end it. When stdin closes, as it does at the end of the program that
/// holds the other side, it ends the server and removes the folder.
const KEEPER: &str = r#"
orderly=$1 folder=$2; shift 2
trap '' INT TERM
"$@" 2>&1 </dev/null &
server=$!
exec >&- 2>&-
if read -r signal; then
    kill -s "$signal" "$server"; wait "$server"
else
    kill -s "$orderly" "$server"; wait "$server"; rm -rf -- "$folder"
fi
"#;

/// How long a server may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// On how many ports a start is tried.
const TRIES: usize = 3;

/// What distinguishes the servers.
#[derive(Debug)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The signal on which it ends at once and in order.
    pub(crate) orderly: &'static str,
    /// The one on which it drops everything.
    pub(crate) kill: &'static str,
    /// What stands in the line of its log that says that it answers.
    pub(crate) ready: &'static str,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    keeper: Child,
    kind: &'static Kind,
}

impl Process {
    /// Starts `command`, and waits until its log says that it answers.
    pub(crate) fn start(
        kind: &'static Kind,
        command: &Command,
        folder: &Path,
        owner: Option<Owner>,
    ) -> Result<Self, Broken> {
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh", kind.orderly]).arg(folder);
        keeper.arg(command.get_program()).args(command.get_args());
        keeper.current_dir(folder).env("LC_ALL", "C").stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(owner) = owner {
            owner.run(&mut keeper);
        }
        let mut keeper = keeper.spawn().map_err(|why| broken(kind.name, why))?;
        let output = keeper.stdout.take().ok_or_else(|| broken(kind.name, "it has no output"))?;
        let process = Self { keeper, kind };
        let (tell, told) = mpsc::channel();
        let ready = kind.ready;
        std::thread::spawn(move || {
            let mut newest = VecDeque::new();
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if line.contains(ready) {
                    let _ = tell.send(Ok(()));
                }
                newest.push_back(line);
                newest.drain(..newest.len().saturating_sub(20));
            }
            let _ = tell.send(Err(Vec::from(newest).join("\n")));
        });
        match told.recv_timeout(PATIENCE) {
            Ok(Ok(())) => Ok(process),
            Ok(Err(log)) => Err(broken(format_args!("{} does not start", kind.name), log)),
            Err(why) => Err(broken(format_args!("{} does not start", kind.name), why)),
        }
    }

    /// Ends it and waits for its end; the folder stays.
    pub(crate) fn stop(mut self, how: Stop) {
        let signal = if how == Stop::Kill { self.kind.kill } else { self.kind.orderly };
        if let Some(mut stdin) = self.keeper.stdin.take() {
            let _ = writeln!(stdin, "{signal}");
        }
        let _ = self.keeper.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // The server has ended when the keeper has.
        let _ = self.keeper.wait();
    }
}

/// Starts a server on a port that nobody listens on at this moment. Another program can take that port before the server
/// does: then on another one.
pub(crate) fn on_a_free_port(mut start: impl FnMut(u16) -> Result<(), Broken>) -> Result<(), Broken> {
    let mut started = Ok(());
    for _ in 0..TRIES {
        started = start(free_port()?);
        if started.is_ok() {
            break;
        }
    }
    started
}

/// A port that nobody listens on at this moment.
pub(crate) fn free_port() -> Result<u16, Broken> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|why| broken("a free port", why))?;
    listener.local_addr().map(|address| address.port()).map_err(|why| broken("a free port", why))
}
