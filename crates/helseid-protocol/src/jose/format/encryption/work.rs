//! How much work a file may ask for: whoever wrote it chose the number of rounds.

use crate::jose::format::UnreadableKey;

/// The most rounds of a hash that one file may ask for, in all; some ten seconds.
const MAX_ROUNDS: u64 = 20_000_000;
/// The most memory that scrypt may ask for.
const MAX_SCRYPT_BYTES: u64 = 64 << 20;

/// What is left of the work that is done for one file.
#[derive(Debug)]
pub(in crate::jose::format) struct Work {
    rounds: u64,
}

impl Work {
    pub(in crate::jose::format) const fn of_one_file() -> Self {
        Self { rounds: MAX_ROUNDS }
    }

    /// Takes so many rounds for each of `blocks`.
    pub(super) fn spend(&mut self, rounds: u32, blocks: usize) -> Result<(), UnreadableKey> {
        let asked = u64::from(rounds).saturating_mul(u64::try_from(blocks).unwrap_or(u64::MAX));
        self.rounds = self.rounds.checked_sub(asked).ok_or(UnreadableKey::TooMuchWork {
            asked,
            most: MAX_ROUNDS,
            unit: "rounds of a hash",
        })?;
        Ok(())
    }

    /// Takes what scrypt needs for these parameters (RFC 7914 section 2).
    pub(super) fn spend_scrypt(&mut self, n: u32, r: u32, p: u32) -> Result<(), UnreadableKey> {
        let blocks = u64::from(n).saturating_mul(u64::from(r));
        let asked = blocks.saturating_mul(128);
        if asked > MAX_SCRYPT_BYTES {
            let (most, unit) = (MAX_SCRYPT_BYTES, "bytes of memory for scrypt");
            return Err(UnreadableKey::TooMuchWork { asked, most, unit });
        }
        let rounds = u32::try_from(blocks).unwrap_or(u32::MAX);
        self.spend(rounds, usize::try_from(p).unwrap_or(usize::MAX).saturating_mul(4))
    }
}
