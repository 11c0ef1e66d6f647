//! The connection to Redis, and whether the server at its other end can be trusted to remember.
//!
//! A Redis that was restarted may have forgotten what was used a moment before. Its `run_id` tells: the one that claims
//! were made with is stored in the registry, and when another answers, all replicas refuse one-time ids until whatever may
//! have been forgotten has expired. No connection outlives a restart, so that it is enough to look at each new one. The
//! API's guard connects by the same call; where it keeps what it knows of a server is its own, as it has no store.
//!
//! Redis also forgets by its own clock. It tells the time with each redemption, and [`RedisClaims`] says whether it may have
//! forgotten too early: if our clock has gone back, or its own has gone forward.

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{RedisError, cmd};
use helseid_http::{RedisClaims, RedisServer, RedisTimeouts, ReplayConnection, UnusableRedis};
use helseid_protocol::dpop::ReplayServer;
use helseid_protocol::time::{Clock, Timestamp};
use tokio::sync::{Notify, watch};

use super::scripts;
use crate::storage::registry::{Applied, Store, StoreError};

/// How long a connection, and an answer, may take.
const TIMEOUTS: RedisTimeouts =
    RedisTimeouts { connect: Duration::from_secs(2), answer: Duration::from_secs(2) };

/// How soon after a failure a new connection is tried.
const PAUSE: Duration = Duration::from_millis(100);

/// How often an idle connection is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// The answer to `TIME`: seconds, and microseconds.
type Time = (i64, i64);

/// What is needed to tell which Redis answers, and since when it can be trusted.
pub(crate) struct Epoch {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How long after a restart nothing is taken.
    pub(crate) closed: Duration,
}

/// Why a Redis cannot be used. Holds no password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error(transparent)]
    Redis(#[from] UnusableRedis),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A connection to a server that was looked at, with our scripts loaded.
#[derive(Clone)]
pub(super) struct Link {
    pub(super) connection: MultiplexedConnection,
    /// From when on one-time ids are accepted.
    pub(super) opens: Timestamp,
    pub(super) scripts: Scripts,
}

/// The names that a server gave to our scripts.
#[derive(Clone)]
pub(super) struct Scripts {
    pub(super) redeem: Arc<str>,
    pub(super) write: Arc<str>,
    pub(super) list: Arc<str>,
    pub(super) end_group: Arc<str>,
}

impl Scripts {
    async fn load(connection: &mut MultiplexedConnection) -> Result<Self, RedisError> {
        let all = [scripts::REDEEM, scripts::WRITE, scripts::LIST, scripts::END_GROUP];
        let mut load = ::redis::pipe();
        for script in all {
            load.cmd("SCRIPT").arg("LOAD").arg(script);
        }
        let (redeem, write, list, end_group): (String, String, String, String) =
            load.query_async(connection).await?;
        Ok(Self {
            redeem: redeem.into(),
            write: write.into(),
            list: list.into(),
            end_group: end_group.into(),
        })
    }
}

/// Makes connections, and knows the server that the last one led to.
pub(super) struct Keeper {
    pub(super) address: RedisServer,
    pub(super) epoch: Epoch,
    pub(super) server: Option<ReplayServer>,
    pub(super) claims: Arc<RedisClaims>,
}

impl Keeper {
    /// Keeps a connection, and publishes none while there is none.
    pub(super) async fn keep(mut self, publish: watch::Sender<Option<Link>>, broken: Arc<Notify>) {
        loop {
            let link = publish.borrow().clone();
            match link {
                Some(mut link) => {
                    let looked = tokio::time::timeout(LOOK, broken.notified()).await;
                    if looked.is_ok() || !self.look(&mut link.connection).await {
                        tracing::warn!("the connection to Redis broke");
                        publish.send_replace(None);
                    }
                }
                None => match self.connect().await {
                    Ok(link) => {
                        tracing::info!(opens = %link.opens, "connected to Redis");
                        publish.send_replace(Some(link));
                    }
                    Err(why) => {
                        tracing::warn!(%why, "Redis cannot be used");
                        tokio::time::sleep(PAUSE).await;
                    }
                },
            }
        }
    }

    /// Whether Redis answers. Its time is noted also while nothing is claimed, so that a clock that is set back is seen.
    async fn look(&self, connection: &mut MultiplexedConnection) -> bool {
        let Ok((seconds, _)) = cmd("TIME").query_async::<Time>(connection).await else { return false };
        self.claims.observe(Timestamp::from_seconds(seconds));
        true
    }

    pub(super) async fn connect(&mut self) -> Result<Link, Unusable> {
        let ReplayConnection { mut connection, server } = self.address.connect_for_claims(TIMEOUTS).await?;
        let restarted = self.server.as_ref().is_some_and(|before| server.has_restarted_since(before));
        let opens = self.epoch.opens(server.run_id(), restarted).await?;
        self.server = Some(server);
        let scripts = Scripts::load(&mut connection).await.map_err(UnusableRedis::from)?;
        Ok(Link { connection, opens, scripts })
    }
}

impl Epoch {
    /// From when on the Redis of this `run_id` is trusted; for a new one, all replicas agree on it. One that has restarted
    /// under its old name is a new one.
    async fn opens(&self, run_id: &str, restarted: bool) -> Result<Timestamp, StoreError> {
        const SETTING: &str = "redis_run_id";
        loop {
            let known = self.store.setting(SETTING).await?;
            let latest = self.clock.now().plus(self.closed);
            let known_opens = known.as_deref().map(|text| {
                let (id, opens) = text.split_once(' ').unwrap_or_default();
                let opens = opens.parse().map(Timestamp::from_seconds).ok();
                // A later time is by a clock that went back since.
                opens.filter(|opens| id == run_id && !restarted && *opens <= latest)
            });
            let opens = match known_opens {
                Some(Some(opens)) => return Ok(opens),
                // Another run_id than before.
                Some(None) => latest,
                // No claim was ever made.
                None => Timestamp::from_seconds(0),
            };
            let new = format!("{run_id} {}", opens.seconds());
            match self.store.compare_and_swap(SETTING, known.as_deref(), &new).await? {
                Applied::Done => {
                    if known.is_some() {
                        tracing::warn!(%opens, "Redis was restarted: no token is given until what it may have forgotten has expired");
                    }
                    return Ok(opens);
                }
                Applied::Conflict => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::super::super::tests::{NOW, at};
    use super::*;
    use crate::storage::registry::Sqlite;

    #[tokio::test]
    async fn another_name_a_restart_and_a_clock_that_went_back_are_reckoned_anew() {
        let seconds = Arc::new(AtomicI64::new(NOW.seconds()));
        let told = seconds.clone();
        let epoch = Epoch {
            store: Arc::new(Sqlite::in_memory().await.unwrap()),
            clock: Arc::new(move || Timestamp::from_seconds(told.load(Ordering::SeqCst))),
            closed: Duration::from_secs(91),
        };
        let opens = async |run_id, restarted| epoch.opens(run_id, restarted).await.unwrap();
        assert_eq!(opens("a", false).await, Timestamp::from_seconds(0), "no claim was ever made");
        assert_eq!(opens("b", false).await, at(91));
        seconds.fetch_add(50, Ordering::SeqCst);
        assert_eq!(opens("b", false).await, at(91), "it is the same");
        assert_eq!(opens("b", true).await, at(141), "it has its name still, and was restarted");
        // The clock was a year ahead, and is put right.
        const YEAR: i64 = 365 * 86_400;
        seconds.fetch_sub(YEAR, Ordering::SeqCst);
        assert_eq!(opens("b", false).await, at(141 - YEAR));
    }
}
