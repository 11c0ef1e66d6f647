//! What we cost above the bare operation: measured in pairs, one right after the other, in the same run.
//!
//! Machines are shared, so an absolute time says little; the ratio of two neighbours says what we add. What we do
//! around the bare operation is small beside it, so a change to it shows in counted instructions first.

#![expect(clippy::print_stdout, reason = "a bench talks to the terminal")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on has nothing to tell")]
#![expect(clippy::panic, reason = "the same")]

mod api;
mod client;
mod count;
mod jose;
mod limit;
mod pair;

use clap::Parser;

/// Measures what we cost above the bare operation. Start it with cargo xtask bench: a debug build tells nothing.
#[derive(Parser)]
struct Arguments {
    /// A few rounds only: proves that everything runs, and measures nothing.
    #[arg(long)]
    short: bool,
    /// Runs only this pair, for a counter of instructions.
    #[arg(long, requires = "half")]
    count: Option<String>,
    /// Which half of it.
    #[arg(long, value_enum)]
    half: Option<count::Half>,
}

fn main() {
    let arguments = Arguments::parse();
    if let (Some(name), Some(half)) = (arguments.count, arguments.half) {
        return count::run(cases().find(|case| case.name == name).unwrap().make(), half);
    }
    let effort = if arguments.short { pair::Effort::SHORT } else { pair::Effort::WHOLE };
    println!("{}", pair::HEADING);
    for case in cases() {
        println!("{}", case.compare(effort));
    }
    println!("\nlimit: the bare operation, its key parsed. share: limit by ours; 1.00 cannot be passed.");
    println!("median [p10-p90] of {} interleaved pairs, in microseconds.", effort.rounds);
}

/// Everything that is compared.
fn cases() -> impl Iterator<Item = pair::Case> {
    jose::cases().chain(client::cases()).chain(api::cases())
}
