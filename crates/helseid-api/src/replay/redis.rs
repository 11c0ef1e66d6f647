//! Used proofs in Redis or Valkey, for replicas that share them.
//!
//! A claim is one command, `SET key 1 NX PX`: the server decides which one is the first. It cannot decide about what it has
//! forgotten, so a server that started a short time ago, or that took the place of another, is not trusted until every earlier
//! proof is too old to be valid; and one that does not tell its identity, or that evicts keys, is not used. The server lets keys
//! expire by its own clock, which it tells with each claim: [`RedisClaims`] decides whether that may have been too early, because
//! that clock or ours was moved.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use helseid_http::{
    InvalidRedis, RedisClaims, RedisServer, RedisTimeouts, ReplayConnection, UnusableRedis, redis_is_lost,
};
use helseid_protocol::dpop::{ClaimHistory, ReplayServer};
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::time::Timestamp;
use redis::RedisError;
use redis::aio::MultiplexedConnection;
use tokio::sync::Mutex;

use super::{Claim, Claimed, MemoryReplayGuard, ProofUse, ReplayGuard};
use crate::maybe_ready::MaybeReady;

/// What becomes of proofs while Redis cannot tell whether they were used.
///
/// ```
/// use helseid_api::{RedisReplayGuard, WhileAway};
///
/// // While Redis is away, a proof may pass once at each replica, and no caller is sent away.
/// let guard = RedisReplayGuard::new("redis://cache.example")?.while_away(WhileAway::LocalOnly);
/// # drop(guard); Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhileAway {
    /// They are refused with 503.
    #[default]
    Refuse,
    /// Each process remembers for itself: a replay passes once at each replica.
    LocalOnly,
}

/// Remembers used proofs in a Redis that replicas share. It connects at the first use, and again when the connection is lost.
///
/// ```no_run
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_api::{ApiProtection, RedisReplayGuard};
///
/// let protection = ApiProtection::builder("https://helseid-sts.test.nhn.no", "nhn:my-api")
///     .public_url("https://api.example")
///     .replay_guard(RedisReplayGuard::new(&std::env::var("REDIS_URL")?)?)
///     .build()?;
/// # drop(protection);
/// # Ok(()) }
/// ```
pub struct RedisReplayGuard(Arc<Guard>);

struct Guard {
    server: RedisServer,
    while_away: WhileAway,
    local: MemoryReplayGuard,
    link: ArcSwapOption<Link>,
    linking: Mutex<Linking>,
    claims: RedisClaims,
    /// For lines about failed claims: while the server is full, every request causes one.
    lines: LogBudget,
}

/// A connection. It ends with the server process that it leads to, so that it never leads to one that has forgotten.
struct Link {
    connection: MultiplexedConnection,
    /// Until then the server may have forgotten proofs that are still valid.
    open_from: Timestamp,
}

impl Link {
    /// Whether it opens later than any that is made now: the clock went back. A request that was under way while another
    /// made the connection has an earlier time, and must not open it earlier.
    fn is_of_the_future(&self, proof: ProofUse) -> bool {
        self.open_from > proof.now.plus(proof.longest + ClaimHistory::MARGIN)
    }
}

#[derive(Default)]
struct Linking {
    server: Option<ReplayServer>,
    /// From when on the server is trusted; kept when the connection to it is lost and made again.
    open_from: Option<Timestamp>,
    again_from: Option<Timestamp>,
}

/// How long a connection and a command may take.
const TIMEOUTS: RedisTimeouts =
    RedisTimeouts { connect: Duration::from_secs(1), answer: Duration::from_millis(500) };

/// How long after a failed attempt the next connection may begin.
const PAUSE: Duration = Duration::from_secs(1);

/// The prefix of keys, before 32 hexadecimal digits.
const PREFIX: &str = "helseid:dpop:";

impl RedisReplayGuard {
    /// Takes `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, or `redis+unix:///path`. Does not connect
    /// yet. The server's certificate must be issued by a CA that the system trusts, or by one in the PEM file
    /// `?ca_file=/path`; `cert_file` and `key_file` name a client's certificate.
    pub fn new(url: &str) -> Result<Self, InvalidRedis> {
        Ok(Self(Arc::new(Guard {
            server: RedisServer::parse(url)?,
            while_away: WhileAway::Refuse,
            local: MemoryReplayGuard::default(),
            link: ArcSwapOption::empty(),
            linking: Mutex::default(),
            claims: RedisClaims::default(),
            lines: LogBudget::new(10, 1),
        })))
    }

    /// What becomes of proofs while Redis cannot tell; [`WhileAway::Refuse`] by default.
    #[must_use]
    pub fn while_away(self, choice: WhileAway) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(guard) => Self(Arc::new(Guard { while_away: choice, ..guard })),
            Err(shared) => Self(shared),
        }
    }
}

impl std::fmt::Debug for RedisReplayGuard {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RedisReplayGuard").field("while_away", &self.0.while_away).finish_non_exhaustive()
    }
}

impl ReplayGuard for RedisReplayGuard {
    fn claim(&self, proof: ProofUse) -> Claimed<'_> {
        MaybeReady::later(self.0.claim(proof))
    }

    /// Known to all replicas, and to everyone: ids are hashes of 128 bits over a key's own thumbprint, so nobody can
    /// make the id of another's proof, and the server hashes them again.
    fn key(&self) -> Option<[u8; 32]> {
        Some(*b"helseid used proofs of an api v1")
    }
}

impl Guard {
    async fn claim(&self, proof: ProofUse) -> Claim {
        match self.while_away {
            WhileAway::Refuse => self.claim_there(proof).await,
            WhileAway::LocalOnly => match self.local.claim_now(proof) {
                // Redis does not know what was claimed here while it was away.
                Claim::First => match self.claim_there(proof).await {
                    Claim::Away | Claim::Forgotten => Claim::First,
                    claim => claim,
                },
                claim => claim,
            },
        }
    }

    async fn claim_there(&self, proof: ProofUse) -> Claim {
        let Some(link) = self.link(proof).await else { return Claim::Away };
        let mut connection = link.connection.clone();
        let milliseconds = (proof.until.since(proof.now) + ClaimHistory::MARGIN).as_millis();
        let mut commands = redis::pipe();
        commands.cmd("TIME").cmd("SET").arg(key(proof)).arg(1).arg("NX");
        commands.arg("PX").arg(u64::try_from(milliseconds).unwrap_or(u64::MAX));
        match commands.query_async::<((i64, i64), Option<String>)>(&mut connection).await {
            Ok(((store, _), set)) => {
                let store = Timestamp::from_seconds(store);
                match set {
                    // Claimed even while the server is not trusted, so that it knows the proof afterwards.
                    _ if proof.now < link.open_from => self.observe(store, Claim::Away),
                    Some(_) => self.claims.judge([proof.until], proof.now, store),
                    None => self.observe(store, Claim::Again),
                }
            }
            Err(why) => {
                self.lost(&link, &why, proof.now);
                Claim::Away
            }
        }
    }

    /// What became of a claim that is not the first; the server's time counts all the same.
    fn observe(&self, store: Timestamp, claim: Claim) -> Claim {
        self.claims.observe(store);
        claim
    }

    fn lost(&self, link: &Arc<Link>, why: &RedisError, now: Timestamp) {
        log_within!(self.lines, now, warn, %why, "used proofs cannot be claimed in Redis");
        if redis_is_lost(why) {
            self.link.compare_and_swap(link, None);
        }
    }

    async fn link(&self, proof: ProofUse) -> Option<Arc<Link>> {
        let usable = || self.link.load_full().filter(|link| !link.is_of_the_future(proof));
        if let Some(link) = usable() {
            return Some(link);
        }
        let mut linking = self.linking.lock().await;
        if let Some(link) = usable() {
            return Some(link);
        }
        if let Some(link) = self.link.load_full() {
            // The clock went back: the server is trusted after the longest life of a proof, from now on.
            let open_from = proof.now.plus(proof.longest);
            let link = Arc::new(Link { connection: link.connection.clone(), open_from });
            linking.open_from = Some(open_from);
            self.link.store(Some(link.clone()));
            return Some(link);
        }
        if linking.again_from.is_some_and(|again| again.is_pending(PAUSE, proof.now)) {
            return None;
        }
        match self.connect(&mut linking, proof).await {
            Ok(link) => {
                let link = Arc::new(link);
                self.link.store(Some(link.clone()));
                linking.again_from = None;
                Some(link)
            }
            Err(why) => {
                tracing::warn!(%why, "Redis cannot be used");
                linking.again_from = Some(proof.now.plus(PAUSE));
                None
            }
        }
    }

    async fn connect(&self, linking: &mut Linking, proof: ProofUse) -> Result<Link, UnusableRedis> {
        let ReplayConnection { connection, server } = self.server.connect_for_claims(TIMEOUTS).await?;
        let closed = match &linking.server {
            Some(known) if !server.is_another_than(known) => None,
            // Another server than before, however long it has been running: a replica that took over, perhaps.
            Some(_) => Some(proof.longest),
            None => Some(proof.longest.saturating_sub(server.uptime())),
        };
        if let Some(closed) = closed {
            linking.open_from = Some(proof.now.plus(closed));
            if !closed.is_zero() {
                tracing::warn!(
                    seconds = closed.as_secs(),
                    "Redis may have forgotten used proofs: it is not trusted yet"
                );
            }
        }
        linking.server = Some(server);
        Ok(Link { connection, open_from: linking.open_from.unwrap_or(proof.now) })
    }
}

fn key(proof: ProofUse) -> String {
    use std::fmt::Write as _;
    let mut key = String::with_capacity(PREFIX.len() + 32);
    key.push_str(PREFIX);
    for byte in proof.id.as_bytes() {
        let _ = write!(key, "{byte:02x}");
    }
    key
}
