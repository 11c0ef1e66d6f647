//! The cached token or a new one, renewed in the background before it expires.

use std::sync::Arc;

use http::StatusCode;

use super::cache::TokenCache;
use super::request::TokenRequest;
use super::slot::{REFUSED_FOR, Slot};
use super::source::TokenSource;
use super::token::Token;
use crate::authority::Purpose;
use crate::error::Error;
use crate::telemetry;

/// All tokens of one client.
pub(crate) struct TokenProvider {
    cache: TokenCache,
    /// Those that were exchanged, apart: however many persons call, the client's own tokens stay.
    exchanged: TokenCache,
    source: Arc<TokenSource>,
}

impl TokenProvider {
    /// Caches up to `capacity` tokens of its own, and as many that were exchanged.
    pub(crate) fn new(source: TokenSource, capacity: usize) -> Self {
        let (cache, exchanged) = (TokenCache::new(capacity), TokenCache::new(capacity));
        Self { cache, exchanged, source: Arc::new(source) }
    }

    /// The slot of the token for `request`.
    pub(crate) fn slot(&self, request: &TokenRequest) -> Arc<Slot> {
        let now = self.source.now();
        match request.subject() {
            None => self.cache.slot(request.key(), request, now),
            Some(_) => self.exchanged.slot(&self.source.place(request), request, now),
        }
    }

    /// The token in `slot`, which is the one of `request`; or a new one.
    pub(crate) async fn token(&self, slot: &Arc<Slot>, request: &TokenRequest) -> Result<Token, Error> {
        let source = &self.source;
        if let Some(token) = self.kept(slot, request) {
            return Ok(token);
        }
        let fetch = || self.fetched(slot, request);
        let token = slot.token(|| source.now(), fetch).await?;
        self.was_served(slot, request, &token);
        Ok(token)
    }

    /// The token in `slot`, which is the one of `request`, if it can still be sent.
    pub(crate) fn kept(&self, slot: &Arc<Slot>, request: &TokenRequest) -> Option<Token> {
        let token = slot.usable(self.source.now())?;
        telemetry::cache_hit();
        self.was_served(slot, request, &token);
        Some(token)
    }

    /// Somebody was given the token in `slot`.
    fn was_served(&self, slot: &Arc<Slot>, request: &TokenRequest, token: &Token) {
        slot.was_served();
        let now = self.source.now();
        // One that was exchanged ends with its subject token: a newer one would be good for no longer.
        if request.subject().is_none() && token.wants_renewal(now, &self.source.signer(now)) {
            self.renew_in_background(slot, request);
        }
    }

    /// How many tokens are kept that can still be sent.
    pub(crate) fn kept_count(&self) -> usize {
        let now = self.source.now();
        self.cache.usable_count(now) + self.exchanged.usable_count(now)
    }

    /// A new token for `request` in `slot`.
    pub(crate) async fn new_token(&self, slot: &Arc<Slot>, request: &TokenRequest) -> Result<Token, Error> {
        let fetch = || self.fetched(slot, request);
        slot.new_token(|| self.source.now(), fetch).await
    }

    /// A token for somebody who waits. What the authority does not exchange it is not asked to exchange again for a while: whoever
    /// calls an API with such a token would spend what all of its callers may request.
    async fn fetched(&self, slot: &Slot, request: &TokenRequest) -> Result<Token, Error> {
        if let Some(refusal) = slot.refusal(self.source.now()) {
            return Err(refusal);
        }
        let outcome = self.source.obtain(request, slot, Purpose::Caller).await;
        if let (Some(subject), Err(error)) = (request.subject(), &outcome)
            && is_of_the_subject(error)
        {
            let now = self.source.now();
            slot.remember(error.clone(), now.plus(subject.bounds(REFUSED_FOR, now)));
        }
        outcome
    }

    /// Renews what is due of the tokens that somebody was given, as the next caller would; and drops what was exchanged and has
    /// expired, with the persons' tokens that it was given for.
    pub(crate) fn renew_due(&self) {
        let now = self.source.now();
        self.exchanged.drop_ended(now);
        let signer = self.source.signer(now);
        for (slot, request) in self.cache.wanted() {
            if slot.usable(now).is_some_and(|token| token.wants_renewal(now, &signer)) {
                self.renew_in_background(&slot, &request);
            }
        }
    }

    fn renew_in_background(&self, slot: &Arc<Slot>, request: &TokenRequest) {
        let Some(permission) = slot.may_renew(self.source.now()) else { return };
        let (source, slot, request) = (self.source.clone(), slot.clone(), request.clone());
        tokio::spawn(async move {
            let outcome = source.obtain(&request, &slot, Purpose::Renewal).await;
            if let Err(error) = &outcome {
                tracing::warn!(
                    what = error.what(),
                    why = error.why(),
                    "a token could not be renewed; the present one is used until it expires"
                );
            }
            telemetry::renewal(match &outcome {
                Ok(_) => telemetry::Outcome::Granted,
                Err(_) => telemetry::Outcome::Failed,
            });
            slot.record_renewal(&outcome, source.now());
            drop(permission);
        });
    }
}

/// Whether the authority refused an exchange for what was to be exchanged, rather than for who asked, when, or how often.
fn is_of_the_subject(error: &Error) -> bool {
    let of_others = ["invalid_client", "invalid_dpop_proof"];
    error.oauth().is_some_and(|(status, refused)| {
        status.is_client_error()
            && status != StatusCode::TOO_MANY_REQUESTS
            && !of_others.contains(&refused.code.as_str())
    })
}
