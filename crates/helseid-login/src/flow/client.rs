//! What all steps of all logins of one client share.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::{AlgorithmSet, crypto};
use helseid_protocol::person::Subject;
use helseid_protocol::random::Random;
use helseid_protocol::rule::Trail;
use helseid_protocol::secret::{AccessToken, RefreshToken};
use helseid_protocol::time::{TOLERANCE, Timestamp};
use helseid_protocol::uri::RedirectUri;
use helseid_protocol::userinfo::{UnreadableUserInfo, UserInfo};

use super::error::LoginError;
use super::key::LoginKey;
use super::provider::{Endpoints, Provider};
use super::remote::Remote;

/// Logs people in as one client, at one redirect URI. Cheap to clone.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_login::flow::{Found, LoginClient, LoginRequest, Returned};
///
/// let client = helseid_client::Client::new(helseid_client::Config::load()?)?;
/// let login = LoginClient::new(client, "https://app.example/callback")?;
///
/// let pushed = login.begin(&LoginRequest::default()).await?;
/// // Send the browser to pushed.authorize, and keep pushed.pending, sealed, in a cookie of that browser. Then, at the callback:
/// let query = b"state=...&code=...&iss=...";
/// let returned = Returned::read(query)?;
/// let found = Found::Pending(pushed.pending); // the one of returned.state()
/// let person = returned.recognise(found, &login)?.complete(&login).await?;
/// println!("{}", person.claims.name().unwrap_or("somebody"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct LoginClient {
    provider: Arc<dyn Provider>,
    redirect_uri: Arc<RedirectUri>,
    algorithms: AlgorithmSet,
    tolerance: Duration,
    wants_userinfo: bool,
}

impl LoginClient {
    /// Logs people in with `client`, which is registered with this redirect URI: https, http on loopback or at a host of the
    /// client's `insecure_http`, or the private-use scheme of a native app. Sends nothing yet.
    pub fn new(client: helseid_client::Client, redirect_uri: &str) -> Result<Self, LoginError> {
        let remote = Remote::new(client)?;
        remote.require_safe_redirect(redirect_uri)?;
        Self::with(Arc::new(remote), redirect_uri)
    }

    pub(crate) fn with(provider: Arc<dyn Provider>, redirect_uri: &str) -> Result<Self, LoginError> {
        let redirect_uri = RedirectUri::parse(redirect_uri).map_err(|why| {
            let next = "give the address at which the client is registered to be called back";
            LoginError::configuration("the redirect URI cannot be used", why, next)
        })?;
        Ok(Self {
            provider,
            redirect_uri: Arc::new(redirect_uri),
            algorithms: AlgorithmSet::HELSEID,
            tolerance: TOLERANCE,
            wants_userinfo: true,
        })
    }

    /// Takes ID tokens and logout tokens by these algorithms alone; by default the nine of HelseID, none of them symmetric.
    #[must_use]
    pub const fn algorithms(mut self, algorithms: AlgorithmSet) -> Self {
        self.algorithms = algorithms;
        self
    }

    /// How far the clocks of authority and client may differ: 10 s by default.
    #[must_use]
    pub const fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Does not ask userinfo at a login. At HelseID that is where the approvals of health personnel are.
    #[must_use]
    pub const fn without_userinfo(mut self) -> Self {
        self.wants_userinfo = false;
        self
    }

    /// The issuer at which people log in.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        self.provider.issuer()
    }

    /// The client that logs them in.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        self.provider.client_id()
    }

    /// Where browsers come back to.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_str()
    }

    /// The time by the client's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.provider.clock().now()
    }

    /// The client's randomness.
    #[must_use]
    pub fn random(&self) -> Arc<dyn Random> {
        self.provider.random()
    }

    /// The client that calls APIs, with [`bound_token`](helseid_client::CallBuilder::bound_token).
    #[must_use]
    pub fn client(&self) -> &helseid_client::Client {
        self.provider.client()
    }

    /// Where browsers are led for login and logout, as the authority's metadata has it.
    pub async fn endpoints(&self) -> Result<Endpoints, LoginError> {
        self.provider.endpoints().await
    }

    /// Asks userinfo about the person of `token`, who must be `subject` (`userinfo.sub`).
    pub async fn userinfo(
        &self,
        token: &AccessToken,
        key: &LoginKey,
        subject: &Subject,
    ) -> Result<UserInfo, LoginError> {
        let answer = self.provider.userinfo(token, key).await?;
        let (status, headers, body) = (answer.status(), answer.headers(), answer.body());
        UserInfo::read(status, headers, body, subject, &mut Trail::new()).map_err(|why| match why {
            UnreadableUserInfo::Fault(fault) => fault.into(),
            UnreadableUserInfo::Status(status) if status.is_server_error() || status == 429 => {
                LoginError::away("userinfo", status)
            }
            other => LoginError::unreadable("userinfo", other),
        })
    }

    /// Revokes a refresh token, and with it what the login gave. Nothing is done where the authority has no such endpoint.
    pub async fn revoke(&self, token: &RefreshToken) -> Result<(), LoginError> {
        match self.endpoints().await?.has_revocation {
            true => self.provider.revoke(token).await,
            false => Ok(()),
        }
    }

    /// The same where nobody can do anything about a failure: it is logged.
    pub(crate) async fn revoke_within(&self, token: &RefreshToken, patience: Duration) {
        match tokio::time::timeout(patience, self.revoke(token)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a refresh token was not revoked"),
            Err(_) => tracing::warn!("a refresh token was not revoked in time"),
        }
    }

    pub(super) fn provider(&self) -> &dyn Provider {
        &*self.provider
    }

    pub(super) const fn taken_algorithms(&self) -> AlgorithmSet {
        self.algorithms
    }

    pub(super) const fn clock_tolerance(&self) -> Duration {
        self.tolerance
    }

    pub(super) const fn asks_userinfo(&self) -> bool {
        self.wants_userinfo
    }

    /// What a pending login is bound to: issuer, client and redirect URI. That of another is none of ours.
    pub(super) fn binding(&self) -> [u8; 16] {
        let parts = [self.issuer().as_str(), self.client_id().as_str(), self.redirect_uri()].join("\n");
        crypto::sha256(parts.as_bytes()).first_chunk().copied().unwrap_or_default()
    }
}

impl fmt::Debug for LoginClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("LoginClient");
        shown.field("issuer", self.issuer()).field("client_id", self.client_id());
        shown.field("redirect_uri", &self.redirect_uri()).finish_non_exhaustive()
    }
}
