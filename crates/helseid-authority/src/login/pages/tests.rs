//! What the pages around a login say, and to whom.

use ::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use ::http::{HeaderMap, HeaderValue, StatusCode};
use helseid_protocol::rule::Rule;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::login::tests::{ISSUER, site, text};
use crate::login::{Reflected, Words};
use crate::web::csp::FormTarget;
use crate::web::csrf::CsrfToken;
use crate::web::language::Language;

fn error(value: &str) -> ErrorPage {
    let mut page = ErrorPage::new(StatusCode::BAD_REQUEST, Explained::Rule(Rule::RequestScope));
    page.facts.push(Fact { name: Words("Host"), value: Reflected::of(value) });
    page.trace = Some("http://localhost:8480/trace/0a1b".to_owned());
    page
}

fn html(page: ErrorPage) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(text(page.respond(&site(ISSUER), &HeaderMap::new(), None)))
}

#[tokio::test]
async fn an_error_says_what_happened_which_rule_and_what_to_do() {
    let response = error("a value").respond(&site(ISSUER), &HeaderMap::new(), Some(Language::Norwegian));
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()[REFERRER_POLICY], "no-referrer");
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'none'") && policy.ends_with("form-action 'none'"), "{policy}");
    let page = text(response).await;
    let norwegian = crate::web::rule_text::text(Language::Norwegian, Rule::RequestScope);
    for expected in [
        norwegian.breach,
        norwegian.statement,
        norwegian.fix,
        "data-testid=\"error-rule\">request.scope<",
        "<code>a value</code>",
        "href=\"http://localhost:8480/trace/0a1b\"",
        "Hva du kan gjøre",
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
    assert!(!page.contains("<form") && !page.contains("<script"));
}

#[test]
fn what_a_rule_expected_is_said_in_the_language_of_the_page_and_what_a_stranger_sent_as_it_is() {
    let mut page = error("a value");
    for value in ["a request without an answer", "an unknown client, <a-b>"] {
        page.facts.push(Fact { name: Words("Got"), value: Reflected::of(value) });
    }
    let said = |language| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(text(page.clone().respond(&site(ISSUER), &HeaderMap::new(), Some(language))))
    };
    let (english, norwegian) = (said(Language::English), said(Language::Norwegian));
    assert!(english.contains("<code>a request without an answer</code>"), "{english}");
    assert!(norwegian.contains("<code>en forespørsel uten svar</code>"), "{norwegian}");
    for page in [english, norwegian] {
        assert!(
            page.contains("<code>a value</code>")
                && page.contains("<code>an unknown client, &#60;a-b&#62;</code>")
        );
    }
}

#[tokio::test]
async fn a_program_gets_the_error_as_a_problem() {
    let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
    let response = error("a value").respond(&site(ISSUER), &headers, None);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
    let problem: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(problem["title"], Rule::RequestScope.breach());
    assert_eq!(problem["next"], Rule::RequestScope.fix());
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("rule request.scope") && detail.contains("Host: a value"), "{detail}");
}

proptest! {
    #[test]
    fn a_value_of_a_stranger_is_text_and_no_link(value in "\\PC{0,80}|[<>\"'&/=:.a-z]{0,80}") {
        let (plain, other) = (html(error("plain")), html(error(&value)));
        for mark in ["<", ">", "\"", "'"] {
            prop_assert_eq!(plain.matches(mark).count(), other.matches(mark).count(), "{}", other);
        }
    }
}

#[tokio::test]
async fn who_is_asked_about_a_logout_answers_with_the_token_of_this_browser() {
    let token = CsrfToken::new("logout", "secret");
    let target = FormTarget::of("https://app.example/bye").unwrap();
    let page = ConfirmLogout {
        action: "/connect/endsession",
        token: &token,
        state: "SEALED",
        target: Some(&target),
    };
    let response = page.respond(&site(ISSUER), &HeaderMap::new(), None);
    assert_eq!(response.headers()[REFERRER_POLICY], "same-origin");
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.ends_with("form-action 'self' https://app.example"), "{policy}");
    let page = text(response).await;
    for expected in [
        r#"<form method="post" action="/connect/endsession""#,
        &format!(r#"name="csrf" value="{}""#, token.as_str()),
        r#"name="state" value="SEALED""#,
        r#"name="logout" value="yes" data-testid="logout-yes""#,
        r#"name="logout" value="no" data-testid="logout-no""#,
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
}

#[tokio::test]
async fn the_page_after_a_logout_tells_the_applications_that_a_policy_can_name() {
    let frames = ["https://a.example/out?sid=1", "https://b;c.example/out"].map(str::to_owned);
    let page = SignedOut { back: Some("https://app.example/bye"), frames: &frames, stays: false };
    let response = page.respond(&site(ISSUER), &HeaderMap::new(), None);
    assert_eq!(response.headers()[REFERRER_POLICY], "no-referrer");
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.ends_with("form-action 'none'; frame-src https://a.example"), "{policy}");
    let page = text(response).await;
    assert!(page.contains("data-testid=\"logged-out\"") && page.contains("href=\"https://app.example/bye\""));
    assert!(page.contains("<iframe src=\"https://a.example/out?sid=1\"") && !page.contains("b;c"));

    let stays = SignedOut { stays: true, ..SignedOut::default() };
    let page = text(stays.respond(&site(ISSUER), &HeaderMap::new(), None)).await;
    assert!(page.contains("data-testid=\"still-logged-in\"") && !page.contains("<iframe"));
    assert!(!page.contains("data-testid=\"back\""));
}

#[tokio::test]
async fn a_response_as_a_form_goes_to_the_application_and_nowhere_else() {
    let target = FormTarget::of("https://app.example/callback").unwrap();
    let fields = [("code", "a&b"), ("state", "\"><script>")];
    let page = FormPost { action: "https://app.example/callback", target: &target, fields: &fields };
    let response = page.respond(&site(ISSUER), &HeaderMap::new(), None);
    assert_eq!(response.headers()[REFERRER_POLICY], "no-referrer");
    let policy = response.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.ends_with("script-src 'self'; form-action https://app.example"), "{policy}");
    let page = text(response).await;
    for expected in [
        r#"<form method="post" action="https://app.example/callback""#,
        r#"name="code" value="a&#38;b""#,
        r#"name="state" value="&#34;&#62;&#60;script&#62;""#,
        r#"src="/login/assets/form-post.js""#,
        r#"data-testid="continue""#,
    ] {
        assert!(page.contains(expected), "{expected}\n{page}");
    }
}
