//! Changes of a session's record: each by whoever has read what it replaces.

use serde::Serialize;

use super::read::Read;
use super::record::{MAX_APP_BYTES, Record};
use super::{Session, SessionCookie, SessionError, Sessions};
use crate::store::Applied;

/// So often a change is made again because another came first.
const ATTEMPTS: usize = 32;

/// What a change finds.
pub(super) enum Change {
    /// It is to be written.
    Made,
    /// There is nothing to write: the record is right as it is.
    Needless,
}

impl Sessions {
    /// Keeps something of the app's in the session, at most 8 KiB as JSON, in the place of what was there.
    pub async fn set_app_data(
        &self,
        session: &Session,
        data: &impl Serialize,
    ) -> Result<Session, SessionError> {
        let too_large = || SessionError::TooLarge(MAX_APP_BYTES);
        let value = serde_json::to_value(data).map_err(|_| too_large())?;
        if value.to_string().len() > MAX_APP_BYTES {
            return Err(too_large());
        }
        self.change(session.cookie(), |record| {
            record.app = Some(value.clone());
            Change::Made
        })
        .await
    }

    /// Reads the record, changes it, and writes it if it is still the one that was read; else again. What has ended stays so.
    pub(super) async fn change(
        &self,
        cookie: &SessionCookie,
        mut change: impl FnMut(&mut Record) -> Change,
    ) -> Result<Session, SessionError> {
        for _ in 0..ATTEMPTS {
            let session = self.read_alone(cookie, Read::Look).await?.ok_or(SessionError::Ended)?;
            let mut record = session.record().clone();
            let before = record.version;
            if matches!(change(&mut record), Change::Needless) {
                return Ok(session);
            }
            record.version = before.next();
            let sealed = self.owner().seal_what_fits(cookie, &mut record);
            let sealed = sealed.map_err(|_| SessionError::TooLarge(crate::store::Sealed::MAX_BYTES))?;
            if self.0.store.update(cookie.id(), before, &sealed).await? == Applied::Done {
                let now = self.0.login.now();
                return Ok(self.view(cookie.clone(), record, now, now));
            }
        }
        Err(SessionError::Busy)
    }
}
