//! Access keys: what is kept of one, and which one a request has.

#[cfg(feature = "nhn")]
use helseid_admin_api::{AccessKeyEntry, KeyPurpose};
use helseid_protocol::jose::{base64url, crypto};

#[cfg(feature = "nhn")]
use super::Snapshot;

/// What the registry keeps of an access key.
pub(crate) fn hash(key: &str) -> String {
    base64url::encode(&crypto::sha256(key.as_bytes()))
}

/// The access key of this purpose that `sent` is. Each is compared, in a time that tells nothing.
#[cfg(feature = "nhn")]
pub(crate) fn find(registry: &Snapshot, purpose: KeyPurpose, sent: &str) -> Option<AccessKeyEntry> {
    let sent = hash(sent);
    let mut found = None;
    for key in registry.access_keys.values().filter(|key| key.entry.purpose == purpose) {
        if crypto::equal(key.hash.as_bytes(), sent.as_bytes()) {
            found = Some(key.entry.clone());
        }
    }
    found
}
