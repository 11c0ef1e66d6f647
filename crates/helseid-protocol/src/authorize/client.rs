//! What a request is held against.

use std::fmt;
use std::time::Duration;

use crate::assertion::ClientKey;
use crate::id::{Audience, ClientId, Issuer};
use crate::person::SyntheticMonth;
use crate::rule::{Facts, PushedRequests, Switches};
use crate::scope::{Scope, ScopeSet};
use crate::time::Timestamp;
use crate::uri::RedirectUri;

/// What is registered for the client that asks.
///
/// ```
/// use helseid_protocol::authorize::Client;
/// use helseid_protocol::{id::{Audience, ClientId}, scope::{Scope, ScopeSet}, uri::RedirectUri};
///
/// let client = Client {
///     id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     keys: &[],
///     redirect_uris: &[RedirectUri::parse("https://journal.example/callback")?],
///     scopes: &ScopeSet::parse("profile nhn:my-api/read")?,
///     api_of: &|scope: &Scope| Audience::parse(scope.audience()?).ok(),
///     may_use_codes: true,
///     may_use_refresh_tokens: false,
///     require_par: None,
///     require_signed_requests: false,
/// };
/// let api = (client.api_of)(&Scope::parse("nhn:my-api/read")?);
/// assert_eq!(api, Audience::parse("nhn:my-api").ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Client<'a> {
    /// Who it is.
    pub id: &'a ClientId,
    /// Its keys, which sign request objects as they sign assertions.
    pub keys: &'a [ClientKey],
    /// Where browsers may be sent back to.
    pub redirect_uris: &'a [RedirectUri],
    /// The scopes that it may have; `openid` comes with the grant, and `offline_access` with refresh tokens.
    pub scopes: &'a ScopeSet,
    /// The API that a scope belongs to, if one is registered with it.
    pub api_of: &'a dyn Fn(&Scope) -> Option<Audience>,
    /// Whether it has the authorization code grant.
    pub may_use_codes: bool,
    /// Whether it has the refresh token grant.
    pub may_use_refresh_tokens: bool,
    /// Whether it must push its requests; none leaves it to the profile.
    pub require_par: Option<bool>,
    /// Whether it must sign its requests.
    pub require_signed_requests: bool,
}

/// What else a request is held against.
///
/// ```
/// use helseid_protocol::authorize::Expectations;
/// use helseid_protocol::{id::Issuer, person::SyntheticMonth, rule::{Facts, Profile}, time};
/// use std::time::SystemTime;
///
/// let expectations = Expectations {
///     issuer: &Issuer::parse("https://helseid.example")?,
///     switches: Profile::Helseid.switches(),
///     tolerance: time::TOLERANCE,
///     now: SystemTime::now().into(),
///     identity_providers: &["testidp-oidc"],
///     test_persons: Some(SyntheticMonth::Plus80),
///     // An authority looks for its own signature; this one has issued nothing.
///     id_token_hint: &|_: &str| Err(Facts::new("an ID token of ours", "another text")),
/// };
/// assert!((expectations.id_token_hint)("eyJhbGciOiJFUzI1NiJ9").is_err());
/// # Ok::<(), helseid_protocol::id::InvalidIssuer>(())
/// ```
#[derive(Clone, Copy)]
pub struct Expectations<'a> {
    /// Who we are.
    pub issuer: &'a Issuer,
    /// How strictly the rules hold for the client.
    pub switches: &'a Switches,
    /// How far clocks may differ.
    pub tolerance: Duration,
    /// The time now.
    pub now: Timestamp,
    /// The names of all identity providers, as `acr_values` has them after `idp:`.
    pub identity_providers: &'a [&'a str],
    /// The numbers that `test_pid` may have; none where nobody may log in so.
    pub test_persons: Option<SyntheticMonth>,
    /// Whether a text is an ID token that we issued to the client, whatever its age.
    pub id_token_hint: &'a dyn Fn(&str) -> Result<(), Facts>,
}

impl Client<'_> {
    /// Whether its requests must be pushed.
    pub(super) const fn must_push(&self, profile: PushedRequests) -> bool {
        match (profile, self.require_par) {
            (PushedRequests::Required, _)
            | (_, Some(true))
            | (PushedRequests::RequiredUnlessLifted, None) => true,
            (PushedRequests::RequiredUnlessLifted | PushedRequests::Optional, Some(false))
            | (PushedRequests::Optional, None) => false,
        }
    }
}

impl fmt::Debug for Client<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Client").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for Expectations<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Expectations").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
