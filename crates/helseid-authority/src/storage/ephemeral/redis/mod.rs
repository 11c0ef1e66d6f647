//! For replicas: in Redis or Valkey, each operation in one step and one round trip.
//!
//! Values are sealed for their key, with their end inside; see [`super`] for what that keeps out.

mod link;
mod scripts;

use std::sync::Arc;
use std::time::Duration;

use ::redis::{Cmd, FromRedisValue, RedisError, cmd};
use helseid_http::{RedisClaims, RedisServer};
use helseid_protocol::dpop::{Claim, ClaimHistory};
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::log_within;
use helseid_protocol::time::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::entry::{Condition, Version, WhenFull};
use super::key::used_name;
use super::{
    EphemeralStore, Found, Group, Key, OneTimeUse, Outcome, Redeemed, Redemption, StoreFuture, Unavailable,
    Value, Write,
};
use crate::storage::registry::Applied;
use crate::storage::sealing::EntrySealer;
use link::{Keeper, Link, Unusable};

pub(crate) use link::Epoch;

/// How long an id or an entry is kept beyond its end: the time that may pass between judging a request and using them up.
const MARGIN: Duration = ClaimHistory::MARGIN;

/// The ephemeral store in Redis, over a connection that is restored whenever it breaks.
pub(crate) struct Redis {
    link: watch::Receiver<Option<Link>>,
    closed: Duration,
    broken: Arc<Notify>,
    keeper: JoinHandle<()>,
    claims: Arc<RedisClaims>,
    sealer: EntrySealer,
    /// Limits the lines about commands that failed: while the server is full, every request causes one.
    lines: LogBudget,
}

impl Redis {
    /// Connects once, and from then on again whenever the connection breaks.
    pub(crate) async fn open(
        address: RedisServer,
        epoch: Epoch,
        sealer: EntrySealer,
    ) -> Result<Self, Unusable> {
        let (closed, claims) = (epoch.closed, Arc::new(RedisClaims::default()));
        let mut keeper = Keeper { address, epoch, server: None, claims: claims.clone() };
        let (publish, link) = watch::channel(Some(keeper.connect().await?));
        let broken = Arc::new(Notify::new());
        let keeper = tokio::spawn(keeper.keep(publish, broken.clone()));
        Ok(Self { link, closed, broken, keeper, claims, sealer, lines: LogBudget::new(10, 1) })
    }

    fn link(&self) -> Result<Link, Unavailable> {
        self.link.borrow().clone().ok_or(Unavailable::Away)
    }

    /// The connection, if one-time ids are accepted.
    fn open_link(&self, now: Timestamp) -> Result<Link, Unavailable> {
        let link = self.link()?;
        if link.opens > now.plus(self.closed) {
            // The clock went back: since when the server is to be trusted must be worked out again.
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

    fn failed(&self, why: &RedisError, now: Timestamp) -> Unavailable {
        log_within!(self.lines, now, warn, %why, "Redis did not answer");
        // A server that is full says so, older ones within the error of a script; nothing was written then.
        if why.code() == Some("OOM") || why.detail().is_some_and(|text| text.contains("OOM ")) {
            return Unavailable::Full;
        }
        self.broken.notify_one();
        Unavailable::Away
    }

    /// Whether ids that Redis called unused at its time are so, or it may have known them and forgotten too early.
    fn judge(&self, uses: &[OneTimeUse], store: Timestamp, now: Timestamp) -> Result<(), Unavailable> {
        match self.claims.judge(uses.iter().map(|one| one.end), now, store) {
            Claim::First => Ok(()),
            _ => Err(Unavailable::Forgotten),
        }
    }

    fn seal(&self, name: &str, value: &Value, end: Timestamp) -> Vec<u8> {
        let mut text = zeroize::Zeroizing::new(end.seconds().to_be_bytes().to_vec());
        text.extend_from_slice(value.as_bytes());
        self.sealer.seal(name, &text)
    }

    /// What was sealed for this name, unless its end has passed. What does not open was written by somebody else: it is as
    /// if it were not there.
    fn open_value(&self, name: &str, sealed: &[u8], now: Timestamp) -> Option<Value> {
        let Some(text) = self.sealer.open(name, sealed) else {
            log_within!(self.lines, now, error, "an entry in Redis is not ours: it is left out");
            return None;
        };
        let (end, value) = text.split_first_chunk()?;
        let is_live = Timestamp::from_seconds(i64::from_be_bytes(*end)) > now;
        Value::new(value).ok().filter(|_| is_live)
    }
}

impl Redis {
    /// The values of the entries that were taken, if all that were needed open. One that is past its end, or not ours,
    /// counts as absent.
    fn opened(&self, takes: &[Key], requires: &[Key], sealed: &[Vec<u8>], now: Timestamp) -> Outcome {
        let mut values = Vec::with_capacity(takes.len() + requires.len());
        for (index, key) in takes.iter().chain(requires).enumerate() {
            let value = sealed.get(index).and_then(|sealed| self.open_value(&key.name(), sealed, now));
            match value {
                Some(value) => values.push(value),
                None => return Outcome::Absent(index),
            }
        }
        values.truncate(takes.len());
        Outcome::Done(values)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// At least a second: Redis takes no less than one millisecond.
fn milliseconds(end: Timestamp, now: Timestamp) -> u64 {
    end.since(now).as_secs().max(1).saturating_mul(1000)
}

/// A call of a script that was loaded with the connection.
fn call(script: &str, keys: impl ExactSizeIterator<Item = String>) -> Cmd {
    let mut call = cmd("EVALSHA");
    call.arg(script).arg(keys.len());
    for key in keys {
        call.arg(key);
    }
    call
}

/// What [`scripts::REDEEM`] gives: the time, whether the marker is there, what became of it, an index, and the values.
type RedeemAnswer = (i64, bool, String, usize, Vec<Vec<u8>>);

impl EphemeralStore for Redis {
    fn redeem<'a>(&'a self, redemption: Redemption<'a>, now: Timestamp) -> StoreFuture<'a, Redeemed> {
        Box::pin(async move {
            let link = self.open_link(now)?;
            let Redemption { uses, takes, requires, marker } = redemption;
            // What has ended may be forgotten.
            if uses.iter().any(|one| one.end <= now) {
                return Err(Unavailable::Forgotten);
            }
            let used = uses.iter().map(|one| used_name(one.id));
            let entries = takes.iter().chain(requires).copied().chain(marker).map(Key::name);
            let names: Vec<String> = used.chain(entries).collect();
            let mut command = call(&link.scripts.redeem, names.into_iter());
            command.arg(uses.len()).arg(takes.len()).arg(requires.len());
            for one in uses {
                command.arg(milliseconds(one.end.plus(MARGIN), now));
            }
            let (store, marked, what, index, sealed): RedeemAnswer = self.ask(link, command, now).await?;
            let outcome = match what.as_str() {
                "spent" => Outcome::Spent(index),
                "absent" => Outcome::Absent(index),
                _ => {
                    self.judge(uses, Timestamp::from_seconds(store), now)?;
                    self.opened(takes, requires, &sealed, now)
                }
            };
            Ok(Redeemed { outcome, marked })
        })
    }

    fn write(&self, write: Write, now: Timestamp) -> StoreFuture<'_, Applied> {
        Box::pin(async move {
            let (link, name) = (self.link()?, write.key.name());
            let sealed = self.seal(&name, &write.entry.value, write.entry.end);
            let life = milliseconds(write.entry.end, now);
            if write.entry.group.is_none() && write.condition == Condition::Always {
                let mut set = cmd("SET");
                set.arg(name).arg(sealed).arg("PX").arg(life);
                return self.ask(link, set, now).await.map(|()| Applied::Done);
            }
            let mut names = vec![name];
            names.extend(write.entry.group.iter().flat_map(|group| [group.name(), group.ended_name()]));
            let mut command = call(&link.scripts.write, names.into_iter());
            command.arg(sealed).arg(life);
            match write.condition {
                Condition::Always => command.arg("always").arg(""),
                Condition::IfAbsent => command.arg("absent").arg(""),
                Condition::IfUnchanged(Version(version)) => command.arg("unchanged").arg(version.as_slice()),
            };
            command.arg(Group::MAX_ENTRIES).arg(match write.when_full {
                WhenFull::Refuse => "refuse",
                WhenFull::MakeRoom => "make room",
            });
            let answer: String = self.ask(link, command, now).await?;
            match answer.as_str() {
                "done" => Ok(Applied::Done),
                "full" => Err(Unavailable::Full),
                _ => Ok(Applied::Conflict),
            }
        })
    }

    fn get(&self, key: Key, now: Timestamp) -> StoreFuture<'_, Option<Found>> {
        Box::pin(async move {
            let name = key.name();
            let mut get = cmd("GET");
            get.arg(&name);
            let sealed: Option<Vec<u8>> = self.ask(self.link()?, get, now).await?;
            Ok(sealed.and_then(|sealed| {
                let value = self.open_value(&name, &sealed, now)?;
                Some(Found { value, version: Version(*sealed.first_chunk()?) })
            }))
        })
    }

    fn take(&self, key: Key, now: Timestamp) -> StoreFuture<'_, Option<Value>> {
        Box::pin(async move {
            let name = key.name();
            let mut take = cmd("GETDEL");
            take.arg(&name);
            let sealed: Option<Vec<u8>> = self.ask(self.link()?, take, now).await?;
            Ok(sealed.and_then(|sealed| self.open_value(&name, &sealed, now)))
        })
    }

    fn list(&self, group: Group, now: Timestamp) -> StoreFuture<'_, Vec<(Key, Value)>> {
        Box::pin(async move {
            let link = self.link()?;
            let command = call(&link.scripts.list, [group.name()].into_iter());
            let found: Vec<(String, Vec<u8>)> = self.ask(link, command, now).await?;
            let opened = found.into_iter().filter_map(|(name, sealed)| {
                Some((Key::read(&name)?, self.open_value(&name, &sealed, now)?))
            });
            Ok(opened.collect())
        })
    }

    fn end_group(&self, group: Group, until: Timestamp, now: Timestamp) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let link = self.link()?;
            let mut command = call(&link.scripts.end_group, [group.name(), group.ended_name()].into_iter());
            command.arg(milliseconds(until, now));
            self.ask(link, command, now).await
        })
    }

    fn usable(&self, now: Timestamp) -> Result<(), Unavailable> {
        self.open_link(now).map(drop)
    }
}
