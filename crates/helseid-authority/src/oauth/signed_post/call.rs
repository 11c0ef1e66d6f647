//! A call of a line: what it is given, what is noted about it, and how it ends early.

use ::http::HeaderMap;
use helseid_protocol::endpoint::ClientForm;
use helseid_protocol::log_within;
use helseid_protocol::rule::{Endpoint, Fault, Trail};
use helseid_protocol::time::Timestamp;

use crate::oauth::state::OAuthState;
use crate::storage::ephemeral::Unavailable;
use crate::storage::registry::StoreError;
use crate::trace::RequestArtifacts;

/// A request as it came.
#[derive(Clone, Copy)]
pub(crate) struct PostCall<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) when: When,
}

/// A request whose form is read. It is judged by one snapshot of the registry at a time.
#[derive(Clone, Copy)]
pub(crate) struct ReadCall<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) form: &'a ClientForm<'a>,
    pub(crate) when: When,
}

/// When all of a request had arrived. What is remembered goes by the time of this machine, also where a fault on request shows
/// another time to one client: it affects nobody else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct When {
    /// By the clock of this machine.
    pub(crate) real: Timestamp,
    /// By how many seconds the clock is ahead that the request is judged by.
    pub(crate) ahead: i64,
}

impl When {
    /// The time that the request is judged by.
    pub(crate) const fn judged(self) -> Timestamp {
        Timestamp::from_seconds(self.real.seconds().saturating_add(self.ahead))
    }

    /// By the clock of this machine, a time by the judging clock.
    pub(crate) const fn real_end(self, end: Timestamp) -> Timestamp {
        Timestamp::from_seconds(end.seconds().saturating_sub(self.ahead))
    }
}

/// What is noted about a request while it is judged.
#[derive(Debug)]
pub(crate) struct Notes {
    /// Whose rules it is held to.
    pub(crate) endpoint: Endpoint,
    pub(crate) artifacts: RequestArtifacts,
    pub(crate) trail: Trail,
}

/// What is told, and logged, of [`Stop::TooMany`] where there is no answer of its own for it.
pub(crate) const TOO_MANY: &str = "the client sends too many requests";

/// What is told, and logged, of [`Stop::NoKeyYet`].
pub(crate) const NO_KEY_YET: &str = "the signing key is being made";

/// Why a request ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    Fault(Fault),
    Unavailable(&'static str),
    /// What remembers logins cannot be reached; [`stores_away`] tells of it.
    Storage(StoreError),
    TooMany,
    /// There is no signing key yet, and nothing was claimed.
    NoKeyYet,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Unavailable> for Stop {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable.why())
    }
}

impl From<StoreError> for Stop {
    fn from(why: StoreError) -> Self {
        Self::Storage(why)
    }
}

/// What the answer says where a store cannot be reached. The reason is for the log alone, within the budget of strangers.
pub(crate) fn stores_away(state: &OAuthState, why: &StoreError) -> &'static str {
    log_within!(state.limits.log.strangers, state.clock.now(), warn, %why, "sessions cannot be stored or read");
    "what remembers logins cannot be reached"
}
