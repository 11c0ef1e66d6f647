//! A Redis that remembers what was used: a connection to one that is fit to, and what is known of the claims in it.
//!
//! What follows is for its users to decide: from when on they trust a server that may have forgotten, and what they do while
//! there is none.

use std::sync::{Mutex, PoisonError};

use helseid_protocol::dpop::{Claim, ClaimHistory, ReplayServer, StoreClaim, UnfitServer};
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::time::Timestamp;
use redis::aio::MultiplexedConnection;
use redis::{RedisError, cmd};

use super::{RedisServer, RedisTimeouts};

/// A connection to a Redis that is fit to remember what was used. It leads to this one server process, and ends with it.
///
/// ```no_run
/// # use helseid_http::{RedisServer, RedisTimeouts, UnusableRedis};
/// # async fn example(redis: RedisServer, timeouts: RedisTimeouts) -> Result<(), UnusableRedis> {
/// use helseid_http::ReplayConnection;
///
/// let before = redis.connect_for_claims(timeouts).await?;
/// // When that connection is lost:
/// let ReplayConnection { connection, server } = redis.connect_for_claims(timeouts).await?;
/// if server.is_another_than(&before.server) {
///     println!("what was used before is forgotten, so nothing is taken until all of it has ended");
/// }
/// # drop(connection); Ok(()) }
/// ```
#[derive(Clone)]
pub struct ReplayConnection {
    /// The connection.
    pub connection: MultiplexedConnection,
    /// The server at its other end.
    pub server: ReplayServer,
}

/// Why a Redis cannot be used to remember what was used. Holds no password.
///
/// ```
/// use helseid_http::UnusableRedis;
/// use helseid_protocol::dpop::UnfitServer;
///
/// /// Whether to try again: the settings of a server do not change by waiting.
/// fn is_transient(why: &UnusableRedis) -> bool {
///     matches!(why, UnusableRedis::Away(_))
/// }
/// let why = UnusableRedis::from(UnfitServer::Evicts("allkeys-lru".to_owned()));
/// assert!(!is_transient(&why) && why.to_string().ends_with("set noeviction"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UnusableRedis {
    /// It cannot be reached, or does not answer.
    #[error("it cannot be reached: {0}")]
    Away(#[from] RedisError),
    /// It must not be trusted to remember.
    #[error(transparent)]
    Unfit(#[from] UnfitServer),
}

impl RedisServer {
    /// A new connection, if the server at its other end is fit to remember: it does not evict keys, and tells its `run_id`
    /// (`INFO`). Does not tell whether it is the server from before: see [`ReplayServer::is_another_than`].
    pub async fn connect_for_claims(
        &self,
        timeouts: RedisTimeouts,
    ) -> Result<ReplayConnection, UnusableRedis> {
        let mut connection = self.connect(timeouts).await?;
        let info: String = cmd("INFO").query_async(&mut connection).await?;
        let server = ReplayServer::read(&info)?;
        Ok(ReplayConnection { connection, server })
    }
}

/// What one process knows of its claims in a Redis, whatever connection they were made over: whether Redis, which lets keys
/// expire by a clock of its own, may have forgotten some too early. See [`ClaimHistory`].
///
/// ```
/// use helseid_http::RedisClaims;
/// use helseid_protocol::{dpop::Claim, time::Timestamp};
/// use std::time::Duration;
///
/// let (claims, now) = (RedisClaims::default(), Timestamp::from_seconds(1_790_000_000));
/// let end = now.plus(Duration::from_secs(60));
/// assert_eq!(claims.judge([end], now, now), Claim::First);
/// // Redis calls it unused again, at a time at which it had to drop it: its clock was moved by an hour.
/// let store = now.plus(Duration::from_secs(3600));
/// assert_eq!(claims.judge([end], now, store), Claim::Forgotten);
/// ```
#[derive(Debug)]
pub struct RedisClaims {
    history: Mutex<ClaimHistory>,
    /// Limits the lines about what may have been forgotten.
    lines: LogBudget,
}

impl Default for RedisClaims {
    fn default() -> Self {
        Self { history: Mutex::default(), lines: LogBudget::new(10, 1) }
    }
}

impl RedisClaims {
    /// Takes note of the time of Redis where it called nothing unused.
    pub fn observe(&self, store: Timestamp) {
        self.history.lock().unwrap_or_else(PoisonError::into_inner).observe(store);
    }

    /// Whether ids with these ends, all of which Redis called unused at its time `store`, are so: [`Claim::First`], or
    /// [`Claim::Forgotten`] where it may have known one and forgotten it too early.
    pub fn judge(
        &self,
        ends: impl IntoIterator<Item = Timestamp>,
        now: Timestamp,
        store: Timestamp,
    ) -> Claim {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        // Each is judged, so that it is known of all when they were claimed.
        let claims = ends.into_iter().map(|end| history.judge(StoreClaim { end, now, store }));
        if claims.filter(|claim| *claim != Claim::First).count() == 0 {
            return Claim::First;
        }
        drop(history);
        let ahead = now.seconds_after(store);
        log_within!(
            self.lines,
            now,
            warn,
            ahead,
            "Redis may have forgotten too early what was used: its clock or this machine's was moved"
        );
        Claim::Forgotten
    }
}
