//! The token of one request: one caller fetches it, and the others wait for the outcome.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use helseid_protocol::time::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::token::Token;
use crate::error::Error;

#[derive(Debug, Default)]
pub(crate) struct Slot {
    state: Mutex<State>,
    /// Held by the caller who fetches. If that caller gives up, the next in line fetches.
    fetching: Arc<AsyncMutex<()>>,
    /// Whether somebody was given the cached token, rather than it only being renewed.
    served: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    token: Option<Token>,
    /// The token that an API refused: a shared cache must not bring it back.
    refused: Option<Token>,
    /// How many fetches have ended, and how the last one failed: those who waited for it share its failure, and
    /// whoever comes later fetches again.
    ended: u64,
    failure: Option<Error>,
    /// What the authority refused for good, and until when it is not asked again.
    refusal: Option<(Error, Timestamp)>,
    /// No renewal in the background before then.
    pause: Option<Timestamp>,
}

/// The pause after a failed renewal. Callers do not wait for it.
const PAUSE: Duration = Duration::from_secs(5);

/// The pause after a renewal failed in a way that will not pass.
const LONG_PAUSE: Duration = Duration::from_secs(30);

/// For how long a refusal for good is remembered.
pub(super) const REFUSED_FOR: Duration = Duration::from_secs(30);

impl Slot {
    /// The cached token, if it can still be sent.
    pub(super) fn usable(&self, now: Timestamp) -> Option<Token> {
        self.state().token.as_ref().filter(|token| token.is_usable(now)).cloned()
    }

    /// Somebody was given the cached token.
    pub(super) fn was_served(&self) {
        // Read first: callers on all processors write nothing that they share.
        if !self.is_wanted() {
            self.served.store(true, Ordering::Relaxed);
        }
    }

    /// Whether somebody was given the cached token.
    pub(super) fn is_wanted(&self) -> bool {
        self.served.load(Ordering::Relaxed)
    }

    /// When the cached token expires, or the memory of a refusal ends.
    pub(super) fn expires(&self) -> Option<Timestamp> {
        let state = self.state();
        state.token.as_ref().map(Token::expires).or(state.refusal.as_ref().map(|(_, end)| *end))
    }

    /// The refusal that is remembered.
    pub(super) fn refusal(&self, now: Timestamp) -> Option<Error> {
        let state = self.state();
        let remembered = state.refusal.as_ref().filter(|(_, end)| end.is_pending(REFUSED_FOR, now));
        remembered.map(|(refusal, _)| refusal.clone())
    }

    /// Remembers a refusal until then.
    pub(super) fn remember(&self, refusal: Error, end: Timestamp) {
        self.state().refusal = Some((refusal, end));
    }

    /// Whether there is a token that can be sent, or a refusal that is remembered.
    pub(super) fn is_of_use(&self, now: Timestamp) -> bool {
        self.usable(now).is_some() || self.refusal(now).is_some()
    }

    /// The cached token, or the one that `fetch` brings. Many callers at once cause one fetch.
    pub(super) async fn token<F: Future<Output = Result<Token, Error>>>(
        &self,
        now: impl Fn() -> Timestamp,
        fetch: impl FnOnce() -> F,
    ) -> Result<Token, Error> {
        let before = self.state().ended;
        let _fetching = self.fetching.lock().await;
        if let Some(token) = self.usable(now()) {
            return Ok(token);
        }
        if let Some(failure) = self.failure_since(before) {
            return Err(failure);
        }
        let outcome = fetch().await;
        self.record(&outcome);
        outcome
    }

    /// A token that `fetch` brings, whatever is cached. Callers who wait for a fetch that is under way share its outcome.
    pub(super) async fn new_token<F: Future<Output = Result<Token, Error>>>(
        &self,
        now: impl Fn() -> Timestamp,
        fetch: impl FnOnce() -> F,
    ) -> Result<Token, Error> {
        let before = self.state().ended;
        let _fetching = self.fetching.lock().await;
        if let Some(failure) = self.failure_since(before) {
            return Err(failure);
        }
        if let Some(token) = self.usable(now()).filter(|_| self.state().ended != before) {
            return Ok(token);
        }
        {
            let mut state = self.state();
            state.refused = state.token.clone();
        }
        let outcome = fetch().await;
        self.record(&outcome);
        outcome
    }

    fn failure_since(&self, before: u64) -> Option<Error> {
        let state = self.state();
        state.failure.as_ref().filter(|_| state.ended != before).cloned()
    }

    /// The permission to renew the token in the background, if nobody else does.
    pub(super) fn may_renew(&self, now: Timestamp) -> Option<OwnedMutexGuard<()>> {
        if self.state().pause.is_some_and(|end| end.is_pending(LONG_PAUSE, now)) {
            return None;
        }
        self.fetching.clone().try_lock_owned().ok()
    }

    /// Records the outcome of a renewal in the background.
    pub(super) fn record_renewal(&self, outcome: &Result<Token, Error>, now: Timestamp) {
        self.record(outcome);
        if let Err(error) = outcome {
            self.state().pause = Some(now.plus(if error.is_transient() { PAUSE } else { LONG_PAUSE }));
        }
    }

    /// Records the outcome of a fetch. A failure never replaces a token.
    pub(super) fn record(&self, outcome: &Result<Token, Error>) {
        let mut state = self.state();
        let ended = state.ended.wrapping_add(1);
        match outcome {
            Ok(token) => {
                self.served.store(false, Ordering::Relaxed);
                *state = State { token: Some(token.clone()), ended, ..State::default() };
            }
            Err(error) => (state.ended, state.failure) = (ended, Some(error.clone())),
        }
    }

    /// Drops `token`, which an API refused, unless a newer one has replaced it.
    pub(crate) fn forget(&self, refused: &Token) {
        let mut state = self.state();
        if state.token.as_ref().is_some_and(|own| own.is(refused)) {
            state.refused = state.token.take();
        }
    }

    /// Whether an API refused `token`, or it is being replaced.
    pub(super) fn has_refused(&self, token: &Token) -> bool {
        self.state().refused.as_ref().is_some_and(|own| own.is(token))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
