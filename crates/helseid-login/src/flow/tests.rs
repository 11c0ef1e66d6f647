//! The steps of a login over a double of the authority, each with one thing wrong.

mod answered;

use std::time::Duration;

use helseid_client::{Client, Config, KeyLocation};
use helseid_protocol::authorize::Prompt;
use helseid_protocol::endpoint::token::OAuthError;
use helseid_protocol::id::Audience;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::rule::{Facts, Fault, Rule};
use helseid_protocol::scope::ScopeSet;

use super::*;
use crate::test_util::{TestClock, TestProvider};

struct World {
    clock: TestClock,
    authority: TestProvider,
    login: LoginClient,
}

impl World {
    fn new() -> Self {
        let clock = TestClock::new();
        let authority = TestProvider::new(&clock);
        let login = authority.login("https://app.example/callback").unwrap();
        Self { clock, authority, login }
    }
}

/// A login that was begun, and the query with which its browser comes back.
async fn begun(world: &World, login: &LoginClient) -> (PendingLogin, String) {
    let pushed = login.begin(&LoginRequest::default()).await.unwrap();
    let query = world.authority.visit(&pushed.authorize);
    (pushed.pending, query)
}

fn recognised(query: &str, found: Found, login: &LoginClient) -> Result<(), Option<Rule>> {
    let returned = Returned::read(query.as_bytes()).unwrap();
    returned.recognise(found, login).map(drop).map_err(|error| error.rule())
}

#[tokio::test]
async fn a_callback_goes_on_with_the_login_of_its_own_state_and_client_within_the_hour() {
    let world = World::new();
    let elsewhere = world.authority.login("https://app.example/other").unwrap();
    let ((pending, query), (other, _)) =
        (begun(&world, &world.login).await, begun(&world, &world.login).await);
    let (of_another, query_of_another) = begun(&world, &elsewhere).await;
    let transaction = Err(Some(Rule::LoginTransaction));
    assert_eq!(recognised(&query, Found::Pending(other), &world.login), transaction, "another state");
    assert_eq!(
        recognised(&query_of_another, Found::Pending(of_another), &world.login),
        transaction,
        "another client"
    );
    assert_eq!(recognised(&query, Found::Nowhere, &world.login), transaction);
    assert_eq!(recognised(&query, Found::Elsewhere, &world.login), Err(Some(Rule::LoginBrowser)));
    assert_eq!(recognised(&query, Found::Spent, &world.login), Err(Some(Rule::LoginOnce)));
    let again = || PendingLogin::from_bytes(&pending.to_bytes()).unwrap();
    world.clock.forward(Duration::from_secs(3600));
    assert_eq!(recognised(&query, Found::Pending(again()), &world.login), Ok(()));
    world.clock.forward(Duration::from_secs(1));
    assert_eq!(recognised(&query, Found::Pending(again()), &world.login), transaction, "too late");
}

#[tokio::test]
async fn what_must_be_kept_of_a_login_has_a_bound() {
    let world = World::new();
    let with = |length: usize| LoginRequest::default().acr([std::iter::repeat_n('a', length).collect()]);
    let mut longest = 0;
    for length in 1.. {
        match world.login.begin(&with(length)).await {
            Ok(pushed) => longest = pushed.pending.to_bytes().len(),
            Err(error) => {
                assert_eq!(error.kind(), LoginErrorKind::Configuration);
                break;
            }
        }
    }
    assert_eq!(longest, PendingLogin::MAX_BYTES);
}

#[tokio::test]
async fn what_a_login_asks_for_is_pushed_and_kept() {
    let world = World::new();
    let api = Audience::parse("nhn:api").unwrap();
    let request = LoginRequest::default()
        .scope(ScopeSet::parse("openid nhn:api/read").unwrap())
        .resource(api.clone())
        .identity_provider("testidp-oidc")
        .acr(["one".to_owned()])
        .ui_locales("nb en")
        .prompt(Prompt::Login);
    let pushed = world.login.begin(&request).await.unwrap();
    let asked_for = |name| world.authority.pushed(&pushed.authorize, name);
    for (name, value) in [
        ("scope", "nhn:api/read openid"),
        ("resource", "nhn:api"),
        ("acr_values", "idp:testidp-oidc one"),
        ("ui_locales", "nb en"),
        ("prompt", "login"),
    ] {
        assert_eq!(asked_for(name).as_deref(), Some(value), "{name}");
    }
    let kept = &pushed.pending.asked;
    assert_eq!((&kept.resource, kept.is_new), (&Some(api), true));
    let (bare, _) = begun(&world, &world.login).await;
    assert!(!bare.asked.is_new);
}

fn client(insecure_http: &[&str]) -> Client {
    let world = World::new();
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let (issuer, client_id) = (world.login.issuer().clone(), world.login.client_id().clone());
    let mut config = Config::new(issuer, client_id, KeyLocation::Text(key.to_json()));
    config.insecure_http = insecure_http.iter().map(|&host| host.to_owned()).collect();
    Client::builder(config).build().unwrap()
}

#[test]
fn a_code_comes_back_over_http_to_loopback_or_a_named_host_alone() {
    let login = |address, insecure_http: &[&str]| LoginClient::new(client(insecure_http), address).map(drop);
    for address in
        ["https://app.example/cb", "http://localhost/cb", "http://127.0.0.1:5000/cb", "com.example.app:/cb"]
    {
        assert!(login(address, &[]).is_ok(), "{address}");
    }
    let refused = login("http://app.example/cb", &[]).unwrap_err();
    assert!(refused.to_string().contains("http://app.example/cb is http, and not on loopback"), "{refused}");
    assert!(login("http://app.example/cb", &["app.example"]).is_ok());
}

fn oauth(code: &str) -> OAuthError {
    OAuthError { code: code.to_owned(), description: None, uri: None }
}

#[test]
fn an_error_of_the_callback_is_of_its_kind() {
    use LoginErrorKind::{Denied, InteractionNeeded, LevelNotReached, Refused, Unavailable};
    for (code, kind, next) in [
        ("access_denied", Denied, "log in again, and do not cancel"),
        ("login_required", InteractionNeeded, "check what"),
        ("interaction_required", InteractionNeeded, "check what"),
        ("account_selection_required", InteractionNeeded, "check what"),
        ("consent_required", InteractionNeeded, "check what"),
        ("unmet_authentication_requirements", LevelNotReached, "check what"),
        ("temporarily_unavailable", Unavailable, "try again later"),
        ("server_error", Unavailable, "try again later"),
        ("invalid_request", Refused, "check what"),
    ] {
        let error = LoginError::callback(oauth(code));
        assert_eq!((error.kind(), error.is_transient()), (kind, kind == Unavailable), "{code}");
        assert_eq!((error.oauth(), error.rule()), (Some(&oauth(code)), None));
        assert!(error.lines()[2].starts_with(next), "{error}");
        assert_eq!(error.to_string(), error.lines().join("\n  "));
        #[cfg(feature = "web")]
        assert!(error.is_of_callback());
    }
}

#[test]
fn an_error_of_the_token_endpoint_is_of_its_kind() {
    use LoginErrorKind::{GrantEnded, Refused, Unavailable};
    for (code, kind) in [
        ("invalid_grant", GrantEnded),
        ("temporarily_unavailable", Unavailable),
        ("server_error", Unavailable),
        ("invalid_client", Refused),
    ] {
        let error = refused_by_token_endpoint(code);
        assert_eq!((error.kind(), error.oauth()), (kind, Some(&oauth(code))));
        assert_eq!(error.lines()[2] == "log in again", kind == GrantEnded, "{error}");
        #[cfg(feature = "web")]
        assert!(!error.is_of_callback());
    }
}

#[test]
fn a_breach_is_of_its_rules_kind() {
    use LoginErrorKind::{Broken, LevelNotReached, OtherPerson, StartAgain};
    for (rule, kind, is_of_callback) in [
        (Rule::LoginTransaction, StartAgain, true),
        (Rule::LoginOnce, StartAgain, true),
        (Rule::LoginIss, Broken, true),
        (Rule::LoginSamePerson, OtherPerson, true),
        (Rule::IdTokenLevel, LevelNotReached, false),
        (Rule::IdTokenNonce, Broken, false),
    ] {
        let error = LoginError::from(Fault::new(rule, Facts::new("one", "another")));
        assert_eq!((error.kind(), error.rule(), error.oauth()), (kind, Some(rule), None));
        #[cfg(feature = "web")]
        assert_eq!(error.is_of_callback(), is_of_callback, "{}", rule.id());
        let _ = is_of_callback;
    }
}

#[tokio::test]
async fn no_step_prints_what_it_holds() {
    let world = World::new();
    let pushed = world.login.begin(&LoginRequest::default()).await.unwrap();
    let query = world.authority.visit(&pushed.authorize);
    let mut shown =
        vec![format!("{pushed:?}"), format!("{:?}", world.login), format!("{:?}", pushed.pending.key)];
    shown.extend([format!("{:?}", pushed.pending), format!("{:?}", pushed.pending.spent())]);
    let (state, key) = (pushed.pending.state(), pushed.pending.key.thumbprint().to_string());
    let returned = Returned::read(query.as_bytes()).unwrap();
    shown.push(format!("{returned:?}"));
    let recognised = returned.recognise(Found::Pending(pushed.pending), &world.login).unwrap();
    shown.push(format!("{recognised:?}"));
    let coded = recognised.answer(&world.login).unwrap();
    shown.push(format!("{coded:?}"));
    let redeemed = coded.redeem(&world.login).await.unwrap();
    shown.push(format!("{redeemed:?}"));
    let begins = [
        "PushedLogin { expires: ",
        "LoginClient { issuer: ",
        "LoginKey { thumbprint: ",
        "PendingLogin { began: ",
        "SpentLogin { began: ",
        "Returned { .. }",
        "Recognised { pending: ",
        "Coded { pending: ",
        "Redeemed { pending: ",
    ];
    for (shown, begin) in shown.iter().zip(begins) {
        assert!(shown.starts_with(begin) && !shown.contains(&state), "{shown}");
        assert!(
            !shown.contains("a.b.c") && (shown.contains(&key) == begin.starts_with("LoginKey")),
            "{shown}"
        );
    }
    assert_eq!(shown.len(), begins.len());
}
