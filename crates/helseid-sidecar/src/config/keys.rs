//! The accounts whose keys are watched and rotated, checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
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
        rotated.iter().try_for_each(|name| can_be_rotated(name, section, accounts))?;
        let days = section.key_rotation_days;
        let invalid = |why: String, next: &str| {
            Err(SidecarError::new("key_rotation_days of [sidecar] is invalid", why, next))
        };
        match days {
            Some(_) if rotated.is_empty() => {
                let why = "key_rotation_accounts names no account".to_owned();
                return invalid(why, "name the accounts whose keys are to be rotated there");
            }
            Some(days) if !(1..=MOST_DAYS).contains(&days) => {
                return invalid(format!("expected 1 to {MOST_DAYS} days, found {days}"), "fix that number");
            }
            _ => {}
        }
        Ok(Self {
            watched: section.key_expiry_accounts.union(rotated).cloned().collect(),
            rotated: rotated.clone(),
            before_end: Duration::from_secs(days.unwrap_or(DEFAULT_DAYS) * 24 * 3600),
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

/// A new key is registered for the client of this account alone, with tokens that are bound: nobody else may use its file.
fn can_be_rotated(name: &str, section: &SidecarSection, accounts: &Accounts) -> Result<(), SidecarError> {
    let invalid = |why: String, next: &str| {
        Err(SidecarError::new("key_rotation_accounts of [sidecar] is invalid", why, next))
    };
    let Some(own) = accounts.clients.get(name) else { return Ok(()) };
    let KeyLocation::File(file) = &own.key else {
        let next = "set key_file to a file that the sidecar can write, or take the account out";
        return invalid(format!("the key of {name:?} is not in a file"), next);
    };
    if section.insecure_bearer_accounts.contains(name) {
        let why = format!("{name:?} is in insecure_bearer_accounts, and HelseID's self-service wants DPoP");
        return invalid(why, "take the account out of one of them");
    }
    let other = accounts.clients.iter().find(|(_, other)| {
        let is_other = (&other.issuer, &other.client_id) != (&own.issuer, &own.client_id);
        is_other && matches!(&other.key, KeyLocation::File(theirs) if target(theirs) == target(file))
    });
    match other {
        None => Ok(()),
        Some((other, _)) => {
            let why = format!("{name:?} and {other:?} are different clients with the same key_file");
            invalid(
                why,
                "give each client a key of its own: a new key would be registered for one of them alone",
            )
        }
    }
}

fn target(file: &Path) -> PathBuf {
    std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned())
}
