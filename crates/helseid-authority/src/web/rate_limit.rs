//! How often one client, one access key and one address may ask, and how much others can make us log.
//!
//! Counted here rather than by a crate: those for rate limits keep a state for each key until they are told to drop it, however
//! many strangers there are, and measure by a clock of their own. A count that starts again in each second needs no dropping,
//! has a bound, and goes by the time that it is given.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use helseid_protocol::id::ClientId;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::time::Timestamp;

use crate::web::network::counted_as;

/// Requests of one in a second, unless set: more than a small machine can answer, so that nobody at a
/// desk meets it, and few enough that one program in a loop leaves room for others.
pub(crate) const PER_SECOND: u32 = 10_000;

/// How often one client, one access key and one address may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateLimit {
    /// The most requests of one in a second.
    pub(crate) per_second: u32,
    /// The most of each kind that are counted in one second; beyond, new ones must wait for the next.
    pub(crate) max_counted: usize,
}

/// Counts requests by client, by access key and by address, from zero in each second.
#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) log: Arc<LogBudgets>,
    limit: RateLimit,
    window: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    second: i64,
    clients: HashMap<ClientId, u32>,
    access_keys: HashMap<String, u32>,
    addresses: HashMap<IpAddr, u32>,
}

impl Limits {
    /// As many requests of one in a second, of up to 100,000 of each kind.
    pub(crate) fn new(per_second: u32) -> Self {
        Self::of(RateLimit { per_second, max_counted: 100_000 })
    }

    pub(crate) fn of(limit: RateLimit) -> Self {
        Self { log: Arc::default(), limit, window: Mutex::default() }
    }

    /// Whether an authenticated client may go on.
    pub(crate) fn client(&self, id: &ClientId, now: Timestamp) -> bool {
        self.count(now, |window| counted(&mut window.clients, id, self.limit))
    }

    /// Whether a request with the access key of this id may go on.
    #[cfg_attr(
        not(feature = "nhn"),
        expect(dead_code, reason = "only the stand-ins for NHN's services need it")
    )]
    pub(crate) fn access_key(&self, id: &str, now: Timestamp) -> bool {
        self.count(now, |window| counted(&mut window.access_keys, &id.to_owned(), self.limit))
    }

    /// Whether a request from there is looked at.
    pub(crate) fn address(&self, address: IpAddr, now: Timestamp) -> bool {
        self.count(now, |window| counted(&mut window.addresses, &counted_as(address), self.limit))
    }

    fn count(&self, now: Timestamp, count: impl FnOnce(&mut Window) -> Option<u32>) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.second != now.seconds() {
            window.second = now.seconds();
            window.clients.clear();
            window.access_keys.clear();
            window.addresses.clear();
        }
        count(&mut window).is_some_and(|count| count <= self.limit.per_second)
    }
}

/// The lines of the log that others cause, beyond which they are written at `debug`. One who is not known cannot use up what
/// is for clients.
#[derive(Debug)]
pub(crate) struct LogBudgets {
    /// Of whoever is not known.
    pub(crate) strangers: LogBudget,
    /// Of those who showed who they are.
    pub(crate) clients: LogBudget,
    /// Of wrong codes to sign in to the pages.
    pub(crate) sign_in: LogBudget,
}

impl Default for LogBudgets {
    fn default() -> Self {
        Self {
            strangers: LogBudget::new(20, 2),
            clients: LogBudget::new(100, 20),
            sign_in: LogBudget::new(10, 1),
        }
    }
}

/// How many there were with this one; nothing if no more can be counted.
fn counted<K: Clone + Eq + std::hash::Hash>(
    counts: &mut HashMap<K, u32>,
    key: &K,
    limit: RateLimit,
) -> Option<u32> {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_add(1);
        return Some(*count);
    }
    if counts.len() >= limit.max_counted {
        return None;
    }
    counts.insert(key.clone(), 1);
    Some(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_and_address_has_its_own_count_in_each_second() {
        let limits = Limits::new(2);
        let at = Timestamp::from_seconds;
        let id = |name| ClientId::parse(name).unwrap();
        let outcomes: Vec<_> = (0..3).map(|_| limits.client(&id("one"), at(1))).collect();
        assert_eq!(outcomes, [true, true, false]);
        assert!(limits.client(&id("other"), at(1)));
        assert!(limits.address(IpAddr::from([127, 0, 0, 1]), at(1)));
        let outcomes: Vec<_> = (0..3).map(|_| limits.access_key("one", at(1))).collect();
        assert_eq!(outcomes, [true, true, false]);
        assert!(limits.client(&id("one"), at(2)));
    }

    #[test]
    fn a_machine_with_many_addresses_of_ipv6_is_one() {
        let limits = Limits::new(2);
        let ask = |text: &str| limits.address(text.parse().unwrap(), Timestamp::from_seconds(1));
        assert_eq!([ask("2001:db8::1"), ask("2001:db8::2"), ask("2001:db8::3")], [true, true, false]);
        assert!(ask("2001:db8:0:1::1"));
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let limits = Limits::of(RateLimit { per_second: 10, max_counted: 1_000 });
        let address = |n: u32| IpAddr::from(n.to_be_bytes());
        let now = Timestamp::from_seconds(1);
        assert!((0..1_000).all(|n| limits.address(address(n), now)));
        assert!(!limits.address(address(1_000), now));
        assert!(limits.address(address(0), now));
    }
}
