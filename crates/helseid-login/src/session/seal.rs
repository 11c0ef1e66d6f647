//! A record sealed for its row.

use helseid_protocol::id::{ClientId, Issuer};

use super::SessionCookie;
use super::record::Record;
use super::stored;
use crate::keys::{Place, Purpose, SealingKeys};
use crate::store::{Sealed, TooLarge, Version};

/// The form of a record. Another form has another number, so that none is read as another.
const SCHEMA: &[u8] = b"1";

/// Whose sessions these are.
#[derive(Clone, Copy)]
pub(super) struct Owner<'a> {
    pub(super) keys: &'a SealingKeys,
    pub(super) issuer: &'a Issuer,
    pub(super) client_id: &'a ClientId,
}

impl Owner<'_> {
    /// Seals a record for the row of a cookie, with that cookie's secret.
    pub(super) fn seal(&self, cookie: &SessionCookie, record: &Record) -> Result<Sealed, TooLarge> {
        let plain = stored::write(record);
        self.at(cookie, record.version, |place| Sealed::new(self.keys.seal(place, &plain)))
    }

    /// Seals a record. One that is too large loses the tokens that were put there first: they can be asked for again.
    pub(super) fn seal_what_fits(
        &self,
        cookie: &SessionCookie,
        record: &mut Record,
    ) -> Result<Sealed, TooLarge> {
        loop {
            match self.seal(cookie, record) {
                Err(TooLarge) if record.drop_oldest_token() => {}
                outcome => return outcome,
            }
        }
    }

    /// Opens what was sealed for this row in this version, by the cookie's secret. None where anything of it is of another.
    pub(super) fn open(&self, cookie: &SessionCookie, version: Version, sealed: &Sealed) -> Option<Record> {
        let plain = self.at(cookie, version, |place| self.keys.open(place, sealed.as_bytes()))?;
        stored::read(&plain).filter(|record| record.version == version)
    }

    fn at<T>(&self, cookie: &SessionCookie, version: Version, act: impl FnOnce(&Place<'_>) -> T) -> T {
        let version = version.number().to_be_bytes();
        act(&Place {
            purpose: Purpose::Session,
            of: &[cookie.secret()],
            bound_to: &[
                cookie.id().as_bytes(),
                self.issuer.as_str().as_bytes(),
                self.client_id.as_str().as_bytes(),
                &version,
                SCHEMA,
            ],
        })
    }
}
