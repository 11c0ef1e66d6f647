//! Takes a valid request or answer, breaks one property, expects that one fault.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use proptest::prelude::*;

use super::*;
use crate::grant::GrantType;
use crate::id::{Audience, ClientId};
use crate::rule::{Fault, Rule, Trail};
use crate::scope::ScopeSet;
use crate::secret::ClientAssertion;

fn body() -> String {
    let request = TokenRequest {
        client_id: &ClientId::parse("the client/æ").unwrap(),
        scope: &ScopeSet::parse("nhn:a/read nhn:a/write").unwrap(),
        resource: Some(&Audience::parse("nhn:a").unwrap()),
    };
    request.body(&ClientAssertion::new("h.c.s"))
}

const GRANTED: [GrantType; 1] = [GrantType::ClientCredentials];

fn read(body: &str) -> Result<TokenForm<'_>, Fault> {
    TokenForm::read(Some(CONTENT_TYPE), body.as_bytes(), &mut Trail::new())
}

#[track_caller]
fn broken<T: std::fmt::Debug>(rule: Rule, outcome: Result<T, Fault>) {
    assert_eq!(outcome.expect_err("a fault").rule(), rule);
}

#[test]
fn what_a_client_asks_is_what_the_authority_reads() {
    let body = body();
    let form = read(&body).unwrap();
    let trail = &mut Trail::new();
    assert_eq!(form.client().assertion().expose(), "h.c.s");
    assert_eq!(form.client().require_client("the client/æ", trail), Ok(()));
    assert_eq!(form.grant(&GRANTED, trail), Ok(GrantType::ClientCredentials));
    let asked = ClientCredentials::read(&form, trail).unwrap();
    assert_eq!(asked.scope().to_string(), "nhn:a/read nhn:a/write");
    assert_eq!(asked.resource(), Ok(Some(Audience::parse("nhn:a").unwrap())));
}

#[test]
fn content_type() {
    let body = body();
    let read = |content_type| TokenForm::read(content_type, body.as_bytes(), &mut Trail::new());
    assert!(read(Some("Application/X-WWW-Form-Urlencoded; charset=utf-8")).is_ok());
    broken(Rule::RequestContentType, read(Some("application/json")));
    broken(Rule::RequestContentType, read(None));
}

#[test]
fn body_size_and_characters() {
    broken(Rule::RequestBody, read(&format!("{}&x={}", body(), "y".repeat(MAX_BYTES))));
    broken(Rule::RequestBody, read(&format!("{}&x=å", body())));
}

#[test]
fn parameters_stand_once_except_resource() {
    for doubled in ["scope=x", "client_id=x", "grant_type=x", "unknown=1&unknown=2"] {
        broken(Rule::RequestOnce, read(&format!("{}&{doubled}", body())));
    }
    let twice = format!("{}&resource=nhn:b", body());
    let form = read(&twice).unwrap();
    let asked = ClientCredentials::read(&form, &mut Trail::new()).unwrap();
    assert_eq!(asked.resource().unwrap_err().got, "2");
    assert!(read(&format!("{}&unknown=1", body())).is_ok());
}

#[test]
fn client_authentication() {
    broken(Rule::RequestAssertion, read(&format!("{}&client_secret=s", body())));
    broken(Rule::RequestAssertion, read("grant_type=client_credentials&client_id=x"));
    broken(Rule::RequestAssertion, read(&body().replace("client_assertion=h.c.s", "client_assertion=")));
    broken(Rule::RequestAssertionType, read(&body().replace("jwt-bearer", "saml2-bearer")));
    broken(Rule::RequestAssertionType, read("client_assertion=h.c.s"));
}

#[test]
fn client_id_grant_type_and_scope() {
    broken(
        Rule::RequestClientId,
        read(&body()).unwrap().client().require_client("another", &mut Trail::new()),
    );
    let grant =
        |from: &str, to: &str| read(&body().replace(from, to)).unwrap().grant(&GRANTED, &mut Trail::new());
    broken(Rule::RequestGrantType, grant("client_credentials", "password"));
    broken(Rule::RequestGrantType, grant("client_credentials", "refresh_token"));
    broken(Rule::RequestGrantType, grant("grant_type=", "g="));
    let scope = |from: &str, to: &str| {
        let body = body().replace(from, to);
        let form = read(&body).unwrap();
        ClientCredentials::read(&form, &mut Trail::new()).map(|asked| asked.scope().clone())
    };
    broken(Rule::RequestScope, scope("scope=", "scope=%22"));
    assert!(scope("scope=", "s=").unwrap().is_empty());
}

#[test]
fn of_several_grants_the_one_that_is_asked_for_is_read() {
    let body = body().replace("client_credentials", "refresh_token");
    let form = read(&body).unwrap();
    assert_eq!(form.grant(&GrantType::ALL, &mut Trail::new()), Ok(GrantType::RefreshToken));
    let two = [GrantType::ClientCredentials, GrantType::AuthorizationCode];
    let fault = form.grant(&two, &mut Trail::new()).expect_err("not granted");
    assert_eq!(fault.facts().expected, "client_credentials or authorization_code");
    let going_on = form.grant(&two, &mut Trail::insecure_going_on());
    assert_eq!(going_on, Ok(GrantType::ClientCredentials), "the rest is judged by the first grant there was");
}

#[test]
fn a_form_that_is_printed_tells_no_secret() {
    let body = format!("{}&code=secret&refresh_token=secret", body());
    let form = read(&body).unwrap();
    assert_eq!(form.parameter("code"), Some("secret"));
    assert!(!format!("{form:?}").contains("secret"), "{form:?}");
}

fn answer(status: u16, nonce: Option<&'static str>, body: &str) -> Result<TokenAnswer, UnreadableAnswer> {
    let mut headers = HeaderMap::new();
    if let Some(nonce) = nonce {
        headers.insert(NONCE_HEADER, HeaderValue::from_static(nonce));
    }
    TokenAnswer::read(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), TokenType::Dpop)
}

#[test]
fn a_granted_token_is_read_as_it_was_written() {
    let granted = TokenGranted {
        access_token: crate::secret::AccessToken::new("a.b.c"),
        token_type: TokenType::Dpop,
        expires_in: std::time::Duration::from_secs(600),
        scope: Some(ScopeSet::parse("a b").unwrap()),
        rejected_scope: Some(ScopeSet::parse("c").unwrap()),
        of_login: LoginTokens::default(),
        is_exchanged: false,
    };
    for is_exchanged in [false, true] {
        let json = TokenGranted { is_exchanged, ..granted.clone() }.to_json();
        let Ok(TokenAnswer::Granted(read)) = answer(200, None, &json) else { panic!("a token") };
        assert_eq!(read.is_exchanged, is_exchanged);
        let another = json.replace(":access_token\"", ":refresh_token\"");
        assert_eq!(answer(200, None, &another).is_err(), is_exchanged, "{another}");
    }
    let Ok(TokenAnswer::Granted(read)) = answer(200, None, &granted.to_json()) else { panic!("a token") };
    assert_eq!(read.access_token.expose(), "a.b.c");
    assert_eq!(
        (read.expires_in, read.scope, read.rejected_scope),
        (granted.expires_in, granted.scope, granted.rejected_scope)
    );
}

#[test]
fn what_comes_with_the_token_of_a_person_is_read_as_it_was_written_and_not_shown() {
    let of_login = LoginTokens {
        id_token: Some(crate::secret::IdToken::new("the.id.token")),
        refresh_token: Some(crate::secret::RefreshToken::new("the\"token")),
        refresh_expires_in: Some(std::time::Duration::from_secs(28_800)),
    };
    let granted = TokenGranted {
        access_token: crate::secret::AccessToken::new("a.b.c"),
        token_type: TokenType::Dpop,
        expires_in: std::time::Duration::from_secs(600),
        scope: None,
        rejected_scope: None,
        of_login,
        is_exchanged: false,
    };
    let json = granted.to_json();
    let Ok(TokenAnswer::Granted(read)) = answer(200, None, &json) else { panic!("{json}") };
    let LoginTokens { id_token, refresh_token, refresh_expires_in } = &read.of_login;
    assert_eq!(id_token.as_ref().map(crate::secret::IdToken::expose), Some("the.id.token"));
    assert_eq!(refresh_token.as_ref().map(crate::secret::RefreshToken::expose), Some("the\"token"));
    assert_eq!(*refresh_expires_in, granted.of_login.refresh_expires_in);
    assert!(!format!("{read:?}").contains("the"), "{read:?}");
    for (part, odd) in [
        ("\"the.id.token\"", "7"),
        ("\"the.id.token\"", "\"\""),
        ("\"the.id.token\"", "null"),
        ("\"the\\\"token\"", "{}"),
        ("\"the\\\"token\"", "\"\""),
        ("28800", "\"soon\""),
        ("28800", "\"\""),
        ("28800", "-1"),
    ] {
        let outcome = answer(200, None, &json.replace(part, odd));
        let Ok(TokenAnswer::Granted(read)) = outcome else { panic!("{part} as {odd}: {outcome:?}") };
        let LoginTokens { id_token, refresh_token, refresh_expires_in } = &read.of_login;
        let there = [id_token.is_some(), refresh_token.is_some(), refresh_expires_in.is_some()];
        assert_eq!(there.iter().filter(|there| **there).count(), 2, "{part} as {odd}");
    }
}

#[test]
fn the_type_of_a_token_may_be_written_in_any_case() {
    for token_type in ["DPoP", "dpop", "DPOP"] {
        let body = format!(r#"{{"access_token":"a.b.c","expires_in":600,"token_type":"{token_type}"}}"#);
        let Ok(TokenAnswer::Granted(granted)) = answer(200, None, &body) else { panic!("{token_type}") };
        assert_eq!(granted.token_type, TokenType::Dpop, "{token_type}");
    }
    let bearer = r#"{"access_token":"a.b.c","expires_in":600,"token_type":"Bearer"}"#;
    assert!(answer(200, None, bearer).is_err(), "another type is no answer to a request with a proof");
}

#[test]
fn a_lifetime_may_be_left_out_or_written_as_others_do() {
    for (member, seconds) in [
        ("", ASSUMED_LIFETIME.as_secs()),
        (",\"expires_in\":null", ASSUMED_LIFETIME.as_secs()),
        (",\"expires_in\":600", 600),
        (",\"expires_in\":\"600\"", 600),
        (",\"expires_in\":599.97", 599),
        (",\"expires_in\":\"599.97\"", 599),
        (",\"expires_in\":0", 0),
        (",\"expires_in\":1e300", u64::MAX),
    ] {
        let body = format!(r#"{{"access_token":"a.b.c","token_type":"DPoP"{member}}}"#);
        let Ok(TokenAnswer::Granted(granted)) = answer(200, None, &body) else { panic!("{member}") };
        assert_eq!(granted.expires_in.as_secs(), seconds, "{member}");
    }
}

#[test]
fn use_dpop_nonce_needs_its_header() {
    let body = r#"{"error":"use_dpop_nonce"}"#;
    assert!(
        matches!(answer(400, Some("n1"), body), Ok(TokenAnswer::UseNonce(nonce)) if nonce.as_str() == "n1")
    );
    assert_eq!(answer(400, None, body).unwrap_err(), UnreadableAnswer::NonceMissing);
    // A nonce beside another error does not hide that error.
    let refused = answer(400, Some("n1"), r#"{"error":"invalid_client","error_description":"why"}"#);
    assert!(matches!(refused, Ok(TokenAnswer::Refused(error)) if error.to_string() == "invalid_client: why"));
}

#[test]
fn a_refusal_is_read_as_it_was_written() {
    let [description, uri] = ["why", "https://sts.example/why"].map(|text| Some(text.to_owned()));
    let whole = OAuthError { code: "invalid_client".to_owned(), description, uri };
    let bare = OAuthError { description: None, uri: None, ..whole.clone() };
    for error in [whole, bare] {
        let Ok(TokenAnswer::Refused(read)) = answer(400, None, &error.to_json()) else { panic!("a refusal") };
        assert_eq!(read, error);
    }
}

#[test]
fn an_answer_that_is_none_is_told_apart() {
    assert!(matches!(answer(400, None, "<html>"), Err(UnreadableAnswer::Body { .. })));
    assert!(matches!(answer(400, None, "{}"), Err(UnreadableAnswer::Body { .. })));
    let token = r#"{"access_token":"a.b.c","expires_in":600,"token_type":"DPoP"}"#;
    assert!(answer(200, None, token).is_ok());
    let bearer = answer(200, None, &token.replace("DPoP", "Bearer"));
    assert!(matches!(bearer, Err(UnreadableAnswer::TokenType { expected: "DPoP", .. })));
    for (part, broken) in [
        ("\"a.b.c\"", "7"),
        ("600", "\"soon\""),
        ("600", "\"\""),
        ("600", "\"NaN\""),
        ("600", "-1"),
        ("600", "[600]"),
    ] {
        let outcome = answer(200, None, &token.replace(part, broken));
        assert!(matches!(outcome, Err(UnreadableAnswer::Body { .. })), "{broken}");
    }
}

/// What is read of a failing server's answer with these headers.
fn unavailable(status: u16, said: &[(header::HeaderName, &'static str)], body: &[u8]) -> Unavailable {
    let headers = said.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect();
    let read = TokenAnswer::read(StatusCode::from_u16(status).unwrap(), &headers, body, TokenType::Dpop);
    let Ok(TokenAnswer::Unavailable(unavailable)) = read else { panic!("{status}: {read:?}") };
    unavailable
}

#[test]
fn a_server_that_fails_is_no_breach_of_the_protocol_and_its_reason_is_read() {
    let json = br#"{"error":"temporarily_unavailable","error_description":"wait\u001b[31m","error_uri":"https://x"}"#;
    for status in [429, 500, 502, 503, 504, 599] {
        let read = unavailable(status, &[], json);
        assert_eq!(read.reason.as_deref(), Some("temporarily_unavailable: wait?[31m"), "{status}");
        assert_eq!(read.error.unwrap().uri.as_deref(), Some("https://x"));
        assert_eq!(
            unavailable(status, &[], b"the key is being made\n").reason.unwrap(),
            "the key is being made"
        );
    }
    // It is a status of the server's own that says so.
    assert!(matches!(answer(428, None, "wait"), Err(UnreadableAnswer::Body { .. })));
    // A nonce is a nonce, whatever the status.
    assert!(matches!(answer(500, Some("n1"), r#"{"error":"use_dpop_nonce"}"#), Ok(TokenAnswer::UseNonce(_))));
}

#[test]
fn only_a_short_plain_text_is_repeated_as_a_reason() {
    let reason = |kind, body: &[u8]| unavailable(503, &[(header::CONTENT_TYPE, kind)], body).reason;
    assert_eq!(reason("Text/Plain; charset=utf-8", b" wait ").as_deref(), Some("wait"));
    assert_eq!(reason("text/plain", "å".repeat(100).as_bytes()), Some("å".repeat(100)));
    for (kind, body) in [
        ("text/html", &b"wait"[..]),
        ("application/json", b"{}"),
        ("text/plain", b""),
        ("text/plain", b" \n"),
        ("text/plain", b"\xff\xfe"),
        ("text/plain", b"<html>wait</html>"),
        ("text/plain", b"{\"wait\":1}"),
        ("text/plain", &[b'a'; 201]),
    ] {
        assert_eq!(reason(kind, body), None, "{kind} {}", String::from_utf8_lossy(body));
    }
    assert_eq!(reason("text/plain", b"sent eyJhbGciOi").as_deref(), Some("(a token or a key, hidden)"));
}

#[test]
fn when_to_ask_again_is_read_in_seconds() {
    let after = |value| unavailable(503, &[(header::RETRY_AFTER, value)], b"").retry_after;
    assert_eq!(after(" 120 "), Some(std::time::Duration::from_secs(120)));
    for other in ["-1", "1.5", "soon", "Fri, 31 Dec 2027 23:59:59 GMT"] {
        assert_eq!(after(other), None, "{other}");
    }
}

proptest! {
    #[test]
    fn any_form_is_taken_apart_as_others_do(form in "[a-c=&%+0-9A-F ]{0,60}") {
        let ours: Vec<_> = crate::endpoint::form::pairs(form.as_bytes()).collect();
        prop_assert_eq!(ours, form_urlencoded::parse(form.as_bytes()).collect::<Vec<_>>());
    }

    #[test]
    fn any_token_is_written_as_json(text in "\\PC{0,40}|[ -~]{0,40}|[\0-\x1f\"\\\\]{0,8}") {
        let granted = TokenGranted {
            access_token: crate::secret::AccessToken::new(text.clone()),
            token_type: TokenType::Bearer,
            expires_in: std::time::Duration::from_secs(1),
            scope: None,
            rejected_scope: None,
            of_login: LoginTokens::default(),
            is_exchanged: false,
        };
        let read: serde_json::Value = serde_json::from_str(&granted.to_json()).unwrap();
        prop_assert_eq!(read, serde_json::json!({ "access_token": text, "expires_in": 1, "token_type": "Bearer" }));
    }

    #[test]
    fn scopes_survive_the_form(scopes in proptest::collection::btree_set("[!#-\\[\\]-~]{1,20}", 1..6)) {
        let scope: Vec<String> = scopes.into_iter().collect();
        let scope = ScopeSet::parse(&scope.join(" ")).unwrap();
        let client_id = ClientId::parse("c").unwrap();
        let body = TokenRequest { client_id: &client_id, scope: &scope, resource: None }.body(&ClientAssertion::new("h.c.s"));
        let form = read(&body).unwrap();
        let asked = ClientCredentials::read(&form, &mut Trail::new()).unwrap();
        prop_assert_eq!(asked.scope(), &scope);
    }
}
