//! The authority's own keys.

use std::sync::Arc;
use std::time::Duration;

use helseid_admin_api::{Rotation, SigningKeyEntry};
use helseid_protocol::time::Clock;

use super::error::ServiceError;
use crate::keys::SigningKeys;
use crate::registry::Registry;
use crate::replica;

/// The longest that a new key is published before it signs: a day.
const MAX_LEAD: u32 = 86_400;

/// The authority's own keys, for whoever administers them.
pub(crate) struct SigningKeyAdmin {
    pub(crate) keys: Arc<SigningKeys>,
    pub(crate) registry: Arc<Registry>,
    /// How far clocks may differ.
    pub(crate) tolerance: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

impl SigningKeyAdmin {
    /// Each key and what it is for now; none while the first is being made.
    pub(crate) fn list(&self) -> Vec<SigningKeyEntry> {
        let key_set = self.keys.current();
        key_set.map(|key_set| key_set.entries(self.keys.algorithm(), self.clock.now())).unwrap_or_default()
    }

    /// Makes a new key.
    pub(crate) async fn rotate(&self, rotation: Rotation) -> Result<Vec<SigningKeyEntry>, ServiceError> {
        let (lead, now) = (rotation.lead_seconds, self.clock.now());
        if lead > MAX_LEAD {
            let detail = format!("expected at most {MAX_LEAD} seconds, got {lead}");
            return Err(ServiceError::invalid("the lead is too long", detail, "give fewer lead_seconds"));
        }
        let lead = Duration::from_secs(lead.into());
        let key_set = replica::rotate(&self.registry, &self.keys, lead, self.tolerance, now).await?;
        Ok(key_set.entries(self.keys.algorithm(), now))
    }
}
