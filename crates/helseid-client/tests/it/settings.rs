//! What a client does by its settings.

use std::time::Duration;

use helseid_client::protocol::random::Random;
use helseid_client::{Client, ErrorKind, RetryPolicy, Settings};

use crate::world::{granted, key, refused, typed, world};

#[tokio::test]
async fn the_resource_of_the_file_is_requested() {
    let (world, folder) = (world().await, tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("key.json"), key("file").to_json().expose()).unwrap();
    let file = folder.path().join("helseid.toml");
    let text = format!(
        "issuer = \"{}\"\nclient_id = \"2b0f\"\nkey_file = \"key.json\"\nresource = \"nhn:kjernejournal\"\n",
        world.address
    );
    std::fs::write(&file, text).unwrap();
    let config = Settings::read(&file, None).unwrap().finish().unwrap();
    let client = Client::builder(config).clock(world.clock.clone()).build().unwrap();
    client.token().await.unwrap();
    assert_eq!(world.authority.parameters("resource"), [Some("nhn:kjernejournal".to_owned())]);
}

/// Spreads nothing: each renewal is as early as can be.
struct Zeros;

impl Random for Zeros {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

#[tokio::test]
async fn a_token_is_renewed_when_10_to_90_hundredths_have_passed_whatever_is_said() {
    for (percent, after) in [(0, 30), (10, 30), (50, 270), (90, 510), (100, 510)] {
        let world = world().await;
        world.authority.will([granted("first", 600), granted("second", 600)]);
        let client = world.client_with(|builder| builder.random(Zeros).renew_after_percent(percent));
        client.token().await.unwrap();
        world.clock.forward(after - 1);
        client.renew_tokens();
        // What had begun would sign its assertion now.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        world.clock.forward(1);
        client.renew_tokens();
        world.authority.was_asked(2).await;
        let signed: Vec<_> =
            world.authority.assertions().iter().map(|claims| claims["nbf"].as_i64().unwrap()).collect();
        assert_eq!(signed[1] - signed[0], after, "{percent}");
    }
}

#[tokio::test]
async fn the_circuit_breaker_stays_open_for_the_times_that_were_said() {
    let world = world().await;
    world.authority.will([refused(503, "temporarily_unavailable")]);
    let client = world.client_with(|builder| {
        let times = [2, 3].map(Duration::from_secs);
        builder.retry(RetryPolicy::new(0, Duration::ZERO)).circuit_breaker(times[0], times[1])
    });
    for _ in 0..5 {
        assert!(!client.token().await.expect_err("away").is_unsent());
    }
    // Twice as long after each further failure, and no longer than the longest.
    for open in [2, 3, 3] {
        let error = client.token().await.expect_err("open");
        assert!(error.is_unsent() && error.why().ends_with(&format!("in {open} s")), "{error}");
        world.clock.forward(open - 1);
        assert!(client.token().await.expect_err("open").is_unsent());
        world.clock.forward(1);
        assert!(!client.token().await.expect_err("still away").is_unsent());
    }
    assert_eq!(world.authority.count(), 8);
}

#[tokio::test]
async fn insecure_bearer_requests_without_a_proof_and_sends_as_bearer() {
    let world = world().await;
    world.authority.will([typed("first", 600, "Bearer")]);
    let client = || world.client_with(|builder| builder.insecure_bearer());
    client().get(&world.api_url()).send().await.unwrap();
    assert_eq!(world.api.authorizations(), ["Bearer first"]);
    assert_eq!((world.authority.has_proofs(), world.api.has_proofs()), (vec![false], vec![false]));
    // A token of another type is refused.
    world.authority.will([granted("second", 600)]);
    let error = client().get(&world.api_url()).send().await.expect_err("a bound token");
    assert_eq!((error.kind(), world.api.count()), (ErrorKind::Protocol, 1), "{error}");
}
