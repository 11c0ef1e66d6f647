//! When the keys of clients expire, as the authority says once a day, and their rotation before that.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use helseid_client::{Client, Error, Rotated, Rotation};
use helseid_protocol::time::Timestamp;

use crate::metrics::Metrics;

/// How long before its end a key is warned of that is not rotated here.
const NOTICE: Duration = Duration::from_secs(30 * 24 * 3600);

/// When the authority is asked again: the next day, and soon if it did not say, or if a key is still to be rotated.
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
    watched: Vec<(Arc<WatchedKey>, Arc<Mutex<Asked>>)>,
    metrics: Arc<Metrics>,
}

/// What was asked last.
#[derive(Default)]
struct Asked {
    /// About which key.
    about: String,
    next: Option<Timestamp>,
}

impl Keys {
    pub(super) fn new(watched: Vec<WatchedKey>, metrics: Arc<Metrics>) -> Self {
        let watched = watched.into_iter().map(|key| (Arc::new(key), Arc::default()));
        Self { watched: watched.collect(), metrics }
    }

    /// Asks about the keys where that is due, each in a task of its own: once a day, and when a key was replaced.
    pub(super) fn check(&self) {
        for (key, asked) in &self.watched {
            let (now, name) = (key.client.clock().now(), key.client.key_name());
            {
                let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
                if asked.about == name && asked.next.is_some_and(|at| at.is_pending(A_DAY, now)) {
                    continue;
                }
                *asked = Asked { about: name, next: Some(now.plus(SOON)) };
            }
            let (key, asked, metrics) = (key.clone(), asked.clone(), self.metrics.clone());
            tokio::spawn(async move {
                if key.look_after(&metrics).await {
                    asked.lock().unwrap_or_else(PoisonError::into_inner).next = Some(now.plus(A_DAY));
                }
            });
        }
    }
}

impl WatchedKey {
    /// Rotates the key if that is due, and tells when it expires. Whether nothing is left to do today.
    async fn look_after(&self, metrics: &Metrics) -> bool {
        let account = &*self.account;
        if let Some(before_end) = self.rotate_before_end
            && let Some(rotated) = self.rotate(before_end, metrics).await
        {
            metrics.key_expires(account, rotated.expires);
            return true;
        }
        let notice = self.rotate_before_end.unwrap_or(NOTICE);
        match self.client.check_key_expiry(notice).await {
            Ok(expires) => {
                metrics.key_expires(account, expires);
                let due = self.client.clock().now().plus(notice);
                self.rotate_before_end.is_none() || expires.is_none_or(|expires| expires > due)
            }
            Err(error) => {
                let (what, why) = (error.what(), error.why());
                tracing::warn!(account, what, why, "it is not known when the key expires");
                false
            }
        }
    }

    /// Rotates the key if it ends within `before_end`. Says so where its file cannot be rewritten: the key must then be rotated
    /// elsewhere, and is followed.
    async fn rotate(&self, before_end: Duration, metrics: &Metrics) -> Option<Rotated> {
        let account = &*self.account;
        let failed = |error: Error, message: &'static str| {
            let (what, why, next) = (error.what(), error.why(), error.next());
            tracing::error!(account, what, why, next, message);
        };
        let rotation = Rotation::new(&self.client);
        metrics.key_is_rotatable(account, rotation.is_ok());
        let rotation =
            rotation.map_err(|error| failed(error, "the key cannot be rotated by this sidecar")).ok()?;
        match rotation.run_if_due(before_end).await {
            Ok(rotated) => {
                let rotated = rotated?;
                let retired = rotated.retired.display();
                tracing::info!(account, thumbprint = %rotated.thumbprint, %retired, "the key was rotated");
                metrics.key_rotated(account, "rotated");
                Some(rotated)
            }
            Err(error) => {
                failed(error, "the key was not rotated");
                metrics.key_rotated(account, "failed");
                None
            }
        }
    }
}
