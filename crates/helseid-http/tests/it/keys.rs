use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use helseid_http::{FetchError, IssuerKeyRing, IssuerMetadata, Outbound};
use helseid_protocol::forge::TestClock;
use helseid_protocol::id::{Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize};

use crate::{Count, in_time, serve};

/// An issuer of which the test sets the keys; none means that it fails.
struct World {
    keys: Arc<Mutex<Option<Vec<PrivateJwk>>>>,
    fetches: Count,
    clock: TestClock,
    ring: IssuerKeyRing,
}

fn new_key(kid: &str) -> PrivateJwk {
    PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, Some(kid.parse().unwrap()))
}

async fn world() -> World {
    let keys = Arc::new(Mutex::new(Some(vec![new_key("1")])));
    let (fetches, clock) = (Count::default(), TestClock::default());
    let (served, counted) = (keys.clone(), fetches.clone());
    let jwks = move || async move {
        counted.up();
        let keys = served.lock().unwrap();
        let keys = keys.as_ref().ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
        Ok::<_, StatusCode>(JwkSet::new(keys.iter().map(|key| key.public().clone()).collect()).to_json())
    };
    let address = Arc::new(Mutex::new(String::new()));
    let own = address.clone();
    let metadata = move || async move {
        let issuer = own.lock().unwrap().clone();
        format!(r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/jwks","token_endpoint":"{issuer}/token"}}"#)
    };
    let router =
        Router::new().route("/.well-known/openid-configuration", get(metadata)).route("/jwks", get(jwks));
    let issuer = serve(router).await;
    address.lock().unwrap().clone_from(&issuer);
    let outbound = Arc::new(Outbound::builder().build().unwrap());
    let ring = IssuerKeyRing::new(Issuer::parse(&issuer).unwrap(), outbound, Arc::new(clock.clone()));
    World { keys, fetches, clock, ring }
}

impl World {
    async fn has(&self, kid: &str) -> bool {
        let kid = KeyId::parse(kid).unwrap();
        self.ring.find(&kid, Algorithm::ES256).await.unwrap().is_some()
    }

    fn publish(&self, kids: Option<&[&str]>) {
        *self.keys.lock().unwrap() = kids.map(|kids| kids.iter().copied().map(new_key).collect());
    }
}

#[tokio::test]
async fn keys_are_fetched_once_for_many_callers() {
    let world = world().await;
    let find = || async { world.has("1").await };
    let found = tokio::join!(find(), find(), find(), find());
    assert_eq!((found, world.fetches.get()), ((true, true, true, true), 1));
}

#[tokio::test]
async fn unknown_kids_fetch_twice_and_then_once_a_minute() {
    let world = world().await;
    for n in 0..50 {
        assert!(!world.has(&format!("unknown-{n}")).await);
    }
    assert_eq!(world.fetches.get(), 1 + 2);
    world.publish(Some(&["1", "2"]));
    assert!(!world.has("2").await, "the budget is spent");
    world.clock.forward(Duration::from_secs(60));
    assert!(world.has("2").await);
}

#[tokio::test]
async fn a_key_that_the_issuer_took_away_is_gone_after_a_refresh() {
    let world = world().await;
    assert!(world.has("1").await);
    world.publish(Some(&["2"]));
    world.clock.forward(Duration::from_secs(1200));
    assert!(!world.has("1").await && world.has("2").await);
}

#[tokio::test]
async fn kept_keys_serve_while_the_issuer_is_down() {
    let world = world().await;
    assert!(world.has("1").await);
    world.publish(None);
    for fetch in 2..=6 {
        world.clock.forward(Duration::from_secs(3600));
        in_time(async {
            while world.fetches.get() < fetch {
                assert!(world.has("1").await);
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    for _ in 0..100 {
        assert!(world.has("1").await);
        tokio::task::yield_now().await;
    }
    assert_eq!(world.fetches.get(), 1 + 5, "a failed fetch is followed by a pause");
}

#[tokio::test]
async fn keys_that_were_fetched_in_the_future_are_old() {
    let world = world().await;
    assert!(world.has("1").await);
    // A clock that was wrong at boot, and is put right.
    world.clock.back(Duration::from_secs(365 * 86_400));
    world.publish(Some(&["2"]));
    assert!(world.has("2").await, "a new key is found");
    assert_eq!(world.fetches.get(), 2);
    assert!(!world.has("1").await, "a key that was taken away is not believed");
}

#[tokio::test]
async fn unknown_kids_may_fetch_again_when_the_clock_went_back() {
    let world = world().await;
    for n in 0..5 {
        assert!(!world.has(&format!("unknown-{n}")).await);
    }
    world.clock.back(Duration::from_secs(3600));
    // This one finds the keys old, and their refresh has no "2" yet.
    assert!(world.has("1").await);
    world.publish(Some(&["1", "2"]));
    assert!(world.has("2").await);
}

#[tokio::test]
async fn keys_that_cannot_be_refreshed_serve_for_a_day_and_no_longer() {
    let world = world().await;
    assert!(world.has("1").await);
    world.publish(None);
    world.clock.forward(Duration::from_secs(86_399));
    assert!(world.has("1").await);
    world.clock.forward(Duration::from_secs(6));
    let kid = KeyId::parse("1").unwrap();
    for _ in 0..3 {
        let error = world.ring.find(&kid, Algorithm::ES256).await.expect_err("too old");
        assert!(matches!(error, FetchError::Status { status: StatusCode::SERVICE_UNAVAILABLE, .. }));
    }
    // The issuer is back.
    world.publish(Some(&["2"]));
    world.clock.forward(Duration::from_secs(5));
    assert!(!world.has("1").await && world.has("2").await);
}

#[tokio::test]
async fn keys_from_the_future_do_not_serve_while_the_issuer_is_away() {
    let world = world().await;
    assert!(world.has("1").await);
    world.publish(None);
    world.clock.back(Duration::from_secs(60));
    let kid = KeyId::parse("1").unwrap();
    assert!(world.ring.find(&kid, Algorithm::ES256).await.is_err());
}

#[tokio::test]
async fn by_choice_keys_serve_longer() {
    let world = world().await;
    let outbound = Arc::new(Outbound::builder().build().unwrap());
    let clock = Arc::new(world.clock.clone());
    let year = Duration::from_secs(400 * 86_400);
    let ring = IssuerKeyRing::with_max_age(world.ring.issuer().clone(), outbound, clock, year);
    let kid = KeyId::parse("1").unwrap();
    assert!(ring.find(&kid, Algorithm::ES256).await.unwrap().is_some());
    world.publish(None);
    world.clock.forward(Duration::from_secs(399 * 86_400));
    assert!(ring.find(&kid, Algorithm::ES256).await.unwrap().is_some());
}

#[tokio::test]
async fn without_any_keys_the_failure_is_told_and_the_issuer_is_left_in_peace() {
    let world = world().await;
    world.publish(None);
    let kid = KeyId::parse("1").unwrap();
    for _ in 0..5 {
        let error = world.ring.find(&kid, Algorithm::ES256).await.expect_err("no keys");
        assert!(matches!(error, FetchError::Status { status: StatusCode::SERVICE_UNAVAILABLE, .. }));
    }
    assert_eq!(world.fetches.get(), 1);
    world.publish(Some(&["1"]));
    world.clock.forward(Duration::from_secs(5));
    assert!(world.has("1").await);
}

#[tokio::test]
async fn metadata_of_another_issuer_is_refused() {
    let body = r#"{"issuer":"https://other.example","jwks_uri":"https://other.example/j","token_endpoint":"https://other.example/t"}"#;
    let router = Router::new().route("/.well-known/openid-configuration", get(move || async move { body }));
    let issuer = Issuer::parse(&serve(router).await).unwrap();
    let outbound = Arc::new(Outbound::builder().build().unwrap());
    let metadata = IssuerMetadata::new(issuer, outbound, Arc::new(TestClock::default()));
    assert!(matches!(metadata.get().await, Err(FetchError::Metadata(_))));
}

/// What is served at these paths is the metadata of the server, below `path`; with the further `members`.
async fn described(paths: &[&str], path: &str, members: &str) -> (Issuer, Arc<Outbound>) {
    let address = Arc::new(Mutex::new(String::new()));
    let mut router = Router::new();
    for at in paths {
        let (own, members, path) = (address.clone(), members.to_owned(), path.to_owned());
        let metadata = move || async move {
            let address = own.lock().unwrap().clone();
            format!(r#"{{"issuer":"{address}{path}","token_endpoint":"{address}/token"{members}}}"#)
        };
        router = router.route(at, get(metadata));
    }
    let served = serve(router).await;
    address.lock().unwrap().clone_from(&served);
    let issuer = Issuer::parse(&format!("{served}{path}")).unwrap();
    (issuer, Arc::new(Outbound::builder().build().unwrap()))
}

#[tokio::test]
async fn metadata_are_looked_for_at_openids_address_and_then_at_that_of_rfc_8414() {
    let (openid, oauth) =
        ("/a/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/a");
    for path in ["/a", "/a/"] {
        for paths in [&[openid][..], &[oauth]] {
            let (issuer, outbound) = described(paths, path, "").await;
            let metadata = IssuerMetadata::new(issuer.clone(), outbound, Arc::new(TestClock::default()));
            assert_eq!(metadata.get().await.unwrap().issuer, issuer);
        }
    }
    let (issuer, outbound) = described(&["/a/.well-known/oauth-authorization-server"], "/a", "").await;
    let nowhere =
        IssuerMetadata::new(issuer, outbound, Arc::new(TestClock::default())).get().await.unwrap_err();
    let said = nowhere.to_string();
    assert!(matches!(nowhere, FetchError::NoMetadata { status: StatusCode::NOT_FOUND, .. }), "{said}");
    assert!(said.contains(openid) && said.contains(oauth), "{said}");
}

#[tokio::test]
async fn a_server_that_fails_is_not_asked_at_another_address() {
    let failing = get(|| async { StatusCode::INTERNAL_SERVER_ERROR });
    let count = Count::default();
    let counted = count.clone();
    let router = Router::new()
        .route("/.well-known/openid-configuration", failing)
        .route("/.well-known/oauth-authorization-server", get(move || async move { counted.up() }));
    let issuer = Issuer::parse(&serve(router).await).unwrap();
    let outbound = Arc::new(Outbound::builder().build().unwrap());
    let failed = IssuerMetadata::new(issuer, outbound, Arc::new(TestClock::default())).get().await;
    assert!(matches!(failed, Err(FetchError::Status { status: StatusCode::INTERNAL_SERVER_ERROR, .. })));
    assert_eq!(count.get(), 0);
}

#[tokio::test]
async fn metadata_without_jwks_uri_do_for_all_but_the_verifier_of_tokens() {
    let (issuer, outbound) = described(&["/.well-known/openid-configuration"], "", "").await;
    let metadata = IssuerMetadata::new(issuer.clone(), outbound.clone(), Arc::new(TestClock::default()));
    assert_eq!(metadata.get().await.unwrap().jwks_uri, None);
    let ring = IssuerKeyRing::new(issuer, outbound, Arc::new(TestClock::default()));
    assert!(matches!(ring.warm_up().await, Err(FetchError::NoKeysAddress { .. })));
}

#[tokio::test]
async fn metadata_of_the_name_without_its_slash_are_anothers_and_the_error_says_by_what() {
    let (issuer, outbound) = described(&["/.well-known/openid-configuration"], "/", "").await;
    let other = Issuer::parse(issuer.as_str().trim_end_matches('/')).unwrap();
    IssuerMetadata::new(issuer, outbound.clone(), Arc::new(TestClock::default())).get().await.unwrap();
    let refused =
        IssuerMetadata::new(other, outbound, Arc::new(TestClock::default())).get().await.unwrap_err();
    assert!(refused.to_string().contains("by the slash at the end"), "{refused}");
}

#[tokio::test]
async fn all_keys_of_a_name_are_found() {
    let world = world().await;
    world.publish(Some(&["1", "2", "1"]));
    let kid = KeyId::parse("1").unwrap();
    assert_eq!(world.ring.find_all(&kid, Algorithm::ES256).await.unwrap().len(), 2);
    assert_eq!(world.ring.others(&kid, Algorithm::ES256).len(), 1);
    assert!(world.ring.find_all(&kid, Algorithm::PS256).await.unwrap().is_empty());
    assert!(world.ring.passed_over().is_empty());
}
