//! Tokens that were admitted with a proof, here or by a sidecar on the same Redis: whoever sent one has its key, so that they alone are
//! exchanged (threat B6).

mod shared;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::jose::jws::{MAX_BYTES, Unverified};
use helseid_protocol::time::{Clock, Timestamp};

use crate::error::SidecarError;
use crate::refusal::Refusal;
pub(crate) use shared::GateInRedis;
use shared::Shared;

/// The most tokens; beyond it, the one that expires first goes.
pub(crate) const CAPACITY: usize = 10_000;

/// When the others are told again of a token that comes again: their Redis may have forgotten.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// The longest that a token is good by what others say.
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// By SHA-256 of their texts: whoever reads this memory has no token.
pub(crate) struct AdmittedTokens {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    shared: Shared,
}

#[derive(Default)]
struct State {
    tokens: HashMap<[u8; 32], Admitted>,
    by_expiry: BTreeSet<(Timestamp, [u8; 32])>,
}

struct Admitted {
    expires: Timestamp,
    /// By which gates, and when the other sidecars of each were last told.
    gates: BTreeMap<Arc<str>, Option<Timestamp>>,
}

impl AdmittedTokens {
    /// With a Redis for these gates. Does not connect yet.
    pub(crate) fn new(clock: Arc<dyn Clock>, gates: Vec<GateInRedis>) -> Result<Self, SidecarError> {
        Ok(Self { clock, state: Mutex::default(), shared: Shared::new(gates)? })
    }

    /// A token was admitted by this gate, with a proof.
    pub(crate) async fn put(&self, token: &str, expires: Timestamp, gate: &Arc<str>) {
        let hash = sha256(token.as_bytes());
        let now = self.clock.now();
        let is_told = self.state().put(hash, (expires, now), gate);
        if !is_told && self.shared.has_gate(gate) && self.shared.put(gate, hash, (expires, now)).await {
            self.state().was_told(&hash, gate, now);
        }
    }

    /// Whether a token was admitted by a gate that `may` says yes to, and has not expired. While another sidecar may know and
    /// cannot be asked, and none that can be asked does, that is refused.
    pub(crate) async fn has(&self, token: &str, may: impl Fn(&str) -> bool) -> Result<bool, Refusal> {
        let hash = sha256(token.as_bytes());
        let now = self.clock.now();
        if self.state().has(&hash, now, &may) {
            return Ok(true);
        }
        let mut away = None;
        for gate in self.shared.gates().filter(|gate| may(gate)) {
            let found = match self.shared.get(gate, hash, now).await {
                Ok(found) => found,
                Err(refusal) => {
                    away = Some(refusal);
                    continue;
                }
            };
            // Whoever writes there may write any time: the token's own end is another bound.
            let ends = |expires: Timestamp| own_end(token).map_or(expires, |own| own.min(expires));
            if let Some(expires) = found.map(ends).filter(|expires| expires.is_pending(A_DAY, now)) {
                let gate = gate.into();
                let mut state = self.state();
                state.put(hash, (expires, now), &gate);
                state.was_told(&hash, &gate, now);
                return Ok(true);
            }
        }
        away.map_or(Ok(false), Err)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a token says that it ends; whether it is good, nobody has looked.
pub(crate) fn own_end(token: &str) -> Option<Timestamp> {
    let token = Unverified::parse(token, MAX_BYTES).ok()?;
    token.unverified_claims().get("exp")?.as_i64().map(Timestamp::from_seconds)
}

impl State {
    /// Whether the others were told of late.
    fn put(&mut self, hash: [u8; 32], (expires, now): (Timestamp, Timestamp), gate: &Arc<str>) -> bool {
        if let Some(known) = self.tokens.get_mut(&hash) {
            let told = known.gates.entry(gate.clone()).or_insert(None);
            return told.is_some_and(|at| at.plus(TOLD_EVERY).is_pending(TOLD_EVERY, now));
        }
        self.make_room(now);
        self.by_expiry.insert((expires, hash));
        self.tokens.insert(hash, Admitted { expires, gates: [(gate.clone(), None)].into() });
        false
    }

    fn was_told(&mut self, hash: &[u8; 32], gate: &str, now: Timestamp) {
        if let Some(told) = self.tokens.get_mut(hash).and_then(|token| token.gates.get_mut(gate)) {
            *told = Some(now);
        }
    }

    fn has(&self, hash: &[u8; 32], now: Timestamp, may: impl Fn(&str) -> bool) -> bool {
        let found = self.tokens.get(hash).filter(|token| now < token.expires);
        found.is_some_and(|token| token.gates.keys().any(|gate| may(gate)))
    }

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
        AdmittedTokens::new(Arc::new(move || now), Vec::new()).unwrap()
    }

    #[tokio::test]
    async fn a_token_is_known_for_the_gates_that_admitted_it_until_it_expires() {
        let tokens = at(NOW);
        tokens.put("token", later(60), &"journal".into()).await;
        tokens.put("token", later(60), &"lab".into()).await;
        tokens.put("old", NOW, &"journal".into()).await;
        for (token, gate, is_known) in [
            ("token", "journal", true),
            ("token", "lab", true),
            ("token", "other", false),
            ("toke", "journal", false),
            ("old", "journal", false),
        ] {
            assert_eq!(tokens.has(token, |own| own == gate).await, Ok(is_known), "{token} {gate}");
        }
    }

    #[tokio::test]
    async fn those_that_expire_first_go_first() {
        let tokens = at(NOW);
        for n in 0..=CAPACITY {
            let lifetime = if n == 7 { 10 } else { 600 };
            tokens.put(&n.to_string(), later(lifetime), &"journal".into()).await;
        }
        for (n, is_known) in [(7, false), (0, true), (6, true), (8, true), (CAPACITY, true)] {
            assert_eq!(tokens.has(&n.to_string(), |_| true).await, Ok(is_known), "{n}");
        }
        let state = tokens.state.lock().unwrap();
        assert_eq!((state.tokens.len(), state.by_expiry.len()), (CAPACITY, CAPACITY));
    }
}
