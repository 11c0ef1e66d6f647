//! Which token a call is made with.

use std::sync::Arc;

use helseid_protocol::dpop::ProofKey;
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;

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
    /// Such a token, bound to this key.
    Bound(AccessToken, Arc<ProofKey>),
}

/// A token to be sent, and by which key it is proved.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) token: &'a AccessToken,
    /// None for the client's own.
    pub(crate) key: Option<&'a ProofKey>,
}

impl Sent<'_> {
    /// How it is sent, where the client's own tokens are sent as `scheme`.
    pub(super) const fn token_type(self, scheme: TokenType) -> TokenType {
        if self.key.is_some() { TokenType::Dpop } else { scheme }
    }
}

/// The tokens of one call, from its first attempt to its last.
pub(super) enum CallToken {
    Cached { request: TokenRequest, slot: Arc<Slot>, last: Option<Token> },
    Given(AccessToken, Option<Arc<ProofKey>>),
}

impl CallToken {
    pub(super) fn new(access: Access, engine: &Engine) -> Self {
        match access {
            Access::Requested(request) => {
                Self::Cached { slot: engine.tokens.slot(&request), request, last: None }
            }
            Access::Given(token) => Self::Given(token, None),
            Access::Bound(token, key) => Self::Given(token, Some(key)),
        }
    }

    /// The token of the next attempt.
    pub(super) async fn next(&mut self, engine: &Engine) -> Result<Sent<'_>, Error> {
        match self {
            Self::Cached { request, slot, last } => {
                let token = last.insert(engine.tokens.token(slot, request).await?).access_token();
                Ok(Sent { token, key: None })
            }
            Self::Given(token, key) => Ok(Sent { token, key: key.as_deref() }),
        }
    }

    /// How its tokens are sent, where the client's own are sent as `scheme`.
    pub(super) const fn token_type(&self, scheme: TokenType) -> TokenType {
        match self {
            Self::Given(_, Some(_)) => TokenType::Dpop,
            _ => scheme,
        }
    }

    /// When the token of the last attempt expires; nothing before one, and of a token that was granted some other way.
    pub(super) fn expires(&self) -> Option<Timestamp> {
        match self {
            Self::Cached { last, .. } => last.as_ref().map(Token::expires),
            Self::Given(..) => None,
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
            Self::Given(..) => false,
        }
    }
}
