#![no_main]
//! A request to an app that people log in to: whatever a browser or a stranger sends, nobody is logged in, and nobody is led off the site
//! but to the authority.
//!
//! The first line is the method, a space, and the address. Then headers, one a line, in which `{login}`, `{session}`, `{restart}` and
//! `{notice}` stand for the names of the app's own cookies, and after an empty line the body.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use helseid_login::test_util::{TestClock, TestProvider};
use helseid_login::{Login, User};
use helseid_protocol::jose::{base64url, crypto};
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderName, HeaderValue, Method, Request};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

struct World {
    runtime: Runtime,
    /// With what the names of its cookies end in.
    apps: Vec<(Router, String)>,
}

const SITE: &str = "https://app.example";

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let clock = TestClock::new();
    let authority = TestProvider::new(&clock);
    let app = |path: &str| {
        let site = format!("{SITE}{path}");
        let client = authority.login(&format!("{site}/callback")).expect("a client");
        let builder = Login::with_client(client).public_url(site).front_channel_logout();
        let routes = Router::new()
            .route("/", get(async |user: Option<User>| if user.is_some() { "known" } else { "stranger" }))
            .route("/me", get(async |_: User| "known").post(async |_: User| "known"));
        let app = builder.build().expect("a login").around(routes);
        let app = if path.is_empty() { app } else { Router::new().nest(path, app) };
        let own = format!("https://helseid.test.example test-client {path}");
        (app, base64url::encode(crypto::sha256(own.trim_end().as_bytes()).get(..6).expect("bytes")))
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    World { runtime, apps: vec![app(""), app("/portal")] }
});

/// The request that a text stands for.
fn request(text: &str, mark: &str) -> Option<Request<Body>> {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, address) = lines.next()?.split_once(' ')?;
    let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).ok()?).uri(address);
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        let named = ["login", "session", "restart", "notice"].iter().fold(value.to_owned(), |value, kind| {
            value.replace(&format!("{{{kind}}}"), &format!("__Host-helseid_{kind}_{mark}"))
        });
        let value = HeaderValue::from_str(&named).ok()?;
        request = request.header(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
    }
    request.body(Body::from(body.to_owned())).ok()
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for (app, mark) in &WORLD.apps {
        let Some(request) = request(text, mark) else { return };
        WORLD.runtime.block_on(async {
            let answer = app.clone().oneshot(request).await.expect("an answer");
            assert!(!answer.status().is_server_error() || answer.status() == 503, "{}", answer.status());
            for cookie in answer.headers().get_all(SET_COOKIE) {
                let cookie = cookie.to_str().expect("a text");
                assert!(!cookie.contains("_session_") || cookie.contains("Max-Age=0"), "{cookie}");
            }
            if let Some(to) = answer.headers().get(LOCATION) {
                let to = to.to_str().expect("a text");
                let site = url::Url::parse(SITE).expect("an address");
                let led = site.join(to).expect("an address");
                let is_away = to.starts_with("https://helseid.test.example/connect/authorize?client_id=");
                assert!(is_away || led.origin() == site.origin(), "{to}");
            }
            let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
            assert_ne!(&body[..], b"known");
        });
    }
});
