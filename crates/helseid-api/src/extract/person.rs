//! The person who calls, as an argument of a handler.

use std::fmt;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::Attestation;
use helseid_protocol::person::HprNumber;
use helseid_protocol::resource::{AttestationAge, CallingPerson};
use http::request::Parts;

use super::Caller;
use crate::refused::Refused;

/// The person who calls. A machine is refused with 401 (rule `api.person`).
///
/// ```
/// # use helseid_api::{AtLevel, Attested, HealthWorker, Person};
/// async fn who(person: Person) -> String {
///     format!("{:?}, acting: {:?}", person.security_level(), person.caller().actor())
/// }
///
/// // Stated by the handler: level 4, health personnel, an attestation of at most 60 minutes.
/// async fn prescribe(person: AtLevel<4>, worker: HealthWorker, attested: Attested) -> String {
///     let authorization = &attested.attestation().practitioner.authorization;
///     format!("HPR {}, {authorization:?}", worker.hpr_number().expose())
/// }
/// ```
#[derive(Clone)]
pub struct Person {
    caller: Caller,
    person: CallingPerson,
}

/// A person who is logged in at this level, `2`, `3` or `4`, or a higher one. Others are refused with 401 and `acr_values` (rule
/// `api.security_level`, RFC 9470).
///
/// ```
/// use helseid_api::AtLevel;
///
/// async fn own_journal(person: AtLevel<4>) -> String {
///     format!("the journal of {:?}", person.name())
/// }
/// ```
#[derive(Clone)]
pub struct AtLevel<const LEVEL: u8>(Person);

/// A person with an HPR number. Others are refused with 403 (rule `api.hpr_number`).
///
/// ```
/// use helseid_api::HealthWorker;
///
/// async fn sick_notes(worker: HealthWorker) -> String {
///     format!("those that HPR {} wrote", worker.hpr_number().expose())
/// }
/// ```
#[derive(Clone)]
pub struct HealthWorker {
    person: Person,
    hpr_number: HprNumber,
}

/// A person with an attestation of the trust framework that is at most 60 minutes old. Others are refused with 403 (rules
/// `api.attestation`, `api.attestation_age`). For another age see [`Caller::require_attestation`].
///
/// ```
/// use helseid_api::Attested;
///
/// async fn documents(attested: Attested) -> String {
///     let attestation = attested.attestation();
///     format!("for {:?}, at {:?}", attestation.care_relationship, attestation.practitioner.point_of_care)
/// }
/// ```
#[derive(Clone)]
pub struct Attested {
    person: Person,
    attestation: Attestation,
}

impl Person {
    /// The caller, with all that the token says.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }
}

impl HealthWorker {
    /// The number in HPR, the register of health personnel.
    #[must_use]
    pub const fn hpr_number(&self) -> HprNumber {
        self.hpr_number
    }
}

impl Attested {
    /// The attestation.
    #[must_use]
    pub const fn attestation(&self) -> &Attestation {
        &self.attestation
    }
}

impl Deref for Person {
    type Target = CallingPerson;

    fn deref(&self) -> &CallingPerson {
        &self.person
    }
}

/// What names a person stays out of `Debug`.
impl fmt::Debug for Person {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.person.fmt(out)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Person {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let caller = <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        let person = caller.require_person()?;
        Ok(Self { caller, person })
    }
}

impl<S: Send + Sync, const LEVEL: u8> FromRequestParts<S> for AtLevel<LEVEL> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let least = const {
            match LEVEL {
                2 => SecurityLevel::Low,
                3 => SecurityLevel::Substantial,
                4 => SecurityLevel::High,
                _ => panic!("the levels are 2, 3 and 4"),
            }
        };
        let caller = <Caller as FromRequestParts<S>>::from_request_parts(parts, state).await?;
        caller.require_level(least)?;
        let person = caller.require_person()?;
        Ok(Self(Person { caller, person }))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for HealthWorker {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let person = Person::from_request_parts(parts, state).await?;
        let hpr_number = person.caller.require_hpr()?;
        Ok(Self { person, hpr_number })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Attested {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let person = Person::from_request_parts(parts, state).await?;
        let attestation = person.caller.require_attestation(AttestationAge::default())?;
        Ok(Self { person, attestation })
    }
}

macro_rules! persons {
    ($([$($generics:tt)*] $name:ty { $field:tt })+) => {$(
        impl<$($generics)*> Deref for $name {
            type Target = Person;

            fn deref(&self) -> &Person {
                &self.$field
            }
        }

        impl<$($generics)*> fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(out)
            }
        }
    )+};
}

persons! {
    [const LEVEL: u8] AtLevel<LEVEL> { 0 }
    [] HealthWorker { person }
    [] Attested { person }
}
