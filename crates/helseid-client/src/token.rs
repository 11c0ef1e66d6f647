//! Tokens, and what is asked for.

use std::time::Duration;

use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::{TokenGranted, TokenType};
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;

use crate::Config;

/// A token that was granted. Does not print itself.
#[derive(Debug, Clone)]
pub struct Token {
    access_token: AccessToken,
    token_type: TokenType,
    scope: Option<ScopeSet>,
    rejected_scope: Option<ScopeSet>,
    withheld: ScopeSet,
    obtained: Timestamp,
    lifetime: Duration,
    renewal: Timestamp,
}

/// The most by which a token is held to be expired before it is.
const MAX_LEEWAY: Duration = Duration::from_secs(10);

impl Token {
    /// `jitter` spreads the renewals of many clients that began together: 0 to 255 for 75 to 85 % of the lifetime.
    pub(crate) fn new(granted: TokenGranted, asked: &ScopeSet, obtained: Timestamp, jitter: u8) -> Self {
        let part = granted.expires_in / 20;
        Self {
            withheld: granted.scope.as_ref().map_or_else(ScopeSet::none, |own| asked.without(own)),
            renewal: obtained.plus(part * 15 + (part * 2 / 255) * u32::from(jitter)),
            access_token: granted.access_token,
            token_type: granted.token_type,
            scope: granted.scope,
            rejected_scope: granted.rejected_scope,
            obtained,
            lifetime: granted.expires_in,
        }
    }

    /// The token itself. Of no use without proofs by this client's key.
    #[must_use]
    pub const fn access_token(&self) -> &AccessToken {
        &self.access_token
    }

    /// How it is to be sent: always DPoP.
    #[must_use]
    pub const fn token_type(&self) -> TokenType {
        self.token_type
    }

    /// The scopes that were granted, if the authority said so. May be fewer than were asked for.
    #[must_use]
    pub const fn scope(&self) -> Option<&ScopeSet> {
        self.scope.as_ref()
    }

    /// The scopes that were asked for by name and not granted; none if the authority did not say what it granted.
    #[must_use]
    pub const fn withheld_scope(&self) -> &ScopeSet {
        &self.withheld
    }

    /// The scopes that were refused for want of a signed agreement (HelseID's `rejected_scope`).
    #[must_use]
    pub const fn rejected_scope(&self) -> Option<&ScopeSet> {
        self.rejected_scope.as_ref()
    }

    /// When it expires, by this machine's clock.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.obtained.plus(self.lifetime)
    }

    /// How long it was good when it came.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Whether it can be sent: a tenth of its lifetime, at most 10 s, is left for the way.
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        now < self.expires().minus(MAX_LEEWAY.min(self.lifetime / 10))
    }

    /// Whether about 80 % of its lifetime are over.
    pub(crate) fn wants_renewal(&self, now: Timestamp) -> bool {
        now >= self.renewal
    }
}

/// What a token is asked for.
#[derive(Debug, Clone, Default)]
pub struct TokenRequest {
    pub(crate) scope: ScopeSet,
    pub(crate) resource: Option<Audience>,
    pub(crate) details: Details,
}

impl TokenRequest {
    /// What the configuration asks for.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self {
            scope: config.scope.clone(),
            resource: config.resource.clone(),
            details: config.details.clone(),
        }
    }

    /// Asks for these scopes; none asks for all that the client may have.
    #[must_use]
    pub fn scope(mut self, scope: ScopeSet) -> Self {
        self.scope = scope;
        self
    }

    /// Asks for a token for this API alone.
    #[must_use]
    pub fn resource(mut self, resource: Audience) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Says for whom the client acts.
    #[must_use]
    pub fn details(mut self, details: Details) -> Self {
        self.details = details;
        self
    }

    /// Under which the token is kept: equal texts, equal tokens.
    pub(crate) fn key(&self) -> String {
        let details = self.details.to_claim().map(|value| value.to_string()).unwrap_or_default();
        let resource = self.resource.as_ref().map_or("", Audience::as_str);
        format!("{}\n{resource}\n{details}", self.scope)
    }
}
