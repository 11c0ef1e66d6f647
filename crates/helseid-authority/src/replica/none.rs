//! A build without PostgreSQL and Redis has no replicas, and so nothing that they share.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::dpop::NonceKey;
use helseid_protocol::time::Clock;

use crate::storage::DurableStore;
use crate::storage::ephemeral::EphemeralStore;
use crate::storage::registry::{Store, StoreError};

/// There is none of these.
pub(crate) enum Shared {}

impl Shared {
    pub(crate) async fn open_durable(&self) -> Result<Arc<dyn DurableStore>, StoreError> {
        match *self {}
    }

    pub(crate) async fn open_ephemeral(
        &self,
        _: Arc<dyn Store>,
        _: Arc<dyn Clock>,
        _: Duration,
    ) -> Result<Arc<dyn EphemeralStore>, String> {
        match *self {}
    }

    pub(crate) const fn nonce_key(&self) -> NonceKey {
        match *self {}
    }

    pub(crate) const fn admin_tokens(&self) -> Vec<String> {
        match *self {}
    }
}
