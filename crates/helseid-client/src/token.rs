//! Tokens, and what is asked for.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::{TokenGranted, TokenType};
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::{TOLERANCE, Timestamp};

use crate::Config;

/// A token that was granted. Does not print itself. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Token(Arc<Held>);

#[derive(Debug)]
struct Held {
    granted: TokenGranted,
    withheld: ScopeSet,
    obtained: Timestamp,
    renewal: Timestamp,
    signer: Arc<str>,
}

/// How a token came to be.
pub(crate) struct Circumstances {
    /// When it came.
    pub(crate) obtained: Timestamp,
    /// Spreads the renewals of many clients that began together: 0 to 255 for 75 to 85 % of the lifetime.
    pub(crate) jitter: u8,
    /// Which key signed the assertion.
    pub(crate) signer: Arc<str>,
}

/// The most by which a token is held to be expired before it is.
const MAX_LEEWAY: Duration = Duration::from_secs(10);

impl Token {
    pub(crate) fn new(granted: TokenGranted, asked: &ScopeSet, how: Circumstances) -> Self {
        let part = granted.expires_in / 20;
        Self(Arc::new(Held {
            withheld: granted.scope.as_ref().map_or_else(ScopeSet::none, |own| asked.without(own)),
            renewal: how.obtained.plus(part * 15 + (part * 2 / 255) * u32::from(how.jitter)),
            obtained: how.obtained,
            signer: how.signer,
            granted,
        }))
    }

    /// The token itself. Of no use without proofs by this client's key.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.0.granted.access_token
    }

    /// How it is to be sent: by DPoP, unless the client was made with `insecure_bearer`.
    #[must_use]
    pub fn token_type(&self) -> TokenType {
        self.0.granted.token_type
    }

    /// The scopes that were granted, if the authority said so. May be fewer than were asked for.
    #[must_use]
    pub fn scope(&self) -> Option<&ScopeSet> {
        self.0.granted.scope.as_ref()
    }

    /// The scopes that were asked for by name and not granted; none if the authority did not say what it granted.
    #[must_use]
    pub fn withheld_scope(&self) -> &ScopeSet {
        &self.0.withheld
    }

    /// The scopes that were refused for want of a signed agreement (HelseID's `rejected_scope`).
    #[must_use]
    pub fn rejected_scope(&self) -> Option<&ScopeSet> {
        self.0.granted.rejected_scope.as_ref()
    }

    /// When it expires, by this machine's clock.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.0.obtained.plus(self.lifetime())
    }

    /// How long it was good when it came.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        self.0.granted.expires_in
    }

    pub(crate) fn obtained(&self) -> Timestamp {
        self.0.obtained
    }

    pub(crate) fn granted(&self) -> &TokenGranted {
        &self.0.granted
    }

    /// Whether it can be sent: a tenth of its lifetime, at most 10 s, is left for the way. Of one that came in the future,
    /// as after a clock that went back, nobody knows how old it is; other processes' clocks may be a little ahead.
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        self.obtained() <= now.plus(TOLERANCE)
            && now < self.expires().minus(MAX_LEEWAY.min(self.lifetime() / 10))
    }

    /// Whether about 80 % of its lifetime are over, or another key than `signer` asked for it.
    pub(crate) fn wants_renewal(&self, now: Timestamp, signer: &str) -> bool {
        now >= self.0.renewal || *self.0.signer != *signer
    }

    /// Whether both are the same token.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.access_token().expose() == other.access_token().expose()
    }
}

/// What a token is asked for. Cheap to clone: make it once, and use it for many calls.
#[derive(Debug, Clone)]
pub struct TokenRequest(Arc<Asked>);

#[derive(Debug, Clone, Default)]
struct Asked {
    scope: ScopeSet,
    resource: Option<Audience>,
    details: Details,
    /// The text under which the token is kept.
    key: String,
}

impl Default for TokenRequest {
    /// Asks for all that the client may have.
    fn default() -> Self {
        Self::with(Asked::default())
    }
}

impl TokenRequest {
    /// What the configuration asks for.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self::with(Asked {
            scope: config.scope.clone(),
            resource: config.resource.clone(),
            details: config.details.clone(),
            key: String::new(),
        })
    }

    /// Asks for these scopes; none asks for all that the client may have.
    #[must_use]
    pub fn scope(self, scope: ScopeSet) -> Self {
        Self::with(Asked { scope, ..Arc::unwrap_or_clone(self.0) })
    }

    /// Asks for a token for this API alone (RFC 8707).
    #[must_use]
    pub fn resource(self, resource: Audience) -> Self {
        Self::with(Asked { resource: Some(resource), ..Arc::unwrap_or_clone(self.0) })
    }

    /// Says for whom the client acts: organisations, a journal at SFM, or structures of the caller's own.
    #[must_use]
    pub fn details(self, details: Details) -> Self {
        Self::with(Asked { details, ..Arc::unwrap_or_clone(self.0) })
    }

    fn with(mut asked: Asked) -> Self {
        asked.key.clear();
        let _ =
            write!(asked.key, "{}\n{}\n", asked.scope, asked.resource.as_ref().map_or("", Audience::as_str));
        if let Some(claim) = asked.details.to_claim() {
            let _ = write!(asked.key, "{claim}");
        }
        Self(Arc::new(asked))
    }

    pub(crate) fn asked_scope(&self) -> &ScopeSet {
        &self.0.scope
    }

    pub(crate) fn asked_resource(&self) -> Option<&Audience> {
        self.0.resource.as_ref()
    }

    pub(crate) fn asked_details(&self) -> &Details {
        &self.0.details
    }

    /// Under which the token is kept: equal texts, equal tokens.
    pub(crate) fn key(&self) -> &str {
        &self.0.key
    }
}
