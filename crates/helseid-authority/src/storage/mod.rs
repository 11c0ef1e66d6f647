//! Storage: the registry, sessions and refresh families in SQL, and what lives for minutes in memory or Redis.

pub(crate) mod ephemeral;
pub(crate) mod registry;
#[cfg_attr(
    not(all(feature = "postgres", feature = "redis")),
    expect(dead_code, unreachable_pub, reason = "only replicas share a secret")
)]
pub(crate) mod sealing;
pub(crate) mod sessions;

use registry::Store;
use sessions::SessionStore;

/// All that is durable, in one database.
pub(crate) trait DurableStore: Store + SessionStore {}

impl<S: Store + SessionStore> DurableStore for S {}
