//! Sessions read from the store, once for all who ask at the same time.

use helseid_protocol::jose::crypto::sha256;

use super::lifetimes::Times;
use super::record::Record;
use super::together::Together;
use super::{Session, SessionCookie, SessionError, Sessions};
use crate::store::{Ending, Found, StoreError};

/// Reads that are shared, by the digest of the whole cookie: whoever has the id alone shares nothing.
pub(super) type Reads = Together<([u8; 32], Read), Result<Option<Session>, SessionError>>;

/// What a session is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Read {
    /// The person uses it, which is noted.
    Use,
    /// Nothing is noted.
    Look,
}

impl Sessions {
    /// The session of a cookie, if it lives; notes that it is used.
    pub async fn open(&self, cookie: &SessionCookie) -> Result<Option<Session>, SessionError> {
        self.read_together(cookie, Read::Use).await
    }

    /// The same without noting a use: for what asks by itself, such as a page that tells when the session ends.
    pub async fn look(&self, cookie: &SessionCookie) -> Result<Option<Session>, SessionError> {
        self.read_together(cookie, Read::Look).await
    }

    /// A read that begins now, or one of another caller's that begins after now.
    async fn read_together(
        &self,
        cookie: &SessionCookie,
        read: Read,
    ) -> Result<Option<Session>, SessionError> {
        let (sessions, own) = (self.clone(), cookie.clone());
        let key = (sha256(cookie.expose().as_bytes()), read);
        let shared = self.0.reads.run(key, async move { sessions.read_alone(&own, read).await }).await;
        shared.unwrap_or_else(|| Err(StoreError::Away("a read was given up".to_owned()).into()))
    }

    /// A read of this caller's own: for whoever writes what it has read, and must not be one of many who have read the same.
    pub(super) async fn read_alone(
        &self,
        cookie: &SessionCookie,
        read: Read,
    ) -> Result<Option<Session>, SessionError> {
        let shared = &self.0;
        let Some(found) = shared.store.find(cookie.id()).await? else { return Ok(None) };
        let now = shared.login.now();
        let Some(record) = self.opened(cookie, &found) else {
            // Also where the id is right and the secret is not: whoever tries ends nothing.
            tracing::debug!("a row of the store is not a session for the cookie that names it");
            return Ok(None);
        };
        let times = Times { began: record.began, used: found.used, ends: record.ends };
        if record.epoch != found.epoch || shared.lifetimes.have_passed(times, now) {
            shared.store.end(Ending::Row(cookie.id())).await?;
            return Ok(None);
        }
        let mut used = found.used;
        if read == Read::Use && shared.lifetimes.is_due(used, now) {
            shared.store.touch(cookie.id(), now).await?;
            used = now;
        }
        Ok(Some(self.view(cookie.clone(), record, used, now)))
    }

    pub(super) fn opened(&self, cookie: &SessionCookie, found: &Found) -> Option<Record> {
        self.owner().open(cookie, found.version, &found.sealed)
    }
}
