//! What the browser brings back, up to the code.

use std::fmt;
use std::time::Duration;

use helseid_protocol::jose::crypto;
use helseid_protocol::login::{Callback, CallbackAnswer};
use helseid_protocol::rule::Trail;
use helseid_protocol::secret::AuthorizationCode;

use super::client::LoginClient;
use super::error::LoginError;
use super::pending::PendingLogin;
use super::verify::LoggedIn;

/// A callback of which nothing is known but its `state`. Anyone who can open an address in the browser can have sent it.
///
/// ```
/// use helseid_login::flow::{LoginErrorKind, Returned};
///
/// let returned = Returned::read(b"state=3x2Uf&code=c0de&iss=https%3A%2F%2Fsts.example")?;
/// assert_eq!(returned.state(), "3x2Uf");
///
/// let twice = Returned::read(b"state=one&state=other&code=c0de");
/// assert_eq!(twice.err().map(|error| error.kind()), Some(LoginErrorKind::StartAgain));
/// # Ok::<(), helseid_login::flow::LoginError>(())
/// ```
pub struct Returned<'a> {
    callback: Callback<'a>,
    trail: Trail,
}

/// How long the issuer has to revoke the refresh token of a login that failed.
const REVOCATION: Duration = Duration::from_secs(10);

/// What the caller has found under the `state` of a callback.
///
/// ```
/// use std::collections::HashMap;
/// use helseid_login::flow::{Found, PendingLogin};
///
/// /// `of_the_browser` are the logins in its cookies, and `elsewhere` says whether any browser began one of this state.
/// fn look_up(state: &str, mut of_the_browser: HashMap<String, PendingLogin>, elsewhere: bool) -> Found {
///     match of_the_browser.remove(state) {
///         Some(pending) => Found::Pending(pending),
///         None if elsewhere => Found::Elsewhere,
///         None => Found::Nowhere,
///     }
/// }
/// ```
#[derive(Debug)]
pub enum Found {
    /// No login of that state, or one that nothing is known of any more.
    Nowhere,
    /// A login that another browser began.
    Elsewhere,
    /// A login of this browser that came back before.
    Spent,
    /// A login of this browser that goes on.
    Pending(PendingLogin),
}

/// A callback of a login that has not ended, in the browser that began it, for the first time.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use helseid_login::flow::{Found, LoginRequest, Returned};
///
/// let pushed = login.begin(&LoginRequest::default()).await?;
/// let query = authority.cancel(&pushed.authorize, "access_denied");
/// let recognised = Returned::read(query.as_bytes())?.recognise(Found::Pending(pushed.pending), &login)?;
/// // Whatever became of the login, the browser goes where it was to go.
/// let back = recognised.pending().return_to().unwrap_or("/").to_owned();
/// assert!(recognised.complete(&login).await.is_err());
/// # assert_eq!(back, "/");
/// # Ok(()) }
/// ```
pub struct Recognised<'a> {
    callback: Callback<'a>,
    pending: PendingLogin,
    trail: Trail,
}

/// A callback with a code, from the issuer at which the login began.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # use helseid_login::flow::{Coded, Found, LoginRequest, Returned};
/// # let pushed = login.begin(&LoginRequest::default()).await?;
/// # let query = authority.visit(&pushed.authorize);
/// # let recognised = Returned::read(query.as_bytes())?.recognise(Found::Pending(pushed.pending), &login)?;
/// // Step by step, where a program does something in between.
/// let coded: Coded = recognised.answer(&login)?;
/// let person = coded.redeem(&login).await?.verify(&login).await?.describe(&login).await?;
/// assert_eq!(person.claims.name(), Some("LIVSTRETT BEVER"));
/// # Ok(()) }
/// ```
pub struct Coded {
    pub(super) pending: PendingLogin,
    pub(super) code: AuthorizationCode,
    pub(super) trail: Trail,
}

impl<'a> Returned<'a> {
    /// Reads the query, without its question mark, as far as its `state` (`login.transaction`).
    pub fn read(query: &'a [u8]) -> Result<Self, LoginError> {
        let mut trail = Trail::new();
        Ok(Self { callback: Callback::read(query, &mut trail)?, trail })
    }

    /// By which the caller finds the login.
    #[must_use]
    pub fn state(&self) -> &str {
        self.callback.state()
    }

    /// Checks that the login that was `found` is of this state, issuer, client and redirect URI, and began within the hour
    /// (`login.transaction`), in this browser (`login.browser`), and comes back for the first time (`login.once`).
    ///
    /// Not checked: that nothing else takes the same [`PendingLogin`] at the same moment. The code is good once at the authority.
    pub fn recognise(self, found: Found, login: &LoginClient) -> Result<Recognised<'a>, LoginError> {
        let Self { callback, mut trail } = self;
        let trail_of = &mut trail;
        let is_this = |pending: &PendingLogin| {
            crypto::equal(pending.state().as_bytes(), callback.state().as_bytes())
                && pending.binding == login.binding()
                && pending.goes_on(login.now())
        };
        let (is_known, is_here, pending) = match found {
            Found::Nowhere => (false, false, None),
            Found::Elsewhere => (true, false, None),
            Found::Spent => (true, true, None),
            Found::Pending(pending) => (is_this(&pending), true, Some(pending)),
        };
        callback.require_transaction(is_known.then_some(()), trail_of)?;
        callback.require_browser(is_here, trail_of)?;
        callback.require_first_use(pending.is_some(), trail_of)?;
        // It is there: that was the last requirement.
        let pending = callback.require_transaction(pending, trail_of)?;
        Ok(Recognised { callback, pending, trail })
    }
}

impl Recognised<'_> {
    /// What the issuer answers (`login.iss`, `login.error`, `login.code`); an error of its own is an error here too.
    pub fn answer(self, login: &LoginClient) -> Result<Coded, LoginError> {
        let Self { callback, pending, mut trail } = self;
        match callback.answer(login.issuer(), &mut trail)? {
            CallbackAnswer::Code(code) => Ok(Coded { pending, code, trail }),
            CallbackAnswer::Refused(error) => Err(LoginError::callback(error)),
        }
    }

    /// All steps from here to the person. Where one fails after the tokens came, nobody has the refresh token: it is revoked, within
    /// ten seconds, and the failure is given; a revocation that fails is logged.
    pub async fn complete(self, login: &LoginClient) -> Result<LoggedIn, LoginError> {
        let redeemed = self.answer(login)?.redeem(login).await?;
        let refresh = redeemed.refresh_token().cloned();
        let outcome = redeemed.person(login).await;
        if let (Err(_), Some(token)) = (&outcome, refresh) {
            login.revoke_within(&token, REVOCATION).await;
        }
        outcome
    }

    /// The login, as for where its browser is led whatever becomes of it.
    #[must_use]
    pub const fn pending(&self) -> &PendingLogin {
        &self.pending
    }
}

impl fmt::Debug for Returned<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Returned").finish_non_exhaustive()
    }
}

impl fmt::Debug for Recognised<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Recognised").field("pending", &self.pending).finish_non_exhaustive()
    }
}

impl fmt::Debug for Coded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Coded").field("pending", &self.pending).finish_non_exhaustive()
    }
}
