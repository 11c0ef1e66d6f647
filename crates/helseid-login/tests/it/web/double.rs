//! An app with a login at a double of an authority.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Sse;
use axum::response::sse::Event;
use axum::routing::{get, post};
use futures_util::StreamExt as _;
use helseid_login::demand::{hpr, max_age, organisation};
use helseid_login::flow::LoginRequest;
use helseid_login::test_util::TestProvider;
use helseid_login::{Login, LoginBuilder, User};
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::forge::TestClock;
use helseid_protocol::person::{Person, PersonName, PersonNumber, Subject, SyntheticMonth};
use helseid_protocol::time::Timestamp;
use http::{Request, StatusCode};
use tower::ServiceExt as _;
use url::Url;

use super::browser::{Answer, Browser};
use super::world::SITE;

pub(crate) struct Double {
    pub(crate) authority: TestProvider,
    pub(crate) clock: TestClock,
    pub(crate) browser: Browser,
    pub(crate) app: Router,
}

impl Double {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(change: impl FnOnce(LoginBuilder) -> LoginBuilder) -> Self {
        let clock = TestClock::at(Timestamp::from_seconds(1_790_000_000));
        let authority = TestProvider::new(&clock);
        let client = authority.login(&format!("{SITE}/callback")).unwrap();
        let login = change(Login::with_client(client).public_url(SITE)).build().unwrap();
        let app = login.around(
            Router::new()
                .route("/", get(async |user: Option<User>| if user.is_some() { "known" } else { "stranger" }))
                .route("/sid", get(async |user: User| user.claims().session_id().unwrap().to_string()))
                .route("/level", get(async |user: User| user.level().unwrap().name()))
                .route("/doctors", get(async || "doctors").layer(login.require(hpr(["LE"])).unwrap()))
                .route(
                    "/recent",
                    get(async || "recent").layer(login.require(max_age(Duration::from_secs(300))).unwrap()),
                )
                .route("/acting", get(async || "acting").layer(login.require(organisation()).unwrap()))
                .route("/act", post(act))
                .route("/epoch", get(async |user: User| user.epoch().to_owned()))
                .route(
                    "/record",
                    post({
                        let login = login.clone();
                        async move |headers: axum::http::HeaderMap, body: String| {
                            super::attest::record(login, headers, body).await
                        }
                    }),
                )
                .route("/events", get(events)),
        );
        Self { authority, clock, browser: Browser::of(app.clone()), app }
    }

    pub(crate) async fn log_in(&mut self) -> Answer {
        let address = Url::parse(&self.browser.begin("/").await).unwrap();
        let back = format!("/callback?{}", self.authority.visit(&address));
        self.browser.come_from_elsewhere(&back).await
    }

    /// The name of the session at the authority.
    pub(crate) async fn sid(&mut self) -> String {
        self.browser.open("/sid").await.body
    }

    /// So many refresh tokens are revoked in the end.
    pub(crate) async fn revoked(&self, expected: usize) {
        while self.authority.asked().revoked < expected {
            tokio::task::yield_now().await;
        }
        assert_eq!(self.authority.asked().revoked, expected);
    }

    pub(crate) async fn back_channel(&self, form: String) -> StatusCode {
        let request = Request::post("/backchannel-logout")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let answer = self.app.clone().oneshot(request).await.unwrap();
        if answer.status() != StatusCode::PAYLOAD_TOO_LARGE {
            assert_eq!(answer.headers()["cache-control"], "no-store");
        }
        answer.status()
    }
}

/// Acts for the organisation whose number is sent.
async fn act(user: User, number: String) -> Result<&'static str, String> {
    let number = OrganisationNumber::parse(&number).map_err(|why| why.to_string())?;
    user.set_organisation(Organisation::Child(number)).await.map_err(|why| why.to_string())?;
    Ok("acts")
}

/// A login that asks for everything that an answer can lack.
pub(crate) fn demanding() -> LoginRequest {
    let number = PersonNumber::parse("15849197352", SyntheticMonth::Plus80).unwrap();
    LoginRequest::default()
        .level(SecurityLevel::High)
        .identity_provider("testidp-oidc")
        .acr(["Level4".to_owned()])
        .max_age(Duration::from_secs(300))
        .expect_person(Subject::of(&number))
}

async fn events(_: User) -> Sse<impl futures_util::Stream<Item = Result<Event, Infallible>>> {
    let first = futures_util::stream::once(async { Ok(Event::default().data("first")) });
    Sse::new(first.chain(futures_util::stream::pending()))
}

/// A doctor, as HPR has it.
pub(crate) fn doctor() -> Person {
    let number = PersonNumber::parse("06828399789", SyntheticMonth::Plus80).unwrap();
    let registered = serde_json::json!({ "hpr_number": 565_505_933, "approvals": [{ "profession": "LE" }] });
    let name = PersonName::new("Kvart", None, "Grevling").unwrap();
    Person { number, name, health_personnel: Some(serde_json::from_value(registered).unwrap()) }
}
