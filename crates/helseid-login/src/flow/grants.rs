//! What the token endpoint granted, with the times at which it ends.

use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::{AccessToken, RefreshToken};
use helseid_protocol::time::Timestamp;

/// An access token of a person, for the APIs that were asked for. `Debug` does not show the token.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # let person = authority.log_in(&login, &Default::default()).await?;
/// // Sent with a proof by the login's key, which it is bound to.
/// let (token, key) = (person.access.token.clone(), person.key.proof_key().clone());
/// let call = login.client().get("https://api.example/me").bound_token(token, key);
/// println!("good until {}, for {:?}", person.access.expires, person.access.scope);
/// # drop(call);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct AccessGrant {
    /// The token, which is bound to the login's key.
    pub token: AccessToken,
    /// When it ends, by this machine's clock.
    pub expires: Timestamp,
    /// Its scopes, if the authority names them; they can be fewer than were asked for.
    pub scope: Option<ScopeSet>,
    /// The one API that it was asked for; none if it is for all of the login.
    pub resource: Option<Audience>,
}

/// A refresh token. `Debug` does not show it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # let person = authority.log_in(&login, &Default::default()).await?;
/// // At a logout, so that no more tokens can be had with it.
/// if let Some(refresh) = &person.refresh {
///     login.revoke(&refresh.token).await?;
/// }
/// assert_eq!(authority.asked().revoked, 1);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct RefreshGrant {
    /// The token.
    pub token: RefreshToken,
    /// When it ends, by this machine's clock; none where the authority does not say (`rt_expires_in` is HelseID's own).
    pub expires: Option<Timestamp>,
}

impl AccessGrant {
    /// Of an answer to a request that was sent at `sent`: what the way took is lost, not gained.
    pub(super) fn of(granted: &TokenGranted, resource: Option<Audience>, sent: Timestamp) -> Self {
        Self {
            token: granted.access_token.clone(),
            expires: sent.plus(granted.expires_in),
            scope: granted.scope.clone(),
            resource,
        }
    }
}

impl RefreshGrant {
    /// The same for the refresh token, if the answer has one.
    pub(super) fn of(granted: &TokenGranted, sent: Timestamp) -> Option<Self> {
        let token = granted.of_login.refresh_token.clone()?;
        Some(Self { token, expires: granted.of_login.refresh_expires_in.map(|lifetime| sent.plus(lifetime)) })
    }
}
