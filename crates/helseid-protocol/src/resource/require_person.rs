//! What an API demands of the person on whose behalf a request is made. Each demand is one rule of the catalogue.

use std::time::Duration;

use super::{AttestationAge, Caller, CallingPerson};
use crate::claims::Pid;
use crate::details::Attestation;
use crate::details::attestation::ATTESTATION_TYPE;
use crate::id::Issuer;
use crate::person::{HprNumber, Subject};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::time::Timestamp;

/// When a demand is checked.
///
/// ```
/// use helseid_protocol::details::Attestation;
/// use helseid_protocol::resource::{AttestationAge, Caller, Moment};
/// use helseid_protocol::rule::{Fault, Trail};
/// use helseid_protocol::time::{TOLERANCE, Timestamp};
///
/// /// What the person who calls needs the journal for, attested not too long ago.
/// fn attested(caller: &Caller, now: Timestamp, trail: &mut Trail) -> Result<Attestation, Fault> {
///     caller.require_attestation(AttestationAge::default(), Moment { now, tolerance: TOLERANCE }, trail)
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time now.
    pub now: Timestamp,
    /// How far clocks may differ.
    pub tolerance: Duration,
}

/// Whom a request must be of.
///
/// ```
/// use helseid_protocol::claims::{InvalidPid, Pid};
/// use helseid_protocol::resource::{Caller, ExpectedPerson};
/// use helseid_protocol::rule::{Fault, Trail};
///
/// /// Whether the journal is the caller's own.
/// fn require_own(caller: &Caller, of: &Pid, trail: &mut Trail) -> Result<(), Fault> {
///     caller.require_same_person(ExpectedPerson::Pid(of), trail)
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub enum ExpectedPerson<'a> {
    /// The person with this number. A token without a number is another person's.
    Pid(&'a Pid),
    /// The person whom this issuer calls so: a `sub` says nothing of who has it at another issuer (OpenID Connect Core 1.0
    /// section 5.7).
    Subject(&'a Issuer, &'a Subject),
}

impl Caller {
    /// Checks that the token is of a person (RFC 9470 section 3; HelseID: validation of access tokens).
    pub fn require_person(&self, trail: &mut Trail) -> Result<CallingPerson, Fault> {
        let finding = self.person().ok_or_else(|| Facts::new("a person's token", "a machine's token"));
        trail.require(Rule::ApiPerson, finding)
    }

    /// Checks that the person is health personnel: the token has an HPR number (HelseID: claims).
    pub fn require_hpr_number(&self, trail: &mut Trail) -> Result<HprNumber, Fault> {
        let person = self.require_person(trail)?;
        let finding = person.hpr_number().ok_or_else(|| match self.claims().hpr_number() {
            None => Facts::missing("an HPR number"),
            Some(_) => Facts::new("an HPR number", "something else"),
        });
        trail.require(Rule::ApiHprNumber, finding)
    }

    /// Checks that the token has an attestation of HelseID's form (HelseID: profile for the trust framework), and that it is no older
    /// than that (Trust framework: business rules, ATT-58).
    pub fn require_attestation(
        &self,
        age: AttestationAge,
        moment: Moment,
        trail: &mut Trail,
    ) -> Result<Attestation, Fault> {
        let person = self.require_person(trail)?;
        let finding = person.attestation().ok_or_else(|| match self.claims().all().get(ATTESTATION_TYPE) {
            None => Facts::missing("an attestation"),
            Some(_) => Facts::new("an attestation", "one that is not of HelseID's form"),
        });
        let attestation = trail.require(Rule::ApiAttestation, finding)?;
        let is_new_enough = age.is_new_enough(self.claims(), moment);
        trail.require(Rule::ApiAttestationAge, is_new_enough)?;
        Ok(attestation)
    }

    /// Checks that the token is of that very person (HelseID: security profile). Neither number is told.
    pub fn require_same_person(&self, expected: ExpectedPerson<'_>, trail: &mut Trail) -> Result<(), Fault> {
        let person = self.require_person(trail)?;
        let is_same = match expected {
            ExpectedPerson::Pid(pid) => person.pid().is_some_and(|own| own == *pid),
            ExpectedPerson::Subject(issuer, subject) => {
                self.claims().issuer() == issuer.as_str() && person.subject() == subject
            }
        };
        let other = || Facts::new("the person whom this resource is for", "another person");
        trail.require(Rule::ApiSamePerson, if is_same { Ok(()) } else { Err(other()) })
    }
}
