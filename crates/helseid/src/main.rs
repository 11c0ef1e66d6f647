//! `helseid`: keys, registration, tokens, calls, and a local authority, from the command line.

mod admin;
mod args;
mod commands;
mod data_dir;
mod environment;
mod explain;
mod failure;
mod files;
mod key_files;
mod output;
mod progress;
mod proof_check;
#[cfg(feature = "authority")]
mod replica;
mod screen;
#[cfg(feature = "authority")]
mod seed;
#[cfg(any(feature = "authority", feature = "sidecar"))]
mod serving;
mod session;
mod settings;
mod token_cache;
mod verdict;
mod words;

use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use failure::Failure;

/// How long threads may work on when the command is done: what they make nobody waits for.
const AFTER_THE_END: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(failure) => {
            output::tell(&failure.to_string());
            failure.code()
        }
    }
}

fn run() -> Result<ExitCode, Failure> {
    let arguments = args::Arguments::read(std::env::args_os());
    output::start_log(arguments.global.log)?;
    let runtime = runtime()
        .map_err(|why| Failure::new("the program cannot start", why, "free memory or file handles"))?;
    let done = runtime.block_on(commands::run(arguments));
    runtime.shutdown_timeout(AFTER_THE_END);
    done
}

/// With one core, everything runs in this thread: handing work to another costs a request about as much as our checks of it.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = match std::thread::available_parallelism() {
        Ok(NonZeroUsize::MIN) => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    builder.enable_all().build()
}
