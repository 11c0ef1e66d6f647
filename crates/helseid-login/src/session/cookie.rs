//! The value of the cookie.

use std::fmt;

use helseid_protocol::jose::base64url;
use helseid_protocol::random::{Random, bytes32};
use zeroize::Zeroizing;

use crate::store::RowId;

/// Bytes of the id.
const ID_BYTES: usize = 16;

/// What a browser holds of its session: the id of the row, and the secret without which it does not open. Does not print.
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
/// use helseid_login::session::SessionCookie;
///
/// let header = format!("__Host-session={}; Path=/; Secure; HttpOnly", *session.cookie().expose());
/// # let sent = header.trim_start_matches("__Host-session=").split(';').next().unwrap_or_default();
/// // At the next request:
/// let cookie = SessionCookie::parse(sent.as_bytes()).ok_or("not of the form")?;
/// assert!(sessions.open(&cookie).await?.is_some());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct SessionCookie {
    id: RowId,
    secret: Zeroizing<[u8; 32]>,
}

impl SessionCookie {
    /// How long its text is.
    pub const LENGTH: usize = 64;

    pub(super) fn new(random: &dyn Random) -> Self {
        Self { id: RowId::new(random), secret: Zeroizing::new(bytes32(random)) }
    }

    /// Reads 64 characters of base64url. Does not check whether there is such a session.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = str::from_utf8(text).ok().filter(|text| text.len() == Self::LENGTH)?;
        let bytes = base64url::decode(text).map(Zeroizing::new).ok()?;
        let (id, secret) = bytes.split_first_chunk::<ID_BYTES>()?;
        let secret: [u8; 32] = secret.try_into().ok()?;
        Some(Self { id: RowId::from_bytes(*id), secret: Zeroizing::new(secret) })
    }

    /// The text, for the one place that sets the cookie: 64 characters of base64url.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let bytes = Zeroizing::new([self.id.as_bytes().as_slice(), self.secret.as_slice()].concat());
        Zeroizing::new(base64url::encode(&bytes))
    }

    pub(super) const fn id(&self) -> &RowId {
        &self.id
    }

    pub(super) fn secret(&self) -> &[u8] {
        &*self.secret
    }
}

impl fmt::Debug for SessionCookie {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SessionCookie(hidden)")
    }
}
