//! The cached token or a new one, renewed in the background before it expires.

use std::sync::Arc;

use super::cache::TokenCache;
use super::request::TokenRequest;
use super::slot::Slot;
use super::source::TokenSource;
use super::token::Token;
use crate::error::Error;
use crate::telemetry;

/// All tokens of one client.
pub(crate) struct TokenProvider {
    cache: TokenCache,
    source: Arc<TokenSource>,
}

impl TokenProvider {
    /// Caches up to `capacity` tokens.
    pub(crate) fn new(source: TokenSource, capacity: usize) -> Self {
        Self { cache: TokenCache::new(capacity), source: Arc::new(source) }
    }

    /// The slot of the token for `request`.
    pub(crate) fn slot(&self, request: &TokenRequest) -> Arc<Slot> {
        self.cache.slot(request, self.source.now())
    }

    /// The token in `slot`, which is the one of `request`; or a new one.
    pub(crate) async fn token(&self, slot: &Arc<Slot>, request: &TokenRequest) -> Result<Token, Error> {
        let source = &self.source;
        let token = match slot.usable(source.now()) {
            Some(token) => {
                telemetry::cache_hit();
                token
            }
            None => slot.token(|| source.now(), || source.obtain(request, slot)).await?,
        };
        let now = source.now();
        if token.wants_renewal(now, &source.signer(now)) {
            self.renew_in_background(slot, request);
        }
        Ok(token)
    }

    fn renew_in_background(&self, slot: &Arc<Slot>, request: &TokenRequest) {
        let Some(permission) = slot.may_renew(self.source.now()) else { return };
        let (source, slot, request) = (self.source.clone(), slot.clone(), request.clone());
        tokio::spawn(async move {
            let outcome = source.obtain(&request, &slot).await;
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
