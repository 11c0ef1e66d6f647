//! For replicas: in Redis or Valkey, by one atomic command each.
//!
//! A Redis that was restarted may have forgotten what was used a moment before. Its `run_id` tells: the one that claims
//! were made with is kept in the store, and when another answers, all replicas take nothing until whatever may have been
//! forgotten has expired. No connection outlives a restart, so that it is enough to look at each new one. The API's guard
//! goes by the same [`ReplayServer`]; where it keeps what it knows of one is its own, as it has no store.
//!
//! Redis also forgets by its own clock. It tells the time with each claim, and [`ClaimHistory`] says whether it may have
//! forgotten too early: if our clock has gone back, or its own has gone forward.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, FromRedisValue, Pipeline, RedisError, cmd, pipe};
use helseid_http::{RedisServer, RedisTimeouts};
use helseid_protocol::dpop::{self, ClaimHistory, ReplayId, ReplayServer, StoreClaim, UnfitServer};
use helseid_protocol::jose::base64url;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::time::{Clock, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::{Claim, Fleeting, Kept, Lived, Unavailable, Use, UsedUp, Uses};
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
    Redis(#[from] RedisError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Unfit(#[from] UnfitServer),
}

/// A connection that was looked at.
#[derive(Clone)]
struct Link {
    connection: MultiplexedConnection,
    /// From when on claims are taken.
    opens: Timestamp,
}

/// The connection, which comes back by itself.
pub(crate) struct Redis {
    link: watch::Receiver<Option<Link>>,
    closed: Duration,
    broken: Arc<Notify>,
    keeper: JoinHandle<()>,
    history: Arc<Mutex<ClaimHistory>>,
    /// Of commands that failed: while the server is full each request meets one.
    lines: LogBudget,
}

impl Redis {
    /// Connects once, and from then on again whenever the connection breaks.
    pub(crate) async fn open(address: RedisServer, epoch: Epoch) -> Result<Self, Unusable> {
        let closed = epoch.closed;
        let history = Arc::<Mutex<ClaimHistory>>::default();
        let mut keeper = Keeper { address, epoch, server: None, history: history.clone() };
        let (publish, link) = watch::channel(Some(keeper.connect().await?));
        let broken = Arc::new(Notify::new());
        let keeper = tokio::spawn(keeper.keep(publish, broken.clone()));
        Ok(Self { link, closed, broken, keeper, history, lines: LogBudget::new(10, 1) })
    }

    fn link(&self) -> Result<Link, Unavailable> {
        self.link.borrow().clone().ok_or(Unavailable::Away)
    }

    /// The connection, if claims are taken.
    fn open_link(&self, now: Timestamp) -> Result<Link, Unavailable> {
        let link = self.link()?;
        if link.opens > now.plus(self.closed) {
            // The clock went back: since when it is to be trusted must be reckoned again.
            self.broken.notify_one();
        }
        if now < link.opens { Err(Unavailable::Closed) } else { Ok(link) }
    }

    async fn ask<T: FromRedisValue>(
        &self,
        mut link: Link,
        command: Cmd,
        now: Timestamp,
    ) -> Result<T, Unavailable> {
        command.query_async(&mut link.connection).await.map_err(|why| self.failed(&why, now))
    }

    /// Sends the commands together, and is answered together; each is atomic, which is all that a claim needs.
    async fn ask_all<T: FromRedisValue>(
        &self,
        mut link: Link,
        commands: Pipeline,
        now: Timestamp,
    ) -> Result<T, Unavailable> {
        commands.query_async(&mut link.connection).await.map_err(|why| self.failed(&why, now))
    }

    /// What became of a claim at `now`, by the answer to its `SET` and the time of Redis.
    fn claimed(
        &self,
        set: Option<String>,
        one: Use,
        (now, time): (Timestamp, Time),
    ) -> Result<Claim, Unavailable> {
        if set.is_none() {
            return Ok(Claim::Again);
        }
        let claim = StoreClaim { end: one.end, now, store: Timestamp::from_seconds(time.0) };
        let judged = self.history.lock().unwrap_or_else(PoisonError::into_inner).judge(claim);
        if judged == dpop::Claim::First {
            return Ok(Claim::First);
        }
        let ahead = now.seconds_after(claim.store);
        log_within!(
            self.lines,
            now,
            warn,
            ahead,
            "Redis may have forgotten too early what was used: its clock or this machine's was moved"
        );
        Err(Unavailable::Forgotten)
    }

    fn failed(&self, why: &RedisError, now: Timestamp) -> Unavailable {
        log_within!(self.lines, now, warn, %why, "Redis did not answer");
        self.broken.notify_one();
        // A server that is full says so; what it was told is not there.
        if why.code() == Some("OOM") { Unavailable::Full } else { Unavailable::Away }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Makes connections, and knows the server that the last one led to.
struct Keeper {
    address: RedisServer,
    epoch: Epoch,
    server: Option<ReplayServer>,
    history: Arc<Mutex<ClaimHistory>>,
}

impl Keeper {
    /// Keeps a connection, and publishes none while there is none.
    async fn keep(mut self, publish: watch::Sender<Option<Link>>, broken: Arc<Notify>) {
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
        let Ok(time) = cmd("TIME").query_async::<Time>(connection).await else { return false };
        self.history.lock().unwrap_or_else(PoisonError::into_inner).observe(Timestamp::from_seconds(time.0));
        true
    }

    async fn connect(&mut self) -> Result<Link, Unusable> {
        let mut connection = self.address.connect(TIMEOUTS).await?;
        let told: String = cmd("INFO").query_async(&mut connection).await?;
        let server = ReplayServer::read(&told)?;
        let restarted = self.server.as_ref().is_some_and(|before| server.has_restarted_since(before));
        let opens = self.epoch.opens(server.run_id(), restarted).await?;
        self.server = Some(server);
        Ok(Link { connection, opens })
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

fn key(kind: &str, id: ReplayId) -> String {
    format!("helseid:{kind}:{}", base64url::encode(id.as_bytes()))
}

/// Claims an id by the one command that only the first can succeed with. What has ended may be forgotten.
fn set_if_new(one: Use, now: Timestamp) -> Result<Cmd, Unavailable> {
    if one.end <= now {
        return Err(Unavailable::Forgotten);
    }
    let mut set = cmd("SET");
    set.arg(key("used", one.id))
        .arg(1)
        .arg("NX")
        .arg("PX")
        .arg(milliseconds(one.end.plus(ClaimHistory::MARGIN), now));
    Ok(set)
}

/// At least a second: Redis takes no less than one millisecond.
fn milliseconds(end: Timestamp, now: Timestamp) -> u64 {
    end.since(now).as_secs().max(1).saturating_mul(1000)
}

impl Fleeting for Redis {
    fn claim(&self, one: Use, now: Timestamp) -> Kept<'_, Claim> {
        Box::pin(async move {
            let link = self.open_link(now)?;
            let mut commands = pipe();
            commands.cmd("TIME").add_command(set_if_new(one, now)?);
            let (time, set): (Time, Option<String>) = self.ask_all(link, commands, now).await?;
            self.claimed(set, one, (now, time))
        })
    }

    fn use_up(&self, uses: Uses, now: Timestamp) -> Kept<'_, UsedUp> {
        Box::pin(async move {
            let link = self.open_link(now)?;
            let mut commands = pipe();
            commands.cmd("TIME").add_command(set_if_new(uses.assertion, now)?);
            commands.cmd("EXISTS").arg(key("value", uses.assertion.id));
            let (time, assertion, noted, proof): (Time, Option<String>, bool, _) = match uses.proof {
                Some(proof) => {
                    commands.add_command(set_if_new(proof, now)?);
                    let (time, assertion, noted, set) = self.ask_all(link, commands, now).await?;
                    (time, assertion, noted, Some((proof, set)))
                }
                None => {
                    let (time, assertion, noted) = self.ask_all(link, commands, now).await?;
                    (time, assertion, noted, None)
                }
            };
            // Each is judged, so that it is known of both when they were claimed.
            let assertion = self.claimed(assertion, uses.assertion, (now, time));
            let proof = proof.map(|(one, set)| self.claimed(set, one, (now, time)));
            Ok(UsedUp { assertion: assertion?, proof: proof.unwrap_or(Ok(Claim::First))?, noted })
        })
    }

    fn put<'a>(&'a self, name: ReplayId, lived: Lived<'a>) -> Kept<'a, ()> {
        Box::pin(async move {
            let mut set = cmd("SET");
            set.arg(key("value", name)).arg(lived.value).arg("PX").arg(milliseconds(lived.end, lived.now));
            self.ask(self.link()?, set, lived.now).await
        })
    }

    fn get(&self, name: ReplayId, now: Timestamp) -> Kept<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let mut get = cmd("GET");
            get.arg(key("value", name));
            self.ask(self.link()?, get, now).await
        })
    }

    fn take(&self, name: ReplayId, now: Timestamp) -> Kept<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let mut take = cmd("GETDEL");
            take.arg(key("value", name));
            self.ask(self.link()?, take, now).await
        })
    }

    fn usable(&self, now: Timestamp) -> Result<(), Unavailable> {
        self.open_link(now).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::super::tests::{NOW, at};
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
