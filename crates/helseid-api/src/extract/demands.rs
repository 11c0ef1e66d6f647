//! What a handler demands of its caller.

use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::Attestation;
use helseid_protocol::person::HprNumber;
use helseid_protocol::resource::{AttestationAge, CallingPerson, ExpectedPerson};
use helseid_protocol::rule::Trail;

use super::Caller;
use crate::refused::Refused;
use crate::requirement::Requirement;

/// Demands on the person who calls, for a handler that cannot state them in its route. Return the error: it is the response.
impl Caller {
    /// The person who calls; else 401 `insufficient_user_authentication` (rule `api.person`).
    ///
    /// ```
    /// use helseid_api::{Caller, Refused};
    ///
    /// /// Serves both, and looks closer at persons.
    /// async fn patients(caller: Caller) -> Result<String, Refused> {
    ///     if caller.claims().subject().is_none() {
    ///         return Ok("all of them".to_owned());
    ///     }
    ///     let person = caller.require_person()?;
    ///     Ok(format!("those of {:?}", person.name()))
    /// }
    /// ```
    pub fn require_person(&self) -> Result<CallingPerson, Refused> {
        self.pipeline.found((**self).require_person(&mut Trail::new()), Some(&Requirement::Person))
    }

    /// Requires that the person is logged in at this level or a higher one; else 401 `insufficient_user_authentication` with
    /// `acr_values` (rule `api.security_level`, RFC 9470).
    pub fn require_level(&self, least: SecurityLevel) -> Result<(), Refused> {
        self.pipeline.require(&Requirement::SecurityLevel(least), self, &mut Trail::new())
    }

    /// The person's HPR number; else 403 `insufficient_scope` (rule `api.hpr_number`).
    pub fn require_hpr(&self) -> Result<HprNumber, Refused> {
        self.pipeline.found(self.require_hpr_number(&mut Trail::new()), Some(&Requirement::HprNumber))
    }

    /// The attestation, if it is no older than that: `AttestationAge::default()` is 60 minutes. Else 403: `insufficient_scope` where there
    /// is none (rule `api.attestation`), `attestation_has_expired` where it is too old (rule `api.attestation_age`).
    ///
    /// ```
    /// use helseid_api::{AttestationAge, Caller, Refused};
    ///
    /// async fn documents(caller: Caller) -> Result<String, Refused> {
    ///     let attestation = caller.require_attestation(AttestationAge::default())?;
    ///     Ok(format!("at {:?}", attestation.practitioner.legal_entity))
    /// }
    /// ```
    pub fn require_attestation(&self, age: AttestationAge) -> Result<Attestation, Refused> {
        let finding = (**self).require_attestation(age, self.pipeline.moment(), &mut Trail::new());
        self.pipeline.found(finding, Some(&Requirement::Attestation(age)))
    }

    /// Requires that the person who calls is this one; else 403 `insufficient_scope` (rule `api.same_person`). The response does not
    /// tell who either is.
    pub fn require_same_person(&self, expected: ExpectedPerson<'_>) -> Result<(), Refused> {
        self.pipeline.found((**self).require_same_person(expected, &mut Trail::new()), None)
    }
}
