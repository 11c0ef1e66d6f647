//! Redis, or a server with its protocol, as the store of shared tokens.

use std::fmt;
use std::time::Duration;

use helseid_http::{RedisServer, RedisTimeouts, redis_is_lost};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::store::{SharedStore, StoreError, Stored};
use crate::error::Error;

/// The limits of one operation. The cache around it waits no longer than a second.
const TIMEOUTS: RedisTimeouts =
    RedisTimeouts { connect: Duration::from_millis(900), answer: Duration::from_millis(900) };

/// The pause after a failed connection, during which nobody waits for another one.
const PAUSE: Duration = Duration::from_secs(1);

/// A Redis or Valkey server. Connects when it is first used, and again after a connection broke.
///
/// ```
/// use helseid_client::{ErrorKind, RedisStore};
///
/// // It connects when the first token is looked for.
/// assert!(RedisStore::new("redis+unix:///run/redis/redis.sock").is_ok());
/// let refused = RedisStore::new("https://cache.example").err();
/// assert_eq!(refused.map(|error| error.kind()), Some(ErrorKind::Configuration));
/// ```
pub struct RedisStore {
    server: RedisServer,
    connection: Mutex<Connection>,
}

#[derive(Default)]
struct Connection {
    open: Option<MultiplexedConnection>,
    paused_until: Option<Instant>,
}

impl RedisStore {
    /// Takes `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, or `redis+unix:///path`, and does not
    /// connect yet. The server's certificate must be issued by an authority that the system trusts, or that the PEM file
    /// `?ca_file=/path` names; `cert_file` and `key_file` are a client certificate. Passwords in URLs are easily exposed: read
    /// the URL from a file or a variable.
    pub fn new(url: &str) -> Result<Self, Error> {
        let server = RedisServer::parse(url).map_err(|why| {
            let next = "correct the address: redis://, or rediss:// with TLS";
            Error::configuration("the address of the shared cache is wrong", why, next)
        })?;
        Ok(Self { server, connection: Mutex::default() })
    }

    async fn query<T: FromRedisValue + Send>(&self, command: Cmd) -> Result<T, StoreError> {
        let mut connection = self.connection().await?;
        let answer = command.query_async(&mut connection).await;
        if answer.as_ref().is_err_and(redis_is_lost) {
            self.connection.lock().await.open = None;
        }
        // The text of an error may repeat what was sent; its category does not.
        answer.map_err(|why| StoreError::new(why.category()))
    }

    /// The connection; a new one if it broke. Callers that arrive meanwhile wait for the same one.
    async fn connection(&self) -> Result<MultiplexedConnection, StoreError> {
        let mut connection = self.connection.lock().await;
        if let Some(open) = &connection.open {
            return Ok(open.clone());
        }
        if connection.paused_until.is_some_and(|end| Instant::now() < end) {
            return Err(StoreError::new("it could not be reached a moment ago"));
        }
        match self.server.connect(TIMEOUTS).await {
            Ok(open) => {
                *connection = Connection { open: Some(open.clone()), paused_until: None };
                Ok(open)
            }
            Err(why) => {
                connection.paused_until = Some(Instant::now() + PAUSE);
                Err(StoreError::new(why))
            }
        }
    }
}

impl SharedStore for RedisStore {
    fn get<'a>(&'a self, place: &'a str) -> Stored<'a, Option<Vec<u8>>> {
        let mut get = redis::cmd("GET");
        get.arg(place);
        Box::pin(self.query(get))
    }

    fn put<'a>(&'a self, place: &'a str, sealed: Vec<u8>, lifetime: Duration) -> Stored<'a, ()> {
        let mut put = redis::cmd("SETEX");
        put.arg(place).arg(lifetime.as_secs().max(1)).arg(sealed);
        Box::pin(self.query(put))
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RedisStore")
    }
}
