//! One authority of several over one PostgreSQL and one Redis, which behave as one.

use std::sync::Arc;
use std::time::Duration;

use helseid_http::{InvalidRedis, RedisServer};
use helseid_protocol::dpop::NONCE_LIFETIME;
use helseid_protocol::time::Timestamp;
use tokio::sync::watch;
use url::Url;
use zeroize::Zeroizing;

use crate::keys::{Ring, SigningKeys};
use crate::registry::Registry;
use crate::storage::registry::StoreError;
use crate::storage::sealing::SharedSecret;

/// How often a replica asks the store for what the others have changed.
const EVERY: Duration = Duration::from_millis(200);

/// How long a new signing key is published before it signs, at least: longer than any replica takes to learn of it, so
/// that no token is ever signed with a key that another replica does not publish yet.
const LEAD: Duration = Duration::from_secs(5);

/// What replicas share.
pub struct Shared {
    pub(crate) postgres: Zeroizing<String>,
    pub(crate) redis: RedisServer,
    pub(crate) secret: SharedSecret,
}

/// An address that is none of a PostgreSQL or a Redis. Does not show it: it may hold a password.
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

    /// How long nothing is taken after a restart of Redis: as long as an assertion or a proof may live that was used just
    /// before it. The clocks of a client, of the replica that took it and of the one that it is sent to again differ as far
    /// as they may.
    pub(crate) fn closed(tolerance: Duration) -> Duration {
        NONCE_LIFETIME + tolerance * 3 + Duration::from_secs(1)
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Shared(hidden)")
    }
}

/// Makes a new signing key, which signs after `lead`; for a replica, not before the others publish it. The keys before it stay
/// published until the last token that they may have signed has expired.
pub(crate) async fn rotate(
    registry: &Registry,
    keys: &SigningKeys,
    lead: Duration,
    tolerance: Duration,
    now: Timestamp,
) -> Result<Arc<Ring>, StoreError> {
    if registry.is_away() {
        return Err(StoreError::Away);
    }
    let lead = if registry.is_replica() { lead.max(LEAD) } else { lead };
    let longest = registry.now().longest_lifetime() + tolerance;
    let rotated = keys.rotate(lead, longest, now).await;
    rotated.inspect_err(|error| tracing::error!(%error, "the new signing key could not be kept"))
}

/// Takes over what other replicas change, until `stop` turns true.
pub(crate) async fn follow(registry: Arc<Registry>, keys: Arc<SigningKeys>, mut stop: watch::Receiver<bool>) {
    let mut reported = false;
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let taken = take_over(&registry, &keys).await;
        match &taken {
            Ok(()) if reported => tracing::info!("the store is back"),
            Err(why) if !reported => {
                tracing::warn!(%why, "the store is away: tokens are given by what is in memory");
            }
            _ => {}
        }
        reported = taken.is_err();
    }
}

async fn take_over(registry: &Registry, keys: &SigningKeys) -> Result<(), StoreError> {
    registry.refresh().await?;
    keys.follow(registry.now().signing_keys).await
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
