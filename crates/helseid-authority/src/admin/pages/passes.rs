//! What opens the pages: a code once, and then a session for some hours. Only hashes of both are kept, where all that is
//! fleeting is, so that a session that one replica opened is known to all.

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::jose::crypto;
use helseid_protocol::time::Timestamp;

use super::super::Refusal;
use crate::app::App;
use crate::storage::ephemeral::Lived;

/// The hash of a code or of a session's token; whoever reads it cannot come in with it.
pub(crate) type PassHash = [u8; 32];

/// The kinds of passes. One is never taken for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PassKind {
    /// Opens a session, once.
    Code,
    /// Opens the pages until it ends.
    Session,
}

/// The hash under which a code or a session's token is kept.
pub(super) fn hash(secret: &str) -> PassHash {
    crypto::sha256(secret.as_bytes())
}

fn name(app: &App, kind: PassKind, hash: PassHash) -> ReplayId {
    let kind: &[u8] = match kind {
        PassKind::Code => b"code to sign in",
        PassKind::Session => b"session",
    };
    ReplayId::of(&app.replay_key, &[kind, &hash])
}

/// Keeps a pass until `end`.
pub(super) async fn put(app: &App, kind: PassKind, hash: PassHash, end: Timestamp) -> Result<(), Refusal> {
    let lived = Lived { value: b"1", end, now: app.clock.now() };
    app.fleeting.put(name(app, kind, hash), lived).await.map_err(Refusal::from)
}

/// Whether the pass is there and has not ended.
pub(super) async fn holds(app: &App, kind: PassKind, hash: PassHash) -> Result<bool, Refusal> {
    let found = app.fleeting.get(name(app, kind, hash), app.clock.now()).await;
    found.map(|found| found.is_some()).map_err(Refusal::from)
}

/// Takes the pass away, and tells whether it was there and had not ended: of many at once, to one alone.
pub(super) async fn take(app: &App, kind: PassKind, hash: PassHash) -> Result<bool, Refusal> {
    let taken = app.fleeting.take(name(app, kind, hash), app.clock.now()).await;
    taken.map(|taken| taken.is_some()).map_err(Refusal::from)
}
