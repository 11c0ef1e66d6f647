//! Redis, or what speaks its protocol, as the store of shared tokens.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands as _, Client};
use tokio::sync::OnceCell;

use super::{SharedStore, StoreError, Stored};
use crate::Error;

/// How long connecting may take. The cache around it waits for a second, whatever happens.
const CONNECT: Duration = Duration::from_millis(900);

/// A Redis or Valkey server. Connects at the first use, and again after each break.
pub struct RedisStore {
    client: Client,
    connection: OnceCell<ConnectionManager>,
}

impl RedisStore {
    /// Takes `redis://[user:password@]host[:port][/database]`. Asks nobody yet. Passwords in URLs are easily shown: read the
    /// URL from a file or a variable.
    pub fn new(url: &str) -> Result<Self, Error> {
        let client = Client::open(url).map_err(|why| {
            let next = "expected redis://[user:password@]host[:port][/database]";
            Error::configuration("the address of the shared cache is wrong", why.category(), next)
        })?;
        Ok(Self { client, connection: OnceCell::new() })
    }

    async fn connection(&self) -> Result<ConnectionManager, StoreError> {
        let settings = || {
            ConnectionManagerConfig::new()
                .set_connection_timeout(Some(CONNECT))
                .set_response_timeout(Some(CONNECT))
        };
        let connect = async || ConnectionManager::new_lazy_with_config(self.client.clone(), settings());
        self.connection.get_or_try_init(connect).await.cloned().map_err(failed)
    }
}

impl SharedStore for RedisStore {
    fn get<'a>(&'a self, place: &'a str) -> Stored<'a, Option<Vec<u8>>> {
        Box::pin(async move { self.connection().await?.get(place).await.map_err(failed) })
    }

    fn put<'a>(&'a self, place: &'a str, sealed: Vec<u8>, lifetime: Duration) -> Stored<'a, ()> {
        Box::pin(async move {
            let seconds = lifetime.as_secs().max(1);
            self.connection().await?.set_ex(place, sealed, seconds).await.map_err(failed)
        })
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RedisStore")
    }
}

/// An error's text may hold what was sent; its category does not.
fn failed(why: redis::RedisError) -> StoreError {
    StoreError::new(why.category())
}
