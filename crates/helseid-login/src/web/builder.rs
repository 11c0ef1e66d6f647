//! What can be set of the login of an app.

use std::fmt;
use std::sync::Arc;

use helseid_client::Config;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::id::Audience;
use helseid_protocol::scope::ScopeSet;

use super::arrival::{Arrival, Decision};
use super::state::Policy;
use crate::flow::{LoginClient, LoginRequest};
use crate::keys::SealingKeys;
use crate::session::{OrganisationPolicy, SessionLifetimes};
use crate::store::SessionStore;

/// Sets up the login of an app.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use std::time::Duration;
/// use helseid_client::protocol::id::Audience;
/// use helseid_login::{Login, session::SessionLifetimes};
///
/// let login = Login::with_client(login)
///     .public_url("https://app.example")
///     .resource(Audience::parse("nhn:my-api")?)
///     .lifetimes(SessionLifetimes::default().idle(Duration::from_secs(1200)))
///     .build()?;
/// # drop(login);
/// # Ok(()) }
/// ```
pub struct LoginBuilder {
    pub(super) source: Source,
    pub(super) public_url: String,
    pub(super) keys: Option<SealingKeys>,
    pub(super) store: Option<Arc<dyn SessionStore>>,
    pub(super) request: LoginRequest,
    pub(super) scope: Option<ScopeSet>,
    pub(super) level: Option<SecurityLevel>,
    pub(super) policy: Option<Policy>,
    pub(super) lifetimes: SessionLifetimes,
    pub(super) organisations: OrganisationPolicy,
    pub(super) front_channel: bool,
    pub(super) organisation_page: Option<String>,
}

/// What the login is made of.
pub(super) enum Source {
    Config(Box<Config>),
    Client(LoginClient),
}

impl LoginBuilder {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            public_url: "http://localhost:3000".to_owned(),
            keys: None,
            store: None,
            request: LoginRequest::default(),
            scope: None,
            level: None,
            policy: None,
            lifetimes: SessionLifetimes::default(),
            organisations: OrganisationPolicy::default(),
            front_channel: false,
            organisation_page: None,
        }
    }

    /// The address that people open the app by: https, or http on this machine's loopback. By default `http://localhost:3000`.
    ///
    /// The client is registered with `/callback`, `/logged-out` and `/backchannel-logout` below it. The names of all cookies follow
    /// from it, never from a request.
    ///
    /// An app that a proxy serves under a path gives the address with that path, such as `https://app.example/portal`. The routes of
    /// app and login stay as they are where the proxy takes the path off; where it does not, the whole app is nested under it:
    /// `Router::new().nest("/portal", login.around(app))`. [`Login::path`](super::Login::path) is for links.
    #[must_use]
    pub fn public_url(mut self, address: impl Into<String>) -> Self {
        self.public_url = address.into();
        self
    }

    /// The keys that cookies and sessions are sealed with: the same at all replicas. Needed with every store but the one in memory,
    /// for which the process makes its own.
    #[must_use]
    pub fn keys(mut self, keys: SealingKeys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Where sessions are kept; by default in memory, so that they end with the process.
    #[must_use]
    pub fn store(mut self, store: impl SessionStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// How long sessions live.
    #[must_use]
    pub const fn lifetimes(mut self, lifetimes: SessionLifetimes) -> Self {
        self.lifetimes = lifetimes;
        self
    }

    /// The scopes that every login asks for; by default those of the configuration, beside those of [`LoginBuilder::request`], which by
    /// default are `openid`, `profile` and `offline_access`.
    #[must_use]
    pub fn scope(mut self, scope: ScopeSet) -> Self {
        self.scope = Some(scope);
        self
    }

    /// An API that the person's tokens are for (RFC 8707); there may be several.
    #[must_use]
    pub fn resource(mut self, api: Audience) -> Self {
        self.request = self.request.resource(api);
        self
    }

    /// The level that every login has at least. A route may demand more: [`demand::level`](super::demand::level).
    #[must_use]
    pub const fn level(mut self, level: SecurityLevel) -> Self {
        self.level = Some(level);
        self
    }

    /// What every login asks for. [`LoginBuilder::scope`] takes the place of its scopes; without that, those of the configuration are
    /// added to them. Of its level and [`LoginBuilder::level`] the higher one counts.
    #[must_use]
    pub fn request(mut self, request: LoginRequest) -> Self {
        self.request = request;
        self
    }

    /// Decides on each person who has logged in at HelseID, before there is a session: by local roles, or because another person
    /// is logged in here.
    #[must_use]
    pub fn on_login<F, Fut>(mut self, policy: F) -> Self
    where
        F: Fn(Arrival) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Decision> + Send + 'static,
    {
        self.policy = Some(Arc::new(move |arrival| Box::pin(policy(arrival))));
        self
    }

    /// Which organisations people may act for; none unless said here.
    #[must_use]
    pub fn organisations(mut self, policy: OrganisationPolicy) -> Self {
        self.organisations = policy;
        self
    }

    /// Where a person chooses an organisation, as a route of the app: whoever lacks one on a route that demands it is led there.
    #[must_use]
    pub fn organisation_page(mut self, path: impl Into<String>) -> Self {
        self.organisation_page = Some(path.into());
        self
    }

    /// Answers front-channel logout. Only for a client that has no back-channel address, which is the better way: whoever knows a
    /// session's id can end it.
    #[must_use]
    pub const fn front_channel_logout(mut self) -> Self {
        self.front_channel = true;
        self
    }
}

impl fmt::Debug for LoginBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LoginBuilder").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}
