//! For replicas: in Redis or Valkey, by one atomic command each.
//!
//! A Redis that was restarted may have forgotten what was used a moment before. Its `run_id` tells: the one that claims
//! were made with is kept in the store, and when another answers, all replicas take nothing until whatever may have been
//! forgotten has expired. No connection outlives a restart, so that it is enough to look at each new one.

use std::sync::Arc;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{
    AsyncConnectionConfig, Client, Cmd, FromRedisValue, IntoConnectionInfo as _, RedisError, cmd, pipe,
};
use helseid_protocol::dpop::ReplayId;
use helseid_protocol::jose::base64url;
use helseid_protocol::time::{Clock, Timestamp};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::{Claim, Fleeting, Kept, Lived, Unavailable, Use, UsedUp, Uses};
use crate::store::{Applied, Store, StoreError};

/// How long a connection, and an answer, may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// How soon after a failure a new connection is tried.
const PAUSE: Duration = Duration::from_millis(100);

/// How often an idle connection is looked at.
const LOOK: Duration = Duration::from_millis(500);

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
    #[error(
        "it drops keys when it is full (maxmemory-policy {0}), also those that must be remembered; set noeviction"
    )]
    Drops(String),
    #[error("it does not tell its run_id")]
    Nameless,
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
    broken: Arc<Notify>,
    keeper: JoinHandle<()>,
}

impl Redis {
    /// Connects once, and from then on again whenever the connection breaks.
    pub(crate) async fn open(url: &str, epoch: Epoch) -> Result<Self, Unusable> {
        let client = Client::open(url.into_connection_info()?)?;
        let first = connect(&client, &epoch).await?;
        let (publish, link) = watch::channel(Some(first));
        let broken = Arc::new(Notify::new());
        let keeper = tokio::spawn(keep(client, epoch, publish, broken.clone()));
        Ok(Self { link, broken, keeper })
    }

    fn link(&self) -> Result<Link, Unavailable> {
        self.link.borrow().clone().ok_or(Unavailable::Away)
    }

    /// The connection, if claims are taken.
    fn open_link(&self, now: Timestamp) -> Result<Link, Unavailable> {
        let link = self.link()?;
        if now < link.opens { Err(Unavailable::Closed) } else { Ok(link) }
    }

    async fn ask<T: FromRedisValue>(&self, mut link: Link, command: Cmd) -> Result<T, Unavailable> {
        command.query_async(&mut link.connection).await.map_err(|why| self.failed(&why))
    }

    fn failed(&self, why: &RedisError) -> Unavailable {
        tracing::warn!(%why, "Redis did not answer");
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

/// Keeps a connection, and publishes none while there is none.
async fn keep(client: Client, epoch: Epoch, publish: watch::Sender<Option<Link>>, broken: Arc<Notify>) {
    loop {
        let link = publish.borrow().clone();
        match link {
            Some(mut link) => {
                let looked = tokio::time::timeout(LOOK, broken.notified()).await;
                let alive =
                    looked.is_err() && cmd("PING").query_async::<()>(&mut link.connection).await.is_ok();
                if !alive {
                    tracing::warn!("the connection to Redis broke");
                    publish.send_replace(None);
                }
            }
            None => match connect(&client, &epoch).await {
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

async fn connect(client: &Client, epoch: &Epoch) -> Result<Link, Unusable> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    let told: String = cmd("INFO").query_async(&mut connection).await?;
    let member = |name: &str| told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    match (member("maxmemory"), member("maxmemory_policy")) {
        (Some("0"), _) | (_, Some("noeviction")) => {}
        (_, policy) => return Err(Unusable::Drops(policy.unwrap_or("unknown").to_owned())),
    }
    let opens = opens(epoch, member("run_id").ok_or(Unusable::Nameless)?).await?;
    Ok(Link { connection, opens })
}

/// From when on the Redis of this `run_id` is trusted; for a new one, all replicas agree on it.
async fn opens(epoch: &Epoch, run_id: &str) -> Result<Timestamp, Unusable> {
    const SETTING: &str = "redis_run_id";
    loop {
        let known = epoch.store.setting(SETTING).await?;
        let known_opens = known.as_deref().map(|text| {
            let (id, opens) = text.split_once(' ').unwrap_or_default();
            (id == run_id).then(|| opens.parse().map(Timestamp::from_seconds).ok()).flatten()
        });
        let opens = match known_opens {
            Some(Some(opens)) => return Ok(opens),
            // Another run_id than before.
            Some(None) => epoch.clock.now().plus(epoch.closed),
            // No claim was ever made.
            None => Timestamp::from_seconds(0),
        };
        let new = format!("{run_id} {}", opens.seconds());
        match epoch.store.swap_setting(SETTING, known.as_deref(), &new).await? {
            Applied::Done => {
                if known.is_some() {
                    tracing::warn!(%opens, "Redis was restarted: no token is given until what it may have forgotten has expired");
                }
                return Ok(opens);
            }
            Applied::Overtaken => {}
        }
    }
}

fn key(kind: &str, id: ReplayId) -> String {
    format!("helseid:{kind}:{}", base64url::encode(id.as_bytes()))
}

/// Claims an id by the one command that only the first can succeed with.
fn set_if_new(one: Use, now: Timestamp) -> Cmd {
    let mut set = cmd("SET");
    set.arg(key("used", one.id)).arg(1).arg("NX").arg("PX").arg(milliseconds(one.end, now));
    set
}

fn claimed(set: Option<&str>) -> Claim {
    if set.is_some() { Claim::First } else { Claim::Again }
}

/// At least a second: Redis takes no less than one millisecond.
fn milliseconds(end: Timestamp, now: Timestamp) -> u64 {
    end.since(now).as_secs().max(1).saturating_mul(1000)
}

impl Fleeting for Redis {
    fn claim(&self, one: Use, now: Timestamp) -> Kept<'_, Claim> {
        Box::pin(async move {
            let link = self.open_link(now)?;
            let set: Option<String> = self.ask(link, set_if_new(one, now)).await?;
            Ok(claimed(set.as_deref()))
        })
    }

    fn use_up(&self, uses: Uses, now: Timestamp) -> Kept<'_, UsedUp> {
        Box::pin(async move {
            let mut link = self.open_link(now)?;
            // Sent together, answered together; each command is atomic, which is all that a claim needs.
            let mut commands = pipe();
            commands.add_command(set_if_new(uses.assertion, now));
            commands.cmd("EXISTS").arg(key("value", uses.assertion.id));
            let answers: Result<(Option<String>, bool, Option<String>), RedisError> = match uses.proof {
                Some(proof) => {
                    commands.add_command(set_if_new(proof, now)).query_async(&mut link.connection).await
                }
                None => {
                    let both: Result<(Option<String>, bool), _> =
                        commands.query_async(&mut link.connection).await;
                    both.map(|(assertion, noted)| (assertion, noted, Some(String::new())))
                }
            };
            let (assertion, noted, proof) = answers.map_err(|why| self.failed(&why))?;
            Ok(UsedUp { assertion: claimed(assertion.as_deref()), proof: claimed(proof.as_deref()), noted })
        })
    }

    fn put<'a>(&'a self, name: ReplayId, lived: Lived<'a>) -> Kept<'a, ()> {
        Box::pin(async move {
            let mut set = cmd("SET");
            set.arg(key("value", name)).arg(lived.value).arg("PX").arg(milliseconds(lived.end, lived.now));
            self.ask(self.link()?, set).await
        })
    }

    fn get(&self, name: ReplayId, _: Timestamp) -> Kept<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let mut get = cmd("GET");
            get.arg(key("value", name));
            self.ask(self.link()?, get).await
        })
    }

    fn take(&self, name: ReplayId, _: Timestamp) -> Kept<'_, Option<Vec<u8>>> {
        Box::pin(async move {
            let mut take = cmd("GETDEL");
            take.arg(key("value", name));
            self.ask(self.link()?, take).await
        })
    }

    fn usable(&self, now: Timestamp) -> Result<(), Unavailable> {
        self.open_link(now).map(drop)
    }
}
