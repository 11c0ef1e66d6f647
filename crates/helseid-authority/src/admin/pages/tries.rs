//! How often one address may fail to come in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use helseid_protocol::time::Timestamp;

/// Failures of one address within [`WINDOW`] after which it must wait.
const MOST: u32 = 10;

/// How long failures count.
const WINDOW: Duration = Duration::from_secs(60);

/// The most addresses that are counted; beyond, new ones must wait.
const MAX_COUNTED: usize = 10_000;

/// Counts failures by address.
#[derive(Debug, Default)]
pub(super) struct Tries(Mutex<HashMap<IpAddr, (u32, Timestamp)>>);

impl Tries {
    /// Whether an address may try at all.
    pub(super) fn may_try(&self, address: IpAddr, now: Timestamp) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.retain(|_, (_, end)| *end > now);
        match counted.get(&address) {
            Some((failures, _)) => *failures < MOST,
            None => counted.len() < MAX_COUNTED,
        }
    }

    /// Notes a failure.
    pub(super) fn failed(&self, address: IpAddr, now: Timestamp) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (failures, _) = counted.entry(address).or_insert((0, now.plus(WINDOW)));
        *failures += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_in_a_minute_are_the_most_of_one_address() {
        let (tries, at) = (Tries::default(), Timestamp::from_seconds);
        let (one, other) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        for _ in 0..MOST {
            assert!(tries.may_try(one, at(0)));
            tries.failed(one, at(0));
        }
        assert!(!tries.may_try(one, at(59)));
        assert!(tries.may_try(other, at(59)));
        assert!(tries.may_try(one, at(60)));
    }
}
