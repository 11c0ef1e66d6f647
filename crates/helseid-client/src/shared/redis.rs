//! Redis, or what speaks its protocol, as the store of shared tokens.

use std::fmt;
use std::time::Duration;

use helseid_http::{RedisServer, RedisTimeouts, redis_is_lost};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{SharedStore, StoreError, Stored};
use crate::Error;

/// How long connecting may take. The cache around it waits for a second, whatever happens.
const TIMEOUTS: RedisTimeouts =
    RedisTimeouts { connect: Duration::from_millis(900), answer: Duration::from_millis(900) };

/// How long after a failed connection the next may begin: meanwhile nobody waits for one.
const PAUSE: Duration = Duration::from_secs(1);

/// A Redis or Valkey server. Connects at the first use, and again after each break.
pub struct RedisStore {
    server: RedisServer,
    connection: Mutex<Connection>,
}

#[derive(Default)]
struct Connection {
    open: Option<MultiplexedConnection>,
    again_from: Option<Instant>,
}

impl RedisStore {
    /// Takes `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, or `redis+unix:///path`. Asks nobody
    /// yet. The server's certificate is of an authority that the system trusts, or of the PEM file `?ca_file=/path`; a
    /// client's certificate is `cert_file` and `key_file`. Passwords in URLs are easily shown: read the URL from a file or
    /// a variable.
    pub fn new(url: &str) -> Result<Self, Error> {
        let server = RedisServer::parse(url).map_err(|why| {
            let next = "correct the address: redis://, or rediss:// with TLS";
            Error::configuration("the address of the shared cache is wrong", why, next)
        })?;
        Ok(Self { server, connection: Mutex::default() })
    }

    async fn ask<T: FromRedisValue + Send>(&self, command: Cmd) -> Result<T, StoreError> {
        let mut connection = self.connection().await?;
        let answer = command.query_async(&mut connection).await;
        if answer.as_ref().is_err_and(redis_is_lost) {
            self.connection.lock().await.open = None;
        }
        // An error's text may hold what was sent; its category does not.
        answer.map_err(|why| StoreError::new(why.category()))
    }

    /// The connection; a new one if it broke. Callers that come meanwhile wait for the same one.
    async fn connection(&self) -> Result<MultiplexedConnection, StoreError> {
        let mut kept = self.connection.lock().await;
        if let Some(open) = &kept.open {
            return Ok(open.clone());
        }
        if kept.again_from.is_some_and(|again| Instant::now() < again) {
            return Err(StoreError::new("it could not be reached a moment ago"));
        }
        match self.server.connect(TIMEOUTS).await {
            Ok(open) => {
                *kept = Connection { open: Some(open.clone()), again_from: None };
                Ok(open)
            }
            Err(why) => {
                kept.again_from = Some(Instant::now() + PAUSE);
                Err(StoreError::new(why))
            }
        }
    }
}

impl SharedStore for RedisStore {
    fn get<'a>(&'a self, place: &'a str) -> Stored<'a, Option<Vec<u8>>> {
        let mut get = redis::cmd("GET");
        get.arg(place);
        Box::pin(self.ask(get))
    }

    fn put<'a>(&'a self, place: &'a str, sealed: Vec<u8>, lifetime: Duration) -> Stored<'a, ()> {
        let mut put = redis::cmd("SETEX");
        put.arg(place).arg(lifetime.as_secs().max(1)).arg(sealed);
        Box::pin(self.ask(put))
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RedisStore")
    }
}
