//! The accounts whose keys are watched and rotated, checked.

use std::collections::BTreeSet;
use std::time::Duration;

use helseid_client::KeyLocation;

use super::accounts::Accounts;
use super::sections::SidecarSection;
use crate::error::SidecarError;

/// How long before its end a key is rotated, in days, and the most that can be set.
const DEFAULT_DAYS: u64 = 14;
const MOST_DAYS: u64 = 365;

/// Whose keys are watched and rotated.
#[derive(Debug)]
pub(crate) struct KeysConfig {
    watched: BTreeSet<String>,
    rotated: BTreeSet<String>,
    before_end: Duration,
}

impl KeysConfig {
    pub(super) fn read(section: &SidecarSection, accounts: &Accounts) -> Result<Self, SidecarError> {
        let rotated = &section.key_rotation_accounts;
        for name in rotated {
            let config = accounts.clients.get(name);
            if config.is_some_and(|config| !matches!(config.key, KeyLocation::File(_))) {
                let why = format!("the key of {name:?} is not in a file");
                let next = "set key_file to a file that the sidecar can write, or take the account out";
                return Err(SidecarError::new("key_rotation_accounts of [sidecar] is invalid", why, next));
            }
        }
        let days = section.key_rotation_days.unwrap_or(DEFAULT_DAYS);
        if !(1..=MOST_DAYS).contains(&days) {
            let why = format!("expected 1 to {MOST_DAYS} days, found {days}");
            return Err(SidecarError::new(
                "key_rotation_days of [sidecar] is invalid",
                why,
                "fix that number",
            ));
        }
        Ok(Self {
            watched: section.key_expiry_accounts.union(rotated).cloned().collect(),
            rotated: rotated.clone(),
            before_end: Duration::from_secs(days * 24 * 3600),
        })
    }

    /// Whether it is asked when the key of this account expires.
    pub(crate) fn watch(&self, account: &str) -> bool {
        self.watched.contains(account)
    }

    /// How long before its end the key of this account is rotated, if it is.
    pub(crate) fn rotate_before_end(&self, account: &str) -> Option<Duration> {
        self.rotated.contains(account).then_some(self.before_end)
    }
}
