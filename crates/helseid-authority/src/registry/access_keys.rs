//! Access keys: how one is stored, and how the one in a request is found.

#[cfg(feature = "nhn")]
use helseid_admin_api::{AccessKeyEntry, KeyPurpose};
use helseid_protocol::jose::{base64url, crypto};

#[cfg(feature = "nhn")]
use super::Snapshot;

/// The hash under which an access key is stored.
pub(crate) fn hash(key: &str) -> String {
    base64url::encode(&crypto::sha256(key.as_bytes()))
}

/// The access key of this purpose that equals `sent`. All are compared, each in constant time.
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
