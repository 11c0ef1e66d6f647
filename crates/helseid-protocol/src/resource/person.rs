//! The person on whose behalf a request is made.

use std::fmt;
use std::sync::Arc;

use crate::claims::{AccessTokenClaims, Pid, SecurityLevel};
use crate::details::Attestation;
use crate::id::ClientId;
use crate::person::{HprNumber, Subject};
use crate::time::Timestamp;

/// The person on whose behalf a request is made, as the issuer's token says. What is in no form of HelseID's is as if it were not
/// there, so that no check passes by it.
///
/// ```
/// use helseid_protocol::claims::SecurityLevel;
/// use helseid_protocol::resource::CallingPerson;
///
/// fn may_sign(person: &CallingPerson) -> bool {
///     person.hpr_number().is_some() && person.security_level() == Some(SecurityLevel::High)
/// }
/// ```
#[derive(Clone)]
pub struct CallingPerson {
    subject: Subject,
    claims: Arc<AccessTokenClaims>,
}

impl CallingPerson {
    /// A machine's token has no `sub`; elsewhere it is the client itself (RFC 9068 section 2.2), which is no person either.
    pub(super) fn of(claims: &Arc<AccessTokenClaims>) -> Option<Self> {
        let subject = claims.subject().and_then(|text| Subject::parse(text).ok())?;
        let client = claims.client_id().map(ClientId::as_str);
        (client != Some(subject.as_str())).then(|| Self { subject, claims: claims.clone() })
    }

    /// Who it is: `sub`, which names the person at this issuer.
    #[must_use]
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The national identity number, if the API is set up to receive it.
    #[must_use]
    pub fn pid(&self) -> Option<Pid> {
        self.claims.pid().and_then(|text| Pid::parse(text).ok())
    }

    /// How strongly the person is logged in.
    #[must_use]
    pub fn security_level(&self) -> Option<SecurityLevel> {
        self.claims.security_level()
    }

    /// When the person logged in.
    #[must_use]
    pub fn authenticated(&self) -> Option<Timestamp> {
        self.claims.authenticated()
    }

    /// The number in HPR, the register of health personnel.
    #[must_use]
    pub fn hpr_number(&self) -> Option<HprNumber> {
        self.claims.hpr_number().and_then(|text| HprNumber::parse(text).ok())
    }

    /// The name; not for logs.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.claims.name()
    }

    /// The attestation of the trust framework. How old it is, is for [`Caller::require_attestation`](super::Caller::require_attestation).
    #[must_use]
    pub fn attestation(&self) -> Option<Attestation> {
        self.claims.attestation()
    }
}

/// Shows nothing that leads to the person.
impl fmt::Debug for CallingPerson {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("CallingPerson");
        shown.field("security_level", &self.security_level()).finish_non_exhaustive()
    }
}
