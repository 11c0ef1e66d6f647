//! A protected router, an issuer and a client, and a clock that the test moves.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use helseid_api::test_util::{TestClient, TestIssuer, TestRequest};
use helseid_api::{ApiProtection, ApiProtectionBuilder, Caller, Rejection};
use helseid_protocol::challenge::Challenge;
use helseid_protocol::forge::TestClock;
use helseid_protocol::rule::Rule;
use http::{Method, Request};
use tower::ServiceExt as _;

pub(crate) const ISSUER: &str = "https://sts.example";
pub(crate) const AUDIENCE: &str = "nhn:api";
pub(crate) const SCOPE: &str = "nhn:api/read";
pub(crate) const URL: &str = "https://api.example/who";

/// When every test begins.
pub(crate) const NOW: i64 = 1_790_000_000;

pub(crate) struct World {
    pub(crate) clock: TestClock,
    pub(crate) issuer: TestIssuer,
    pub(crate) client: TestClient,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::of(TestIssuer::new(ISSUER))
    }

    pub(crate) fn of(issuer: TestIssuer) -> Self {
        let clock = TestClock::default();
        let client = issuer.client(AUDIENCE).scope(SCOPE).client_id("the-client").clock(clock.clone());
        Self { clock, issuer, client }
    }

    pub(crate) fn builder(&self) -> ApiProtectionBuilder {
        self.builder_for("https://api.example")
    }

    /// For an API of this public address; for one without, if it is empty.
    pub(crate) fn builder_for(&self, public_url: &str) -> ApiProtectionBuilder {
        let builder = ApiProtection::builder(self.issuer.name(), AUDIENCE);
        let builder = builder.keys(self.issuer.keys()).clock(self.clock.clone());
        if public_url.is_empty() { builder } else { builder.public_url(public_url) }
    }

    pub(crate) fn router(&self) -> Router {
        self.router_with(|builder| builder)
    }

    pub(crate) fn router_with(
        &self,
        change: impl FnOnce(ApiProtectionBuilder) -> ApiProtectionBuilder,
    ) -> Router {
        let protection = change(self.builder()).build().unwrap();
        routes().layer(protection.require_scopes_all([SCOPE]).unwrap())
    }

    /// A valid request with a bound token.
    pub(crate) fn sent(&self) -> TestRequest {
        self.sent_to(URL)
    }

    pub(crate) fn sent_to(&self, url: &str) -> TestRequest {
        self.client.request(&Method::GET, url)
    }
}

pub(crate) fn routes() -> Router {
    Router::new().route("/who", get(|caller: Caller| async move { Json(caller.claims().all().clone()) }))
}

pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Response {
    router.clone().oneshot(request).await.unwrap()
}

pub(crate) async fn ask_owned(router: Router, request: Request<Body>) -> Response {
    router.oneshot(request).await.unwrap()
}

pub(crate) async fn answer(router: &Router, sent: &TestRequest) -> Response {
    ask(router, sent.build(Body::empty())).await
}

/// The rule that was broken; none for one that was let in.
pub(crate) async fn outcome(router: &Router, sent: &TestRequest) -> Option<Rule> {
    rule(&answer(router, sent).await)
}

pub(crate) fn rule(answer: &Response) -> Option<Rule> {
    answer.extensions().get::<Rejection>().and_then(Rejection::rule)
}

pub(crate) fn challenges<B>(answer: &http::Response<B>) -> Vec<Challenge> {
    let values = answer.headers().get_all("www-authenticate").iter();
    values.flat_map(|value| Challenge::read(value.to_str().unwrap()).unwrap()).collect()
}

/// Waits for what must happen, but not for ever: two minutes are more than a loaded machine takes.
pub(crate) async fn in_time<T>(happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(120), happens).await.expect("it happens in time")
}
