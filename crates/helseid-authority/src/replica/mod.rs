//! One authority of several over one PostgreSQL and one Redis, which behave as one.

#[cfg(not(all(feature = "postgres", feature = "redis")))]
mod none;
#[cfg(all(feature = "postgres", feature = "redis"))]
mod shared;

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::time::Timestamp;
use tokio::sync::watch;

use crate::keys::{SigningKeySet, SigningKeys};
use crate::registry::Registry;
use crate::storage::registry::StoreError;

#[cfg(not(all(feature = "postgres", feature = "redis")))]
pub(crate) use none::Shared;
#[cfg(all(feature = "postgres", feature = "redis"))]
pub use shared::{InvalidAddress, Shared};

/// How often a replica asks the store for what the others have changed.
const EVERY: Duration = Duration::from_millis(200);

/// How long a new signing key is published before it signs, at least: longer than any replica takes to learn of it, so
/// that no token is ever signed with a key that another replica does not publish yet.
const LEAD: Duration = Duration::from_secs(5);

/// Makes a new signing key, which signs after `lead`; for a replica, not before the others publish it. The keys before it stay
/// published until the last token that they may have signed has expired.
pub(crate) async fn rotate(
    registry: &Registry,
    keys: &SigningKeys,
    lead: Duration,
    tolerance: Duration,
    now: Timestamp,
) -> Result<Arc<SigningKeySet>, StoreError> {
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
