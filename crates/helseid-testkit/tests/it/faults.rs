//! The client against a real authority behind a proxy, in bad weather: what is lost is what no valid token could save.

use std::time::Duration;

use helseid_admin_api::ClientFaults;
use helseid_client::{Client, ClientBuilder, ErrorKind, RetryPolicy, TokenRequest};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::{Clock, Timestamp};
use helseid_testkit::{Proxy, SCOPE, Weather, World, registration};
use http::StatusCode;

/// A world in which whatever goes to the authority goes through the proxy.
struct Outside {
    proxy: Proxy,
    world: World,
}

async fn outside() -> Outside {
    let proxy = Proxy::new().unwrap();
    let world = World::start_behind(&proxy).await.unwrap();
    Outside { proxy, world }
}

impl Outside {
    /// A client that waits for nothing between its tries, and a tenth of a second for an answer.
    fn client(&self, retries: u32) -> Client {
        self.client_with(|builder| builder.retry(RetryPolicy::new(retries, Duration::ZERO)))
    }

    fn client_with(&self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
        change(Client::builder(self.world.config()).clock(self.world.clock().clone())).build().unwrap()
    }

    async fn calls(&self, client: &Client) -> Result<StatusCode, ErrorKind> {
        let answer = client.get(&self.world.url()).send().await;
        answer.map(|answer| answer.status()).map_err(|error| error.kind())
    }

    fn faults(&self, faults: ClientFaults) {
        self.world.authority.put_faults(self.world.client_id.clone(), faults);
    }
}

/// A request that differs from the usual one, so that it has a token of its own.
fn another(client: &Client) -> TokenRequest {
    TokenRequest::of(client.config()).scope(ScopeSet::parse(SCOPE).unwrap())
}

#[tokio::test]
async fn broken_connections_and_half_answers_cost_tries_and_no_call() {
    let outside = outside().await;
    for weather in [Weather::Dropped, Weather::Unanswered, Weather::Half] {
        // The third request is the one with the nonce, the first is for the metadata.
        for at in 0..3 {
            let client = outside.client(1);
            outside.proxy.next(std::iter::repeat_n(Weather::Fair, at).chain([weather]));
            assert_eq!(outside.calls(&client).await, Ok(StatusCode::OK), "{weather:?} at {at}");
        }
    }
}

#[tokio::test]
async fn a_silent_authority_is_given_up_and_asked_again() {
    let outside = outside().await;
    let patience = Duration::from_millis(1_500);
    let client = outside.client_with(|builder| {
        builder.timeouts(patience, patience, patience).retry(RetryPolicy::new(1, Duration::ZERO))
    });
    outside.proxy.next([Weather::Fair, Weather::SilentAfter]);
    assert_eq!(outside.calls(&client).await, Ok(StatusCode::OK));
    assert!(outside.proxy.fell_silent());

    let client = outside.client_with(|builder| {
        builder.timeouts(patience, patience, patience).retry(RetryPolicy::new(1, Duration::ZERO))
    });
    outside.proxy.all(Weather::SilentBefore);
    assert_eq!(outside.calls(&client).await, Err(ErrorKind::Discovery));
}

#[tokio::test]
async fn a_burst_of_500s_is_outlasted_by_tries_and_by_a_token_at_hand() {
    let outside = outside().await;
    outside.faults(ClientFaults {
        server_errors: 2,
        server_error_status: Some(500),
        ..ClientFaults::default()
    });
    let client = outside.client(2);
    assert_eq!(outside.calls(&client).await, Ok(StatusCode::OK));

    outside.faults(ClientFaults { server_errors: 1_000, ..ClientFaults::default() });
    for _ in 0..58 {
        assert_eq!(outside.calls(&client).await, Ok(StatusCode::OK));
        outside.world.clock().forward(Duration::from_secs(10));
    }
}

#[tokio::test]
async fn an_authority_that_fails_is_told_with_its_reason() {
    let outside = outside().await;
    outside.faults(ClientFaults { server_errors: 1, ..ClientFaults::default() });
    let error = outside.client(0).token().await.expect_err("503");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.what().ends_with("/connect/token is unavailable (503)"), "{error}");
    assert_eq!(error.why(), "a fault on request");
    assert!(error.next().starts_with("try again later"), "{error}");
}

#[tokio::test]
async fn an_aged_or_refused_nonce_costs_one_trip_and_a_missing_one_is_named() {
    let outside = outside().await;
    let client = outside.client(0);
    client.token().await.unwrap();
    outside.world.clock().forward(Duration::from_secs(90));
    outside.proxy.next([]);
    client.token_for(&another(&client)).await.unwrap();
    assert_eq!(outside.proxy.requests(), 2, "the old nonce, and the new one");

    outside.faults(ClientFaults { nonces_refused: 1, ..ClientFaults::default() });
    let client = outside.client(0);
    outside.proxy.next([]);
    assert_eq!(client.token().await.expect_err("refused with a good nonce").kind(), ErrorKind::Protocol);
    client.token().await.unwrap();

    outside.faults(ClientFaults { nonces_dropped: 1, ..ClientFaults::default() });
    let error = outside.client(0).token().await.expect_err("no nonce came");
    assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
}

#[tokio::test]
async fn a_rotated_signing_key_of_the_authority_costs_no_call() {
    let outside = outside().await;
    let client = outside.client(0);
    outside.faults(ClientFaults { rollover_after: Some(1), ..ClientFaults::default() });
    let mut kids = std::collections::BTreeSet::new();
    for _ in 0..4 {
        assert_eq!(outside.calls(&client).await, Ok(StatusCode::OK));
        let token = client.token().await.unwrap();
        kids.insert(
            helseid_client::Decoded::of(token.access_token().expose()).unwrap().header["kid"].to_string(),
        );
        // The next call needs a new token.
        outside.world.clock().forward(Duration::from_secs(600));
    }
    assert!(kids.len() > 1, "the authority's key has changed: {kids:?}");
}

#[tokio::test]
async fn a_revoked_key_serves_to_the_end_of_its_token_and_is_named_then() {
    let outside = outside().await;
    let client = outside.client(2);
    assert_eq!(outside.calls(&client).await, Ok(StatusCode::OK));
    let mut other = registration(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap();
    other.client_id = Some(outside.world.client_id.clone());
    outside.world.authority.register(other).await.unwrap();

    outside.world.clock().forward(Duration::from_secs(580));
    assert_eq!(outside.calls(&client).await, Ok(StatusCode::OK));
    outside.world.clock().forward(Duration::from_secs(20));
    let error = client.get(&outside.world.url()).send().await.expect_err("revoked");
    let (_, said) = error.oauth().expect("the authority refused");
    assert_eq!(said.code, "invalid_client");
    assert!(!error.is_transient(), "{error}");
}

/// A clock beside the right one.
struct Wrong<C>(C, i64);

impl<C: Clock> Clock for Wrong<C> {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.now().seconds() + self.1)
    }
}

#[tokio::test]
async fn a_clock_that_is_five_minutes_off_is_told_and_followed_if_asked() {
    let outside = outside().await;
    for skew in [300, -300] {
        // The authority tells its time as the faults have it, so that the whole world need not be moved.
        outside.faults(ClientFaults { clock_skew_seconds: skew, ..ClientFaults::default() });
        let client = outside.client(0);
        let error = client.token().await.expect_err("the clocks differ");
        assert_eq!(error.kind(), ErrorKind::OAuth, "{error}");
        assert_eq!(client.clock_offset_seconds(), Some(skew));

        let follows = outside
            .client_with(|builder| builder.retry(RetryPolicy::new(0, Duration::ZERO)).follow_server_clock());
        follows.token().await.unwrap_or_else(|error| panic!("{skew}: {error}"));
    }
}

#[tokio::test]
async fn a_client_whose_own_clock_is_wrong_learns_by_how_much() {
    let outside = outside().await;
    // What counts is the authority's clock, not the system's.
    outside.world.clock().forward(Duration::from_secs(3_600));
    for wrong in [300, -300] {
        let clock = Wrong(outside.world.clock().clone(), wrong);
        let client = Client::builder(outside.world.config()).clock(clock).follow_server_clock();
        let client = client.retry(RetryPolicy::new(0, Duration::ZERO)).build().unwrap();
        assert_eq!(outside.calls(&client).await, Ok(StatusCode::OK), "{wrong}");
        assert_eq!(client.clock_offset_seconds(), Some(-wrong));
    }
}

#[tokio::test]
async fn in_an_outage_of_twenty_minutes_only_calls_without_a_valid_token_fail() {
    let outside = outside().await;
    let client = outside.client(0);
    assert_eq!(outside.calls(&client).await, Ok(StatusCode::OK));
    let first = client.token().await.unwrap();
    outside.proxy.all(Weather::Dropped);
    let (mut good, mut failed) = (0, 0);
    for _ in 0..120 {
        outside.world.clock().forward(Duration::from_secs(10));
        // The last tenth of a lifetime, and at most ten seconds, are left for the way.
        let valid = outside.world.clock().now() < first.expires().minus(Duration::from_secs(10));
        let expected = if valid { Ok(StatusCode::OK) } else { Err(ErrorKind::Transport) };
        assert_eq!(outside.calls(&client).await, expected, "after {} calls", good + failed);
        if valid { good += 1 } else { failed += 1 }
    }
    assert_eq!((good, failed), (58, 62));
    assert!(outside.proxy.requests() < 40, "the circuit breaker opens while an authority is away");

    // It is back; at most a minute of peace later the client notices.
    outside.proxy.all(Weather::Fair);
    outside.world.clock().forward(Duration::from_secs(60));
    assert_eq!(outside.calls(&client).await, Ok(StatusCode::OK));
}

#[tokio::test]
async fn a_hundred_callers_in_an_outage_are_one_request() {
    let outside = outside().await;
    let client = outside.client(0);
    client.token().await.unwrap();
    outside.world.clock().forward(Duration::from_secs(600));
    outside.proxy.all(Weather::Unanswered);
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let client = client.clone();
        callers.spawn(async move { client.token().await.is_err() });
    }
    assert!(callers.join_all().await.into_iter().all(|failed| failed));
    assert!(outside.proxy.requests() <= 2, "{}", outside.proxy.requests());
}
