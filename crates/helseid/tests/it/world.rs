//! A folder of its own, with nothing of the user's environment, and the servers that run in it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

pub(crate) struct World {
    folder: tempfile::TempDir,
}

/// A running server; killed when it is dropped.
pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) line: Value,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_helseid"));
        self.prepare(&mut command);
        command.args(arguments);
        command
    }

    /// In this folder, with nothing of the user's.
    pub(crate) fn prepare(&self, command: &mut Command) {
        for name in own_variables() {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).env("HELSEID_DATA_DIR", self.path("data"));
        command.stdin(Stdio::null());
    }

    /// The same on a terminal, whose output comes on stdout.
    #[cfg(target_os = "linux")]
    pub(crate) fn on_a_terminal(&self, line: &str) -> Command {
        let mut command = Command::new("script");
        self.prepare(&mut command);
        command.args(["-qec", &format!("{} {line}", env!("CARGO_BIN_EXE_helseid")), "/dev/null"]);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The same with something on stdin.
    pub(crate) fn given(&self, arguments: &[&str], input: &[u8]) -> Output {
        let mut command = self.command(arguments);
        let mut process =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        process.stdin.take().unwrap().write_all(input).unwrap();
        process.wait_with_output().unwrap()
    }

    /// What a command prints that must succeed.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// What a command says that must fail with this exit code, in its three lines.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{said}");
        let begins = |prefix: &str| said.lines().any(|line| line.starts_with(prefix));
        assert!(begins("error: ") && begins("  why: ") && begins(" next: "), "{said}");
        said
    }

    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        Self::served(self.command(arguments))
    }

    pub(crate) fn served(mut command: Command) -> Server {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Server { process, line: serde_json::from_str(&line).unwrap() }
    }

    pub(crate) fn authority(&self) -> Server {
        self.serve(&["authority", "--listen", "127.0.0.1:0"])
    }

    /// A line for the shell, which finds this program.
    pub(crate) fn shell(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        self.prepare(&mut command);
        let binary = std::path::Path::new(env!("CARGO_BIN_EXE_helseid"));
        let path = std::env::var_os("PATH").unwrap();
        let folders = [binary.parent().unwrap().to_owned()].into_iter().chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(folders).unwrap());
        command.args(["-c", line]);
        command
    }

    /// An authority, and an API that trusts it.
    pub(crate) fn authority_and_api(&self) -> (Server, Server) {
        let authority = self.serve(&["authority", "--listen", "127.0.0.1:0", "--alg", "ES256"]);
        let issuer = authority.line["issuer"].as_str().unwrap();
        let api = self.serve(&["sample-api", "--listen", "127.0.0.1:0", "--issuer", issuer]);
        (authority, api)
    }

    /// An authority, an API that trusts it, and a client of both.
    pub(crate) fn whole(&self) -> (Server, Server, String) {
        let (authority, api) = self.authority_and_api();
        self.ok(&["init"]);
        let url = api.line["url"].as_str().unwrap().to_owned();
        (authority, api, url)
    }
}

/// Those of the user, which a test must not see.
fn own_variables() -> impl Iterator<Item = std::ffi::OsString> {
    let is_own = |name: &str| name.starts_with("HELSEID_") || name.to_ascii_uppercase().ends_with("_PROXY");
    std::env::vars_os().map(|(name, _)| name).filter(move |name| is_own(&name.to_string_lossy()))
}

impl Server {
    /// Ends it as a service manager does, and tells its exit code.
    #[cfg(unix)]
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        self.process.wait().unwrap().code()
    }

    /// Ends it with no warning, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An address at which nobody listens, and which nobody else gets as long as this lives.
pub(crate) struct Nobody {
    _held: tokio::net::TcpSocket,
    pub(crate) address: std::net::SocketAddr,
}

impl Nobody {
    pub(crate) fn new() -> Self {
        let held = tokio::net::TcpSocket::new_v4().unwrap();
        held.bind((std::net::Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        Self { address: held.local_addr().unwrap(), _held: held }
    }
}
