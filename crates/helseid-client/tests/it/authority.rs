//! Requests to the authority other than for client credentials, and which of them are sent again after which failure.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use helseid_client::protocol::dpop::ProofKey;
use helseid_client::protocol::grant::GrantType;
use helseid_client::protocol::jose::SigningKey;
use helseid_client::protocol::person::Subject;
use helseid_client::protocol::secret::AccessToken;
use helseid_client::{AuthorityRequest, Client, Endpoint, Error, ErrorKind, Event, Observer, RetryPolicy};
use tokio::net::TcpSocket;

use crate::world::{Reply, World, config, granted, key, refused, unauthorized, use_nonce, world};

fn client(world: &World) -> Client {
    world.client_with(|builder| builder.retry(RetryPolicy::new(2, Duration::ZERO)))
}

#[tokio::test]
async fn what_is_proved_by_a_key_of_its_own_is_bound_to_it_whatever_the_client_does_else() {
    let world = world().await;
    let key = Arc::new(ProofKey::new(SigningKey::new(&key("a login")).unwrap()));
    for client in [client(&world), world.client_with(|builder| builder.insecure_bearer())] {
        world.authority.will([use_nonce("n1"), granted("first", 600)]);
        let before = world.authority.count();
        client.authority().send(&code().prove_with(key.clone())).await.unwrap();
        let proved = world.authority.proved_by();
        assert_eq!(proved[before..], [key.thumbprint().to_string(), key.thumbprint().to_string()]);
        assert_ne!(client.proof_thumbprint(), key.thumbprint());
        // A token of another type than the one that is bound is refused by whoever reads it: see the token's own tests.
        let token = AccessToken::new("a-token-of-a-login");
        client.get(&world.api_url()).bound_token(token, key.clone()).send().await.unwrap();
        assert_eq!(world.api.authorizations().last().unwrap(), "DPoP a-token-of-a-login");
        assert_eq!(world.api.proved_by().last().unwrap(), key.thumbprint().as_str());
    }
}

#[tokio::test]
async fn a_bound_token_that_an_api_refuses_is_not_replaced() {
    let world = world().await;
    let key = Arc::new(ProofKey::new(SigningKey::new(&key("a login")).unwrap()));
    world.api.will([unauthorized(r#"DPoP error="invalid_token""#, None)]);
    let call = world.client.get(&world.api_url()).bound_token(AccessToken::new("a-token"), key);
    assert_eq!(call.send().await.unwrap().status(), 401);
    assert_eq!((world.api.count(), world.authority.count()), (1, 0));
}

fn exchange() -> AuthorityRequest {
    AuthorityRequest::grant(GrantType::TokenExchange)
}

fn code() -> AuthorityRequest {
    AuthorityRequest::grant(GrantType::AuthorizationCode)
}

/// How often the authority got `request` while it answered with `replies`, and the outcome.
async fn sent(
    world: &World,
    request: &AuthorityRequest,
    replies: &[Reply],
) -> (usize, Result<u16, ErrorKind>) {
    let before = world.authority.count();
    world.authority.will(replies.to_vec());
    let outcome = client(world).authority().send(request).await;
    let outcome = outcome.map(|response| response.status().as_u16());
    (world.authority.count() - before, outcome.map_err(|error| error.kind()))
}

#[tokio::test]
async fn a_request_of_unknown_fate_is_sent_again_only_if_it_is_repeatable() {
    let world = world().await;
    let failures = [
        (Reply::Broken, ErrorKind::Transport),
        (refused(500, "server_error"), ErrorKind::Unavailable),
        (refused(503, "temporarily_unavailable"), ErrorKind::Unavailable),
        (refused(429, "temporarily_unavailable"), ErrorKind::Unavailable),
    ];
    for (failure, kind) in failures {
        let replies = [failure, granted("first", 600)];
        assert_eq!(sent(&world, &exchange(), &replies).await, (2, Ok(200)), "{kind:?}");
        assert_eq!(sent(&world, &code(), &replies).await, (1, Err(kind)));
    }
}

#[tokio::test]
async fn a_request_that_was_not_processed_for_want_of_a_nonce_is_always_sent_again() {
    let world = world().await;
    for request in [exchange(), code()] {
        let replies = [use_nonce("n1"), granted("first", 600)];
        assert_eq!(sent(&world, &request, &replies).await, (2, Ok(200)));
        let replies = [use_nonce("n2"), use_nonce("n3"), granted("first", 600)];
        assert_eq!(sent(&world, &request, &replies).await, (2, Err(ErrorKind::Protocol)));
    }
    let (assertions, proofs) = (world.authority.assertions(), world.authority.proofs());
    assert_ne!(assertions[0]["jti"], assertions[1]["jti"]);
    assert_eq!(proofs[1]["nonce"], "n1");
    let replies = [use_nonce("n1"), Reply::Broken, granted("first", 600)];
    assert_eq!(
        sent(&world, &code(), &replies).await,
        (2, Err(ErrorKind::Transport)),
        "no second fault is met"
    );
}

#[tokio::test]
async fn a_refusal_is_final_for_every_request() {
    let world = world().await;
    for request in [exchange(), code()] {
        let replies = [refused(400, "invalid_grant"), granted("first", 600)];
        assert_eq!(sent(&world, &request, &replies).await, (1, Err(ErrorKind::OAuth)));
    }
}

#[tokio::test]
async fn a_refusal_that_tells_the_time_is_met_with_the_right_time_only_if_the_request_is_repeatable() {
    for (request, count) in [(exchange(), 2), (code(), 1)] {
        let world = world().await;
        let date = vec![("date", "Mon, 21 Sep 2026 14:18:20 GMT")];
        let refusal = Reply::Plain(400, date, r#"{"error":"invalid_client"}"#.into());
        world.authority.will([refusal, granted("first", 600)]);
        let client = world.client_with(|builder| builder.follow_server_clock());
        assert_eq!(client.authority().send(&request).await.is_ok(), count == 2);
        assert_eq!(world.authority.count(), count);
    }
}

#[derive(Clone, Default)]
struct Attempts(Arc<AtomicUsize>);

impl Observer for Attempts {
    fn event(&self, event: Event<'_>) {
        if matches!(event, Event::TokenRequested { .. }) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test]
async fn a_silent_authority_is_asked_again_only_if_the_request_is_repeatable() {
    let world = world().await;
    world.authority.will([Reply::Silence]);
    for (request, count) in [(exchange(), 3), (code(), 1)] {
        let attempts = Attempts::default();
        let (enough, short) = (Duration::from_secs(60), Duration::from_millis(50));
        let client = world.client_with(|builder| {
            let builder = builder.retry(RetryPolicy::new(2, Duration::ZERO)).observer(attempts.clone());
            builder.timeouts(enough, short, enough)
        });
        // Not for the metadata, which is fetched with the same limits.
        while client.authority().metadata().await.is_err() {}
        let error = client.authority().send(&request).await.expect_err("silence");
        assert_eq!((error.kind(), error.is_unsent()), (ErrorKind::Transport, false), "{error}");
        assert_eq!(attempts.0.load(Ordering::SeqCst), count);
    }
}

#[tokio::test]
async fn an_observer_hears_of_what_the_token_endpoint_granted_whatever_was_requested() {
    #[derive(Clone, Default)]
    struct Heard(Arc<Mutex<Vec<&'static str>>>);
    impl Observer for Heard {
        fn event(&self, event: Event<'_>) {
            self.0.lock().unwrap().push(match event {
                Event::TokenRequested { .. } => "requested",
                Event::TokenGranted { token: Some(_) } => "granted",
                Event::TokenGranted { token: None } => "granted, opaque",
                Event::TokenRequestEnded { .. } => "ended",
                _ => "another",
            });
        }
    }
    let world = world().await;
    let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UifQ.c2ln";
    let unreadable = Reply::Plain(200, Vec::new(), "granted".into());
    for (request, reply, expected) in [
        (exchange(), granted(jwt, 600), &["requested", "granted", "ended"][..]),
        (code(), granted("opaque", 600), &["requested", "granted, opaque", "ended"]),
        (code(), unreadable, &["requested", "granted, opaque", "ended"]),
        (AuthorityRequest::repeatable(Endpoint::Introspection), granted(jwt, 600), &[]),
    ] {
        let heard = Heard::default();
        world.authority.will([reply]);
        let client = world.client_with(|builder| builder.observer(heard.clone()));
        client.authority().send(&request).await.unwrap();
        assert_eq!(*heard.0.lock().unwrap(), expected, "{request:?}");
    }
}

/// Starts the token endpoint when the second attempt is about to be made.
struct StartsLate {
    attempts: Attempts,
    endpoint: Mutex<Option<TcpSocket>>,
}

impl Observer for StartsLate {
    fn event(&self, event: Event<'_>) {
        self.attempts.event(event);
        if self.attempts.0.load(Ordering::SeqCst) == 2
            && let Some(socket) = self.endpoint.lock().unwrap().take()
        {
            let listener = socket.listen(16).unwrap();
            let granted = r#"{"access_token":"first","expires_in":600,"token_type":"DPoP"}"#;
            let router = Router::new().route("/token", post(move || async move { granted }));
            tokio::spawn(async move { axum::serve(listener, router).await });
        }
    }
}

/// What becomes of `request` if nobody listens at the token endpoint until the second attempt, or ever.
async fn unreachable(request: &AuthorityRequest, starts: bool) -> (usize, Result<u16, Error>) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    // Bound, so that nobody else gets the address, and not listened on.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((std::net::Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let endpoint = format!("http://{}/token", socket.local_addr().unwrap());
    let metadata = format!(r#"{{"issuer":"{issuer}","token_endpoint":"{endpoint}"}}"#);
    let router =
        Router::new().route("/.well-known/openid-configuration", get(move || async move { metadata }));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let attempts = Attempts::default();
    let (held, late) = if starts { (None, Some(socket)) } else { (Some(socket), None) };
    let observer = StartsLate { attempts: attempts.clone(), endpoint: Mutex::new(late) };
    let client =
        Client::builder(config(&issuer)).observer(observer).retry(RetryPolicy::new(2, Duration::ZERO));
    let outcome = client.build().unwrap().authority().send(request).await;
    drop(held);
    (attempts.0.load(Ordering::SeqCst), outcome.map(|response| response.status().as_u16()))
}

#[tokio::test]
async fn a_request_for_which_no_connection_could_be_opened_is_always_sent_again() {
    for request in [exchange(), code()] {
        let (count, outcome) = unreachable(&request, true).await;
        assert_eq!((count, outcome.unwrap()), (2, 200), "{request:?}");
        let (count, outcome) = unreachable(&request, false).await;
        let error = outcome.expect_err("nobody listens");
        assert_eq!((count, error.kind(), error.is_unsent()), (3, ErrorKind::Transport, true), "{error}");
    }
}

#[tokio::test]
async fn a_request_that_could_not_be_made_for_want_of_metadata_is_always_tried_again() {
    for request in [exchange(), code()] {
        let fetched = Arc::new(AtomicUsize::new(0));
        let counted = fetched.clone();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let answer = move || async move {
            counted.fetch_add(1, Ordering::SeqCst);
            http::StatusCode::SERVICE_UNAVAILABLE
        };
        let router = Router::new().route("/.well-known/openid-configuration", get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = Client::builder(config(&issuer)).retry(RetryPolicy::new(2, Duration::ZERO));
        let error = client.build().unwrap().authority().send(&request).await.expect_err("no metadata");
        assert_eq!((error.kind(), error.is_unsent()), (ErrorKind::Discovery, true), "{error}");
        assert_eq!(fetched.load(Ordering::SeqCst), 3);
    }
}

#[tokio::test]
async fn each_endpoint_is_where_the_metadata_says_and_gets_the_clients_authentication() {
    let world = world().await;
    let body = r#"{"active":true}"#;
    world.authority.will([Reply::Plain(201, Vec::new(), body.into())]);
    let pushed = AuthorityRequest::once(Endpoint::PushedAuthorization).with_proof().parameter("scope", "a/b");
    let looked_at = AuthorityRequest::repeatable(Endpoint::Introspection).parameter("token", "a.b.c");
    for request in [&pushed, &looked_at] {
        let response = world.client.authority().send(request).await.unwrap();
        assert_eq!((response.status().as_u16(), &*response.text()), (201, body));
    }
    assert_eq!(world.authority.has_proofs(), [true, false]);
    assert_eq!(world.authority.parameters("scope"), [Some("a/b".to_owned()), None]);
    assert_eq!(world.authority.parameters("token"), [None, Some("a.b.c".to_owned())]);
    assert_eq!(world.authority.parameters("client_id"), vec![Some("client".to_owned()); 2]);
    assert!(world.authority.assertions().iter().all(|claims| claims["aud"] == world.address.as_str()));
}

#[tokio::test]
async fn an_endpoint_that_the_metadata_does_not_name_is_an_error() {
    let world = world().await;
    let request = AuthorityRequest::repeatable(Endpoint::Revocation).parameter("token", "a.b.c");
    let error = world.client.authority().send(&request).await.expect_err("no such endpoint");
    assert_eq!((error.kind(), error.is_transient()), (ErrorKind::Discovery, false));
    assert!(error.what().contains("has no revocation_endpoint"), "{error}");
    assert_eq!(world.authority.count(), 0);
}

#[tokio::test]
async fn an_invalid_address_in_the_metadata_is_told_as_the_authoritys() {
    let (par, userinfo) = ("pushed_authorization_request_endpoint", "userinfo_endpoint");
    let request = AuthorityRequest::once(Endpoint::PushedAuthorization).with_proof();
    for address in [
        "",
        "/par",
        "https://sts example/par",
        "https://sts.example/to ken",
        "https://user@127.0.0.1:1/par",
        "mailto:sts@example.org",
    ] {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let token_endpoint = format!("{issuer}/token");
        let metadata = serde_json::json!({
            "issuer": issuer, "token_endpoint": token_endpoint, par: address, userinfo: address,
        });
        let metadata = metadata.to_string();
        let router =
            Router::new().route("/.well-known/openid-configuration", get(move || async move { metadata }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let client = Client::new(config(&issuer)).unwrap();
        let (token, person) = (AccessToken::new("a.b.c"), Subject::parse("a-person").unwrap());
        let sent = client.authority().send(&request).await.map(drop);
        let asked = client.userinfo(&token, &person).await.map(drop);
        let by_bearer = client.insecure_userinfo_by_bearer(&token, &person).await.map(drop);
        for (answer, name) in [(sent, par), (asked, userinfo), (by_bearer, userinfo)] {
            let error = answer.expect_err("no address of HTTP");
            let of = (error.kind(), error.is_unsent(), error.is_transient());
            assert_eq!(of, (ErrorKind::Discovery, true, false), "{address} {error}");
            assert_eq!(error.what(), format!("the metadata of {issuer} has an invalid {name}"), "{address}");
            let shown = if address.is_empty() { "it is empty" } else { address };
            assert!(error.why().starts_with(&format!("{shown}: ")), "{error}");
            assert!(error.next().starts_with("check that issuer names the right authority"), "{error}");
        }
    }
}

#[test]
fn a_request_does_not_print_its_values() {
    let shown = format!("{:?}", code().parameter("code", "hemmelig"));
    assert!(shown.contains("\"code\"") && !shown.contains("hemmelig"), "{shown}");
}
