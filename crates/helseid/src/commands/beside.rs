//! A command that runs beside an authority, and ends with it.

use std::ffi::OsString;
use std::io;
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use helseid_admin_api::{AdminFile, FILE_NAME};
use helseid_authority::Running;
use tokio::process::{Child, Command};

use crate::args::Global;
use crate::failure::Failure;
use crate::files::{self, Existing, Readers};
use crate::output;
use crate::serving::{StopSignal, StopSignals};

/// How long the command may take to end once it was told to.
const GRACE: Duration = Duration::from_secs(4);

/// Runs a command that finds the authority in its environment, with the network settings given to us as options; its exit code
/// becomes ours, and a signal to stop is handed on to it.
pub(super) async fn run(
    running: &Running,
    (program, arguments): (&OsString, &[OsString]),
    global: &Global,
    signals: &mut StopSignals,
) -> Result<ExitCode, Failure> {
    let failed = |why: io::Error| {
        let what = format!("{} cannot be run", program.to_string_lossy());
        Failure::new(what, why, "check the command after --")
    };
    // For an authority in memory the admin token has no folder to lie in.
    let folder = tempfile::tempdir().map_err(failed)?;
    let token_file = folder.path().join(FILE_NAME);
    let (issuer, token) = (running.issuer().clone(), running.admin_token().to_owned());
    let file = AdminFile {
        issuer,
        token,
        address: running.admin_address().cloned(),
        local: running.local_address().cloned(),
    };
    let content = serde_json::json!(file).to_string();
    files::write(&token_file, content.as_bytes(), Readers::Owner, Existing::Keep)?;
    let mut command = Command::new(program);
    command.args(arguments).env("HELSEID_ISSUER", running.issuer().as_str());
    command.env("HELSEID_API_ISSUER", running.issuer().as_str()).env("HELSEID_ADMIN_TOKEN_FILE", &token_file);
    if !global.insecure_http.is_empty() {
        command.env("HELSEID_INSECURE_HTTP", global.insecure_http.join(","));
    }
    if let Some(ca_file) = &global.ca_file {
        // The command may run in another folder.
        command.env("HELSEID_CA_FILE", std::path::absolute(ca_file).map_err(failed)?);
    }
    let mut child = command.kill_on_drop(true).spawn().map_err(failed)?;
    let status = ended(&mut child, signals).await.map_err(failed)?;
    Ok(ExitCode::from(code(status)))
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
