//! How often a test repeats what it repeats.

/// More rounds than the suite has time for, by this variable.
const VARIABLE: &str = "HELSEID_TEST_ROUNDS";

/// The rounds of a race: so many in the suite, and as many as the environment asks for where it does.
///
/// # Panics
///
/// Where the variable is no number.
#[must_use]
#[expect(clippy::panic, reason = "in tests alone, where a wrong number must not be taken for the usual one")]
pub fn rounds(usual: usize) -> usize {
    match std::env::var(VARIABLE) {
        Ok(asked) => asked.parse().unwrap_or_else(|_| panic!("{VARIABLE} is a number of rounds")),
        Err(_) => usual,
    }
}
