//! A session as others see it, and what begins one.

use std::time::Duration;

use helseid_admin_api::{PersonLevel, TestProvider};
use helseid_protocol::time::Timestamp;

use super::data::{LoginPerson, Replaced, SessionData};
use crate::storage::sessions::{Session, SessionId, Subject};

/// How long sessions live.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionSettings {
    /// From the login, whatever happens.
    pub(crate) lifetime: Duration,
    /// From the last use.
    pub(crate) idle: Duration,
    /// How far the clocks of replicas may differ.
    pub(crate) tolerance: Duration,
}

impl SessionSettings {
    /// 8 hours, and 1 hour unused.
    pub(crate) const fn new(tolerance: Duration) -> Self {
        Self { lifetime: Duration::from_secs(8 * 3600), idle: Duration::from_secs(3600), tolerance }
    }
}

/// A login that begins a session.
#[derive(Debug, Clone)]
pub(crate) struct NewLogin {
    pub(crate) person: LoginPerson,
    pub(crate) level: PersonLevel,
    pub(crate) provider: TestProvider,
    /// The longest that the session may be, if that is less than the settings say.
    pub(crate) lifetime: Option<Duration>,
}

/// A session in which a person is logged in.
#[derive(Debug, Clone)]
pub(crate) struct LoginSession {
    pub(super) stored: Session,
    pub(super) data: SessionData,
    /// Whether it is in the store by now.
    pub(super) is_stored: bool,
}

impl LoginSession {
    /// `sid` in tokens.
    pub(crate) const fn id(&self) -> &SessionId {
        &self.stored.id
    }

    /// What is to be stored with the first tokens of a session that is not stored yet.
    pub(crate) const fn unstored(&self) -> Option<&Session> {
        if self.is_stored { None } else { Some(&self.stored) }
    }

    /// `sub` in tokens.
    pub(crate) const fn subject(&self) -> &Subject {
        &self.stored.subject
    }

    pub(crate) const fn person(&self) -> &LoginPerson {
        &self.data.person
    }

    pub(crate) const fn level(&self) -> PersonLevel {
        self.data.level
    }

    pub(crate) const fn provider(&self) -> TestProvider {
        self.data.provider
    }

    /// `auth_time` in tokens.
    pub(crate) const fn authenticated(&self) -> Timestamp {
        self.stored.authenticated
    }

    /// When the session ends, whatever happens.
    #[cfg_attr(not(test), expect(dead_code, reason = "no page tells it yet"))]
    pub(crate) const fn expires(&self) -> Timestamp {
        self.stored.expires
    }

    /// Whether this is the session's `sid`, or that of a session that it replaced.
    pub(crate) fn has_sid(&self, sid: &str) -> bool {
        self.stored.id.as_str() == sid || self.data.replaced.iter().any(|Replaced(id)| id.as_str() == sid)
    }
}
