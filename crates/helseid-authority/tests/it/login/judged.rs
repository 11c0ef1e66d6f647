//! What a session of conformance says of a client that logs people in: its issuer serves all of a login, and each breach shows up.

use helseid_admin_api::{ConformanceReport, EndpointReport, RuleState};
use helseid_protocol::rule::Profile;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use url::Url;

use super::world::*;
use crate::desk::Sent;
use crate::json as read;

/// A client at a session.
pub(super) struct Judged<'a> {
    pub(super) login: &'a Login,
    pub(super) session: ConformanceReport,
}

pub(super) type Form = Vec<(&'static str, String)>;

pub(super) fn form<const N: usize>(fields: [(&'static str, &str); N]) -> Form {
    fields.map(|(name, value)| (name, value.to_owned())).into()
}

impl<'a> Judged<'a> {
    /// A session of its own, at an authority that may have others.
    pub(super) async fn at_new_session(login: &'a Login) -> Self {
        let session = login.desk.running.open_conformance(Profile::Helseid).await.unwrap();
        Self { login, session }
    }

    pub(super) fn path(&self, path: &str) -> String {
        format!("/{}{path}", self.session.session)
    }

    pub(super) fn signed(&self, form: Form) -> Sent {
        self.signed_with(form, None)
    }

    /// With details in the assertion.
    fn signed_with(&self, form: Form, details: Option<Value>) -> Sent {
        let assertion = self.login.desk.assertion().claim("aud", self.session.issuer.as_str());
        let assertion = match details {
            Some(details) => assertion.claim("assertion_details", details),
            None => assertion,
        };
        Sent { assertion: assertion.sign(&self.login.desk.key), proof: None, form }
    }

    async fn push(&self, form: Form) -> (StatusCode, Value) {
        let answer = self.login.desk.post_to(&self.path("/connect/par"), &self.signed(form));
        let answer = answer.send().await.unwrap();
        (answer.status(), read(answer).await)
    }

    fn visiting(&self, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let url = Url::parse_with_params(&self.login.desk.url(&self.path(path)), query).unwrap();
        self.login.browser.get(url).header("host", self.login.host())
    }

    /// The code of a login.
    pub(super) async fn code(&self, form: Form) -> String {
        let (status, answer) = self.push(form).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        let name = answer["request_uri"].as_str().unwrap();
        let query = [("client_id", "the-client"), ("request_uri", name)];
        let back = self.visiting("/connect/authorize", &query).send().await.unwrap();
        sent_back(&back).code().to_owned()
    }

    /// A token request with a proof, and its repetition with the nonce.
    pub(super) async fn token(&self, form: Form) -> (StatusCode, Value) {
        self.token_with(form, None).await
    }

    /// The same, with details in the assertion.
    pub(super) async fn token_with(&self, form: Form, details: Option<Value>) -> (StatusCode, Value) {
        let (desk, path) = (&self.login.desk, self.path("/connect/token"));
        let send = async |nonce: Option<&str>| {
            let proof = desk.proof(&Method::POST, &path, nonce, None).sign(&desk.proof_key);
            let sent = Sent { proof: Some(proof), ..self.signed_with(form.clone(), details.clone()) };
            desk.post_to(&path, &sent).send().await.unwrap()
        };
        let first = send(None).await;
        let nonce = first.headers()["dpop-nonce"].to_str().unwrap().to_owned();
        let answer = send(Some(&nonce)).await;
        (answer.status(), read(answer).await)
    }

    async fn redeem(&self, code: &str, verifier: &str) -> (StatusCode, Value) {
        let fields = [("code", code), ("redirect_uri", CALLBACK), ("code_verifier", verifier)];
        let mut fields = form(fields);
        fields.push(("grant_type", "authorization_code".to_owned()));
        self.token(fields).await
    }

    async fn refresh(&self, token: &str) -> (StatusCode, Value) {
        self.token(form([("grant_type", "refresh_token"), ("refresh_token", token)])).await
    }

    pub(super) fn report(&self) -> ConformanceReport {
        self.login.desk.running.conformance(&self.session.session).unwrap()
    }

    pub(super) fn at(&self, endpoint: &str) -> EndpointReport {
        self.report().endpoints.into_iter().find(|one| one.endpoint == endpoint).unwrap()
    }

    /// This rule and no other is in this state, at this endpoint.
    pub(super) fn is(&self, state: RuleState, rule: &str, endpoint: &str) {
        let report = self.report();
        let found: Vec<_> = report.rules.iter().filter(|found| found.state == state).collect();
        let named: Vec<_> = found.iter().map(|found| (&*found.rule, found.at.join(" "))).collect();
        assert_eq!(named, [(rule, endpoint.to_owned())], "{report}");
        assert_eq!(report.is_kept(), state != RuleState::Broken && report.granted > 0, "{rule}");
    }
}

#[tokio::test]
async fn a_whole_login_is_judged_at_every_endpoint_and_what_was_not_called_is_told() {
    let login = with_logout().await;
    let judged = Judged::at_new_session(&login).await;
    let code = judged.code(judged.login.parameters()).await;
    let (status, tokens) = judged.redeem(&code, VERIFIER).await;
    assert_eq!(status, StatusCode::OK, "{tokens}");
    assert_eq!(claims(&tokens["id_token"])["iss"], judged.session.issuer.as_str());
    let [access, refresh, hint] =
        ["access_token", "refresh_token", "id_token"].map(|name| tokens[name].as_str().unwrap().to_owned());
    let path = judged.path("/connect/userinfo");
    let info = judged.login.desk.call(Method::GET, &path, &access).send().await.unwrap();
    assert_eq!(info.status(), StatusCode::OK);
    assert_eq!(judged.refresh(&refresh).await.0, StatusCode::OK);

    // None of it is good at the authority itself, nor the other way round.
    let foreign = judged.login.refresh(&refresh).await;
    judged.login.breaks("refresh.known", "invalid_grant", &foreign).await;
    let info = judged.login.desk.call(Method::GET, "/connect/userinfo", &access).send().await.unwrap();
    assert_eq!(info.status(), StatusCode::UNAUTHORIZED);

    let revoked = judged.signed(form([("token", &*refresh)]));
    let revoked = judged.login.desk.post_to(&judged.path("/connect/revocation"), &revoked);
    assert_eq!(revoked.send().await.unwrap().status(), StatusCode::OK);
    let query = [("id_token_hint", &*hint), ("post_logout_redirect_uri", SIGNED_OUT)];
    let ended = judged.visiting("/connect/endsession", &query).send().await.unwrap();
    assert_eq!(ended.headers()["location"], SIGNED_OUT);

    let report = judged.report();
    assert!(report.is_kept() && report.count(RuleState::Broken) == 0, "{report}");
    for endpoint in
        ["par", "authorize", "authorization_code", "refresh_token", "userinfo", "revocation", "end_session"]
    {
        let one = judged.at(endpoint);
        assert!(one.granted > 0 && !one.kept.is_empty() && one.broken.is_empty(), "{one:?}");
    }
    for endpoint in ["client_credentials", "introspection"] {
        let one = judged.at(endpoint);
        assert!(one.requests == 0 && one.kept.is_empty() && !one.not_exercised.is_empty(), "{one:?}");
    }
    assert!(judged.at("refresh_token").not_exercised.iter().any(|rule| rule.starts_with("details.")));
    let text = report.to_string();
    assert!(
        text.contains(
            "not called: client_credentials, urn:ietf:params:oauth:grant-type:token-exchange, introspection"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn a_person_logs_in_by_the_page_of_a_session() {
    let login = with_logout().await;
    let judged = Judged::at_new_session(&login).await;
    let (_, pushed) = judged.push(with(judged.login.parameters(), "test_pid", "")).await;
    let query = [("client_id", "the-client"), ("request_uri", pushed["request_uri"].as_str().unwrap())];
    let page = judged.visiting("/connect/authorize", &query).send().await.unwrap();
    let cookies: Vec<_> = cookies(&page).iter().map(|cookie| first(cookie)).collect();
    let html = page.text().await.unwrap();
    let answer = [
        ("visit", field(&html, "visit")),
        ("csrf", field(&html, "csrf")),
        ("state", field(&html, "state")),
        ("pid", "nurse".to_owned()),
    ];
    let answer = judged.login.form(&judged.path("/login"), &answer).header("cookie", cookies.join("; "));
    let code = sent_back(&answer.send().await.unwrap()).code().to_owned();
    assert_eq!(judged.redeem(&code, VERIFIER).await.0, StatusCode::OK);
    assert!(judged.report().is_kept());
}

#[tokio::test]
async fn each_breach_of_an_authorization_request_shows_up_where_it_was_made() {
    let login = with_logout().await;
    for (name, value, rule) in [
        ("code_challenge_method", "plain", "authorize.code_challenge_method"),
        ("code_challenge", "", "authorize.code_challenge"),
        ("redirect_uri", "https://app.example/other", "authorize.redirect_uri_registered"),
        ("response_type", "token", "authorize.response_type"),
        ("scope", "openid nhn:bff-sample/api", "authorize.scope_allowed"),
        ("request_uri", "urn:ietf:params:oauth:request_uri:own", "par.request_uri"),
    ] {
        let judged = Judged::at_new_session(&login).await;
        let (status, answer) = judged.push(with(judged.login.parameters(), name, value)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        judged.is(RuleState::Broken, rule, "par");
    }
    let judged = Judged::at_new_session(&login).await;
    let parameters = judged.login.parameters();
    let query: Vec<_> = parameters.iter().map(|(name, value)| (*name, &**value)).collect();
    judged.visiting("/connect/authorize", &query).send().await.unwrap();
    judged.is(RuleState::Broken, "authorize.par", "authorize");
}

#[tokio::test]
async fn a_login_without_state_or_nonce_is_warned_of_and_values_that_are_not_new_are_a_breach() {
    let login = with_logout().await;
    for (name, rule) in [("state", "authorize.state"), ("nonce", "authorize.nonce")] {
        let judged = Judged::at_new_session(&login).await;
        let code = judged.code(with(judged.login.parameters(), name, "")).await;
        assert_eq!(judged.redeem(&code, VERIFIER).await.0, StatusCode::OK);
        judged.is(RuleState::Warned, rule, "par");
    }
    let fresh = ["state", "nonce", "code_challenge"];
    for same in fresh {
        let judged = Judged::at_new_session(&login).await;
        let code = judged.code(judged.login.parameters()).await;
        assert_eq!(judged.redeem(&code, VERIFIER).await.0, StatusCode::OK);
        let mut second = judged.login.parameters();
        for other in fresh.into_iter().filter(|other| *other != same) {
            second = with(second, other, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        }
        judged.code(second).await;
        judged.is(RuleState::Broken, &format!("authorize.{same}"), "par");
    }
}

#[tokio::test]
async fn each_breach_behind_the_login_shows_up_at_its_grant_or_endpoint() {
    let login = with_logout().await;
    let judged = Judged::at_new_session(&login).await;
    let code = judged.code(judged.login.parameters()).await;
    judged.redeem(&code, "another-verifier-of-forty-three-characters-or-more").await;
    judged.is(RuleState::Broken, "code.challenge", "authorization_code");

    let judged = Judged::at_new_session(&login).await;
    let code = judged.code(judged.login.parameters()).await;
    assert_eq!(judged.redeem(&code, VERIFIER).await.0, StatusCode::OK);
    judged.redeem(&code, VERIFIER).await;
    judged.is(RuleState::Broken, "code.once", "authorization_code");

    let judged = Judged::at_new_session(&login).await;
    judged.refresh("no-token-of-ours").await;
    judged.is(RuleState::Broken, "refresh.known", "refresh_token");

    // An assertion that is wrong is told at the grant for which it came.
    let judged = Judged::at_new_session(&login).await;
    let mut sent = judged.signed(form([("grant_type", "refresh_token"), ("refresh_token", "x")]));
    sent.assertion = "a.b.c".to_owned();
    judged.login.desk.post_to(&judged.path("/connect/token"), &sent).send().await.unwrap();
    judged.is(RuleState::Broken, "assertion.form", "refresh_token");

    let judged = Judged::at_new_session(&login).await;
    let code = judged.code(judged.login.parameters()).await;
    let (_, tokens) = judged.redeem(&code, VERIFIER).await;
    let hint = tokens["id_token"].as_str().unwrap();
    let query = [("id_token_hint", hint), ("post_logout_redirect_uri", "https://evil.example/")];
    judged.visiting("/connect/endsession", &query).send().await.unwrap();
    assert!(
        judged
            .at("end_session")
            .warned
            .iter()
            .chain(&judged.at("end_session").broken)
            .any(|rule| rule == "end_session.redirect"),
        "{}",
        judged.report()
    );
}
