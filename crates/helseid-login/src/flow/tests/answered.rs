//! Answers that do not fit, or are long on their way.

use std::sync::{Arc, Mutex};

use axum::Router;
use helseid_protocol::details::Details;
use helseid_protocol::endpoint::metadata;
use helseid_protocol::endpoint::pushed::PushedAnswer;
use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::id::{ClientId, Issuer, KeyId};
use helseid_protocol::jose::VerifyKey;
use helseid_protocol::random::Random;
use helseid_protocol::rule::Trail;
use helseid_protocol::secret::{AccessToken, RefreshToken};
use helseid_protocol::time::Clock;
use http::StatusCode;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::*;
use crate::flow::id_token::log_warnings;
use crate::flow::provider::{Grant, Provided, Provider, Push};

/// The double, with another answer of userinfo, and with keys that are long on their way.
struct Odd {
    authority: TestProvider,
    clock: TestClock,
    userinfo: StatusCode,
    keys_take: Duration,
}

impl Odd {
    fn login(self) -> LoginClient {
        LoginClient::with(Arc::new(self), "https://app.example/callback").unwrap()
    }
}

impl Provider for Odd {
    fn issuer(&self) -> &Issuer {
        self.authority.issuer()
    }

    fn client_id(&self) -> &ClientId {
        self.authority.client_id()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Provider::clock(&self.authority)
    }

    fn random(&self) -> Arc<dyn Random> {
        self.authority.random()
    }

    fn client(&self) -> &Client {
        self.authority.client()
    }

    fn endpoints(&self) -> Provided<'_, Endpoints> {
        self.authority.endpoints()
    }

    fn push(&self, push: Push) -> Provided<'_, PushedAnswer> {
        self.authority.push(push)
    }

    fn tokens<'a>(&'a self, grant: Grant<'a>) -> Provided<'a, TokenGranted> {
        self.authority.tokens(grant)
    }

    fn userinfo<'a>(&'a self, _: &'a AccessToken, _: &'a LoginKey) -> Provided<'a, http::Response<Vec<u8>>> {
        Box::pin(async { Ok(http::Response::builder().status(self.userinfo).body(Vec::new()).unwrap()) })
    }

    fn revoke<'a>(&'a self, token: &'a RefreshToken) -> Provided<'a, ()> {
        self.authority.revoke(token)
    }

    fn keys<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Provided<'a, Vec<Arc<VerifyKey>>> {
        self.clock.forward(self.keys_take);
        self.authority.keys(kid, algorithm)
    }
}

#[tokio::test]
async fn a_refusal_of_userinfo_is_of_its_kind() {
    let World { clock, authority, login } = World::new();
    let person = authority.log_in(&login, &LoginRequest::default()).await.unwrap();
    for (status, kind) in [
        (StatusCode::SERVICE_UNAVAILABLE, LoginErrorKind::Unavailable),
        (StatusCode::TOO_MANY_REQUESTS, LoginErrorKind::Unavailable),
        (StatusCode::UNAUTHORIZED, LoginErrorKind::Broken),
    ] {
        let (authority, clock, keys_take) = (authority.clone(), clock.clone(), Duration::ZERO);
        let login = Odd { authority, clock, userinfo: status, keys_take }.login();
        let error = login.userinfo(&person.access.token, &person.key, person.claims.subject()).await;
        assert_eq!(error.unwrap_err().kind(), kind, "{status}");
    }
}

/// The double's tokens are good for 600 s, and 10 s more for clocks that differ.
#[tokio::test]
async fn what_expires_while_keys_are_fetched_is_refused() {
    for (seconds, is_late) in [(609, false), (610, true)] {
        let World { clock, authority, login } = World::new();
        let person = authority.log_in(&login, &LoginRequest::default()).await.unwrap();
        let sid = person.claims.session_id().unwrap().as_str();
        let exp = login.now().seconds() + 600;
        let form = authority.logout_form(sid, |token| token.claim("exp", exp));
        let (keys_take, userinfo) = (Duration::from_secs(seconds), StatusCode::OK);
        let odd = || Odd { authority: authority.clone(), clock: clock.clone(), userinfo, keys_take }.login();

        let form = odd().logout_token(Some("application/x-www-form-urlencoded"), form.as_bytes()).await;
        let rule = form.err().map(|error| error.rule());
        assert_eq!(rule, is_late.then_some(Some(Rule::LogoutTokenExp)), "{seconds}");
        let logged_in = authority.log_in(&odd().without_userinfo(), &LoginRequest::default()).await;
        let rule = logged_in.err().map(|error| error.rule());
        assert_eq!(rule, is_late.then_some(Some(Rule::IdTokenExp)), "{seconds}");
    }
}

/// What the authority answers to a revocation, and what that is to a login.
#[tokio::test]
async fn an_answer_of_the_network_is_of_its_kind() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let document = serde_json::json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "revocation_endpoint": format!("{issuer}/revoke"),
    });
    let answer = Arc::new(Mutex::new((StatusCode::OK, String::new())));
    let (told, document) = (answer.clone(), document.to_string());
    let app = Router::new()
        .route(metadata::PATH, axum::routing::get(async || document))
        .route("/revoke", axum::routing::post(async move || told.lock().unwrap().clone()));
    let served = tokio::spawn(async { axum::serve(listener, app).await });

    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let client_id = ClientId::parse("a-client").unwrap();
    let config = Config::new(Issuer::parse(&issuer).unwrap(), client_id, KeyLocation::Text(key.to_json()));
    let client = Client::builder(config).build().unwrap();
    let login = LoginClient::new(client, "https://app.example/callback").unwrap();
    let invalid_client = r#"{"error":"invalid_client"}"#.to_owned();
    for (status, body, kind) in [
        (StatusCode::OK, String::new(), None),
        (StatusCode::UNAUTHORIZED, invalid_client, Some(LoginErrorKind::Refused)),
        (StatusCode::BAD_REQUEST, "no JSON".to_owned(), Some(LoginErrorKind::Broken)),
        // Longer than any answer: it was not read.
        (StatusCode::OK, " ".repeat(8 * 1024 * 1024), Some(LoginErrorKind::Unavailable)),
    ] {
        *answer.lock().unwrap() = (status, body);
        let revoked = login.revoke(&RefreshToken::new("a-token".to_owned())).await;
        assert_eq!(revoked.err().map(|error| error.kind()), kind);
    }
    served.abort();
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.0.lock().unwrap().push(format!("{} {event:?}", event.metadata().level()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn what_is_tolerated_at_a_login_is_logged() {
    let log = Log::default();
    let mut trail = Trail::new();
    tracing::subscriber::with_default(log.clone(), || log_warnings(&trail));
    assert!(log.0.lock().unwrap().is_empty());
    trail.warn(Rule::IdTokenAtHash, Facts::new("one thing", "another"));
    tracing::subscriber::with_default(log.clone(), || log_warnings(&trail));
    let logged = log.0.lock().unwrap();
    let [line] = &logged[..] else { panic!("{logged:?}") };
    for part in ["WARN", "tolerated at a login", "id_token.at_hash", "one thing", "another"] {
        assert!(line.contains(part), "{line}");
    }
}

#[tokio::test]
async fn no_step_behind_the_tokens_prints_what_it_holds() {
    let World { authority, login, .. } = World::new();
    let pushed = login.begin(&LoginRequest::default()).await.unwrap();
    let query = authority.visit(&pushed.authorize);
    let returned = Returned::read(query.as_bytes()).unwrap();
    let recognised = returned.recognise(Found::Pending(pushed.pending), &login).unwrap();
    let redeemed = recognised.answer(&login).unwrap().redeem(&login).await.unwrap();
    let verified = redeemed.verify(&login).await.unwrap();
    let mut shown = vec![("Verified { claims: ", format!("{verified:?}"))];
    let person = verified.describe(&login).await.unwrap();
    let (refresh, all) = (person.refresh.unwrap(), ScopeSet::none());
    let (refresh_token, key) = (&refresh.token, &person.key);
    let ask = RefreshAsk { refresh_token, key, resource: None, scope: &all, details: Details::new() };
    shown.push(("RefreshAsk { resource: None, ..", format!("{ask:?}")));
    let answer = login.refresh(ask).await.unwrap();
    shown.push(("RefreshAnswer { access: ", format!("{answer:?}")));
    let (secret, next) = (refresh_token.expose(), answer.refresh_grant().unwrap().token.expose());
    for (begin, shown) in &shown {
        assert!(shown.starts_with(begin), "{shown}");
        let hidden = [secret, next, person.access.token.expose(), person.id_token.expose(), "BEVER"];
        assert!(hidden.iter().all(|hidden| !shown.contains(hidden)), "{shown}");
    }
}
