use proptest::prelude::*;
use url::Url;

use super::*;
use crate::id::Issuer;
use crate::rule::{ErrorCode, RedirectCase};
use crate::uri::RedirectUri;

const REGISTERED: [&str; 6] = [
    "https://app.example/Callback?x=1",
    "http://localhost/cb",
    "http://127.0.0.1:3000/cb",
    "http://[::1]/cb",
    "com.example.app:/cb",
    "https://a.example/;script-src",
];

fn registered() -> Vec<RedirectUri> {
    REGISTERED.iter().map(|text| RedirectUri::parse(text).expect("an address")).collect()
}

fn find(requested: &str, case: RedirectCase) -> Option<(String, bool)> {
    let found = RedirectTarget::find(requested, &registered(), case)?;
    Some((found.target.as_str().to_owned(), found.is_exact))
}

#[test]
fn an_address_is_found_as_it_is_registered() {
    for text in REGISTERED {
        assert_eq!(find(text, RedirectCase::Exact), Some((text.to_owned(), true)));
    }
}

#[test]
fn a_port_is_free_where_one_is_registered_without_a_port() {
    for text in ["http://localhost:1/cb", "http://localhost:80/cb", "http://[::1]:65535/cb"] {
        assert_eq!(find(text, RedirectCase::Exact), Some((text.to_owned(), true)));
    }
    for text in [
        "http://localhost:0/cb",
        "http://localhost:01/cb",
        "http://localhost:65536/cb",
        "http://localhost:/cb",
        "http://127.0.0.1:3001/cb",
        "http://127.0.0.1/cb",
        "http://127.1:3000/cb",
        "http://0x7f000001:3000/cb",
        "https://localhost:1/cb",
        "http://localhost:1@evil.example/cb",
        "http://localhost:1.evil.example/cb",
        "http://localhost:1/cb/../cb",
        "http://localhost:1/cb#x",
        "http://localhost.:1/cb",
        "http://a.localhost:1/cb",
        "http:/localhost:1/cb",
        "http:\\\\localhost:1/cb",
        " http://localhost:1/cb",
        "http://local\thost:1/cb",
        "http://\u{2113}ocalhost:1/cb",
    ] {
        for case in [RedirectCase::Exact, RedirectCase::IgnoredWithWarning] {
            assert_eq!(find(text, case), None, "{text:?}");
        }
    }
}

#[test]
fn another_case_of_ascii_letters_leads_to_the_registered_spelling() {
    for (text, target) in [
        ("HTTPS://APP.example/callback?X=1", "https://app.example/Callback?x=1"),
        ("http://LOCALHOST:4000/CB", "http://localhost:4000/cb"),
    ] {
        assert_eq!(find(text, RedirectCase::IgnoredWithWarning), Some((target.to_owned(), false)));
        assert_eq!(find(text, RedirectCase::Exact), None);
    }
    // The Kelvin sign and the long s become k and s where Unicode folds case.
    for text in ["https://app.example/Callbac\u{212a}?x=1", "https://a.example/;\u{17f}cript-src"] {
        assert_eq!(find(text, RedirectCase::IgnoredWithWarning), None, "{text}");
    }
}

#[test]
fn nothing_like_a_registered_address_is_found() {
    for text in [
        "",
        "https://app.example/Callback",
        "https://app.example/Callback?x=1&y=2",
        "https://app.example/Callback/?x=1",
        "https://app.example:443/Callback?x=1",
        "https://app.example./Callback?x=1",
        "https://app.example/%43allback?x=1",
        "https://app.example/Callback?x=1#",
        "https://app.example@evil.example/Callback?x=1",
        "//app.example/Callback?x=1",
        "javascript:alert(1)",
    ] {
        for case in [RedirectCase::Exact, RedirectCase::IgnoredWithWarning] {
            assert_eq!(find(text, case), None, "{text:?}");
        }
    }
}

#[test]
fn an_origin_is_that_of_the_parsed_address() {
    let origin = |text| {
        let found = RedirectTarget::find(text, &registered(), RedirectCase::Exact).expect("registered");
        found.target.origin()
    };
    assert_eq!(origin("https://a.example/;script-src").as_deref(), Some("https://a.example"));
    assert_eq!(origin("http://localhost:4000/cb").as_deref(), Some("http://localhost:4000"));
    assert_eq!(origin("com.example.app:/cb"), None);
}

fn path(target: &str, mode: ResponseMode) -> ReturnPath {
    let found = RedirectTarget::find(target, &registered(), RedirectCase::Exact).expect("registered");
    ReturnPath::new(found.target, mode, Some("s &=\u{e5}"))
}

#[test]
fn an_answer_carries_state_and_issuer_in_the_query_or_in_a_form() {
    let issuer = Issuer::parse("https://sts.example").expect("an issuer");
    let code = CodeAnswer { code: "c+d", scope: None, session_state: Some("e") };
    for (target, mode, expected) in [
        (
            "https://app.example/Callback?x=1",
            ResponseMode::Query,
            "https://app.example/Callback?x=1&code=c%2Bd&session_state=e&state=s+%26%3D%C3%A5&iss=https%3A%2F%2Fsts.example",
        ),
        (
            "com.example.app:/cb",
            ResponseMode::Query,
            "com.example.app:/cb?code=c%2Bd&session_state=e&state=s+%26%3D%C3%A5&iss=https%3A%2F%2Fsts.example",
        ),
    ] {
        let Answer::Redirect { location } = path(target, mode).with_code(&issuer, code) else {
            panic!("no redirect")
        };
        assert_eq!(location, expected);
    }
    let path = path("http://localhost:1/cb", ResponseMode::FormPost);
    let Answer::FormPost { action, fields } = path.with_error(&issuer, ErrorCode::AccessDenied, "no") else {
        panic!("no form");
    };
    assert_eq!(action, "http://localhost:1/cb");
    let expected = [
        ("error", "access_denied"),
        ("error_description", "no"),
        ("state", "s &=\u{e5}"),
        ("iss", "https://sts.example"),
    ];
    assert_eq!(fields.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn a_query_that_is_open_at_its_end_is_gone_on_with() {
    let issuer = Issuer::parse("https://sts.example").expect("an issuer");
    for target in ["https://app.example/cb?", "https://app.example/cb?x=1&"] {
        let registered = [RedirectUri::parse(target).expect("an address")];
        let found = RedirectTarget::find(target, &registered, RedirectCase::Exact).expect("registered");
        let path = ReturnPath::new(found.target, ResponseMode::Query, None);
        let code = CodeAnswer { code: "c", scope: None, session_state: None };
        let Answer::Redirect { location } = path.with_code(&issuer, code) else { panic!("no redirect") };
        assert_eq!(location, format!("{target}code=c&iss=https%3A%2F%2Fsts.example"));
    }
}

#[test]
fn neither_answer_nor_path_prints_what_it_holds() {
    let issuer = Issuer::parse("https://sts.example").expect("an issuer");
    let path = path("http://localhost:1/cb", ResponseMode::Query);
    let answer = path.with_code(&issuer, CodeAnswer { code: "secret", scope: None, session_state: None });
    assert_eq!(format!("{answer:?}"), "Redirect { .. }");
    assert_eq!(format!("{path:?}"), "ReturnPath { target: \"http://localhost:1/cb\", mode: Query, .. }");
}

/// Addresses like the registered ones, and texts put together of what addresses are made of.
fn requested() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "http",
        "https",
        "HTTP",
        ":",
        "://",
        "/",
        "\\",
        "@",
        "localhost",
        "LOCALHOST",
        "127.0.0.1",
        "[::1]",
        "evil.example",
        "app.example",
        ":80",
        ":3000",
        ":0",
        "/cb",
        "/CB",
        "/Callback",
        "?x=1",
        "#",
        "%2f",
        "\u{212a}",
        ".",
        " ",
        "\t",
    ]);
    let built = prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat());
    let near = (prop::sample::select(REGISTERED.to_vec()), 0..40_usize, "[ -~]{0,3}").prop_map(
        |(text, at, other)| {
            let (before, after) = text.split_at(at.min(text.len()));
            format!("{before}{other}{after}")
        },
    );
    prop_oneof![built, near]
}

proptest! {
    #[test]
    fn whatever_is_asked_for_the_answer_goes_to_a_registered_origin_and_path(text in requested()) {
        for case in [RedirectCase::Exact, RedirectCase::IgnoredWithWarning] {
            let Some(found) = RedirectTarget::find(&text, &registered(), case) else { continue };
            let path = ReturnPath::new(found.target, ResponseMode::Query, Some(&text));
            let issuer = Issuer::parse("https://sts.example").expect("an issuer");
            let Answer::Redirect { location } = path.with_error(&issuer, ErrorCode::AccessDenied, &text) else {
                panic!("no redirect");
            };
            let to = Url::parse(&location).expect("an address");
            let goes_there = |registered: &RedirectUri| {
                let own = Url::parse(registered.as_str()).expect("an address");
                let same_port = own.port_or_known_default() == to.port_or_known_default();
                (own.scheme(), own.host_str(), own.path()) == (to.scheme(), to.host_str(), to.path())
                    && (same_port || registered.takes_any_port())
            };
            prop_assert!(registered().iter().any(goes_there), "{text:?} leads to {location}");
        }
    }
}
