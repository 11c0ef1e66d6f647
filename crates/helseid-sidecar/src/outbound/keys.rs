//! When the keys of clients expire, as the authority says once a day, and their rotation before that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use helseid_client::{Client, Rotation};
use helseid_protocol::time::Timestamp;
use tracing::Instrument as _;

use crate::metrics::Metrics;

/// How long before its end a key is warned of that is not rotated here.
const NOTICE: Duration = Duration::from_secs(30 * 24 * 3600);

/// When the authority is asked again: the next day; and where something failed, soon, and then after twice as long each time.
const A_DAY: Duration = Duration::from_secs(24 * 3600);
const SOON: Duration = Duration::from_secs(600);

/// The key of an account, and the client that asks about it.
pub(super) struct WatchedKey {
    pub(super) account: String,
    pub(super) client: Client,
    /// How long before its end the key is rotated, if it is.
    pub(super) rotate_before_end: Option<Duration>,
}

/// The keys that are watched.
pub(super) struct Keys {
    watched: Vec<Arc<(WatchedKey, Mutex<Asked>)>>,
    metrics: Arc<Metrics>,
}

/// What was asked last.
struct Asked {
    /// About which key.
    about: String,
    at: Option<Timestamp>,
    /// After how long it is asked again.
    wait: Duration,
}

/// What came of it.
enum Found {
    /// When the key expires, if it does; nothing is left to do today.
    Expires(Option<Timestamp>),
    /// There is a new key, of that name.
    Replaced(String, Option<Timestamp>),
    /// Something is still to be done; with the key's end, if that is known.
    Unfinished(Option<Timestamp>),
}

impl Keys {
    pub(super) fn new(watched: Vec<WatchedKey>, metrics: Arc<Metrics>) -> Self {
        for key in watched.iter().filter(|key| key.rotate_before_end.is_some()) {
            metrics.key_is_to_be_rotated(&key.account);
        }
        let never = || Asked { about: String::new(), at: None, wait: SOON };
        let watched = watched.into_iter().map(|key| Arc::new((key, Mutex::new(never()))));
        Self { watched: watched.collect(), metrics }
    }

    /// Asks about the keys where that is due, each in a task of its own: once a day, and when a key was replaced. About how many.
    pub(super) fn check(&self) -> usize {
        let mut asked_about = 0;
        for watched in &self.watched {
            let (key, asked) = &**watched;
            let (now, name) = (key.client.clock().now(), key.client.key_name());
            let failed_before = {
                let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
                let is_same = asked.about == name;
                if is_same && asked.at.is_some_and(|at| at.plus(asked.wait).is_pending(asked.wait, now)) {
                    continue;
                }
                let failed_before = if is_same && asked.wait < A_DAY { asked.wait } else { SOON / 2 };
                *asked = Asked { about: name.clone(), at: Some(now), wait: SOON };
                failed_before
            };
            let (watched, metrics) = (watched.clone(), self.metrics.clone());
            // Of the least level that is ever left out, so that every line has it.
            let span = tracing::error_span!("key", account = key.account);
            let asking = async move {
                let (key, asked) = &*watched;
                let found = key.look_after(&metrics).await;
                let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
                // Who asked later about the key that came after it knows better.
                if asked.about != name {
                    return;
                }
                match found {
                    Found::Expires(at) => {
                        metrics.key_expires(&key.account, at);
                        asked.wait = A_DAY;
                    }
                    Found::Replaced(by, at) => {
                        metrics.key_expires(&key.account, at);
                        (asked.about, asked.wait) = (by, A_DAY);
                    }
                    Found::Unfinished(at) => {
                        if at.is_some() {
                            metrics.key_expires(&key.account, at);
                        }
                        asked.wait = A_DAY.min(failed_before * 2);
                    }
                }
            };
            tokio::spawn(asking.instrument(span));
            asked_about += 1;
        }
        asked_about
    }
}

impl WatchedKey {
    /// Asks when the key expires, and rotates it if that is due.
    async fn look_after(&self, metrics: &Metrics) -> Found {
        // Of a key that is rotated here, people need to be warned only when that fails.
        let notice = if self.rotate_before_end.is_some() { Duration::ZERO } else { NOTICE };
        match (self.client.check_key_expiry(notice).await, self.rotate_before_end) {
            (Ok(expires), None) => Found::Expires(expires),
            (Ok(expires), Some(before_end)) => self.rotate_if_due(expires, before_end, metrics).await,
            (Err(error), _) => {
                let (what, why) = (error.what(), error.why());
                tracing::warn!(what, why, "it is not known when the key expires");
                Found::Unfinished(None)
            }
        }
    }

    /// Rotates the key if it ends within `before_end`. Says so where its file cannot be rewritten: the key must then be rotated
    /// where it is stored.
    async fn rotate_if_due(
        &self,
        expires: Option<Timestamp>,
        before_end: Duration,
        metrics: &Metrics,
    ) -> Found {
        let writable = Rotation::new(&self.client).and_then(|rotation| {
            rotation.require_writable()?;
            Ok(rotation)
        });
        metrics.key_is_rotatable(&self.account, writable.is_ok());
        let ends_soon = |expires: Option<Timestamp>| {
            let due = self.client.clock().now().plus(before_end);
            expires.is_some_and(|expires| expires <= due)
        };
        let rotation = match writable {
            Ok(rotation) if rotation.is_under_way() || ends_soon(expires) => rotation,
            Ok(_) => return Found::Expires(expires),
            Err(error) => {
                let (what, why) = (error.what(), error.why());
                let next = "rotate it where it is stored, with helseid rotate";
                tracing::error!(what, why, next, "this sidecar cannot rotate the key");
                return Found::Expires(expires);
            }
        };
        match rotation.run_if_due(before_end).await {
            Ok(None) => Found::Unfinished(expires),
            Ok(Some(rotated)) => {
                metrics.key_rotated(&self.account, "rotated");
                if ends_soon(rotated.expires) {
                    tracing::error!(
                        next = "set key_rotation_days to at most half of that time",
                        "the new key does not last longer than key_rotation_days"
                    );
                }
                Found::Replaced(rotated.thumbprint.to_string(), rotated.expires)
            }
            Err(error) => {
                let (what, why, next) = (error.what(), error.why(), error.next());
                tracing::error!(what, why, next, "the key was not rotated");
                metrics.key_rotated(&self.account, "failed");
                Found::Unfinished(expires)
            }
        }
    }
}

#[cfg(test)]
mod tests {
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
        let key = WatchedKey {
            account: "a".to_owned(),
            client: client.clone(),
            rotate_before_end: Some(before_end),
        };
        (Keys::new(vec![key], Arc::new(Metrics::new())), client)
    }

    impl Keys {
        /// Checks after a second, and waits until all questions are answered.
        async fn checked(&self, world: &World) -> usize {
            world.clock().forward(Duration::from_secs(1));
            let asked_about = self.check();
            // Each task has the key in its hands.
            while self.watched.iter().any(|key| Arc::strong_count(key) > 1) {
                tokio::task::yield_now().await;
            }
            asked_about
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
}
