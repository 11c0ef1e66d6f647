//! Sessions are found by their cookies.

use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue};
use helseid_protocol::jose::{base64url, crypto};
use helseid_protocol::random::Random;
use helseid_protocol::time::Clock;
use zeroize::Zeroizing;

use super::data::SessionData;
use super::login_session::{LoginSession, SessionSettings};
use crate::login::site::LoginSite;
use crate::storage::registry::{Applied, StoreError};
use crate::storage::sessions::{Liveness, SecretHash, Session, SessionStore};
use crate::web::cookie::CookiePolicy;
use crate::web::csrf::CsrfToken;

/// A session that was used less than this long ago is not noted as used.
const NOTED_EVERY: Duration = Duration::from_secs(60);

/// How often a change is tried that others get ahead of.
pub(super) const TRIES: usize = 8;

/// The sessions of one issuer.
#[derive(Clone)]
pub(crate) struct LoginSessions {
    pub(in super::super) site: Arc<LoginSite>,
    pub(in super::super) store: Arc<dyn SessionStore>,
    pub(in super::super) settings: SessionSettings,
    pub(in super::super) clock: Arc<dyn Clock>,
    pub(in super::super) random: Arc<dyn Random>,
}

impl LoginSessions {
    pub(super) fn cookie(&self) -> CookiePolicy {
        self.site.cookie("session")
    }

    /// The session of the browser that sent this, if it is live. Notes that it is used, at most once a minute.
    pub(crate) async fn find(&self, headers: &HeaderMap) -> Result<Option<LoginSession>, StoreError> {
        let policy = self.cookie();
        let Some(secret) = policy.only_value(headers) else { return Ok(None) };
        let Some(found) = self.read(secret).await? else { return Ok(None) };
        let now = self.clock.now();
        if now.since(found.stored.used) >= NOTED_EVERY
            && self.store.touch_session(found.id(), now).await? == Applied::Conflict
        {
            // It was ended meanwhile.
            return Ok(None);
        }
        Ok(Some(found))
    }

    /// The live session of this cookie, if it was made here for this cookie and no other has replaced it.
    pub(super) async fn read(&self, secret: &str) -> Result<Option<LoginSession>, StoreError> {
        let SessionSettings { idle, tolerance, .. } = self.settings;
        let live = Liveness { now: self.clock.now(), idle, tolerance };
        let Some(stored) = self.store.find_session(&SecretHash::of(secret), live).await? else {
            return Ok(None);
        };
        let Some(data) = SessionData::read(&stored.data) else {
            tracing::warn!(sid = stored.id.as_str(), "the data of a login session cannot be read");
            return Ok(None);
        };
        let bound = self.bound(&stored, &data, secret);
        let is_own = crypto::equal(bound.as_bytes(), data.bound.as_bytes());
        Ok((is_own && !data.is_replaced).then_some(LoginSession { stored, data, is_stored: true }))
    }

    /// Binds a session, and who is logged in by it, to its cookie: none can be exchanged without the authority's key.
    pub(super) fn bound(&self, session: &Session, data: &SessionData, secret: &str) -> String {
        let times = [session.authenticated.seconds().to_be_bytes(), session.expires.seconds().to_be_bytes()];
        let who = serde_json::to_string(&(&data.person, data.level, data.provider)).map(Zeroizing::new);
        let parts: [&[u8]; 7] = [
            b"session",
            session.id.as_str().as_bytes(),
            session.subject.as_str().as_bytes(),
            who.as_ref().map_or(b"", |who| who.as_bytes()),
            &times[0],
            &times[1],
            secret.as_bytes(),
        ];
        base64url::encode(&self.site.key.code(&parts))
    }

    /// Stores the data of a session, unless it has ended or was changed meanwhile. One that is not stored yet is changed alone.
    pub(super) async fn update(&self, session: &mut LoginSession) -> Result<Applied, StoreError> {
        let data = session.data.write().ok_or_else(|| unreadable("its data is too large"))?;
        let LoginSession { stored, is_stored, .. } = session;
        if !*is_stored {
            stored.data = data;
            return Ok(Applied::Done);
        }
        let applied = self.store.update_session(&stored.id, stored.version, &data).await?;
        if applied == Applied::Done {
            stored.version += 1;
            stored.data = data;
        }
        Ok(applied)
    }

    /// The header that makes a browser forget its session.
    pub(crate) fn forget_cookie(&self) -> Option<HeaderValue> {
        self.cookie().remove()
    }

    /// The token of the form that asks whether to log out: of this browser's session, and of no other.
    pub(crate) fn logout_token(&self, headers: &HeaderMap) -> Option<CsrfToken> {
        self.cookie().only_value(headers).map(|secret| CsrfToken::new("logout", secret))
    }
}

/// What cannot happen with values that were made here.
pub(super) fn unreadable(why: impl std::fmt::Display) -> StoreError {
    StoreError::Unreadable { what: "new login session", why: why.to_string() }
}
