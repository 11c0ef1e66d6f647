//! A person who logs in: number, name, registration as health personnel, and what tokens say of them.
//!
//! The persons of a local authority are synthetic. Nothing here shows a person's number: types that hold one have a `Debug`
//! without it and no `Display`, and errors do not repeat it.

mod attested;
mod claims;
mod health_personnel;
mod name;
mod number;
mod subject;

pub use claims::LoggedIn;
pub use health_personnel::{Approval, CodedValue, HealthPersonnel, HprNumber, InvalidHpr, Profession};
pub use name::{InvalidName, PersonName};
pub use number::{InvalidPersonNumber, PersonNumber, SyntheticMonth};
pub use subject::{InvalidSubject, Subject};

use crate::claims::SecurityLevel;
use crate::time::Timestamp;

/// A synthetic person.
///
/// ```
/// use helseid_protocol::person::{Person, PersonName, PersonNumber, SyntheticMonth};
///
/// let number = PersonNumber::parse("15849197352", SyntheticMonth::Plus80)?;
/// let name = PersonName::new("LIVSTRETT", None, "BEVER")?;
/// let person = Person { number, name, health_personnel: None };
/// // The subject that every client sees. It does not reveal the number.
/// assert!(!person.subject().as_str().contains(person.number.expose()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The national identity number.
    pub number: PersonNumber,
    /// The name.
    pub name: PersonName,
    /// The registration in HPR, the register of health personnel.
    pub health_personnel: Option<HealthPersonnel>,
}

impl Person {
    /// A person of whom nothing but the number is known: with a name that is made up, and without a registration in HPR.
    #[must_use]
    pub fn made_up(number: PersonNumber) -> Self {
        Self { number, name: PersonName::made_up(), health_personnel: None }
    }

    /// Who this is in tokens.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::of(&self.number)
    }
}

/// How and when a person logged in.
///
/// ```
/// use helseid_protocol::claims::SecurityLevel;
/// use helseid_protocol::person::{Login, Network};
/// use std::time::SystemTime;
///
/// let login = Login {
///     session: "5F2C0D1B",
///     authenticated: SystemTime::now().into(),
///     level: SecurityLevel::High,
///     identity_provider: "testidp-oidc",
///     methods: &["pwd"],
///     network: Network::default(),
/// };
/// assert!(login.level >= SecurityLevel::Substantial);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Login<'a> {
    /// The session at the authority: `sid`.
    pub session: &'a str,
    /// When the person authenticated: `auth_time`.
    pub authenticated: Timestamp,
    /// How strongly.
    pub level: SecurityLevel,
    /// Where: `idp`, such as `testidp-oidc`.
    pub identity_provider: &'a str,
    /// By what: `amr` (RFC 8176), such as `pwd`.
    pub methods: &'a [&'a str],
    /// From which network.
    pub network: Network,
}

/// From which network a person logged in (HelseID: claims).
///
/// ```
/// use helseid_protocol::person::Network;
///
/// assert_eq!(Network::HealthNetwork.name(), "helsenett");
/// assert_eq!(Network::default(), Network::Internet);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Network {
    /// The open internet.
    #[default]
    Internet,
    /// The health network.
    HealthNetwork,
}

impl Network {
    /// As the claim has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Internet => "internett",
            Self::HealthNetwork => "helsenett",
        }
    }
}
