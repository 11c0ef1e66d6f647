//! Other programs: servers that say where they listen, and programs that end.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Cores, Place, Usage};
use crate::now;

/// How long a server may take to stop.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server in a process of its own; stopped when it is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    pub(crate) issuer: String,
}

impl Server {
    /// Starts it at that place. It must write one line of JSON with `listen` and `issuer` once it listens; what it
    /// says on stderr goes to a file.
    pub(crate) fn start(command: &mut Command, cores: Cores, place: Place) -> Self {
        let mut process = cores
            .at(place, || command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log()).spawn().unwrap());
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|why| panic!("{command:?} said {line:?}, which is not where it listens: {why}"));
        let address = said["listen"][0].as_str().and_then(|address| address.parse().ok()).unwrap();
        Self { process, address, issuer: said["issuer"].as_str().unwrap_or_default().to_owned() }
    }

    /// What it and its children took so far.
    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let process = i32::try_from(self.process.id()).ok().and_then(Pid::from_raw);
        let _ = process.map(|process| kill_process(process, Signal::TERM));
        let begun: Instant = now();
        while begun.elapsed() < PATIENCE {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs a program on the server's core to its end, which must be a good one; gives how long it took and its time on the
/// core, in seconds, and what it wrote.
pub(crate) fn run_to_end(command: &mut Command, cores: Cores) -> (f64, f64, String) {
    let children = || {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
        let fields = stat.rsplit_once(") ").unwrap().1.split(' ').skip(13).take(2);
        fields.map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
    };
    let (before, begun) = (children(), now());
    let output = cores.at(Place::Server, || command.stdin(Stdio::null()).output().unwrap());
    let took = begun.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}: {said}", output.status);
    (took, children() - before, String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Beside the figures.
fn log() -> File {
    let folder = crate::figures::folder();
    std::fs::create_dir_all(&folder).unwrap();
    File::options().create(true).append(true).open(folder.join("servers.log")).unwrap()
}
