//! What a route demands of the person: a level, an approval, an organisation, a recent login.

use std::time::Duration;

use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::person::Profession;
use helseid_protocol::time::TOLERANCE;

use crate::session::{Session, SessionError, Sessions};

/// What a route demands of the person who is logged in; made by [`level`], [`hpr`], [`organisation`] and [`max_age`], and put
/// together with [`Demand::and`].
///
/// ```
/// use helseid_login::demand::{Demand, hpr, level, max_age, organisation};
/// use std::time::Duration;
///
/// /// Of all routes at which something is signed.
/// fn signing() -> Demand {
///     level(4).and(max_age(Duration::from_secs(300))).and(hpr(["LE", "SP"])).and(organisation())
/// }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Demand {
    level: Option<SecurityLevel>,
    professions: Option<Vec<Profession>>,
    organisation: bool,
    max_age: Option<Duration>,
    invalid: Option<InvalidDemand>,
}

/// A demand that nobody can meet, since it says nothing that HelseID knows.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use helseid_login::{Login, demand::{InvalidDemand, level}};
///
/// let login = Login::with_client(login).public_url("https://app.example").build()?;
/// assert_eq!(login.require(level(5)).err(), Some(InvalidDemand::Level));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDemand {
    /// No level.
    #[error(
        "a route demands a level that HelseID does not have\nwhy: HelseID has the levels 2, 3 and 4\nnext: demand one of them, such as level(4)"
    )]
    Level,
    /// No profession.
    #[error(
        "a route demands an approval that HPR does not have\nwhy: a profession is a code of Volven 9060, such as LE for a doctor, and one at least is needed\nnext: demand such codes, as in hpr([\"LE\"])"
    )]
    Profession,
}

/// What is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    /// A login at this level.
    Level(SecurityLevel),
    /// A login that is not older.
    Recent(Duration),
    /// An approval for one of these professions.
    Approval(Vec<Profession>),
    /// An organisation to act for.
    Organisation,
}

/// Demands a login at this level or a higher one: 3 or 4. Whoever has a lower one is sent to log in again.
#[must_use]
pub fn level(level: u8) -> Demand {
    let (level, invalid) = match level {
        2 => (Some(SecurityLevel::Low), None),
        3 => (Some(SecurityLevel::Substantial), None),
        4 => (Some(SecurityLevel::High), None),
        _ => (None, Some(InvalidDemand::Level)),
    };
    Demand { level, invalid, ..Demand::default() }
}

/// Demands an approval in HPR, the register of health personnel, for one of these professions, such as `LE` for a doctor. What
/// HPR says comes by userinfo, and counts for an hour at most; if it cannot be had, the demand is not met.
#[must_use]
pub fn hpr<'a>(professions: impl IntoIterator<Item = &'a str>) -> Demand {
    let professions: Result<Vec<_>, _> = professions.into_iter().map(Profession::parse).collect();
    match professions {
        Ok(professions) if !professions.is_empty() => {
            Demand { professions: Some(professions), ..Demand::default() }
        }
        _ => Demand { invalid: Some(InvalidDemand::Profession), ..Demand::default() },
    }
}

/// Demands that the person acts for an organisation.
#[must_use]
pub fn organisation() -> Demand {
    Demand { organisation: true, ..Demand::default() }
}

/// Demands that the person showed who they are within this time, in whole seconds, and the 10 s by which clocks may differ: so that
/// not even a time of zero sends anyone round in a circle. Who did not is sent to do it again, and so is everyone of whom HelseID
/// has not said when that was: a session may be new, and its login old.
#[must_use]
pub fn max_age(age: Duration) -> Demand {
    Demand { max_age: Some(age), ..Demand::default() }
}

impl Demand {
    /// Demands both. Of two levels the higher one counts, of two times the shorter one; of two lists of professions what is in
    /// both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let professions = match (self.professions, other.professions) {
            (Some(one), Some(other)) => Some(one.into_iter().filter(|code| other.contains(code)).collect()),
            (one, other) => one.or(other),
        };
        let max_age = match (self.max_age, other.max_age) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self {
            level: self.level.max(other.level),
            professions,
            organisation: self.organisation || other.organisation,
            max_age,
            invalid: self.invalid.or(other.invalid),
        }
    }

    pub(crate) fn checked(self) -> Result<Self, InvalidDemand> {
        match (self.invalid, &self.professions) {
            (Some(why), _) => Err(why),
            (None, Some(professions)) if professions.is_empty() => Err(InvalidDemand::Profession),
            (None, _) => Ok(self),
        }
    }

    /// What a login is asked for that leads here, in the words of its address; at the level of the session so far, if that is higher.
    pub(crate) fn asked(&self, present: Option<SecurityLevel>) -> Vec<(&'static str, String)> {
        let level = self.level.max(present).map(|level| ("level", level.name().to_owned()));
        let max_age = self.max_age.map(|age| ("max_age", age.as_secs().to_string()));
        level.into_iter().chain(max_age).collect()
    }

    /// What the session lacks first, in the order in which a person can do something about it.
    pub(crate) async fn missing(
        &self,
        session: &Session,
        sessions: &Sessions,
    ) -> Result<Option<Missing>, SessionError> {
        let now = sessions.login().now();
        if let Some(level) = self.level
            && session.level() < Some(level)
        {
            return Ok(Some(Missing::Level(level)));
        }
        if let Some(age) = self.max_age
            && session.authenticated().is_none_or(|at| now > at.plus(age).plus(TOLERANCE))
        {
            return Ok(Some(Missing::Recent(age)));
        }
        if let Some(professions) = &self.professions {
            let registered = sessions.health_personnel(session).await?;
            let approvals = registered.iter().flat_map(|registered| registered.approvals.iter());
            let approved: Vec<_> = approvals.map(|approval| &approval.profession).collect();
            if !professions.iter().any(|code| approved.contains(&code)) {
                return Ok(Some(Missing::Approval(professions.clone())));
            }
        }
        Ok((self.organisation && session.organisation().is_none()).then_some(Missing::Organisation))
    }
}
