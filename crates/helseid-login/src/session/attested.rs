//! A token by which a person attests, for whoever asked for it and for nobody else: it is in no session, in no store, and never
//! shared, however equal two attestations are, since it says of no patient who it is for (threat A8).

use helseid_protocol::details::{Attestation, Details};

use super::change::Change;
use super::flight::PATIENCE;
use super::renew::{LOOK, lease_end, to_its_end};
use super::token::granted;
use super::{Granted, Session, SessionError, Sessions, Wanted};
use crate::store::Leased;

impl Sessions {
    /// A new token of the session with this attestation, by a refresh of its own. Of what that gives, the session keeps the refresh
    /// token and the level, and not the access token: it is the caller's alone.
    ///
    /// The session is read again if what is known of it is over a second old. Another organisation than the session's must be
    /// allowed by the [`OrganisationPolicy`](super::OrganisationPolicy). Where the authority refuses the attestation, the session goes
    /// on as it was.
    pub async fn attested(
        &self,
        session: &Session,
        wanted: &Wanted,
        attestation: &Attestation,
    ) -> Result<Granted, SessionError> {
        let session = self.fresh(session).await?;
        if let Some(organisation) = &wanted.organisation {
            self.0.policy.require(&session, organisation)?;
        }
        // Before anything is leased or sent.
        session.key()?;
        session.record().refresh.as_ref().ok_or(SessionError::NoToken)?;
        let turn = self.0.flights.turn(session.cookie().id()).await?;
        let (sessions, own) = (self.clone(), session.clone());
        let (wanted, attestation) = (wanted.clone(), attestation.clone());
        to_its_end(async move {
            let _turn = turn;
            sessions.attested_alone(&own, &wanted, &attestation).await
        })
        .await
    }

    /// Waits for the lease of another replica, and asks with one of its own.
    async fn attested_alone(
        &self,
        session: &Session,
        wanted: &Wanted,
        attestation: &Attestation,
    ) -> Result<Granted, SessionError> {
        let patience = tokio::time::Instant::now() + PATIENCE;
        let (id, store) = (session.cookie().id(), &self.0.store);
        let until = loop {
            let now = self.0.login.now();
            let until = lease_end(now);
            match store.lease(id, until, now).await? {
                Leased::Taken => break until,
                Leased::Gone => return Err(SessionError::Ended),
                Leased::Held if tokio::time::Instant::now() >= patience => return Err(SessionError::Busy),
                Leased::Held => tokio::time::sleep(LOOK).await,
            }
        };
        let asked = self.attested_under_lease(session, wanted, attestation).await;
        if !matches!(asked, Err(SessionError::Ended)) {
            store.release(id, until).await?;
        }
        asked
    }

    async fn attested_under_lease(
        &self,
        session: &Session,
        wanted: &Wanted,
        attestation: &Attestation,
    ) -> Result<Granted, SessionError> {
        // With the lease in hand nobody else replaces the refresh token.
        let session = self.look(session.cookie()).await?.ok_or(SessionError::Ended)?;
        let refresh = session.record().refresh.clone().ok_or(SessionError::NoToken)?;
        let organisation = wanted.organisation.as_ref().or(session.organisation());
        let details =
            organisation.cloned().map_or_else(Details::new, |own| Details::new().for_organisation(own));
        let details = details.with_attestation(attestation.clone());
        let answer = match self.ask_with(&session, &refresh.token, wanted, details).await {
            Ok(answer) => answer,
            // The lease may have ended while the authority took its time, and another may have the newer one.
            Err(error) if error.grant_has_ended() => {
                return self.refused(&session).await.and(Err(SessionError::Busy));
            }
            Err(error) => return Err(error),
        };
        let session = self.keep_refresh_token(&session, &answer).await?.ok_or(SessionError::Busy)?;
        let refreshed = self.verified(&session, answer).await?;
        let session = self
            .change(session.cookie(), |record| {
                let level = refreshed.level(record.level);
                let change = if level == record.level { Change::Needless } else { Change::Made };
                record.level = level;
                change
            })
            .await?;
        granted(refreshed.access, session)
    }
}
