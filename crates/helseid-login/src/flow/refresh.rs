//! New tokens for a login that has not ended: for another API or organisation, or because the old ones end.

use std::fmt;

use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::Audience;
use helseid_protocol::id_token::{IdTokenClaims, Occasion};
use helseid_protocol::rule::Trail;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::{IdToken, RefreshToken};
use helseid_protocol::time::Timestamp;

use super::client::LoginClient;
use super::error::LoginError;
use super::grants::{AccessGrant, RefreshGrant};
use super::id_token::{log_warnings, verified};
use super::key::LoginKey;
use super::provider::Grant;

/// What a refresh asks for. Holds secrets, and does not print.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # let person = authority.log_in(&login, &Default::default()).await?;
/// use helseid_login::flow::RefreshAsk;
/// # use helseid_client::protocol::{details::Details, scope::ScopeSet};
///
/// let refresh = person.refresh.as_ref().ok_or("the login gave none")?;
/// let all = ScopeSet::none();
/// let (refresh_token, key) = (&refresh.token, &person.key);
/// let ask = RefreshAsk { refresh_token, key, resource: None, scope: &all, details: Details::new() };
/// let answer = login.refresh(ask).await?;
/// # drop(answer);
/// # Ok(()) }
/// ```
pub struct RefreshAsk<'a> {
    /// The newest refresh token.
    pub refresh_token: &'a RefreshToken,
    /// The key of the login.
    pub key: &'a LoginKey,
    /// The one API that the token is for, of those of the login; none for all of them.
    pub resource: Option<&'a Audience>,
    /// Its scopes, of those of the login; an empty set for all of them.
    pub scope: &'a ScopeSet,
    /// For whom the token acts, and by which attestation; it is for that one token.
    pub details: Details,
}

/// The answer to a refresh. Before anything of it is used, its refresh token must be kept: the old one may be good no more.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # let person = authority.log_in(&login, &Default::default()).await?;
/// # use helseid_client::protocol::{details::Details, scope::ScopeSet};
/// # let (refresh, all) = (person.refresh.as_ref().ok_or("the login gave none")?, ScopeSet::none());
/// # let (refresh_token, key) = (&refresh.token, &person.key);
/// # let ask = helseid_login::flow::RefreshAsk { refresh_token, key, resource: None, scope: &all, details: Details::new() };
/// let answer = login.refresh(ask).await?;
/// // Keep this first: the old one may not be valid any more.
/// let to_keep = answer.refresh_grant().cloned();
/// let refreshed = answer.verify(&login, &person.claims).await?;
/// assert!(refreshed.access.expires > login.now());
/// # drop(to_keep);
/// # Ok(()) }
/// ```
pub struct RefreshAnswer {
    granted: TokenGranted,
    access: AccessGrant,
    refresh: Option<RefreshGrant>,
}

/// What a refresh gave.
///
/// ```
/// use helseid_client::protocol::secret::AccessToken;
/// use helseid_login::flow::{LoggedIn, Refreshed};
///
/// /// What a program keeps from then on.
/// fn renew(person: &mut LoggedIn, refreshed: Refreshed) {
///     let level = refreshed.level(person.claims.security_level());
///     println!("still logged in, at {level:?}");
///     person.refresh = refreshed.refresh.or(person.refresh.take());
///     person.access = refreshed.access;
/// }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Refreshed {
    /// The new token.
    pub access: AccessGrant,
    /// The new refresh token; none if the old one stays.
    pub refresh: Option<RefreshGrant>,
    /// The new ID token and what it says, if there is one.
    pub identity: Option<(IdToken, IdTokenClaims)>,
}

impl LoginClient {
    /// Asks for new tokens (RFC 6749 section 6). The request is never sent twice: after a failure that may pass it is not known
    /// whether the refresh token was used up, see [`LoginError::is_transient`].
    pub async fn refresh(&self, ask: RefreshAsk<'_>) -> Result<RefreshAnswer, LoginError> {
        let RefreshAsk { refresh_token, key, resource, scope, details } = ask;
        let mut parameters = vec![("refresh_token", refresh_token.expose().to_owned())];
        if !scope.is_empty() {
            parameters.push(("scope", scope.to_string()));
        }
        parameters.extend(resource.map(|api| ("resource", api.as_str().to_owned())));
        let sent = self.now();
        let grant = Grant { grant: GrantType::RefreshToken, parameters, details, key };
        let granted = self.provider().tokens(grant).await?;
        Ok(RefreshAnswer::of(granted, resource.cloned(), sent))
    }
}

impl RefreshAnswer {
    fn of(granted: TokenGranted, resource: Option<Audience>, sent: Timestamp) -> Self {
        let access = AccessGrant::of(&granted, resource, sent);
        let refresh = RefreshGrant::of(&granted, sent);
        Self { granted, access, refresh }
    }

    /// The new refresh token, to be kept before anything else is done; none if the old one stays.
    #[must_use]
    pub const fn refresh_grant(&self) -> Option<&RefreshGrant> {
        self.refresh.as_ref()
    }

    /// Checks a new ID token, where the answer has one, by all of `id_token.*` that hold at a refresh: it must be of the same login
    /// as `first`, what the ID token of that login said (`id_token.refreshed`).
    pub async fn verify(self, login: &LoginClient, first: &IdTokenClaims) -> Result<Refreshed, LoginError> {
        let Self { granted, access, refresh } = self;
        let identity = match &granted.of_login.id_token {
            None => None,
            Some(_) => {
                let mut trail = Trail::new();
                let identity = verified(login, &granted, Occasion::Refresh(first), &mut trail).await?;
                log_warnings(&trail);
                Some(identity)
            }
        };
        Ok(Refreshed { access, refresh, identity })
    }
}

impl Refreshed {
    /// The level of the session after this refresh: a refreshed ID token may lower it, and never raises it, since nobody stepped up
    /// in this session. One that does not name the level leaves it.
    #[must_use]
    pub fn level(&self, current: Option<SecurityLevel>) -> Option<SecurityLevel> {
        let refreshed = self.identity.as_ref().and_then(|(_, claims)| claims.security_level());
        match (current, refreshed) {
            (Some(current), Some(refreshed)) => Some(current.min(refreshed)),
            (current, _) => current,
        }
    }
}

impl fmt::Debug for RefreshAsk<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RefreshAsk").field("resource", &self.resource).finish_non_exhaustive()
    }
}

impl fmt::Debug for RefreshAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RefreshAnswer").field("access", &self.access).finish_non_exhaustive()
    }
}
