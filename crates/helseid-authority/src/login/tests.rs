//! A browser at the login of an authority, without sockets.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::http::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN,
    SET_COOKIE,
};
use ::http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse as _, Redirect, Response};
use helseid_admin_api::{DisplayName, PersonEntry, PersonLevel, TestProvider, TestProviders};
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::person::SyntheticMonth;
use helseid_protocol::random::SystemRandom;
use helseid_protocol::rule::Profile;
use helseid_protocol::time::{TOLERANCE, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;
use crate::domain::change::Change;
use crate::issuer::{ConformanceMode, ServedIssuer};
use crate::registry::Registry;
use crate::storage::ephemeral::Memory;
use crate::storage::registry::{Applied, Sqlite, Stored};
use crate::storage::sessions::{
    Data, Ending, Endings, Family, FamilyId, KnownFamily, Liveness, NewFamily, Presented, Rotation,
    SecretHash, Session, SessionId, SessionStore, Subject,
};
use crate::web::csp::FormTarget;
use crate::web::rate_limit::Limits;

pub(super) const ISSUER: &str = "http://localhost:8480";
pub(super) const NOW: i64 = 1_790_000_000;

fn served(issuer: &str) -> ServedIssuer {
    let issuer = Issuer::parse(issuer).unwrap();
    ServedIssuer::new(issuer, Profile::Helseid, TOLERANCE, ConformanceMode::Enforce)
}

pub(super) fn site(issuer: &str) -> LoginSite {
    site_of(issuer, [1; 32])
}

pub(super) fn site_of(issuer: &str, secret: [u8; 32]) -> LoginSite {
    LoginSite::new(&served(issuer), &MacKey::new(&secret), TestLogin::On)
}

pub(super) fn doctor() -> PersonEntry {
    person(json!({
        "short_name": "doctor", "number": "15849197352", "given_name": "LIVSTRETT", "family_name": "BEVER",
        "health_personnel": { "hpr_number": 565_550_846, "approvals": [{ "profession": "LE" }] },
    }))
}

pub(super) fn patient() -> PersonEntry {
    person(json!({
        "short_name": "patient", "number": "05898597468", "given_name": "ÅSE", "family_name": "<b>Ødegård</b>",
        "level": 3, "identity_providers": ["testidpnew-oidc"],
    }))
}

fn person(json: Value) -> PersonEntry {
    serde_json::from_value(json).unwrap()
}

pub(super) fn demand() -> LoginDemand {
    LoginDemand {
        client: DisplayName::parse("Journal").unwrap(),
        level: None,
        provider: None,
        providers: TestProviders::default(),
        hint: None,
        language: None,
        target: FormTarget::of("https://app.example/callback").unwrap(),
        session_seconds: None,
    }
}

pub(super) fn handle(text: &str) -> RequestHandle {
    RequestHandle::new(text.to_owned()).unwrap()
}

/// A login, and its clock.
pub(super) struct Room {
    pub(super) login: LoginState,
    clock: Arc<AtomicI64>,
}

impl Room {
    pub(super) async fn open() -> Self {
        Self::over(Arc::new(Sqlite::in_memory().await.unwrap()), ISSUER, TestLogin::On)
    }

    pub(super) fn over(sessions: Arc<dyn SessionStore>, issuer: &str, test_login: TestLogin) -> Self {
        let clock = Arc::new(AtomicI64::new(NOW));
        let told = clock.clone();
        let persons = [doctor(), patient()].map(|person| Change::PutPerson(Box::new(person)));
        let login = LoginState::new(LoginBackend {
            issuer: &served(issuer),
            secret: &MacKey::new(&[1; 32]),
            test_login,
            settings: SessionSettings::new(TOLERANCE),
            registry: Arc::new(Registry::in_memory(persons.into())),
            synthetic_month: SyntheticMonth::Plus80,
            sessions,
            uses: Arc::new(Memory::default()),
            limits: Arc::new(Limits::new(10)),
            clock: Arc::new(move || Timestamp::from_seconds(told.load(Ordering::Relaxed))),
            random: Arc::new(SystemRandom),
        });
        Self { login, clock }
    }

    /// Sets the clock to so many seconds after the first moment.
    pub(super) fn at(&self, seconds: i64) {
        self.clock.store(NOW + seconds, Ordering::Relaxed);
    }
}

/// What a browser keeps.
#[derive(Debug, Clone, Default)]
pub(super) struct Browser(pub(super) BTreeMap<String, String>);

impl Browser {
    pub(super) fn headers(&self) -> HeaderMap {
        let cookies: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("localhost:8480"));
        if !cookies.is_empty() {
            headers.insert(COOKIE, cookies.join("; ").parse().unwrap());
        }
        headers
    }

    pub(super) fn keep<'a>(&mut self, cookies: impl IntoIterator<Item = &'a HeaderValue>) {
        for cookie in cookies {
            let (pair, rest) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if rest.contains("Max-Age=0;") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// The name of the only cookie of a session.
    pub(super) fn session(&self) -> Option<&str> {
        self.0.iter().find(|(name, _)| name.starts_with("helseid_session_")).map(|(_, value)| value.as_str())
    }
}

pub(super) async fn text(response: Response) -> String {
    String::from_utf8(to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

/// A router over a room, the answers that it passed on, and a browser that was asked.
struct Desk {
    room: Room,
    router: Router,
    answers: Arc<Mutex<Vec<Answered>>>,
    browser: Browser,
    fields: Value,
}

impl Desk {
    async fn open() -> Self {
        Self::with(Room::open().await).await
    }

    async fn with(room: Room) -> Self {
        let answers = Arc::<Mutex<Vec<Answered>>>::default();
        let kept = answers.clone();
        let finish: Finish = Arc::new(move |answered| {
            kept.lock().unwrap().push(answered);
            Box::pin(async { Redirect::to("https://app.example/callback").into_response() })
        });
        let router = routes(&room.login, finish);
        let mut desk = Self { room, router, answers, browser: Browser::default(), fields: Value::Null };
        desk.visit().await;
        desk
    }

    /// The browser is asked who logs in.
    async fn visit(&mut self) {
        let mut headers = self.browser.headers();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let response = self.room.login.ask(&demand(), &handle("request 1"), &headers);
        self.browser.keep(response.headers().get_all(SET_COOKIE));
        self.fields = serde_json::from_str(&text(response).await).unwrap();
    }

    /// What the form of the page sends, with this answer.
    fn form(&self, answer: &[(&str, &str)]) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        for name in ["visit", "csrf", "state"] {
            form.append_pair(name, self.fields[name].as_str().unwrap());
        }
        form.extend_pairs(answer).finish()
    }

    fn request(&self, body: String) -> Request<Body> {
        let mut request = Request::post("/login").body(Body::from(body)).unwrap();
        *request.headers_mut() = self.browser.headers();
        set(&mut request, CONTENT_TYPE, "application/x-www-form-urlencoded");
        request
    }

    async fn send(&mut self, request: Request<Body>) -> Response {
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.browser.keep(response.headers().get_all(SET_COOKIE));
        response
    }

    async fn answer(&mut self, answer: &[(&str, &str)]) -> Response {
        self.send(self.request(self.form(answer))).await
    }

    fn passed_on(&self) -> Vec<Answered> {
        std::mem::take(&mut *self.answers.lock().unwrap())
    }
}

fn set(request: &mut Request<Body>, name: HeaderName, value: &str) {
    request.headers_mut().insert(name, value.parse().unwrap());
}

#[tokio::test]
async fn a_person_is_picked_and_the_request_goes_on_with_a_session_of_that_browser() {
    let mut desk = Desk::open().await;
    let before = desk.browser.0.len();
    let response = desk.answer(&[("pid", "doctor"), ("level", "3"), ("number", "typed before")]).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[LOCATION], "https://app.example/callback");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let [answered] = <[_; 1]>::try_from(desk.passed_on()).unwrap();
    assert_eq!(answered.handle, handle("request 1"));
    let LoginAnswer::SignedIn(session) = answered.answer else { panic!("nobody is logged in") };
    assert_eq!(session.person().number, doctor().person.number);
    assert_eq!((session.level(), session.provider()), (PersonLevel::Substantial, TestProvider::TestIdp));
    assert_eq!(session.authenticated().seconds(), NOW);
    assert_eq!((before, desk.browser.0.len()), (1, 1), "the visit's cookie went, the session's came");
    let found = desk.room.login.sessions.find(&desk.browser.headers()).await.unwrap().unwrap();
    assert_eq!(found.id(), session.id());
}

#[tokio::test]
async fn programs_answer_with_the_same_fields_as_json() {
    let mut desk = Desk::open().await;
    let mut answer = desk.fields.clone();
    let answer = answer.as_object_mut().unwrap();
    answer.retain(|name, _| ["visit", "csrf", "state"].contains(&name.as_str()));
    answer.insert("pid".to_owned(), json!("doctor"));
    answer.insert("level".to_owned(), json!(4));
    let mut request = desk.request(Value::Object(answer.clone()).to_string());
    set(&mut request, CONTENT_TYPE, "application/json; charset=utf-8");
    assert_eq!(desk.send(request).await.status(), StatusCode::SEE_OTHER);
    assert!(matches!(&desk.passed_on()[..], [Answered { answer: LoginAnswer::SignedIn(_), .. }]));

    desk.visit().await;
    let mut request = desk.request(desk.form(&[("pid", "nobody")]));
    set(&mut request, ACCEPT, "application/json");
    let response = desk.send(request).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    assert!(desk.passed_on().is_empty());
}

#[tokio::test]
async fn who_cancels_or_asks_for_a_fault_gets_no_session_and_keeps_the_one_that_was_there() {
    for (field, value, expected) in [
        ("action", "cancel", None),
        ("fault", "temporarily_unavailable", Some(SimulatedFault::TemporarilyUnavailable)),
        ("fault", "level_too_low", Some(SimulatedFault::LevelTooLow)),
    ] {
        let mut desk = Desk::open().await;
        desk.answer(&[("pid", "doctor")]).await;
        let before = desk.browser.session().map(str::to_owned);
        desk.passed_on();
        desk.visit().await;
        desk.answer(&[(field, value), ("pid", "patient")]).await;
        let [answered] = <[_; 1]>::try_from(desk.passed_on()).unwrap();
        match (answered.answer, expected) {
            (LoginAnswer::Cancelled, None) => {}
            (LoginAnswer::Simulated(fault), Some(expected)) => assert_eq!(fault, expected),
            (other, _) => panic!("{value}: {other:?}"),
        }
        assert_eq!(desk.browser.session().map(str::to_owned), before, "{value}");
    }
}

#[tokio::test]
async fn a_wrong_answer_shows_the_page_again_as_it_was_filled_in() {
    let mut desk = Desk::open().await;
    let response = desk.answer(&[("number", "12345678901"), ("level", "3"), ("shown_in", "nb")]).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()[::http::header::REFERRER_POLICY], "same-origin");
    let page = text(response).await;
    for expected in [
        "data-testid=\"refused\"",
        "value=\"12345678901\"",
        "<option value=\"3\" selected>",
        "lang=\"nb\"",
        desk.fields["state"].as_str().unwrap(),
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
    let page = text(desk.answer(&[("number", &"9".repeat(10_000))]).await).await;
    assert!(page.contains(&format!("value=\"{}\"", "9".repeat(64))), "a little of what was typed");
    let page = text(desk.answer(&[("language", "nb")]).await).await;
    assert!(page.contains("Hvem er du?") && !page.contains("data-testid=\"refused\""));
    assert!(desk.passed_on().is_empty());
    assert_eq!(desk.answer(&[("pid", "doctor")]).await.status(), StatusCode::SEE_OTHER, "the visit goes on");
}

#[tokio::test]
async fn whatever_is_not_an_answer_of_this_browser_to_this_authority_goes_no_further() {
    type Break = fn(&mut Desk, &mut Request<Body>);
    let broken: [(&str, Break, StatusCode); 9] = [
        ("another host", |_, request| set(request, HOST, "rebound.example"), StatusCode::MISDIRECTED_REQUEST),
        ("another site", |_, request| set(request, ORIGIN, "https://evil.example"), StatusCode::FORBIDDEN),
        ("no site", |_, request| set(request, ORIGIN, "null"), StatusCode::FORBIDDEN),
        (
            "another type",
            |_, request| set(request, CONTENT_TYPE, "text/plain"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            "a form named JSON",
            |_, request| set(request, CONTENT_TYPE, "application/json"),
            StatusCode::BAD_REQUEST,
        ),
        // Rule interaction.browser.
        ("no cookie", |_, request| drop(request.headers_mut().remove(COOKIE)), StatusCode::BAD_REQUEST),
        (
            "too long",
            |_, request| *request.body_mut() = Body::from("a".repeat(200_000)),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        ("too late", |desk, _| desk.room.at(3601), StatusCode::BAD_REQUEST),
        ("by GET", |_, request| *request.method_mut() = ::http::Method::GET, StatusCode::METHOD_NOT_ALLOWED),
    ];
    for (what, break_it, expected) in broken {
        let mut desk = Desk::open().await;
        let mut request = desk.request(desk.form(&[("pid", "doctor")]));
        set(&mut request, ORIGIN, ISSUER);
        break_it(&mut desk, &mut request);
        let response = desk.send(request).await;
        assert_eq!(response.status(), expected, "{what}");
        assert_eq!(response.headers().contains_key(ALLOW), what == "by GET", "{what}");
        let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        assert!(policy.contains("frame-ancestors 'none'"), "{what}");
        assert!(text(response).await.contains("data-testid=\"error-fix\""), "{what}");
        assert!(desk.passed_on().is_empty() && desk.browser.session().is_none(), "{what}");
    }
    let mut desk = Desk::open().await;
    let mut request = desk.request(desk.form(&[("pid", "doctor")]));
    set(&mut request, ORIGIN, ISSUER);
    assert_eq!(desk.send(request).await.status(), StatusCode::SEE_OTHER, "nothing was broken");
}

#[tokio::test]
async fn a_page_that_was_answered_explains_itself_when_it_is_answered_again() {
    let mut desk = Desk::open().await;
    desk.answer(&[("pid", "doctor")]).await;
    desk.passed_on();
    let response = desk.answer(&[("pid", "patient")]).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let page = text(response).await;
    assert!(
        page.contains("the login was already completed") && page.contains(">interaction.browser<"),
        "{page}"
    );
    assert!(desk.passed_on().is_empty());
}

#[tokio::test]
async fn a_page_begins_one_session_though_its_cookie_is_kept() {
    let mut desk = Desk::open().await;
    let twice =
        [desk.request(desk.form(&[("pid", "doctor")])), desk.request(desk.form(&[("pid", "doctor")]))];
    let [first, second] = twice;
    assert_eq!(desk.send(first).await.status(), StatusCode::SEE_OTHER);
    let session = desk.browser.session().map(str::to_owned);
    assert!(session.is_some());
    let response = desk.send(second).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(!response.headers().contains_key(SET_COOKIE));
    let page = text(response).await;
    assert!(page.contains("has already logged in") && page.contains(">interaction.browser<"), "{page}");
    assert_eq!(
        desk.browser.session().map(str::to_owned),
        session,
        "the browser keeps the session of its code"
    );
    assert_eq!(desk.passed_on().len(), 1);
}

#[tokio::test]
async fn where_nobody_may_log_in_an_answer_says_how_that_is_changed() {
    let store = Arc::new(Sqlite::in_memory().await.unwrap());
    let mut desk = Desk::with(Room::over(store, ISSUER, TestLogin::Off)).await;
    let response = desk.answer(&[("pid", "doctor")]).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(text(response).await.contains("--test-login-at"));
    assert!(desk.passed_on().is_empty());
}

#[tokio::test]
async fn an_address_that_sends_too_much_waits() {
    let mut desk = Desk::open().await;
    let mut last = StatusCode::OK;
    for _ in 0..11 {
        let mut request = desk.request(desk.form(&[("pid", "nobody")]));
        request.extensions_mut().insert(crate::web::Peer([192, 0, 2, 1].into()));
        last = desk.send(request).await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn what_the_pages_look_like_is_there_for_everyone() {
    let mut desk = Desk::open().await;
    for (name, status) in [
        ("style.css", StatusCode::OK),
        ("form-post.js", StatusCode::OK),
        ("once.js", StatusCode::OK),
        ("x.js", StatusCode::NOT_FOUND),
    ] {
        let request = Request::get(format!("/login/assets/{name}")).body(Body::empty()).unwrap();
        assert_eq!(desk.send(request).await.status(), status, "{name}");
    }
}

/// Takes every session, and keeps none.
struct TakesAll;

impl SessionStore for TakesAll {
    fn create_session<'a>(&'a self, _: &'a Session) -> Stored<'a, Applied> {
        Box::pin(async { Ok(Applied::Done) })
    }

    fn find_session<'a>(&'a self, _: &'a SecretHash, _: Liveness) -> Stored<'a, Option<Session>> {
        panic!("the browser has no session")
    }

    fn touch_session<'a>(&'a self, _: &'a SessionId, _: Timestamp) -> Stored<'a, Applied> {
        panic!("the browser has no session")
    }

    fn update_session<'a>(&'a self, _: &'a SessionId, _: i64, _: &'a Data) -> Stored<'a, Applied> {
        panic!("the browser has no session")
    }

    fn endings<'a>(&'a self, _: &'a ClientId, _: &'a Subject) -> Stored<'a, Endings> {
        panic!("there are no refresh tokens here")
    }

    fn create_family<'a>(&'a self, _: &'a NewFamily, _: Timestamp) -> Stored<'a, Applied> {
        panic!("there are no refresh tokens here")
    }

    fn find_family<'a>(&'a self, _: &'a Presented<'a>) -> Stored<'a, Option<Family>> {
        panic!("there are no refresh tokens here")
    }

    fn rotate<'a>(&'a self, _: &'a Presented<'a>, _: Option<&'a SecretHash>) -> Stored<'a, Rotation> {
        panic!("there are no refresh tokens here")
    }

    fn end<'a>(&'a self, _: Ending<'a>, _: Timestamp) -> Stored<'a, ()> {
        panic!("nothing ends here")
    }

    fn count_ending_of<'a>(&'a self, _: &'a Subject, _: Timestamp) -> Stored<'a, ()> {
        panic!("nothing ends here")
    }

    fn sessions_of<'a>(&'a self, _: &'a Subject) -> Stored<'a, Vec<SessionId>> {
        panic!("nothing ends here")
    }

    fn look_up_session<'a>(&'a self, _: &'a SessionId) -> Stored<'a, Option<Session>> {
        panic!("nothing ends here")
    }

    fn session_has_ended<'a>(&'a self, _: &'a SessionId) -> Stored<'a, bool> {
        panic!("nothing ends here")
    }

    fn look_up_family<'a>(&'a self, _: &'a FamilyId) -> Stored<'a, Option<KnownFamily>> {
        panic!("there are no refresh tokens here")
    }

    fn trim_sessions(&self, _: Timestamp) -> Stored<'_, bool> {
        panic!("nothing is kept here")
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_to_be_slow_takes_five_seconds() {
    for (slow, expected) in [("yes", 5), ("", 0)] {
        let mut desk = Desk::with(Room::over(Arc::new(TakesAll), ISSUER, TestLogin::On)).await;
        let begun = tokio::time::Instant::now();
        let response = desk.answer(&[("pid", "doctor"), ("slow", slow)]).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(begun.elapsed(), Duration::from_secs(expected));
    }
}
