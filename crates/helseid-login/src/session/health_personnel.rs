//! What HPR says of a session's person: as userinfo said it at the login, asked again at each refresh or within the hour. What is
//! asked again can take away and never adds: whoever was approved since must log in again.

use helseid_protocol::bounded::Bounded;
use helseid_protocol::jose::crypto::sha256;
use helseid_protocol::person::HealthPersonnel;
use helseid_protocol::time::{TOLERANCE, Timestamp};

use super::change::Change;
use super::record::Described;
use super::together::Together;
use super::view::HPR_HOLDS;
use super::{Session, SessionError, Sessions, Wanted};
use crate::flow::Refreshed;

/// Questions about persons that are shared, by the digest of the cookie.
pub(super) type Descriptions = Together<[u8; 32], Result<Option<HealthPersonnel>, SessionError>>;

impl Session {
    /// What HPR says of the person, if that was asked within the hour before `now`; see
    /// [`Sessions::health_personnel`](super::Sessions::health_personnel), which asks again.
    #[must_use]
    pub fn health_personnel(&self, now: Timestamp) -> Option<&HealthPersonnel> {
        let described = self.record().health_personnel.as_ref()?;
        holds(described, now).then_some(&described.details)
    }
}

impl Sessions {
    /// What HPR says of the person, never over an hour old: where it is, userinfo is asked again, once for all who wait for the same
    /// session. None if HPR knows nobody, and if nobody answers, after which nobody asks for ten seconds: whoever needs an approval
    /// must refuse then.
    pub async fn health_personnel(&self, session: &Session) -> Result<Option<HealthPersonnel>, SessionError> {
        let Some(described) = &session.record().health_personnel else { return Ok(None) };
        if holds(described, self.0.login.now()) {
            return Ok(Some(described.details.clone()));
        }
        let (sessions, own) = (self.clone(), session.clone());
        let key = sha256(session.cookie().expose().as_bytes());
        let shared = self.0.descriptions.run(key, async move { sessions.described_now(&own).await }).await;
        shared.unwrap_or(Err(SessionError::Busy))
    }

    async fn described_now(&self, session: &Session) -> Result<Option<HealthPersonnel>, SessionError> {
        // Whoever waited here may find that another has asked.
        let session = self.look(session.cookie()).await?.ok_or(SessionError::Ended)?;
        if let Some(details) = session.health_personnel(self.0.login.now()) {
            return Ok(Some(details.clone()));
        }
        let granted = self.token(&session, &Wanted::default()).await?;
        let session = &granted.session;
        let now = self.0.login.now();
        if let Some(details) = session.health_personnel(now) {
            return Ok(Some(details.clone()));
        }
        let Some(before) = &session.record().health_personnel else { return Ok(None) };
        let Some(userinfo) = self.userinfo(session, &granted.token).await else {
            tracing::warn!("userinfo gave no answer, so what HPR says about the person is unknown");
            return Ok(None);
        };
        let details = userinfo.health_personnel().and_then(|new| narrowed(&before.details, new));
        let described = details.clone().map(|details| Described { details, at: now });
        self.change(session.cookie(), |record| {
            record.health_personnel.clone_from(&described);
            Change::Made
        })
        .await?;
        Ok(details)
    }

    /// The same with the token of a refresh; as it was, and as old, where nobody answers.
    pub(super) async fn described_again(
        &self,
        session: &Session,
        refreshed: &Refreshed,
    ) -> Option<Described> {
        let before = session.record().health_personnel.as_ref()?;
        match self.userinfo(session, &refreshed.access).await {
            Some(userinfo) => {
                let details = narrowed(&before.details, userinfo.health_personnel()?)?;
                Some(Described { details, at: self.0.login.now() })
            }
            None => Some(before.clone()),
        }
    }
}

fn holds(described: &Described, now: Timestamp) -> bool {
    // As another replica's clock may have it.
    described.at <= now.plus(TOLERANCE) && now < described.at.plus(HPR_HOLDS)
}

/// What of the new was there before: the same person in HPR, and approvals for professions that the person had.
fn narrowed(before: &HealthPersonnel, new: &HealthPersonnel) -> Option<HealthPersonnel> {
    let had = |profession| before.approvals.iter().any(|own| own.profession == profession);
    let approvals = new.approvals.iter().filter(|one| had(one.profession.clone())).cloned();
    let approvals = Bounded::of(approvals).unwrap_or_default();
    (before.hpr_number == new.hpr_number).then_some(HealthPersonnel { hpr_number: new.hpr_number, approvals })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(number: u32, professions: &[&str]) -> HealthPersonnel {
        let approvals: Vec<_> = professions.iter().map(|code| json!({ "profession": code })).collect();
        serde_json::from_value(json!({ "hpr_number": number, "approvals": approvals })).unwrap()
    }

    #[test]
    fn what_is_asked_again_takes_away_and_never_adds() {
        let before = of(7, &["LE", "FA1"]);
        for (new, expected) in [
            (of(7, &["LE", "FA1"]), Some(of(7, &["LE", "FA1"]))),
            (of(7, &["LE"]), Some(of(7, &["LE"]))),
            (of(7, &["LE", "SP"]), Some(of(7, &["LE"]))),
            (of(7, &[]), Some(of(7, &[]))),
            (of(8, &["LE"]), None),
        ] {
            assert_eq!(narrowed(&before, &new), expected);
        }
    }

    #[test]
    fn what_is_an_hour_old_or_of_the_future_does_not_hold() {
        let described = Described { details: of(7, &[]), at: Timestamp::from_seconds(10_000) };
        for (now, expected) in
            [(10_000, true), (13_599, true), (13_600, false), (9_990, true), (9_989, false)]
        {
            assert_eq!(holds(&described, Timestamp::from_seconds(now)), expected, "{now}");
        }
    }
}
