//! Why a session gives nothing.

use crate::flow::{LoginError, LoginErrorKind};
use crate::store::StoreError;

/// Why a session gives nothing. Holds no secret and nothing of a person.
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
/// use helseid_login::session::SessionError;
///
/// sessions.end(&session).await?;
/// // Another request of the same browser was on its way.
/// let late = sessions.set_app_data(&session, &"dark mode").await;
/// assert!(matches!(late, Err(SessionError::Ended)));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// It has ended: the person must log in again.
    #[error("the session has ended")]
    Ended,
    /// The store does not answer. Nothing is known of the session.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The authority does not give what was asked for. The session goes on.
    #[error(transparent)]
    Login(LoginError),
    /// The authority has not answered in time. The session goes on.
    #[error("the authority has not answered in time")]
    Late,
    /// There is no refresh token, and the access token has ended: the person must log in again to call an API.
    #[error("the session has no token for this and can get none: log in with the scope offline_access")]
    NoToken,
    /// The token by which the person attested has ended.
    #[error("the token by which the person attested has ended: attest again")]
    AttestationEnded,
    /// The session may not act for this organisation.
    #[error("this session may not act for that organisation: name it to OrganisationPolicy, or decide there")]
    OrganisationRefused,
    /// Others wait for the same, too many or for too long. It may pass.
    #[error("too many wait for this session to be refreshed")]
    Busy,
    /// There is more to keep than a session may hold.
    #[error("a session may hold at most {0} bytes of this")]
    TooLarge(usize),
}

impl SessionError {
    /// Whether the authority has ended the login.
    pub(super) fn grant_has_ended(&self) -> bool {
        matches!(self, Self::Login(error) if error.kind() == LoginErrorKind::GrantEnded)
    }

    /// Whether it says nothing against the login: the session goes on, and a token that has not ended may be sent.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Login(error) => {
                !matches!(error.kind(), LoginErrorKind::GrantEnded | LoginErrorKind::Broken)
            }
            Self::Late => true,
            _ => false,
        }
    }
}
