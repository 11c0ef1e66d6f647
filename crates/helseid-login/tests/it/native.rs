//! A login at a terminal: what the listener answers, and to whom.

use std::sync::Mutex;
use std::time::Duration;

use helseid_http::Outbound;
use helseid_login::flow::{LoginErrorKind, LoginRequest};
use helseid_login::native::SignedIn;
use helseid_login::test_util::{Broken, TestClock, TestProvider};
use helseid_protocol::rule::Rule;
use tokio::sync::oneshot;
use url::Url;

type Outcome = tokio::task::JoinHandle<Result<SignedIn, helseid_login::flow::LoginError>>;

/// A login that has begun, and the address that a browser would open.
async fn begun(authority: &TestProvider) -> (Outcome, Url) {
    let (sender, address) = oneshot::channel();
    let sender = Mutex::new(Some(sender));
    let native = authority.native(move |address| {
        if let Some(sender) = sender.lock().unwrap().take() {
            let _ = sender.send(address.clone());
        }
    });
    let outcome = tokio::spawn(async move { native.log_in(&LoginRequest::default()).await });
    (outcome, address.await.unwrap())
}

async fn get(url: &str) -> http::Response<Vec<u8>> {
    Outbound::builder().build().unwrap().get(url).await.unwrap()
}

fn callback(authority: &TestProvider, address: &Url) -> String {
    authority.pushed(address, "redirect_uri").unwrap()
}

#[tokio::test]
async fn the_callback_ends_the_login_and_nothing_else_does() {
    let authority = TestProvider::new(&TestClock::new());
    let (outcome, address) = begun(&authority).await;
    let callback = callback(&authority, &address);
    assert!(callback.starts_with("http://127.0.0.1:") && callback.ends_with("/callback"), "{callback}");
    let origin = callback.trim_end_matches("/callback");
    let query = authority.visit(&address);
    let other = query.replace("state=", "state=a");
    for path in
        ["/", "/favicon.ico", "/callback", "/callback/", "/callback?state=", &format!("/callback?{other}")]
    {
        let answer = get(&format!("{origin}{path}")).await;
        assert_eq!((answer.status().as_u16(), answer.body().len()), (404, 0), "{path}");
    }
    let post = http::Request::post(format!("{callback}?{query}")).body(Vec::new()).unwrap();
    let answer = Outbound::builder().build().unwrap().send(post, 1_000).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(!outcome.is_finished());

    let answer = get(&format!("{callback}?{query}")).await;
    assert_eq!(answer.status(), 200);
    for (name, value) in [("cache-control", "no-store"), ("referrer-policy", "no-referrer")] {
        assert_eq!(answer.headers()[name], value);
    }
    let page = String::from_utf8(answer.into_body()).unwrap();
    assert!(page.contains("Du er logget inn") && page.contains("You are logged in"), "{page}");
    assert!(!page.contains(".eyJ") && !page.contains("BEVER") && !page.contains("code"), "{page}");
    let signed_in = outcome.await.unwrap().unwrap();
    assert_eq!(signed_in.person.claims.name(), Some("LIVSTRETT BEVER"));
    assert!(Outbound::builder().build().unwrap().get(&callback).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn the_browser_may_take_the_address_of_ipv6() {
    let authority = TestProvider::new(&TestClock::new());
    let (outcome, address) = begun(&authority).await;
    let callback = callback(&authority, &address).replace("127.0.0.1", "[::1]");
    if std::net::TcpListener::bind(("::1", 0)).is_ok() {
        get(&format!("{callback}?{}", authority.visit(&address))).await;
        outcome.await.unwrap().unwrap();
    } else {
        outcome.abort();
    }
}

#[tokio::test]
async fn a_callback_that_breaks_a_rule_ends_the_login_with_a_page_that_says_no_more() {
    for (broken, rule) in [(Broken::IssOther, Rule::LoginIss), (Broken::NonceOther, Rule::IdTokenNonce)] {
        let authority = TestProvider::new(&TestClock::new());
        let (outcome, address) = begun(&authority).await;
        authority.break_with(broken);
        let callback = callback(&authority, &address);
        let answer = get(&format!("{callback}?{}", authority.visit(&address))).await;
        let page = String::from_utf8(answer.into_body()).unwrap();
        assert!(page.contains("Du er ikke logget inn") && !page.contains("nonce"), "{page}");
        assert_eq!(outcome.await.unwrap().unwrap_err().rule(), Some(rule));
    }
}

#[tokio::test]
async fn nobody_waits_for_longer_than_was_said() {
    let authority = TestProvider::new(&TestClock::new());
    let native = authority.native(|_| ()).within(Duration::ZERO);
    let error = native.log_in(&LoginRequest::default()).await.unwrap_err();
    assert_eq!(error.kind(), LoginErrorKind::TimedOut);
}
