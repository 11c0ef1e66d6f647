//! For whom a person's token acts, and by which attestation: as its own request says, else as the authorization request said.

use helseid_protocol::authorize::AskedDetails;
use helseid_protocol::claims::name::ATTESTED_AT;
use helseid_protocol::details::attestation::ATTESTATION_TYPE;
use helseid_protocol::details::{Attestation, Details};
use helseid_protocol::person::Person;
use helseid_protocol::rule::{Facts, Fault, Rule, Trail};
use helseid_protocol::time::Timestamp;
use serde_json::Value;

use super::claims::ClientClaims;
use crate::oauth::user::GrantedLogin;
use crate::registry::Snapshot;

/// What is said for a token of a login.
pub(super) struct Said {
    pub(super) details: Details,
    /// When the attestation among them was accepted.
    accepted: Timestamp,
}

/// An attestation that goes into a token.
pub(super) struct Attested {
    claim: Value,
    accepted: Timestamp,
}

impl Said {
    /// What `own` say, the details of the token's own request, and where they do not, those of its login.
    pub(super) fn of(own: Details, login: &GrantedLogin, now: Timestamp) -> Self {
        let asked = login.details.as_ref();
        let accepted = asked.filter(|_| own.attestation().is_none()).map_or(now, AskedDetails::accepted);
        let others = asked.and_then(AskedDetails::details).unwrap_or_default();
        Self { details: own.or(others), accepted }
    }

    /// The attestation for a token of this person with these claims: one that is the person's, if the token's APIs want it.
    pub(super) fn attested(
        &self,
        person: &Person,
        (client, registry): (&ClientClaims, &Snapshot),
        trail: &mut Trail,
    ) -> Result<Option<Attested>, Fault> {
        let Some(attestation) = self.details.attestation() else { return Ok(None) };
        person.require_attests(attestation, trail)?;
        if !client.are_wanted(ATTESTATION_TYPE) {
            let expected = format!("an API whose tokens have {ATTESTATION_TYPE}");
            trail.warn(Rule::DetailsAttestation, Facts::new(expected, "one that is set up without it"));
            return Ok(None);
        }
        Ok(Some(self.in_a_token(person, attestation, registry)))
    }

    fn in_a_token(&self, person: &Person, attestation: &Attestation, registry: &Snapshot) -> Attested {
        let claim = person.attested(attestation, |number| registry.organisation_name(number));
        Attested { claim, accepted: self.accepted }
    }
}

impl Attested {
    /// The claims of the token: the attestation, and beside it when it was accepted, which no client says.
    pub(super) fn claims(&self) -> [(&'static str, Value); 2] {
        [(ATTESTATION_TYPE, self.claim.clone()), (ATTESTED_AT, self.accepted.seconds().into())]
    }
}
