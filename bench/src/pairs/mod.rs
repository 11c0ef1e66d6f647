//! What we cost above the bare operation, in this process: measured in pairs, one right after the other.
//!
//! Machines are shared, so an absolute time says little; the ratio of two neighbours says what we add. What we do
//! around the bare operation is small beside it, so a change to it shows in counted instructions first.

mod api;
mod checks;
mod client;
mod count;
mod jose;
mod login;
mod pair;

pub(crate) use count::Half;

use pair::{Case, Effort};

/// Compares everything.
#[expect(clippy::print_stdout, reason = "a bench talks to the terminal")]
pub(crate) fn run(short: bool) {
    let effort = if short { Effort::SHORT } else { Effort::WHOLE };
    println!("{}", pair::HEADING);
    for case in cases() {
        let compared = case.compare(effort);
        println!("{compared}");
        compared.figure().keep_silently();
    }
    println!("\nlimit: the bare operation, its key parsed. share: limit by ours; 1.00 cannot be passed.");
    println!("median [p10-p90] of {} interleaved pairs, in microseconds.", effort.rounds);
}

/// Runs one half of one pair where a counter of instructions sees it.
pub(crate) fn count(name: &str, half: Half) {
    count::run(cases().find(|case| case.name == name).unwrap().make(), half);
}

/// Everything that is compared.
fn cases() -> impl Iterator<Item = Case> {
    jose::cases().chain(checks::cases()).chain(client::cases()).chain(api::cases()).chain(login::cases())
}
