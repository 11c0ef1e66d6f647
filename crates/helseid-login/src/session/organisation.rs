//! The organisation that a session acts for. HelseID does not check that the person belongs to it: that is the app's to know.

use std::fmt;
use std::sync::Arc;

use helseid_protocol::details::Organisation;
use helseid_protocol::secret::RefreshToken;

use super::record::Record;
use super::renew::{apply, lease_end, to_its_end};
use super::{Session, SessionCookie, SessionError, Sessions, Wanted};
use crate::flow::Refreshed;
use crate::store::{Inserted, Leased, Replaces, Version};

/// Which organisations a session may act for. Without one that is named here, none: a number that a browser sent is refused, and no
/// request goes out.
///
/// ```
/// use helseid_client::protocol::details::{Organisation, OrganisationNumber};
/// use helseid_login::session::OrganisationPolicy;
///
/// let clinic = Organisation::Child(OrganisationNumber::parse("999977774")?);
/// // One for everybody, or as the app's own records say.
/// let one = OrganisationPolicy::listed([clinic.clone()]);
/// let by_records = OrganisationPolicy::decided(move |session, wanted| {
///     session.claims().hpr_number().is_some() && *wanted == clinic
/// });
/// # drop((one, by_records));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct OrganisationPolicy(Policy);

type Decide = Arc<dyn Fn(&Session, &Organisation) -> bool + Send + Sync>;

#[derive(Clone)]
enum Policy {
    Listed(Arc<[Organisation]>),
    Decided(Decide),
}

impl OrganisationPolicy {
    /// These, for everybody.
    pub fn listed(organisations: impl IntoIterator<Item = Organisation>) -> Self {
        Self(Policy::Listed(organisations.into_iter().collect()))
    }

    /// Those of which `may_act_for` says so.
    pub fn decided(may_act_for: impl Fn(&Session, &Organisation) -> bool + Send + Sync + 'static) -> Self {
        Self(Policy::Decided(Arc::new(may_act_for)))
    }

    pub(super) fn require(&self, session: &Session, organisation: &Organisation) -> Result<(), SessionError> {
        let is_allowed = match &self.0 {
            Policy::Listed(all) => all.contains(organisation),
            Policy::Decided(may_act_for) => may_act_for(session, organisation),
        };
        if is_allowed { Ok(()) } else { Err(SessionError::OrganisationRefused) }
    }
}

/// None.
impl Default for OrganisationPolicy {
    fn default() -> Self {
        Self::listed([])
    }
}

impl fmt::Debug for OrganisationPolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.0 {
            Policy::Listed(_) => "OrganisationPolicy(listed)",
            Policy::Decided(_) => "OrganisationPolicy(decided)",
        })
    }
}

impl Sessions {
    /// Lets the record of a new login act for the organisation that the person's session before acted for, unless the login asked
    /// for one. Its token comes by a refresh; without a refresh token there is none to be had.
    pub(super) fn keep_organisation(&self, record: &mut Record, before: &Session) {
        if record.organisation.is_none()
            && record.refresh.is_some()
            && let Some(own) = before.organisation()
            && self.0.policy.require(before, own).is_ok()
        {
            record.organisation = Some(own.clone());
        }
    }

    /// Lets the session act for another organisation from now on, under a new id: set its cookie. The old one ends in the same step, so
    /// that what was begun for the organisation before is not done for this one.
    pub async fn set_organisation(
        &self,
        session: &Session,
        organisation: Organisation,
    ) -> Result<Session, SessionError> {
        let session = self.look(session.cookie()).await?.ok_or(SessionError::Ended)?;
        self.0.policy.require(&session, &organisation)?;
        let refresh = session.record().refresh.clone().ok_or(SessionError::NoToken)?;
        // Before anything is leased or sent.
        session.key()?;
        let turn = self.0.flights.turn(session.cookie().id()).await?;
        let (sessions, own, wanted) = (self.clone(), session.clone(), organisation.clone());
        let asked = to_its_end(async move {
            let _turn = turn;
            sessions.asked_for(&own, &refresh.token, &wanted).await
        });
        let (kept, refreshed) = asked.await?;
        self.switched(kept, &refreshed, &organisation).await
    }

    /// Asks under the lease, and keeps the new refresh token; the session is still the same.
    async fn asked_for(
        &self,
        session: &Session,
        token: &RefreshToken,
        organisation: &Organisation,
    ) -> Result<(Session, Refreshed), SessionError> {
        let now = self.0.login.now();
        let until = lease_end(now);
        match self.0.store.lease(session.cookie().id(), until, now).await? {
            Leased::Taken => {}
            Leased::Held => return Err(SessionError::Busy),
            Leased::Gone => return Err(SessionError::Ended),
        }
        let asked = self.asked_under_lease(session, token, organisation).await;
        if !matches!(asked, Err(SessionError::Ended)) {
            self.0.store.release(session.cookie().id(), until).await?;
        }
        asked
    }

    async fn asked_under_lease(
        &self,
        session: &Session,
        token: &RefreshToken,
        organisation: &Organisation,
    ) -> Result<(Session, Refreshed), SessionError> {
        let read = self.look(session.cookie()).await?.ok_or(SessionError::Ended)?;
        if read.record().refreshes != session.record().refreshes {
            return Err(SessionError::Busy);
        }
        let answer = self.ask(&read, token, &Wanted::default(), Some(organisation)).await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.grant_has_ended() => {
                self.end(session).await?;
                return Err(SessionError::Ended);
            }
            Err(error) => return Err(error),
        };
        let kept = self.keep_refresh_token(&read, &answer).await?.ok_or(SessionError::Busy)?;
        let refreshed = self.verified(&kept, answer).await?;
        Ok((kept, refreshed))
    }

    /// The session under a new id. Only for somebody who still waits for its cookie: else the person keeps the session as it was.
    async fn switched(
        &self,
        mut kept: Session,
        refreshed: &Refreshed,
        organisation: &Organisation,
    ) -> Result<Session, SessionError> {
        loop {
            let before = kept.record().version;
            let mut record = kept.record().clone();
            record.version = Version::FIRST;
            record.organisation = Some(organisation.clone());
            record.access.retain(|_| false);
            apply(&mut record, refreshed, Some(organisation));
            let cookie = SessionCookie::new(&*self.0.login.random());
            let now = self.0.login.now();
            let row = self.row(&cookie, &mut record, now)?;
            let replaces = Replaces::Live(kept.cookie().id(), before);
            match self.0.store.insert(&row, replaces, now).await? {
                Inserted::Done => return Ok(self.view(cookie, record, now, now)),
                Inserted::LoggedOut => return Err(SessionError::Ended),
                // The app has written to it meanwhile.
                Inserted::Conflict => {
                    kept = self.look(kept.cookie()).await?.ok_or(SessionError::Ended)?;
                }
            }
        }
    }
}
