//! Why nobody is logged in, or stays so.

use std::fmt;
#[cfg(feature = "native")]
use std::time::Duration;

use helseid_client::ErrorKind;
use helseid_protocol::endpoint::token::OAuthError;
use helseid_protocol::rule::{Fault, Rule};
use http::StatusCode;

/// Why a step of a login failed. `Display` has three lines: what, why, and what to do. They hold no secret and nobody's number,
/// but are for the log and for people at a terminal: a page for browsers says less.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # use helseid_login::test_util::Broken;
/// authority.break_with(Broken::NonceOther);
/// let refused = authority.log_in(&login, &Default::default()).await;
/// if let Err(error) = refused {
///     assert_eq!(error.rule().map(|rule| rule.id()), Some("id_token.nonce"));
///     let [what, why, next] = error.lines();
///     println!("{what}; {why}; {next}");
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct LoginError(Box<Inner>);

/// What a caller can do about it.
///
/// ```
/// use helseid_login::flow::{LoginError, LoginErrorKind};
///
/// /// What a web app of one's own answers.
/// fn page(error: &LoginError) -> &'static str {
///     match error.kind() {
///         LoginErrorKind::Denied => "You cancelled the login.",
///         LoginErrorKind::StartAgain | LoginErrorKind::TimedOut => "Log in again.",
///         LoginErrorKind::Unavailable => "HelseID cannot be reached. Try again in a while.",
///         _ => "The login failed, and we know of it.",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginErrorKind {
    /// The person said no: `access_denied`.
    Denied,
    /// A page is needed, and the login was to do without: `login_required` and its like (`prompt=none`).
    InteractionNeeded,
    /// The security level that was asked for was not reached.
    LevelNotReached,
    /// Another person than the expected one logged in.
    OtherPerson,
    /// The callback is of no login that goes on here: begin again, see [`LoginError::rule`] for which it is.
    StartAgain,
    /// The authority said no for another reason.
    Refused,
    /// The refresh token, or the login behind it, has ended (`invalid_grant`): the person must log in again.
    GrantEnded,
    /// A rule is broken: an answer that must not be trusted. See [`LoginError::rule`].
    Broken,
    /// The authority cannot be reached now, or can serve nobody.
    Unavailable,
    /// Nobody has logged in within the time.
    TimedOut,
    /// The settings are wrong, here or at the authority.
    Configuration,
}

#[derive(Debug, Clone)]
enum Inner {
    Fault(Fault),
    /// The callback has an error.
    Callback(OAuthError),
    /// The token endpoint has refused, as a double says it.
    #[cfg(feature = "test-util")]
    Token(OAuthError),
    Client(helseid_client::Error),
    Configuration {
        what: String,
        why: String,
        next: &'static str,
    },
    Unreadable {
        what: &'static str,
        why: String,
    },
    Away {
        what: &'static str,
        status: StatusCode,
    },
    #[cfg(feature = "native")]
    TimedOut(Duration),
}

impl LoginError {
    pub(crate) fn configuration(what: &str, why: impl fmt::Display, next: &'static str) -> Self {
        Self(Box::new(Inner::Configuration { what: what.to_owned(), why: why.to_string(), next }))
    }

    /// An answer that the protocol does not allow, and of which no rule speaks.
    pub(super) fn unreadable(what: &'static str, why: impl fmt::Display) -> Self {
        Self(Box::new(Inner::Unreadable { what, why: why.to_string() }))
    }

    /// An endpoint that can serve nobody now.
    pub(super) fn away(what: &'static str, status: StatusCode) -> Self {
        Self(Box::new(Inner::Away { what, status }))
    }

    /// Nobody has logged in within the time.
    #[cfg(feature = "native")]
    pub(crate) fn timed_out(time: Duration) -> Self {
        Self(Box::new(Inner::TimedOut(time)))
    }

    /// An error in the callback.
    pub(super) fn callback(error: OAuthError) -> Self {
        Self(Box::new(Inner::Callback(error)))
    }

    /// What a caller can do about it.
    #[must_use]
    pub fn kind(&self) -> LoginErrorKind {
        match &*self.0 {
            Inner::Fault(fault) => match fault.rule() {
                Rule::LoginTransaction | Rule::LoginOnce => LoginErrorKind::StartAgain,
                Rule::LoginSamePerson => LoginErrorKind::OtherPerson,
                Rule::IdTokenLevel => LoginErrorKind::LevelNotReached,
                _ => LoginErrorKind::Broken,
            },
            Inner::Callback(error) => match &*error.code {
                "access_denied" => LoginErrorKind::Denied,
                "login_required"
                | "interaction_required"
                | "account_selection_required"
                | "consent_required" => LoginErrorKind::InteractionNeeded,
                "unmet_authentication_requirements" => LoginErrorKind::LevelNotReached,
                "temporarily_unavailable" | "server_error" => LoginErrorKind::Unavailable,
                _ => LoginErrorKind::Refused,
            },
            #[cfg(feature = "test-util")]
            Inner::Token(error) => of_token_endpoint(error),
            Inner::Client(error) => of_client(error),
            Inner::Configuration { .. } => LoginErrorKind::Configuration,
            Inner::Unreadable { .. } => LoginErrorKind::Broken,
            Inner::Away { .. } => LoginErrorKind::Unavailable,
            #[cfg(feature = "native")]
            Inner::TimedOut(_) => LoginErrorKind::TimedOut,
        }
    }

    /// The rule that is broken, where one is.
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        match &*self.0 {
            Inner::Fault(fault) => Some(fault.rule()),
            _ => None,
        }
    }

    /// The OAuth error of the callback or of the token endpoint. Its texts are a stranger's: not for a page, unless escaped.
    #[must_use]
    pub fn oauth(&self) -> Option<&OAuthError> {
        match &*self.0 {
            Inner::Callback(error) => Some(error),
            #[cfg(feature = "test-util")]
            Inner::Token(error) => Some(error),
            Inner::Client(error) => error.oauth().map(|(_, error)| error),
            _ => None,
        }
    }

    /// Whether the browser brought it, so that whoever led it here chose its words.
    #[cfg(feature = "web")]
    pub(crate) fn is_of_callback(&self) -> bool {
        match &*self.0 {
            Inner::Callback(_) => true,
            Inner::Fault(fault) => fault.rule().id().starts_with("login."),
            _ => false,
        }
    }

    /// Whether the same may succeed in a while.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.kind() == LoginErrorKind::Unavailable
    }

    fn refusal(&self, error: &OAuthError) -> [String; 3] {
        let next = match self.kind() {
            LoginErrorKind::Denied => "log in again, and do not cancel",
            LoginErrorKind::Unavailable => "try again later",
            LoginErrorKind::GrantEnded => "log in again",
            _ => "check what the client is registered for, and what the login asks for",
        };
        ["the authority refused the login".into(), error.to_string(), next.into()]
    }

    /// What, why, and what to do: the lines of `Display`.
    #[must_use]
    pub fn lines(&self) -> [String; 3] {
        match &*self.0 {
            Inner::Fault(fault) => [
                format!("the login broke {}", fault.rule().id()),
                fault.happened(),
                fault.rule().fix().to_owned(),
            ],
            Inner::Callback(error) => self.refusal(error),
            #[cfg(feature = "test-util")]
            Inner::Token(error) => self.refusal(error),
            Inner::Client(error) => [error.what(), error.why(), error.next()],
            Inner::Configuration { what, why, next } => [what.clone(), why.clone(), (*next).to_owned()],
            Inner::Unreadable { what, why } => [
                format!("{what} sent a response that the protocol does not allow"),
                why.clone(),
                "check that issuer names the right authority, and that no proxy changes the responses".into(),
            ],
            #[cfg(feature = "native")]
            Inner::TimedOut(time) => [
                "nobody has logged in".into(),
                format!("no browser came back within {} s", time.as_secs()),
                "try again, and open the address in a browser on this machine".into(),
            ],
            Inner::Away { what, status } => [
                format!("{what} is unavailable ({})", status.as_u16()),
                "the authority is unavailable".into(),
                "try again later".into(),
            ],
        }
    }
}

/// The token endpoint has refused: for doubles, which have no response to read it from.
#[cfg(feature = "test-util")]
pub(crate) fn refused_by_token_endpoint(code: &str) -> LoginError {
    LoginError(Box::new(Inner::Token(OAuthError { code: code.to_owned(), description: None, uri: None })))
}

fn of_token_endpoint(error: &OAuthError) -> LoginErrorKind {
    match &*error.code {
        "invalid_grant" => LoginErrorKind::GrantEnded,
        "temporarily_unavailable" | "server_error" => LoginErrorKind::Unavailable,
        _ => LoginErrorKind::Refused,
    }
}

fn of_client(error: &helseid_client::Error) -> LoginErrorKind {
    match error.kind() {
        _ if error.is_transient() => LoginErrorKind::Unavailable,
        ErrorKind::OAuth => {
            error.oauth().map_or(LoginErrorKind::Refused, |(_, error)| of_token_endpoint(error))
        }
        ErrorKind::Protocol => LoginErrorKind::Broken,
        ErrorKind::Transport | ErrorKind::Unavailable => LoginErrorKind::Unavailable,
        _ => LoginErrorKind::Configuration,
    }
}

impl From<Fault> for LoginError {
    fn from(fault: Fault) -> Self {
        Self(Box::new(Inner::Fault(fault)))
    }
}

impl From<helseid_client::Error> for LoginError {
    fn from(error: helseid_client::Error) -> Self {
        Self(Box::new(Inner::Client(error)))
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [what, why, next] = self.lines();
        write!(out, "{what}\n  {why}\n  {next}")
    }
}

impl std::error::Error for LoginError {}
