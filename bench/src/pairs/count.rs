//! Runs one thing so that an instruction counter can see it, and it alone.

use super::pair::Pair;

/// How often; what is counted is divided by it.
pub(crate) const TIMES: u32 = 50;

/// Which half of a pair.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum Half {
    /// The bare operation.
    Limit,
    /// The same with all that we do around it.
    Ours,
}

/// Runs that half of `pair`.
pub(crate) fn run(mut pair: Pair, half: Half) {
    let work = match half {
        Half::Limit => &mut pair.limit,
        Half::Ours => &mut pair.ours,
    };
    // What is done at the first time only belongs to no single operation.
    work();
    for _ in 0..TIMES {
        counted(work);
    }
}

/// The counter is told to count inside this function only, by its name.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}
