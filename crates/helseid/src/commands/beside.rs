//! A command that runs beside an authority, and ends with it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use helseid_admin_api::{AdminFile, FILE_NAME};
use helseid_authority::{CaFiles, Running};
use tokio::process::{Child, Command};

use crate::args::Global;
use crate::failure::Failure;
use crate::files::{self, Existing, Readers};
use crate::output;
use crate::serving::{StopSignal, StopSignals};

/// How long the command may take to end once it was told to.
const GRACE: Duration = Duration::from_secs(4);

/// Which of our files a variable names.
#[derive(Clone, Copy)]
enum Ours {
    /// Besides the system's certificates.
    Ca,
    /// In their place.
    Bundle,
}

/// The variables by which other programs are told what to trust.
const TRUST: [(&str, Ours); 4] = [
    ("NODE_EXTRA_CA_CERTS", Ours::Ca),
    ("REQUESTS_CA_BUNDLE", Ours::Bundle),
    ("CURL_CA_BUNDLE", Ours::Bundle),
    ("SSL_CERT_FILE", Ours::Bundle),
];

/// What a command finds beside it.
pub(super) struct Beside<'a> {
    pub(super) running: &'a Running,
    /// Of the authority's own making.
    pub(super) ca_files: Option<CaFiles>,
    /// A folder that ends with the command.
    pub(super) place: &'a Path,
    pub(super) global: &'a Global,
}

impl Beside<'_> {
    /// Runs a command that finds the authority in its environment, with the network settings given to us as options; its exit
    /// code becomes ours, and a signal to stop is handed on to it.
    pub(super) async fn run(
        &self,
        (program, arguments): (&OsString, &[OsString]),
        signals: &mut StopSignals,
    ) -> Result<ExitCode, Failure> {
        let failed = |why: io::Error| {
            let what = format!("{} cannot be run", program.to_string_lossy());
            Failure::new(what, why, "check the command after --")
        };
        let token_file = self.admin_file()?;
        let issuer = self.running.issuer().as_str();
        let mut command = Command::new(program);
        command.args(arguments).env("HELSEID_ISSUER", issuer).env("HELSEID_API_ISSUER", issuer);
        command.env("HELSEID_ADMIN_TOKEN_FILE", &token_file);
        if !self.global.insecure_http.is_empty() {
            command.env("HELSEID_INSECURE_HTTP", self.global.insecure_http.join(","));
        }
        self.trust(&mut command)?;
        let mut child = command.kill_on_drop(true).spawn().map_err(failed)?;
        let status = ended(&mut child, signals).await.map_err(failed)?;
        Ok(ExitCode::from(code(status)))
    }

    /// For an authority in memory the admin token has no folder to lie in.
    fn admin_file(&self) -> Result<PathBuf, Failure> {
        let running = self.running;
        let file = AdminFile {
            issuer: running.issuer().clone(),
            token: running.admin_token().to_owned(),
            address: running.admin_address().cloned(),
            local: running.local_address().cloned(),
            ca_file: self.ca_files.as_ref().map(|files| absolute(&files.ca)).transpose()?,
        };
        let (path, content) = (self.place.join(FILE_NAME), serde_json::json!(file).to_string());
        files::write(&path, content.as_bytes(), Readers::Owner, Existing::Keep)?;
        Ok(path)
    }

    /// Has the command trust the certificates of `--ca-file`, and the authority's own: ours by our own variable, Node.js by
    /// one for certificates besides the system's, and Python, curl and OpenSSL by those that take the system's place. What such a
    /// variable names already is trusted as before.
    fn trust(&self, command: &mut Command) -> Result<(), Failure> {
        let named = self.global.ca_file.as_deref();
        if let Some(files) = &self.ca_files {
            for (variable, ours) in TRUST {
                let ours = match ours {
                    Ours::Ca => &files.ca,
                    Ours::Bundle => &files.bundle,
                };
                let before = std::env::var_os(variable).filter(|file| !file.is_empty()).map(PathBuf::from);
                let sources = before.as_deref().into_iter().chain(named).chain([ours.as_path()]);
                command.env(variable, self.joined(variable, sources)?);
            }
        }
        let sources = named.into_iter().chain(self.ca_files.as_ref().map(|files| files.ca.as_path()));
        if sources.clone().next().is_some() {
            command.env("HELSEID_CA_FILE", self.joined("HELSEID_CA_FILE", sources)?);
        }
        Ok(())
    }

    /// One file with the certificates of all of these: the only one, or a new one of this name.
    fn joined<'b>(&self, name: &str, sources: impl Iterator<Item = &'b Path>) -> Result<PathBuf, Failure> {
        let sources: Vec<_> = sources.collect();
        if let [only] = sources[..] {
            return absolute(only);
        }
        let texts = sources.into_iter().map(files::read_text).collect::<Result<Vec<_>, _>>()?;
        let content: String = texts.iter().map(|text| format!("{}\n", text.trim_end())).collect();
        let path = self.place.join(format!("{}.pem", name.to_ascii_lowercase()));
        files::write(&path, content.as_bytes(), Readers::Everyone, Existing::Keep)?;
        absolute(&path)
    }
}

/// The command may run in another folder.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|why| Failure::new(format_args!("{} has no place", path.display()), why, "check the name"))
}

async fn ended(child: &mut Child, signals: &mut StopSignals) -> io::Result<ExitStatus> {
    tokio::select! {
        status = child.wait() => return status,
        signal = signals.next() => hand_on(child, signal),
    }
    if let Ok(status) = tokio::time::timeout(GRACE, child.wait()).await {
        return status;
    }
    output::tell(&format!("the command did not end within {} s, and is killed", GRACE.as_secs()));
    child.start_kill()?;
    child.wait().await
}

#[cfg(unix)]
fn hand_on(child: &Child, signal: StopSignal) {
    use std::io::IsTerminal as _;

    use rustix::process::{Pid, Signal, kill_process};
    let signal = match signal {
        StopSignal::Terminate => Signal::TERM,
        // The terminal has told it too.
        StopSignal::Interrupt | StopSignal::Quit if io::stdin().is_terminal() => return,
        StopSignal::Interrupt => Signal::INT,
        StopSignal::Quit => Signal::QUIT,
        // Of a terminal that is gone the kernel tells the shell, which does not pass it on to every job.
        StopSignal::HangUp => Signal::HUP,
    };
    let process = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    // One that has just ended needs no signal.
    let _ = process.map(|process| kill_process(process, signal));
}

/// Elsewhere the console tells every process of it.
#[cfg(not(unix))]
fn hand_on(_: &Child, _: StopSignal) {}

/// The command's own exit code, or what a shell says of one that a signal ended.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None::<i32>;
    let code = status.code().or(signal.map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
