//! When the keys of clients expire, as the authority says once a day, and their rotation before that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use helseid_client::{Client, Rotation};
use helseid_protocol::time::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;
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
    /// What is asked and rotated. Ends with the keys.
    under_way: Mutex<JoinSet<()>>,
    /// Whether the sidecar stops.
    stops: watch::Sender<bool>,
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
        let (under_way, stops) = (Mutex::default(), watch::Sender::new(false));
        Self { watched: watched.collect(), metrics, under_way, stops }
    }

    /// Asks about the keys where that is due, each in a task of its own: once a day, and when a key was replaced.
    pub(super) fn check(&self) {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        while under_way.try_join_next().is_some() {}
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
            let (watched, metrics, stops) = (watched.clone(), self.metrics.clone(), self.stops.subscribe());
            // Of the least level that is ever left out, so that every line has it.
            let span = tracing::error_span!("key", account = key.account);
            let asking = async move {
                let (key, asked) = &*watched;
                let found = key.look_after(&metrics, stops).await;
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
            under_way.spawn(asking.instrument(span));
        }
    }

    /// Ends the questions, and waits for the rotations that are under way. One that takes longer is cut off: its key is whole, and the
    /// next start completes it.
    pub(super) async fn end(&self, within: Duration) {
        self.stops.send_replace(true);
        let mut under_way =
            std::mem::take(&mut *self.under_way.lock().unwrap_or_else(PoisonError::into_inner));
        let ended = async { while under_way.join_next().await.is_some() {} };
        if tokio::time::timeout(within, ended).await.is_err() {
            tracing::warn!("the rotation of a key was cut off, and is completed after the next start");
        }
    }
}

impl WatchedKey {
    /// Asks when the key expires, and rotates it if that is due.
    async fn look_after(&self, metrics: &Metrics, mut stops: watch::Receiver<bool>) -> Found {
        // Of a key that is rotated here, people need to be warned only when that fails.
        let notice = if self.rotate_before_end.is_some() { Duration::ZERO } else { NOTICE };
        let asked = tokio::select! {
            biased;
            _ = stops.wait_for(|stops| *stops) => return Found::Unfinished(None),
            asked = self.client.check_key_expiry(notice) => asked,
        };
        match (asked, self.rotate_before_end) {
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
            // A new key that cannot be read is told when it is tried.
            Ok(rotation) if rotation.is_under_way().unwrap_or(true) || ends_soon(expires) => rotation,
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
mod tests;
