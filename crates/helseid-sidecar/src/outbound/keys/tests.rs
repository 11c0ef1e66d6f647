use helseid_client::KeyLocation;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_testkit::{SCOPE, World, registration};

use super::*;

/// The only key of the client of `world`, which it registered itself, and which is rotated so long before its end.
async fn keys(world: &World, folder: &std::path::Path, before_end: Duration) -> (Keys, Client) {
    let mut registration = registration(&world.key).unwrap();
    registration.client_id = Some(world.client_id.clone());
    registration.scopes = ScopeSet::parse(&format!("{SCOPE} nhn:selvbetjening/client")).unwrap();
    world.authority.register(registration).await.unwrap();
    let mut config = world.config();
    config.key = KeyLocation::File(folder.join("key.json"));
    std::fs::write(folder.join("key.json"), world.key.to_json().expose()).unwrap();
    let client = Client::builder(config).clock(world.clock().clone()).build().unwrap();
    Rotation::new(&client).unwrap().run().await.unwrap();
    let key =
        WatchedKey { account: "a".to_owned(), client: client.clone(), rotate_before_end: Some(before_end) };
    (Keys::new(vec![key], Arc::new(Metrics::new())), client)
}

impl Keys {
    /// Checks after a second, and waits until all questions are answered.
    async fn checked(&self, world: &World) -> usize {
        world.clock().forward(Duration::from_secs(1));
        self.check();
        // Each task has the key in its hands.
        let asked_about = || self.watched.iter().filter(|key| Arc::strong_count(key) > 1).count();
        let at_first = asked_about();
        while asked_about() > 0 {
            tokio::task::yield_now().await;
        }
        at_first
    }

    fn has(&self, line: &str) {
        let text = self.metrics.text(&[]).unwrap();
        assert!(text.lines().any(|own| own == line), "no {line} in {text}");
    }
}

#[tokio::test]
async fn a_key_that_never_lasts_long_enough_is_rotated_once_a_day() {
    let (world, folder) = (World::start(Profile::Helseid).await.unwrap(), tempfile::tempdir().unwrap());
    // New keys last for 90 days.
    let (keys, client) = keys(&world, folder.path(), Duration::from_secs(120 * 86_400)).await;
    let count = async || client.registered_keys().await.unwrap().len();
    let first = count().await;
    keys.has("helseid_sidecar_key_rotations_total{account=\"a\",outcome=\"rotated\"} 0");
    // The key is of this day.
    assert_eq!(keys.checked(&world).await, 1);
    assert_eq!(count().await, first);
    world.clock().forward(A_DAY);
    assert_eq!(keys.checked(&world).await, 1);
    assert_eq!(count().await, first + 1);
    for _ in 0..3 {
        assert_eq!(keys.checked(&world).await, 0, "of the new key all is known");
        world.clock().forward(Duration::from_secs(3_600));
    }
    assert_eq!(count().await, first + 1);
    keys.has("helseid_sidecar_key_rotations_total{account=\"a\",outcome=\"rotated\"} 1");
    keys.has("helseid_sidecar_key_rotations_total{account=\"a\",outcome=\"failed\"} 0");
}

#[tokio::test]
async fn what_fails_is_tried_again_after_twice_as_long_and_a_question_that_fails_is_no_rotation() {
    let (world, folder) = (World::start(Profile::Helseid).await.unwrap(), tempfile::tempdir().unwrap());
    let (keys, _) = keys(&world, folder.path(), Duration::from_secs(86_400)).await;
    // The authority does not know this key.
    let other = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    std::fs::write(folder.path().join("key.json"), other.to_json().expose()).unwrap();
    assert_eq!(keys.checked(&world).await, 1);
    for wait in [600, 1_200, 2_400] {
        world.clock().forward(Duration::from_secs(wait - 10));
        assert_eq!(keys.checked(&world).await, 0, "before {wait} s");
        world.clock().forward(Duration::from_secs(10));
        assert_eq!(keys.checked(&world).await, 1, "after {wait} s");
    }
    keys.has("helseid_sidecar_key_rotations_total{account=\"a\",outcome=\"failed\"} 0");
}

#[tokio::test]
async fn a_rotation_that_is_under_way_ends_before_the_sidecar_does_and_a_question_is_dropped() {
    let (world, folder) = (World::start(Profile::Helseid).await.unwrap(), tempfile::tempdir().unwrap());
    let (keys, _) = keys(&world, folder.path(), Duration::from_secs(120 * 86_400)).await;
    // The last rotation has the time of its file, which may be some seconds after that of this clock, which stands still.
    world.clock().forward(2 * A_DAY);
    let rotations =
        |count| format!("helseid_sidecar_key_rotations_total{{account=\"a\",outcome=\"rotated\"}} {count}");
    let a_minute = Duration::from_secs(60);
    keys.check();
    while !folder.path().join("key.json.new").exists() {
        tokio::task::yield_now().await;
    }
    keys.end(a_minute).await;
    keys.has(&rotations(1));
    assert!(!folder.path().join("key.json.new").exists());
    // The sidecar stops already, when it would be asked again.
    world.clock().forward(A_DAY);
    keys.check();
    keys.end(a_minute).await;
    keys.has(&rotations(1));
    assert!(keys.watched.iter().all(|key| Arc::strong_count(key) == 1));
}
