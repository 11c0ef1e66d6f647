//! The workshop: what people and continuous integration run, by the same names.
//!
//! `cargo xtask ci` is the whole gate; each of its steps is a command of its own.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a workshop talks to the terminal")]

mod bench;
mod ci;
mod deny;
mod doc;
mod fmt_check;
mod foreign;
mod fuzz;
mod interop;
mod lint;
mod mutants;
mod package;
mod services;
mod shell;
mod test;
mod tidy;
mod tool;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The workshop of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The whole gate: every step in order, up to the first that fails.
    Ci,
    /// Runs every test of the workspace, with a PostgreSQL and a Redis started for it.
    Test,
    /// Runs a command with a PostgreSQL and a Redis started for it, as tests find them: services -- cargo test …
    Services {
        /// The command.
        #[arg(last = true, required = true)]
        command: Vec<std::ffi::OsString>,
    },
    /// Checks the rules of the house that the compiler does not know.
    Tidy,
    /// Checks that every file is formatted.
    FmtCheck,
    /// Runs clippy with warnings denied.
    Lint,
    /// Builds the documentation with warnings denied.
    Doc,
    /// Runs programs in other languages against the real binary.
    Interop {
        /// Only these programs; all unless given.
        names: Vec<String>,
    },
    /// Runs programs in Go and Java against the real binary, as far as Go, and Java and Maven, are on this machine.
    InteropJvmGo {
        /// Only these programs; all unless given.
        names: Vec<String>,
    },
    /// Builds the release, and a Debian package of it in target/package.
    Package {
        /// For this target, such as x86_64-unknown-linux-musl for a static binary; this machine's own unless given.
        #[arg(long)]
        target: Option<String>,
    },
    /// Checks the licences and sources of all dependencies, bans, and security advisories.
    Deny,
    /// Fuzzes the parsers of strangers' bytes, each for some seconds.
    Fuzz {
        /// Only these targets; all unless given.
        targets: Vec<String>,
        /// Seconds for each.
        #[arg(long, default_value_t = 180)]
        seconds: u32,
    },
    /// Changes one thing at a time in the files that decide, and lists what no unit test of their crate notices: hours.
    Mutants {
        /// Only files of these packages; all unless given.
        packages: Vec<String>,
        /// Only patterns of files that hold this text, such as src/dpop.
        #[arg(long)]
        only: Option<String>,
        /// Only lists what would be changed.
        #[arg(long)]
        list: bool,
    },
    /// Begins a million logins that nobody ends, and fails if they cost an authority more memory than they may, or a person a login.
    Begun,
    /// Sends hostile requests to an authority, and fails if they cost it more memory, log or time of a client than they may.
    Hostile {
        /// How many.
        #[arg(long, default_value_t = 1_000_000)]
        requests: usize,
    },
    /// Measures what we cost beside the limit and beside peers, and writes docs/performance.md: half an hour on a quiet machine.
    #[group(multiple = false)]
    Bench {
        /// Only shows that the bench runs.
        #[arg(long)]
        short: bool,
        /// Counts instructions instead, and fails on more than the baseline has. Needs valgrind.
        #[arg(long)]
        count: bool,
        /// Makes what is counted the baseline.
        #[arg(long)]
        accept: bool,
        /// Only writes the figures of the last run into docs/performance.md.
        #[arg(long)]
        report: bool,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Ci => ci::run(),
        Command::Test => test::run(),
        Command::Services { command } => services::run(&command),
        Command::Tidy => tidy::run(),
        Command::FmtCheck => fmt_check::run(),
        Command::Lint => lint::run(),
        Command::Doc => doc::run(),
        Command::Interop { names } => interop::run(&names),
        Command::InteropJvmGo { names } => interop::run_jvm_go(&names),
        Command::Package { target } => package::run(target.as_deref()),
        Command::Deny => deny::run(),
        Command::Fuzz { targets, seconds } => fuzz::run(&targets, seconds),
        Command::Mutants { packages, only, list } => mutants::run(&packages, only.as_deref(), list),
        Command::Begun => bench::begun(),
        Command::Hostile { requests } => bench::hostile(requests),
        Command::Bench { short: true, .. } => bench::short(),
        Command::Bench { report: true, .. } => bench::report(),
        Command::Bench { count: false, accept: false, .. } => bench::whole(),
        Command::Bench { accept, .. } => bench::count(accept),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
