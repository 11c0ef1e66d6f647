//! Sessions as plain data.

use std::time::Duration;

use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Data, SecretHash, SessionId, Subject};

/// A person's session at the authority. One that begins with its first tokens waits for them as JSON, with its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    /// The hash of the secret in the browser's cookie.
    pub(crate) cookie: SecretHash,
    pub(crate) subject: Subject,
    pub(crate) data: Data,
    /// When the person last logged in.
    pub(crate) authenticated: Timestamp,
    /// When it was last used.
    pub(crate) used: Timestamp,
    /// When it ends, whatever happens.
    pub(crate) expires: Timestamp,
    /// Goes up with each update.
    pub(crate) version: i64,
}

/// When a session counts as live.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Liveness {
    pub(crate) now: Timestamp,
    /// How long it may be unused.
    pub(crate) idle: Duration,
    /// How much the clocks of replicas may differ: a session that was used later than that from now has ended.
    pub(crate) tolerance: Duration,
}
