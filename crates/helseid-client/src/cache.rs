//! Tokens that were granted, one slot for each request: one caller fetches, the others wait for what comes of it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use helseid_protocol::time::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::{Error, Token, TokenRequest};

/// The most tokens that are kept.
const MAX: usize = 1_000;

#[derive(Debug, Default)]
pub(crate) struct TokenCache(Mutex<HashMap<String, Arc<Slot>>>);

#[derive(Debug, Default)]
pub(crate) struct Slot {
    kept: Mutex<Kept>,
    /// Held by the one who fetches. If it is dropped half-way, the next in line fetches.
    fetching: Arc<AsyncMutex<()>>,
}

#[derive(Debug, Default, Clone)]
struct Kept {
    token: Option<Token>,
    /// How many fetches have ended, and how the last one failed: those who waited for it share its failure, and
    /// whoever comes later tries anew.
    ended: u64,
    failure: Option<Error>,
    /// No renewal ahead of time before then.
    pause: Option<Timestamp>,
}

/// How long after a failed renewal the next may begin. Callers wait for neither.
const PAUSE: Duration = Duration::from_secs(5);

impl TokenCache {
    pub(crate) fn slot(&self, request: &TokenRequest, now: Timestamp) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = request.key();
        if let Some(slot) = slots.get(&key) {
            return slot.clone();
        }
        if slots.len() >= MAX {
            slots.retain(|_, slot| slot.good(now).is_some() || is_in_use(slot));
        }
        if slots.len() >= MAX {
            slots.retain(|_, slot| is_in_use(slot));
        }
        slots.entry(key).or_default().clone()
    }
}

fn is_in_use(slot: &Arc<Slot>) -> bool {
    Arc::strong_count(slot) > 1
}

impl Slot {
    /// The kept token, if it can still be sent.
    pub(crate) fn good(&self, now: Timestamp) -> Option<Token> {
        self.kept().token.filter(|token| token.is_good(now))
    }

    /// The kept token, or the one that `fetch` brings. Many callers at once cause one fetch.
    pub(crate) async fn token<F: Future<Output = Result<Token, Error>>>(
        &self,
        now: impl Fn() -> Timestamp,
        fetch: impl FnOnce() -> F,
    ) -> Result<Token, Error> {
        let before = self.kept();
        if let Some(token) = before.token.filter(|token| token.is_good(now())) {
            return Ok(token);
        }
        let _fetching = self.fetching.lock().await;
        if let Some(token) = self.good(now()) {
            return Ok(token);
        }
        let after = self.kept();
        if let Some(failure) = after.failure.filter(|_| after.ended != before.ended) {
            return Err(failure);
        }
        let outcome = fetch().await;
        self.keep(&outcome);
        outcome
    }

    /// The right to renew the token in the background, if nobody else does.
    pub(crate) fn may_renew(&self, now: Timestamp) -> Option<OwnedMutexGuard<()>> {
        if self.kept().pause.is_some_and(|end| now < end) {
            return None;
        }
        self.fetching.clone().try_lock_owned().ok()
    }

    /// Keeps what came of a renewal in the background.
    pub(crate) fn keep_renewed(&self, outcome: &Result<Token, Error>, now: Timestamp) {
        self.keep(outcome);
        if outcome.is_err() {
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).pause = Some(now.plus(PAUSE));
        }
    }

    /// Keeps what came of a fetch. A failure never takes the place of a token.
    pub(crate) fn keep(&self, outcome: &Result<Token, Error>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.ended += 1;
        match outcome {
            Ok(token) => {
                *kept = Kept { token: Some(token.clone()), ended: kept.ended, ..Kept::default() };
            }
            Err(error) => kept.failure = Some(error.clone()),
        }
    }

    /// Forgets `token`, which an API refused, unless a newer one came meanwhile.
    pub(crate) fn forget(&self, refused: &Token) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |own: &Token| own.access_token().expose() == refused.access_token().expose();
        if kept.token.as_ref().is_some_and(same) {
            kept.token = None;
        }
    }

    fn kept(&self) -> Kept {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
