//! What a logout finds sessions by: codes of the issuer's names for session and person, under the server's keys. A plain hash of
//! eleven digits would be reversed in seconds.

use helseid_protocol::bounded::Bounded;
use helseid_protocol::id::Issuer;

use crate::keys::{Purpose, SealingKeys};
use crate::store::{IndexKey, Names};

/// What is named.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named<'a> {
    /// `sid`.
    Session(&'a str),
    /// `sub`.
    Person(&'a str),
    /// `jti` of a logout token.
    LogoutToken(&'a str),
    /// What a caller uses once.
    Once(&'a [u8]),
}

/// The names under each key.
pub(super) fn names(keys: &SealingKeys, issuer: &Issuer, what: Named<'_>) -> Names {
    let (purpose, kind, value): (_, &[u8], &[u8]) = match what {
        Named::Session(sid) => (Purpose::Index, b"sid", sid.as_bytes()),
        Named::Person(sub) => (Purpose::Index, b"sub", sub.as_bytes()),
        Named::LogoutToken(jti) => (Purpose::Once, b"logout token", jti.as_bytes()),
        Named::Once(value) => (Purpose::Once, b"caller", value),
    };
    let parts = [kind, issuer.as_str().as_bytes(), value];
    let first = IndexKey::from_bytes(keys.code(purpose, &parts));
    let others = keys.codes(purpose, &parts).skip(1).map(IndexKey::from_bytes);
    // There are no more keys than names have room for.
    Names::new(first, Bounded::of(others).unwrap_or_default())
}
