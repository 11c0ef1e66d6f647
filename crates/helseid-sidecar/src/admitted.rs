//! Tokens that were admitted here with a proof: whoever sent one has its key, so that they alone are exchanged (threat B6).

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::time::{Clock, Timestamp};

/// The most tokens; beyond it, the one that expires first goes.
const CAPACITY: usize = 10_000;

/// By SHA-256 of their texts: whoever reads this memory has no token.
pub(crate) struct AdmittedTokens {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tokens: HashMap<[u8; 32], Admitted>,
    by_expiry: BTreeSet<(Timestamp, [u8; 32])>,
}

struct Admitted {
    expires: Timestamp,
    /// By which gates.
    gates: BTreeSet<Arc<str>>,
}

impl AdmittedTokens {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// A token was admitted by this gate, with a proof.
    pub(crate) fn put(&self, token: &str, expires: Timestamp, gate: &Arc<str>) {
        let hash = sha256(token.as_bytes());
        let now = self.clock.now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = state.tokens.get_mut(&hash) {
            known.gates.insert(gate.clone());
            return;
        }
        state.make_room(now);
        state.by_expiry.insert((expires, hash));
        state.tokens.insert(hash, Admitted { expires, gates: [gate.clone()].into() });
    }

    /// Whether a token was admitted by a gate that `may` says yes to, and has not expired.
    pub(crate) fn has(&self, token: &str, may: impl Fn(&str) -> bool) -> bool {
        let hash = sha256(token.as_bytes());
        let now = self.clock.now();
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let found = state.tokens.get(&hash).filter(|token| now < token.expires);
        found.is_some_and(|token| token.gates.iter().any(|gate| may(gate)))
    }
}

impl State {
    /// Drops what has expired, and what expires first if there are too many.
    fn make_room(&mut self, now: Timestamp) {
        while let Some((expires, hash)) = self.by_expiry.first().copied() {
            if now < expires && self.tokens.len() < CAPACITY {
                return;
            }
            self.by_expiry.pop_first();
            self.tokens.remove(&hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

    fn later(seconds: u64) -> Timestamp {
        NOW.plus(std::time::Duration::from_secs(seconds))
    }

    fn at(now: Timestamp) -> AdmittedTokens {
        AdmittedTokens::new(Arc::new(move || now))
    }

    #[test]
    fn a_token_is_known_for_the_gates_that_admitted_it_until_it_expires() {
        let tokens = at(NOW);
        tokens.put("token", later(60), &"journal".into());
        tokens.put("token", later(60), &"lab".into());
        tokens.put("old", NOW, &"journal".into());
        assert!(tokens.has("token", |gate| gate == "journal") && tokens.has("token", |gate| gate == "lab"));
        assert!(!tokens.has("token", |gate| gate == "other"));
        assert!(!tokens.has("toke", |_| true));
        assert!(!tokens.has("old", |_| true), "expired");
    }

    #[test]
    fn those_that_expire_first_go_first() {
        let tokens = at(NOW);
        for n in 0..=CAPACITY {
            let lifetime = if n == 7 { 10 } else { 600 };
            tokens.put(&n.to_string(), later(lifetime), &"journal".into());
        }
        assert!(!tokens.has("7", |_| true));
        assert!([0, 6, 8, CAPACITY].iter().all(|n| tokens.has(&n.to_string(), |_| true)));
        let state = tokens.state.lock().unwrap();
        assert_eq!((state.tokens.len(), state.by_expiry.len()), (CAPACITY, CAPACITY));
    }
}
