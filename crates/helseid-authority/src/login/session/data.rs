//! What is stored with a session.

use helseid_admin_api::{PersonLevel, TestProvider};
use helseid_protocol::bounded::Bounded;
use helseid_protocol::id::ClientId;
use helseid_protocol::person::{HprNumber, PersonNumber, SyntheticMonth};
use serde::{Deserialize, Serialize};

use crate::storage::sessions::{Data, SessionId, Subject};

/// The most clients that are told of one logout. Each takes at most 400 bytes of a session's data.
pub(super) const MAX_CLIENTS: usize = 32;

/// The most sessions that one login after the other can have replaced.
pub(super) const MAX_REPLACED: usize = 16;

/// Who is logged in. Whoever is not registered any more, or never was, has nothing but this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LoginPerson {
    #[serde(with = "number")]
    pub(crate) number: PersonNumber,
    /// A number in HPR that the login asked for in the place of the person's own (`test_hpr_number`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) hpr_number: Option<HprNumber>,
}

/// A client that a session has logged in to, to tell it of the logout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClientLogin {
    pub(crate) client: ClientId,
    /// The `sid` that the client knows: of this session, or of one that it replaced.
    pub(crate) sid: SessionId,
}

/// A login at a client whose session has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EndedLogin {
    pub(crate) client: ClientId,
    pub(crate) sid: SessionId,
    /// Whose session it was. None if that was forgotten: a browser's session may have replaced another person's.
    pub(crate) subject: Option<Subject>,
}

/// What is stored with a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionData {
    /// A code of the session and its cookie under the authority's key.
    pub(super) bound: String,
    pub(super) person: LoginPerson,
    pub(super) level: PersonLevel,
    pub(super) provider: TestProvider,
    /// The one that logged in last stands last.
    pub(super) clients: Bounded<ClientLogin, MAX_CLIENTS>,
    /// The sessions that this one replaced.
    pub(super) replaced: Bounded<Replaced, MAX_REPLACED>,
    /// Whether another one replaced it.
    pub(super) is_replaced: bool,
}

/// A session that was replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Replaced(pub(super) SessionId);

impl SessionData {
    /// The data as it is stored. The bounds keep it below what the store takes.
    pub(super) fn write(&self) -> Option<Data> {
        serde_json::to_string(self).ok().and_then(|text| Data::new(text).ok())
    }

    /// Reads what [`SessionData::write`] wrote.
    pub(super) fn read(data: &Data) -> Option<Self> {
        serde_json::from_str(data.as_str()).ok()
    }

    /// Notes that the session logged in to this client.
    pub(super) fn add_client(&mut self, client: ClientLogin) {
        self.clients.retain(|known| *known != client);
        if self.clients.is_full() {
            let oldest = self.clients.first().cloned();
            self.clients.retain(|known| Some(known) != oldest.as_ref());
        }
        // There is room for one.
        let _ = self.clients.push(client);
    }
}

mod number {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::{PersonNumber, SyntheticMonth};

    pub(super) fn serialize<S: Serializer>(number: &PersonNumber, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(number.expose())
    }

    /// Whether 40 may be added to the month was asked when the person logged in.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PersonNumber, D::Error> {
        let text = String::deserialize(from)?;
        PersonNumber::parse(&text, SyntheticMonth::Plus80OrPlus40).map_err(serde::de::Error::custom)
    }
}
