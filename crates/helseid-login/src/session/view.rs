//! One look at a session.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::Organisation;
use helseid_protocol::id::SessionId;
use helseid_protocol::id_token::IdTokenClaims;
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto;
use helseid_protocol::person::Subject;
use helseid_protocol::secret::{IdToken, RefreshToken};
use helseid_protocol::time::Timestamp;
use serde::de::DeserializeOwned;

use super::record::Record;
use super::{SessionCookie, SessionError};
use crate::flow::LoginKey;

/// A session as it was when it was read: what a request sees of it does not change under it. Cheap to clone. `Debug` shows nothing of
/// the person.
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
/// let session = sessions.set_app_data(&session, &"dark mode").await?;
/// assert_eq!(session.app_data::<String>().as_deref(), Some("dark mode"));
/// assert!(session.idle_ends() < session.ends());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Session(Arc<View>);

struct View {
    cookie: SessionCookie,
    record: Record,
    used: Timestamp,
    idle: Duration,
    read: Timestamp,
    epoch: String,
    other_epochs: Vec<String>,
}

/// When and how it was read.
#[derive(Debug, Clone)]
pub(super) struct Look {
    pub(super) used: Timestamp,
    pub(super) idle: Duration,
    pub(super) read: Timestamp,
    /// The name of the session for forms.
    pub(super) epoch: String,
    /// Those that a replica with another first key gives it.
    pub(super) other_epochs: Vec<String>,
}

/// How long what HPR says of a person holds.
pub(super) const HPR_HOLDS: Duration = Duration::from_secs(3600);

impl Session {
    pub(super) fn new(cookie: SessionCookie, record: Record, look: Look) -> Self {
        let Look { used, idle, read, epoch, other_epochs } = look;
        Self(Arc::new(View { cookie, record, used, idle, read, epoch, other_epochs }))
    }

    /// What the ID token of the login said. A refresh changes nothing of it: see [`Session::level`] for the level that holds.
    #[must_use]
    pub fn claims(&self) -> &IdTokenClaims {
        &self.0.record.claims
    }

    /// Who is logged in.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        self.claims().subject()
    }

    /// How strongly: as at the login, or lower where a refresh said so; never higher.
    #[must_use]
    pub fn level(&self) -> Option<SecurityLevel> {
        self.0.record.level
    }

    /// Where the login led that this session came of, if it attested: the path that was given to [`Login::attesting`](crate::Login::attesting).
    /// None of a session of any other login.
    #[must_use]
    pub fn attests_for(&self) -> Option<&str> {
        self.0.record.attests_for.as_deref()
    }

    /// The organisation that the session acts for.
    #[must_use]
    pub fn organisation(&self) -> Option<&Organisation> {
        self.0.record.organisation.as_ref()
    }

    /// When the person authenticated: `auth_time`. None where the issuer does not say, which it must where a login asks for `max_age`.
    #[must_use]
    pub fn authenticated(&self) -> Option<Timestamp> {
        self.claims().authenticated()
    }

    /// The session at the issuer, if it has told one.
    #[must_use]
    pub fn session_id(&self) -> Option<&SessionId> {
        self.claims().session_id()
    }

    /// When it began.
    #[must_use]
    pub fn began(&self) -> Timestamp {
        self.0.record.began
    }

    /// When it ends, whatever happens.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        self.0.record.ends
    }

    /// When it ends if it is not used.
    #[must_use]
    pub fn idle_ends(&self) -> Timestamp {
        self.0.used.plus(self.0.idle).min(self.ends())
    }

    /// The cookie.
    #[must_use]
    pub fn cookie(&self) -> &SessionCookie {
        &self.0.cookie
    }

    /// What a form carries, so that one of another login or organisation is not taken for one of this: it changes with the id of the
    /// session, and opens nothing.
    #[must_use]
    pub fn form_epoch(&self) -> &str {
        &self.0.epoch
    }

    /// Whether a form is of this session. One that is not was made before a login or a change of organisation: answer 409.
    #[must_use]
    pub fn is_form_epoch(&self, epoch: &str) -> bool {
        let View { epoch: own, other_epochs, .. } = &*self.0;
        std::iter::once(own).chain(other_epochs).any(|own| crypto::equal(epoch.as_bytes(), own.as_bytes()))
    }

    /// The ID token, which a logout at the issuer gives back as a hint. The newest that is known to be of the same login is that
    /// of the login itself.
    #[must_use]
    pub fn hint(&self) -> &IdToken {
        &self.0.record.id_token
    }

    /// The refresh token, to be revoked at a logout.
    #[must_use]
    pub fn refresh_token(&self) -> Option<&RefreshToken> {
        self.0.record.refresh.as_ref().map(|grant| &grant.token)
    }

    /// What the app keeps in the session, if it is of this type.
    #[must_use]
    pub fn app_data<T: DeserializeOwned>(&self) -> Option<T> {
        self.0.record.app.as_ref().and_then(|value| T::deserialize(value).ok())
    }

    /// What the session's tokens are bound to, made when it is first asked for. A session that was kept with anything but a key is as
    /// one that has ended ([`SessionError::Ended`]).
    pub fn key(&self) -> Result<&LoginKey, SessionError> {
        self.0.record.key.key().ok_or(SessionError::Ended)
    }

    pub(super) fn record(&self) -> &Record {
        &self.0.record
    }

    /// Whether it was read within this second.
    pub(super) fn is_fresh(&self, now: Timestamp) -> bool {
        self.0.read == now
    }
}

/// The name of a session for forms: 22 characters.
pub(super) fn form_epoch(code: &[u8; 32]) -> String {
    base64url::encode(code.first_chunk::<16>().unwrap_or(&[0; 16]))
}

impl fmt::Debug for Session {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("Session");
        shown.field("level", &self.level()).field("ends", &self.ends()).finish_non_exhaustive()
    }
}
