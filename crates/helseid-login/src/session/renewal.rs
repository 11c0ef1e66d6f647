//! Callers at one process who wait for the same new token share one attempt at it.

use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::id::Audience;
use helseid_protocol::jose::crypto::sha256;

use super::flight::PATIENCE;
use super::together::Together;
use super::token::granted;
use super::{Granted, Session, SessionError, Sessions, Wanted};

/// Renewals that are shared.
pub(super) type Renewals = Together<Renewal, Result<Granted, SessionError>>;

/// Whose renewal, and what for.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Renewal {
    /// The digest of the cookie.
    session: [u8; 32],
    api: Option<Audience>,
    /// Parent and child.
    organisation: Option<(Option<OrganisationNumber>, Option<OrganisationNumber>)>,
}

impl Renewal {
    fn new(session: &Session, wanted: &Wanted) -> Self {
        let numbers = |organisation| match organisation {
            Organisation::Child(child) => (None, Some(child)),
            Organisation::Parent { parent, child } => (Some(parent), child),
        };
        Self {
            session: sha256(session.cookie().expose().as_bytes()),
            api: wanted.api.clone(),
            organisation: wanted.organisation.clone().map(numbers),
        }
    }
}

impl Sessions {
    /// A new token, by this caller or by another. Those who wait for the same share one attempt. When all have gone away it is given
    /// up, but for a refresh that has begun: its new refresh token is kept. Where too many wait for this session already, the rest get
    /// the token that it has, or else [`SessionError::Busy`].
    pub(super) async fn renewed(&self, session: &Session, wanted: &Wanted) -> Result<Granted, SessionError> {
        let _place = match self.0.flights.place(session.cookie().id()) {
            Ok(place) => place,
            // One too many: a token that has not ended is sent until it does.
            Err(busy) => {
                let (token, _) = self.kept(session, wanted).ok_or(busy)?;
                return granted(token, session.clone());
            }
        };
        let (sessions, own, asked) = (self.clone(), session.clone(), wanted.clone());
        let attempts = async move { sessions.renewed_alone(&own, &asked).await };
        let shared = self.0.renewals.run(Renewal::new(session, wanted), attempts);
        let shared = tokio::time::timeout(2 * PATIENCE, shared).await;
        shared.ok().flatten().unwrap_or(Err(SessionError::Busy))
    }
}
