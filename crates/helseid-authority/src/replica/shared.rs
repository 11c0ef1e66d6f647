//! What replicas share, and the addresses of it.

use std::sync::Arc;
use std::time::Duration;

use helseid_http::{InvalidRedis, RedisServer};
use helseid_protocol::dpop::{NONCE_LIFETIME, NonceKey};
use helseid_protocol::time::Clock;
use url::Url;
use zeroize::Zeroizing;

use crate::storage::DurableStore;
use crate::storage::ephemeral::{EphemeralStore, Epoch, Redis};
use crate::storage::registry::{Postgres, Store, StoreError};
use crate::storage::sealing::SharedSecret;

/// What replicas share.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_authority::{Authority, Config, Shared, SharedSecret};
/// use helseid_protocol::id::Issuer;
///
/// let secret = SharedSecret::parse(&std::fs::read_to_string("/run/secrets/helseid")?)?;
/// let shared = Shared::new("postgres://helseid@db.example/helseid", "redis://cache.example", secret)?;
/// let config = Config::in_folder("helseid-data".into())
///     .issuer(Issuer::parse("https://helseid.example")?)
///     .replica(shared);
/// let authority = Authority::start(config).await?;
/// # drop(authority);
/// # Ok(()) }
/// ```
pub struct Shared {
    postgres: Zeroizing<String>,
    redis: RedisServer,
    secret: SharedSecret,
}

/// An address that is none of a PostgreSQL or a Redis. Does not show it: it may hold a password.
///
/// ```
/// use helseid_authority::{InvalidAddress, Shared, SharedSecret};
/// use helseid_protocol::random::SystemRandom;
///
/// let secret = SharedSecret::parse(&SharedSecret::generate(&SystemRandom))?;
/// let swapped = Shared::new("redis://cache.example", "postgres://db.example", secret);
/// assert!(matches!(swapped, Err(InvalidAddress::Postgres)));
/// # Ok::<(), helseid_authority::InvalidSecret>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAddress {
    /// Of the registry.
    #[error("expected postgres://USER:PASSWORD@HOST:PORT/DATABASE, got another address")]
    Postgres,
    /// Of what is kept for minutes.
    #[error(transparent)]
    Redis(#[from] InvalidRedis),
}

impl Shared {
    /// The registry in this PostgreSQL, what is kept for minutes in this Redis or Valkey, and the secret that seals the
    /// one and makes the nonces. All replicas are given the same three.
    ///
    /// A PostgreSQL off this machine is reached as with `sslmode=verify-full`, unless its address names a weaker one; a
    /// private CA is its `sslrootcert`. A Redis is reached with TLS by `rediss://`; a private CA is its `ca_file`.
    pub fn new(postgres: &str, redis: &str, secret: SharedSecret) -> Result<Self, InvalidAddress> {
        let names_a_host = |url: &Url| {
            url.has_host() || url.query_pairs().any(|(name, _)| name == "host" || name == "hostaddr")
        };
        let is_postgres = Url::parse(postgres)
            .is_ok_and(|url| ["postgres", "postgresql"].contains(&url.scheme()) && names_a_host(&url));
        if !is_postgres {
            return Err(InvalidAddress::Postgres);
        }
        let postgres = Zeroizing::new(postgres.to_owned());
        Ok(Self { postgres, redis: RedisServer::parse(redis)?, secret })
    }

    /// Opens the registry's store.
    pub(crate) async fn open_durable(&self) -> Result<Arc<dyn DurableStore>, StoreError> {
        Ok(Arc::new(Postgres::open(&self.postgres, self.secret.sealer()).await?))
    }

    /// Opens the store of what lives for minutes; the error says why it cannot be used. Which server that is, is kept in
    /// `store`.
    pub(crate) async fn open_ephemeral(
        &self,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        tolerance: Duration,
    ) -> Result<Arc<dyn EphemeralStore>, String> {
        let epoch = Epoch { store, clock, closed: Self::closed(tolerance) };
        let opened = Redis::open(self.redis.clone(), epoch, self.secret.ephemeral_sealer()).await;
        Ok(Arc::new(opened.map_err(|why| why.to_string())?))
    }

    /// The key of the nonces, which each replica takes from every other.
    pub(crate) fn nonce_key(&self) -> NonceKey {
        self.secret.nonce_key()
    }

    /// The admin tokens that are taken; the first is the one to show.
    pub(crate) fn admin_tokens(&self) -> Vec<String> {
        self.secret.admin_tokens()
    }

    /// How long nothing is taken after a restart of Redis: as long as an assertion or a proof may live that was used just
    /// before it. The clocks of a client, of the replica that took it and of the one that it is sent to again differ as far
    /// as they may.
    fn closed(tolerance: Duration) -> Duration {
        NONCE_LIFETIME + tolerance * 3 + Duration::from_secs(1)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Shared(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(postgres: &str, redis: &str) -> Option<InvalidAddress> {
        let secret = SharedSecret::parse(&"A".repeat(43)).unwrap();
        Shared::new(postgres, redis, secret).err()
    }

    #[test]
    fn addresses_are_told_apart_and_not_shown() {
        let (postgres, redis) = ("postgres://me:secret@db:5432/helseid", "redis://:secret@cache:6379/2");
        assert_eq!(refusal(postgres, redis), None);
        assert_eq!(refusal("postgresql://db/helseid", "redis://cache"), None);
        assert_eq!(refusal(redis, redis), Some(InvalidAddress::Postgres));
        assert_eq!(refusal("secret", redis), Some(InvalidAddress::Postgres));
        assert_eq!(refusal("postgres:///helseid?host=/run/postgresql", redis), None);
        assert_eq!(refusal("postgres:///helseid", redis), Some(InvalidAddress::Postgres));
        assert_eq!(refusal(postgres, "rediss://:secret@cache"), None);
        for wrong in [postgres, "rediss://:secret@cache#insecure"] {
            let Some(InvalidAddress::Redis(why)) = refusal(postgres, wrong) else {
                panic!("{wrong} is none")
            };
            assert!(!why.to_string().contains("secret"), "{why}");
        }
        let shared = Shared::new(postgres, redis, SharedSecret::parse(&"A".repeat(43)).unwrap()).unwrap();
        assert!(!format!("{shared:?}").contains("secret"));
    }
}
