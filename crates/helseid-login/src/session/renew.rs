//! A refresh, once over all replicas.
//!
//! 1. Within a process those who wait for the same token share one attempt, and one attempt of a session has its turn; between
//!    processes one has the lease, of at most 20 s. A request to the authority ends before the lease does.
//! 2. The one reads the session again: another may have refreshed it meanwhile.
//! 3. The authority is asked. Its new refresh token is written before anything else is done.
//! 4. Whoever finds then that the session has another refresh token than the one that was presented has lost: the answer is thrown
//!    away, and the session read again.
//! 5. A failure that may pass keeps the session, and a token that has not ended is sent until it does. `invalid_grant`, and an ID
//!    token that is of another login, end it.

use std::time::Duration;

use helseid_protocol::details::{Details, Organisation};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::RefreshToken;
use helseid_protocol::time::Timestamp;
use tracing::Instrument as _;

use super::change::Change;
use super::flight::PATIENCE;
use super::record::Record;
use super::token::{Usable, granted};
use super::{Granted, Session, SessionError, Sessions, Wanted};
use crate::flow::{RefreshAnswer, RefreshAsk, Refreshed};
use crate::store::{Leased, MAX_LEASE, StoreError};

/// How long the authority may take: shorter than a lease.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How often a replica that waits for another's refresh looks whether it is there.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// What one attempt gave.
pub(super) enum Attempt {
    Granted(Box<Granted>),
    /// Another replica refreshed, or does: look again.
    Another,
}

impl Sessions {
    /// A new token, by an attempt of this caller's own or by another replica's.
    pub(super) async fn renewed_alone(
        &self,
        session: &Session,
        wanted: &Wanted,
    ) -> Result<Granted, SessionError> {
        let _turn = self.0.flights.turn(session.cookie().id()).await?;
        let patience = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Attempt::Granted(granted) = self.attempt(session, wanted).await? {
                return Ok(*granted);
            }
            // Only the wait for another's refresh has an end here: an attempt that has the lease is not given up.
            if tokio::time::Instant::now() >= patience {
                return Err(SessionError::Busy);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn attempt(&self, session: &Session, wanted: &Wanted) -> Result<Attempt, SessionError> {
        let session = self.look(session.cookie()).await?.ok_or(SessionError::Ended)?;
        // Before anything is leased or sent.
        session.key()?;
        let kept = self.kept(&session, wanted);
        if let Some((token, Usable::Well)) = kept {
            return granted(token, session).map(Attempt::granted);
        }
        let still = kept.map(|(token, _)| granted(token, session.clone())).transpose()?;
        let Some(refresh) = session.record().refresh.clone() else {
            return still.map(Attempt::granted).ok_or(SessionError::NoToken);
        };
        let (sessions, own, wanted) = (self.clone(), session, wanted.clone());
        let outcome = to_its_end(async move { sessions.leased(&own, &refresh.token, &wanted).await }).await;
        match (outcome, still) {
            (Err(error), Some(still)) if error.may_pass() => {
                tracing::warn!("a session could not be refreshed; its token is sent until it ends");
                Ok(Attempt::granted(still))
            }
            (Ok(Attempt::Another), Some(still)) => Ok(Attempt::granted(still)),
            (outcome, _) => outcome,
        }
    }

    fn is_well(&self, session: &Session, wanted: &Wanted) -> bool {
        matches!(self.kept(session, wanted), Some((_, Usable::Well)))
    }

    /// Refreshes under the lease, unless another has it.
    pub(super) async fn leased(
        &self,
        session: &Session,
        token: &RefreshToken,
        wanted: &Wanted,
    ) -> Result<Attempt, SessionError> {
        let store = &self.0.store;
        let now = self.0.login.now();
        let until = lease_end(now);
        match store.lease(session.cookie().id(), until, now).await? {
            Leased::Gone => return Err(SessionError::Ended),
            Leased::Held => return Ok(Attempt::Another),
            Leased::Taken => {}
        }
        // What was read before the lease may be what another has just replaced, or half of it: the refresh token of a refresh is
        // written before the access token.
        let outcome = match self.look(session.cookie()).await? {
            Some(now) if self.is_well(&now, wanted) => Ok(Attempt::Another),
            Some(now) if now.record().refreshes == session.record().refreshes => {
                self.refresh(&now, token, wanted).await
            }
            Some(_) => Ok(Attempt::Another),
            None => Err(SessionError::Ended),
        };
        if !matches!(outcome, Err(SessionError::Ended)) {
            store.release(session.cookie().id(), until).await?;
        }
        outcome
    }

    /// Asks the authority, with the lease in hand.
    async fn refresh(
        &self,
        session: &Session,
        token: &RefreshToken,
        wanted: &Wanted,
    ) -> Result<Attempt, SessionError> {
        let organisation = wanted.organisation.as_ref().or(session.organisation());
        let answer = match self.ask(session, token, wanted, organisation).await {
            Ok(answer) => answer,
            Err(error) if error.grant_has_ended() => return self.refused(session).await,
            Err(error) => return Err(error),
        };
        let Some(session) = self.keep_refresh_token(session, &answer).await? else {
            return Ok(Attempt::Another);
        };
        let refreshed = self.verified(&session, answer).await?;
        let described = self.described_again(&session, &refreshed).await;
        let session = self
            .change(session.cookie(), |record| {
                apply(record, &refreshed, organisation);
                record.health_personnel.clone_from(&described);
                Change::Made
            })
            .await?;
        granted(refreshed.access, session).map(Attempt::granted)
    }

    pub(super) async fn ask(
        &self,
        session: &Session,
        token: &RefreshToken,
        wanted: &Wanted,
        organisation: Option<&Organisation>,
    ) -> Result<RefreshAnswer, SessionError> {
        let details =
            organisation.cloned().map_or_else(Details::new, |own| Details::new().for_organisation(own));
        self.ask_with(session, token, wanted, details).await
    }

    /// The same with all that is said for the one token.
    pub(super) async fn ask_with(
        &self,
        session: &Session,
        token: &RefreshToken,
        wanted: &Wanted,
        details: Details,
    ) -> Result<RefreshAnswer, SessionError> {
        let ask = RefreshAsk {
            refresh_token: token,
            key: session.key()?,
            resource: wanted.api.as_ref(),
            scope: &ScopeSet::none(),
            details,
        };
        let asked = tokio::time::timeout(TIMEOUT, self.0.login.refresh(ask)).await;
        asked.map_err(|_| SessionError::Late)?.map_err(SessionError::Login)
    }

    /// Checks the ID token of an answer whose refresh token was kept. One that is of another login ends the session.
    pub(super) async fn verified(
        &self,
        session: &Session,
        answer: RefreshAnswer,
    ) -> Result<Refreshed, SessionError> {
        match answer.verify(&self.0.login, session.claims()).await.map_err(SessionError::Login) {
            Err(error) if !error.may_pass() => {
                tracing::warn!("the ID token of a refresh is of no such login: the session ends");
                self.end(session).await?;
                self.revoke_beside(session.refresh_token());
                Err(SessionError::Ended)
            }
            outcome => outcome,
        }
    }

    /// Keeps the new refresh token, if there is one; none where the session has another than the one that was presented.
    /// There is no other copy of it: a store that is away is tried again while the lease lasts, and where the session has ended
    /// meanwhile, it is revoked. Where another refresh token took the place of the one that was presented it is not: that would end the
    /// login of the other too.
    pub(super) async fn keep_refresh_token(
        &self,
        session: &Session,
        answer: &RefreshAnswer,
    ) -> Result<Option<Session>, SessionError> {
        let patience = tokio::time::Instant::now() + (MAX_LEASE - TIMEOUT);
        loop {
            match self.write_refresh_token(session, answer).await {
                Err(SessionError::Store(StoreError::Away(why))) if tokio::time::Instant::now() < patience => {
                    tracing::warn!(%why, "a new refresh token could not be written: it is tried again");
                    tokio::time::sleep(LOOK).await;
                }
                Err(SessionError::Ended) => {
                    self.revoke_beside(answer.refresh_grant().map(|grant| &grant.token));
                    return Err(SessionError::Ended);
                }
                outcome => return outcome,
            }
        }
    }

    async fn write_refresh_token(
        &self,
        session: &Session,
        answer: &RefreshAnswer,
    ) -> Result<Option<Session>, SessionError> {
        let presented = session.record().refreshes;
        let grant = answer.refresh_grant();
        let mut is_lost = false;
        let session = self
            .change(session.cookie(), |record| {
                // What a store did not answer may be written all the same.
                let is_there = grant.zip(record.refresh.as_ref()).is_some_and(|(new, kept)| {
                    new.token.expose() == kept.token.expose() && record.refreshes != presented
                });
                is_lost = record.refreshes != presented && !is_there;
                match grant {
                    Some(grant) if record.refreshes == presented => {
                        record.refresh = Some(grant.clone());
                        record.refreshes = presented.saturating_add(1);
                        Change::Made
                    }
                    _ => Change::Needless,
                }
            })
            .await?;
        Ok((!is_lost).then_some(session))
    }

    /// The refresh token is good no more: the session ends, unless another has replaced that token meanwhile.
    pub(super) async fn refused(&self, session: &Session) -> Result<Attempt, SessionError> {
        let now = self.look(session.cookie()).await?.ok_or(SessionError::Ended)?;
        if now.record().refreshes != session.record().refreshes {
            return Ok(Attempt::Another);
        }
        tracing::info!("the authority has ended the login of a session: the session ends");
        self.end(session).await?;
        Err(SessionError::Ended)
    }
}

impl Attempt {
    fn granted(granted: Granted) -> Self {
        Self::Granted(Box::new(granted))
    }
}

/// What a refresh changes: its token, and the level, which it lowers and never raises.
pub(super) fn apply(record: &mut Record, refreshed: &Refreshed, organisation: Option<&Organisation>) {
    record.level = refreshed.level(record.level);
    record.put_token(refreshed.access.clone(), organisation.cloned());
}

/// The end of a lease that is taken now.
pub(super) fn lease_end(now: Timestamp) -> Timestamp {
    now.plus(MAX_LEASE)
}

/// Runs what holds a lease to its end, also when whoever waits for it goes away: a browser that closes its connection must not cost
/// the refresh token that is on its way.
pub(super) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, SessionError>> + Send + 'static,
) -> Result<T, SessionError> {
    tokio::spawn(work.in_current_span()).await.unwrap_or(Err(SessionError::Busy))
}
