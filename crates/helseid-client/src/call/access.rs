//! Which token a call is made with.

use std::sync::Arc;

use helseid_protocol::secret::AccessToken;

use crate::engine::Engine;
use crate::error::Error;
use crate::tokens::{Slot, Token, TokenRequest};

/// What the caller asked for.
#[derive(Clone)]
pub(crate) enum Access {
    /// The client's own token for this request.
    Requested(TokenRequest),
    /// A token that was granted some other way.
    Given(AccessToken),
}

/// The tokens of one call, from its first attempt to its last.
pub(super) enum CallToken {
    Cached { request: TokenRequest, slot: Arc<Slot>, last: Option<Token> },
    Given(AccessToken),
}

impl CallToken {
    pub(super) fn new(access: Access, engine: &Engine) -> Self {
        match access {
            Access::Requested(request) => {
                Self::Cached { slot: engine.tokens.slot(&request), request, last: None }
            }
            Access::Given(token) => Self::Given(token),
        }
    }

    /// The token of the next attempt.
    pub(super) async fn next(&mut self, engine: &Engine) -> Result<&AccessToken, Error> {
        match self {
            Self::Cached { request, slot, last } => {
                Ok(last.insert(engine.tokens.token(slot, request).await?).access_token())
            }
            Self::Given(token) => Ok(token),
        }
    }

    /// Drops the token of the last attempt, which an API refused; whether the next attempt has another one.
    pub(super) fn replace_refused(&self) -> bool {
        match self {
            Self::Cached { slot, last, .. } => {
                if let Some(refused) = last {
                    slot.forget(refused);
                }
                true
            }
            Self::Given(_) => false,
        }
    }
}
