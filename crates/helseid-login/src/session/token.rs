//! A session's access tokens.

use std::time::Duration;

use helseid_protocol::details::Organisation;
use helseid_protocol::id::Audience;
use helseid_protocol::time::Timestamp;

use super::change::Change;
use super::{Session, SessionError, Sessions};
use crate::flow::{AccessGrant, LoginKey};

/// A token is refreshed when it ends within this time, so that it lasts for the call; where that cannot be now, it is sent until it
/// ends.
const EARLY: Duration = Duration::from_secs(30);

/// What a token is for.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # let person = authority.log_in(&login, &Default::default()).await?;
/// # let sessions = helseid_login::session::Sessions::in_memory(login.clone());
/// # let helseid_login::session::Begun::New(session) = sessions.begin(person, None).await? else { return Err("no session".into()) };
/// use helseid_client::protocol::details::{Organisation, OrganisationNumber};
/// use helseid_login::session::{OrganisationPolicy, Wanted};
///
/// let clinic = Organisation::Child(OrganisationNumber::parse("999977774")?);
/// let wanted = Wanted { organisation: Some(clinic.clone()), ..Wanted::default() };
/// // The app has not named the organisation, so that no session may act for it.
/// assert!(sessions.token(&session, &wanted).await.is_err());
/// let sessions = sessions.organisations(OrganisationPolicy::listed([clinic]));
/// assert!(sessions.token(&session, &wanted).await.is_ok());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The one API; none for all of the login.
    pub api: Option<Audience>,
    /// The organisation that this token acts for; none for that of the session.
    pub organisation: Option<Organisation>,
}

/// A token, the key that it is bound to, and the session as it is since.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # let person = authority.log_in(&login, &Default::default()).await?;
/// # let sessions = helseid_login::session::Sessions::in_memory(login.clone());
/// # let helseid_login::session::Begun::New(session) = sessions.begin(person, None).await? else { return Err("no session".into()) };
/// use helseid_login::session::{Granted, Wanted};
///
/// let Granted { token, key, session, .. } = sessions.token(&session, &Wanted::default()).await?;
/// let call = login.client().get("https://api.example/me").bound_token(token.token, key.proof_key().clone());
/// // The session as it is now: a refresh may have changed it.
/// assert!(session.ends() > login.now());
/// # drop(call);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Granted {
    /// The token.
    pub token: AccessGrant,
    /// The key that proves it.
    pub key: LoginKey,
    /// The session.
    pub session: Session,
}

/// Whether a token can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usable {
    /// For a while yet.
    Well,
    /// It ends soon.
    Still,
}

impl Sessions {
    /// A token of the session: the one that it has, or a new one. However many ask for it at however many replicas, it is asked for
    /// once, and the new refresh token is kept before anything is used.
    ///
    /// The session is read again if what is known of it is over a second old: of one that has ended elsewhere, nobody gets a token.
    /// Another organisation than the session's must be allowed by the [`OrganisationPolicy`](super::OrganisationPolicy); else
    /// nothing is sent.
    pub async fn token(&self, session: &Session, wanted: &Wanted) -> Result<Granted, SessionError> {
        let session = self.fresh(session).await?;
        if let Some(organisation) = &wanted.organisation {
            self.0.policy.require(&session, organisation)?;
        }
        match self.kept(&session, wanted) {
            Some((token, Usable::Well)) => granted(token, session),
            _ => self.renewed(&session, wanted).await,
        }
    }

    /// Drops a token that an API refused, so that the next is a new one.
    pub async fn drop_token(
        &self,
        session: &Session,
        refused: &AccessGrant,
    ) -> Result<Session, SessionError> {
        self.change(session.cookie(), |record| {
            let before = record.access.len();
            record.drop_token(refused);
            if record.access.len() == before { Change::Needless } else { Change::Made }
        })
        .await
    }

    /// Checks that the session goes on. It is read again if what is known of it is over a second old.
    pub async fn require_live(&self, session: &Session) -> Result<(), SessionError> {
        self.fresh(session).await.map(drop)
    }

    /// The session as it is now.
    pub(super) async fn fresh(&self, session: &Session) -> Result<Session, SessionError> {
        if session.is_fresh(self.0.login.now()) {
            return Ok(session.clone());
        }
        self.look(session.cookie()).await?.ok_or(SessionError::Ended)
    }

    /// The token that the session has for this, if it can be sent.
    pub(super) fn kept(&self, session: &Session, wanted: &Wanted) -> Option<(AccessGrant, Usable)> {
        let now = self.0.login.now();
        let organisation = wanted.organisation.as_ref().or(session.organisation());
        let token = session.record().token(wanted.api.as_ref(), organisation)?;
        usable(token.expires, now).map(|usable| (token.clone(), usable))
    }
}

fn usable(expires: Timestamp, now: Timestamp) -> Option<Usable> {
    if expires > now.plus(EARLY) { Some(Usable::Well) } else { (expires > now).then_some(Usable::Still) }
}

pub(super) fn granted(token: AccessGrant, session: Session) -> Result<Granted, SessionError> {
    Ok(Granted { token, key: session.key()?.clone(), session })
}
