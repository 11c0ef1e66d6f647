//! What we cost beside the limit and beside peers, measured in one run. Start it with `cargo xtask bench`.
//!
//! | module | what |
//! | --- | --- |
//! | `pairs` | in this process: an operation beside the bare signature, by turns |
//! | `sections` | whole programs: under load, at scale, for a million tokens, at their start, among strangers who mean harm |
//! | `load` | requests that are made before the clock starts, and the connections that send them |
//! | `machine` | which core does what, what processes take, servers |
//! | `figures` | what was measured, line by line |
//! | `report` | the figures as tables and pictures |

#![expect(clippy::unwrap_used, reason = "a bench that cannot go on has nothing to tell")]
#![expect(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "the same")]

mod bare;
mod figures;
mod limit;
mod load;
mod machine;
mod pairs;
mod report;
mod sections;
mod spread;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use clap::{Args, Parser, Subcommand};
use helseid_protocol::time::Timestamp;

use world::World;

/// Measures what we cost. Start it with cargo xtask bench: a debug build tells nothing.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Operations beside the bare signature, in this process.
    Pairs {
        /// A few rounds only: proves that everything runs, and measures nothing.
        #[arg(long)]
        short: bool,
    },
    /// One half of one pair, for a counter of instructions.
    Count {
        /// The name of the pair.
        name: String,
        /// Which half.
        half: pairs::Half,
    },
    /// Token endpoints and APIs under load, ours and those of peers.
    Rounds {
        #[command(flatten)]
        programs: Programs,
        /// Only rows that have this in the name of their subject or load.
        #[arg(long)]
        only: Option<String>,
    },
    /// Cost by the number of clients, used assertions, connections and cores; stores; memory.
    Scale {
        #[command(flatten)]
        programs: Programs,
    },
    /// Start, size, and the whole process of a client.
    Processes {
        #[command(flatten)]
        programs: Programs,
    },
    /// What one of many takes in memory.
    Memory {
        /// Only this; each of them unless given.
        #[arg(long)]
        thing: Option<sections::memory::Thing>,
        /// Only proves that everything runs.
        #[arg(long)]
        short: bool,
    },
    /// The sidecar beside the bare answer and nginx, and in memory.
    Sidecar {
        #[command(flatten)]
        programs: Programs,
    },
    /// What live logins take.
    Lasting {
        #[command(flatten)]
        programs: Programs,
    },
    /// A million logins that nobody ends, and what they take.
    Begun {
        #[command(flatten)]
        programs: Programs,
    },
    /// Memory over millions of tokens.
    Endurance {
        #[command(flatten)]
        programs: Programs,
    },
    /// Requests of strangers who mean harm, and what a client has of the authority meanwhile.
    Hostile {
        #[command(flatten)]
        programs: Programs,
        /// How many: a million unless given.
        #[arg(long)]
        requests: Option<usize>,
    },
    /// Writes the figures of the last whole run into docs/performance.md.
    Report {
        /// The checkout.
        #[arg(long, default_value = ".")]
        root: PathBuf,
    },
    /// Serves the bare answer.
    Bare,
}

/// What is measured, and how much.
#[derive(Args)]
struct Programs {
    /// The binary.
    #[arg(long)]
    helseid: PathBuf,
    /// The checkout, with its peers installed.
    #[arg(long, default_value = ".")]
    root: PathBuf,
    /// Only proves that everything runs.
    #[arg(long)]
    short: bool,
}

impl Programs {
    fn world(self) -> World {
        let whole =
            |path: PathBuf| path.canonicalize().unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        World::new(whole(self.helseid), whole(self.root), self.short)
    }
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Pairs { short } => pairs::run(short),
        Command::Count { name, half } => pairs::count(&name, half),
        Command::Rounds { programs, only } => sections::rounds::run(&programs.world(), only.as_deref()),
        Command::Scale { programs } => sections::scale::run(&programs.world()),
        Command::Processes { programs } => sections::processes::run(&programs.world()),
        Command::Memory { thing, short } => sections::memory::run(thing, short),
        Command::Sidecar { programs } => sections::sidecar::run(&programs.world()),
        Command::Lasting { programs } => sections::lasting::run(&programs.world()),
        Command::Begun { programs } => sections::begun::run(&programs.world()),
        Command::Endurance { programs } => sections::endurance::run(&programs.world()),
        Command::Hostile { programs, requests } => sections::hostile::run(&programs.world(), requests),
        Command::Report { root } => {
            if let Err(why) = report::run(&root) {
                return failed(&why);
            }
        }
        Command::Bare => bare::serve(),
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "a bench talks to the terminal")]
fn failed(why: &report::Incomplete) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}

#[expect(clippy::disallowed_methods, reason = "a bench measures the time that passes")]
fn now() -> Instant {
    Instant::now()
}

/// For what is signed.
#[expect(clippy::disallowed_methods, reason = "servers compare with the time that it is")]
fn timestamp() -> Timestamp {
    Timestamp::from(SystemTime::now())
}
