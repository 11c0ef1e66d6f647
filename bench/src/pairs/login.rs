//! An app that logs people in: a request of somebody who is logged in against the same route without the login, and a whole login
//! against the signatures in it. The authority is a double in this process, whose work is counted as ours but for its signatures.

use std::hint::black_box;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::routing::get;
use helseid_client::protocol::jose::Algorithm;
use helseid_login::test_util::{TestClock, TestProvider};
use helseid_login::{Login, User};
use http::{HeaderMap, HeaderValue, Request, Response, header};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use url::Url;

use super::pair::{Case, Pair};
use crate::limit::Limit;

/// What the route answers: as long as the answers of the other benches.
const ANSWER: [u8; 219] = [b'x'; 219];

/// Everything that is compared.
pub(crate) fn cases() -> impl Iterator<Item = Case> {
    [Case::new("request of a person", request), Case::new("whole login", login)].into_iter()
}

/// Cookie, unsealing, and the session in memory, against the bare route of axum.
fn request() -> Pair {
    let app = App::new();
    let cookie = app.log_in();
    let bare = App { routes: Router::new().route("/", get(async || ANSWER.as_slice())), ..App::new() };
    let (sent, also_sent) = (cookie.clone(), cookie);
    Pair::new(
        move || bare.answers(Request::get("/").header(header::COOKIE, &sent)),
        move || app.answers(Request::get("/").header(header::COOKIE, &also_sent)),
    )
}

/// From `/login` to the session, against the signatures: the key of the login, the two tokens that the double signs, and both keys
/// of one name that it publishes, with which the ID token is verified.
fn login() -> Pair {
    let (app, limit) = (App::new(), Limit::new(Algorithm::ES256));
    let token = [b'x'; 700];
    let signature = limit.sign(&token);
    Pair::new(
        move || {
            black_box(Limit::make_p256());
            for _ in 0..2 {
                black_box(limit.sign(black_box(&token)));
                limit.verify(black_box(&token), &signature);
            }
        },
        move || drop(black_box(app.log_in())),
    )
}

struct App {
    authority: TestProvider,
    clock: TestClock,
    routes: Router,
    runtime: Runtime,
}

impl App {
    fn new() -> Self {
        let clock = TestClock::new();
        let authority = TestProvider::new(&clock);
        let client = authority.login("https://app.example/callback").unwrap();
        let login = Login::with_client(client).public_url("https://app.example").build().unwrap();
        let routes = Router::new().route("/", get(async |_: User| ANSWER.as_slice()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { authority, clock, routes: login.around(routes), runtime }
    }

    fn send(&self, request: http::request::Builder) -> Response<Body> {
        let request = request.body(Body::empty()).unwrap();
        self.runtime.block_on(self.routes.clone().oneshot(request)).unwrap()
    }

    /// The route lets the request in.
    fn answers(&self, request: http::request::Builder) {
        let answer = self.send(request);
        assert!(answer.status().is_success(), "{}", answer.status());
        let body = self.runtime.block_on(to_bytes(answer.into_body(), ANSWER.len())).unwrap();
        assert_eq!(black_box(body).len(), ANSWER.len());
    }

    /// The cookie of a new session.
    fn log_in(&self) -> HeaderValue {
        // No second has more logins than an app lets through.
        self.clock.forward(Duration::from_secs(1));
        let begun = self.send(Request::get("/login?return=/").header("sec-fetch-site", "same-origin"));
        let authorize = Url::parse(begun.headers()[header::LOCATION].to_str().unwrap()).unwrap();
        let callback = format!("/callback?{}", self.authority.visit(&authorize));
        let pending = cookie(begun.headers(), "_login_");
        let arrived = self.send(Request::get(callback).header(header::COOKIE, pending));
        cookie(arrived.headers(), "_session_")
    }
}

/// The cookie with this in its name, as a browser sends it.
fn cookie(headers: &HeaderMap, part: &str) -> HeaderValue {
    let set = headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    let set = set.map(|cookie| cookie.split(';').next().unwrap()).find(|cookie| cookie.contains(part));
    HeaderValue::from_str(set.unwrap_or_else(|| panic!("no cookie {part}: {headers:?}"))).unwrap()
}
