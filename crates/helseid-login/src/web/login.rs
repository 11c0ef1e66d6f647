//! The login of one app.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use helseid_client::Config;
use helseid_protocol::details::Attestation;

use super::builder::{LoginBuilder, Source};
use super::demand::{Demand, InvalidDemand};
use super::layer::{BACK_CHANNEL, guard};
use super::pages;
use super::require::Required;
use super::state::Shared;
use super::{begin, callback, elsewhere, logout, outcome, session_route};
use crate::flow::LoginClient;
use crate::session::SessionError;

/// The login of one app: its routes, what stands around the app's own routes, and what these demand. Cheap to clone.
///
/// One app has one of them: the routes are the same for all, and axum refuses to have a route twice.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use axum::{Router, body::Body, routing::get};
/// use helseid_login::{Login, User};
/// use tower::ServiceExt as _;
///
/// async fn home(user: User) -> String {
///     format!("Hello, {}", user.name().unwrap_or("whoever you are"))
/// }
///
/// let login = Login::with_client(login).public_url("https://app.example").build()?;
/// let app: Router = login.around(Router::new().route("/", get(home)));
/// // A stranger's browser is sent to log in.
/// let request = http::Request::get("/").header("Accept", "text/html").body(Body::empty())?;
/// let answer = app.oneshot(request).await?;
/// assert!(answer.status().is_redirection());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Login(Arc<Shared>);

/// The most bytes of a form or token that is sent to the login's own routes.
const MAX_BODY_BYTES: usize = 16 * 1024;

impl Login {
    /// Sets up a login with the client of this configuration, such as `Config::load()?` gives.
    #[must_use]
    pub fn builder(config: Config) -> LoginBuilder {
        LoginBuilder::new(Source::Config(Box::new(config)))
    }

    /// Sets up a login with this client, such as one with settings of its own, or a double without a network.
    #[must_use]
    pub fn with_client(client: LoginClient) -> LoginBuilder {
        LoginBuilder::new(Source::Client(client))
    }

    pub(super) fn of(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// Puts the login around an app: adds its routes, refuses requests that pages of other sites made a browser send, and lets
    /// handlers take [`User`](super::User).
    ///
    /// Calls of other programs, which send no `Origin`, are refused too where they change something: leave the routes of an API
    /// outside.
    pub fn around<S: Clone + Send + Sync + 'static>(&self, app: Router<S>) -> Router<S> {
        app.merge(self.router()).layer(from_fn_with_state(self.0.clone(), guard))
    }

    /// A layer for the routes that demand something of the person, inside of [`Login::around`].
    ///
    /// ```
    /// # use helseid_login::{Login, demand::{hpr, level}};
    /// # fn run(login: Login, app: axum::Router) -> Result<axum::Router, Box<dyn std::error::Error>> {
    /// let app = app.route_layer(login.require(level(4).and(hpr(["LE"])))?);
    /// # Ok(app) }
    /// ```
    pub fn require(&self, demand: Demand) -> Result<Required, InvalidDemand> {
        Ok(Required::new(demand.checked()?))
    }

    /// Ends all sessions at all replicas, also of rows that come back later: everybody logs in again. For a command of the app's own that
    /// is run after the store was restored from a copy, or another took its place that was behind, and before anybody is let in:
    /// sessions that had ended since would live again.
    pub async fn end_all_sessions(&self) -> Result<(), SessionError> {
        self.0.sessions.end_all().await
    }

    /// The answer that sends a browser to log in with an attestation, which is in every token of the login that comes of it, and as old as that
    /// login (HelseID: profile for the trust framework); then back to a route of the app. Whoever is logged in must be who logs in again, which
    /// HelseID mostly does without a page: while the store does not answer, nobody attests.
    ///
    /// Where the login does not succeed, is too late or comes back twice, it leads to a page that says so and from there to the front page, not
    /// to `return_to`. The session of before goes on then, with what its own login attested: let `return_to` name the record, and compare it
    /// with [`User::attests_for`](super::User::attests_for) wherever the record is used. A `return_to` that is no path of the app attests
    /// nothing.
    ///
    /// Call it from a handler of a POST, so that only the app's own pages begin it, and only where one login is for one patient: the attestation
    /// does not say which. [`User::attest`](super::User::attest) is for one call, and is refused in such a session.
    ///
    /// ```no_run
    /// # use axum::http::HeaderMap;
    /// # use axum::response::Response;
    /// # use helseid_client::protocol::details::Attestation;
    /// # use helseid_login::Login;
    /// # fn attestation_of(body: &str) -> Attestation { unimplemented!() }
    /// async fn open_record(login: Login, headers: HeaderMap, body: String) -> Response {
    ///     login.attesting(&headers, attestation_of(&body), "/records/7f3a").await
    /// }
    /// ```
    pub async fn attesting(
        &self,
        headers: &HeaderMap,
        attestation: Attestation,
        return_to: &str,
    ) -> Response {
        begin::attesting(&self.0, headers, (attestation, return_to)).await
    }

    /// The path by which browsers open one of the app's routes, for links and forms: below that of the public address, as in
    /// `login.path("/logout")`.
    #[must_use]
    pub fn path(&self, route: &str) -> String {
        self.0.site.path(route)
    }

    /// The routes of the login alone.
    fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let mut routes = Router::new()
            .route("/login", get(begin::get).post(begin::post))
            .route("/login/error/{id}", get(outcome::page))
            .route("/login/assets/{name}", get(async |Path(name): Path<String>| pages::asset(&name)))
            .route("/callback", get(callback::get).head(async || StatusCode::METHOD_NOT_ALLOWED))
            .route("/logout", post(logout::post))
            .route("/logged-out", get(logout::logged_out))
            .route("/session", get(session_route::get).post(session_route::post))
            .route(BACK_CHANNEL, post(elsewhere::back_channel));
        if self.0.front_channel {
            routes = routes.route("/frontchannel-logout", get(elsewhere::front_channel));
        }
        routes.layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(self.0.clone())
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Login").field(&self.0.site).finish()
    }
}
