//! The connection to Redis, with the scripts loaded, and the epoch of the server at its other end.

use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, FromRedisValue, RedisError, cmd};
use helseid_http::{RedisServer, RedisTimeouts, redis_is_lost};
use helseid_protocol::dpop::ReplayServer;
use helseid_protocol::random::SystemRandom;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::scripts;
use crate::store::{Epoch, StoreError};

/// How long a connection, and an answer, may take.
const TIMEOUTS: RedisTimeouts =
    RedisTimeouts { connect: Duration::from_secs(2), answer: Duration::from_secs(2) };

/// The pause after a failed connection, during which nobody waits for another one.
const PAUSE: Duration = Duration::from_millis(500);

/// Where the epoch is.
pub(super) const EPOCH_KEY: &str = "helseid-login:epoch";

macro_rules! scripts {
    ($($name:ident = $script:expr,)+) => {
        /// A script of ours.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Script { $($name,)+ }

        const SCRIPTS: &[(Script, &str)] = &[$((Script::$name, $script),)+];
    };
}

scripts! {
    Insert = scripts::INSERT,
    Update = scripts::UPDATE,
    Touch = scripts::TOUCH,
    Lease = scripts::LEASE,
    Release = scripts::RELEASE,
    End = scripts::END,
    EndSession = scripts::END_SESSION,
    LogOut = scripts::LOG_OUT,
    Claim = scripts::CLAIM,
    Epoch = scripts::EPOCH,
}

/// The way to Redis. Connects again after a connection broke.
pub(super) struct Link {
    address: RedisServer,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    paused_until: Option<Instant>,
    /// The server that the last connection led to.
    server: Option<ReplayServer>,
}

/// A connection to a server whose epoch is known, and the names that it gave to our scripts.
#[derive(Clone)]
struct Open {
    connection: MultiplexedConnection,
    names: std::sync::Arc<[(Script, String)]>,
    run_id: String,
}

impl Link {
    pub(super) fn new(address: RedisServer) -> Self {
        Self { address, state: Mutex::default() }
    }

    /// Runs a command.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: Cmd) -> Result<T, StoreError> {
        let mut open = self.open().await?;
        let answer = command.query_async(&mut open.connection).await;
        self.judge(answer).await
    }

    /// Runs a script with these arguments, and keys if it has any.
    pub(super) async fn call<T: FromRedisValue>(
        &self,
        script: Script,
        arguments: impl FnOnce(&mut Cmd),
    ) -> Result<T, StoreError> {
        let mut open = self.open().await?;
        let mut call = open.call(script, &[]);
        arguments(&mut call);
        let answer = call.query_async(&mut open.connection).await;
        self.judge(answer).await
    }

    /// Makes a new epoch.
    pub(super) async fn raise_epoch(&self) -> Result<(), StoreError> {
        let mut open = self.open().await?;
        let answer = open.set_epoch(true).await;
        self.judge(answer).await.map(drop)
    }

    async fn judge<T>(&self, answer: Result<T, RedisError>) -> Result<T, StoreError> {
        match answer {
            Ok(value) => Ok(value),
            Err(why) => {
                // Also a script that is not known, or a server that writes no more.
                let is_full =
                    why.code() == Some("OOM") || why.detail().is_some_and(|text| text.contains("OOM "));
                if redis_is_lost(&why) || !is_full {
                    self.state.lock().await.open = None;
                }
                Err(if is_full { StoreError::Full } else { away(&why) })
            }
        }
    }

    /// The connection; a new one if it broke. Callers that arrive meanwhile wait for the same one.
    async fn open(&self) -> Result<Open, StoreError> {
        let mut state = self.state.lock().await;
        if let Some(open) = &state.open {
            return Ok(open.clone());
        }
        if state.paused_until.is_some_and(|end| Instant::now() < end) {
            return Err(StoreError::Away("it could not be reached a moment ago".to_owned()));
        }
        match self.connect(state.server.as_ref()).await {
            Ok((open, server)) => {
                *state = State { open: Some(open.clone()), paused_until: None, server: Some(server) };
                Ok(open)
            }
            Err(why) => {
                state.paused_until = Some(Instant::now() + PAUSE);
                Err(why)
            }
        }
    }

    async fn connect(&self, before: Option<&ReplayServer>) -> Result<(Open, ReplayServer), StoreError> {
        let fit = self.address.connect_for_claims(TIMEOUTS).await;
        let fit = fit.map_err(|why| match why {
            helseid_http::UnusableRedis::Unfit(why) => StoreError::Unusable(why.to_string()),
            other => StoreError::Away(other.to_string()),
        })?;
        let mut connection = fit.connection;
        let mut load = ::redis::pipe();
        for (_, script) in SCRIPTS {
            load.cmd("SCRIPT").arg("LOAD").arg(format!("{}{script}", scripts::PRELUDE));
        }
        let loaded: Vec<String> = load.query_async(&mut connection).await.map_err(|why| away(&why))?;
        let names = SCRIPTS.iter().map(|(script, _)| *script).zip(loaded).collect();
        let mut open = Open { connection, names, run_id: fit.server.run_id().to_owned() };
        let restarted = before.is_some_and(|before| fit.server.has_restarted_since(before));
        let epoch = open.set_epoch(restarted).await.map_err(|why| away(&why))?;
        if epoch == "raised" {
            tracing::warn!(
                "Redis was restarted or replaced, and may have sessions that had ended: all log in again"
            );
        }
        Ok((open, fit.server))
    }
}

impl Open {
    fn call(&self, script: Script, keys: &[&str]) -> Cmd {
        let mut call = cmd("EVALSHA");
        let name = self.names.iter().find(|(known, _)| *known == script);
        call.arg(name.map_or("", |(_, name)| name.as_str())).arg(keys.len());
        for key in keys {
            call.arg(key);
        }
        call
    }

    async fn set_epoch(&mut self, raise: bool) -> Result<String, RedisError> {
        let mut call = self.call(Script::Epoch, &[EPOCH_KEY]);
        let new = Epoch::new(&SystemRandom).to_text();
        call.arg(&self.run_id).arg(new).arg(if raise { "1" } else { "0" });
        call.query_async(&mut self.connection).await
    }
}

/// The text of an error may repeat what was sent; its category does not.
fn away(why: &RedisError) -> StoreError {
    StoreError::Away(why.category().to_owned())
}
