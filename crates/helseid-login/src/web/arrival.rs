//! A person who has logged in at HelseID, and whether the app lets that person in.

use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::Organisation;
use helseid_protocol::id_token::IdTokenClaims;
use helseid_protocol::person::{HealthPersonnel, Subject};

/// A person who has logged in at HelseID, before there is a session here.
///
/// ```
/// use helseid_login::{Arrival, Decision};
///
/// async fn only_health_personnel(person: Arrival) -> Decision {
///     match person.health_personnel() {
///         Some(registered) if !registered.approvals.is_empty() => Decision::allow(),
///         _ => Decision::deny("This app is for health personnel."),
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Arrival {
    pub(crate) claims: IdTokenClaims,
    pub(crate) health_personnel: Option<HealthPersonnel>,
    pub(crate) organisation: Option<Organisation>,
    pub(crate) present: Option<Subject>,
}

/// Whether the app lets a person in.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use helseid_login::{Decision, Login};
///
/// let login = Login::with_client(login)
///     .public_url("https://app.example")
///     .on_login(async |person| match person.present() {
///         Some(other) if other != person.claims().subject() => Decision::deny("Somebody else is logged in here."),
///         _ => Decision::allow(),
///     })
///     .build()?;
/// # drop(login);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision(pub(crate) Result<(), String>);

impl Arrival {
    /// What the ID token says, verified.
    #[must_use]
    pub const fn claims(&self) -> &IdTokenClaims {
        &self.claims
    }

    /// How strongly the person logged in.
    #[must_use]
    pub fn level(&self) -> Option<SecurityLevel> {
        self.claims.security_level()
    }

    /// What HPR says of the person, by userinfo.
    #[must_use]
    pub const fn health_personnel(&self) -> Option<&HealthPersonnel> {
        self.health_personnel.as_ref()
    }

    /// The organisation that the login was for.
    #[must_use]
    pub const fn organisation(&self) -> Option<&Organisation> {
        self.organisation.as_ref()
    }

    /// Who is logged in here until now, if anyone.
    #[must_use]
    pub const fn present(&self) -> Option<&Subject> {
        self.present.as_ref()
    }
}

impl Decision {
    /// Lets the person in.
    #[must_use]
    pub const fn allow() -> Self {
        Self(Ok(()))
    }

    /// Keeps the person out, and says why on a page: in the app's own words, of at most 400 bytes. Who is logged in stays so.
    #[must_use]
    pub fn deny(reason: impl Into<String>) -> Self {
        Self(Err(reason.into()))
    }
}
