//! What a person attests: whether it is this person's, and as a token says it, with what HelseID adds from its registers.

use serde_json::{Value, json};

use super::Person;
use crate::details::OrganisationNumber;
use crate::details::attestation::{Attestation, Coded, Identified};
use crate::details::registers;
use crate::jose::json::Object;
use crate::rule::{Facts, Fault, Rule, Trail};

impl Person {
    /// Checks that an attestation is this person's: that it names nobody else, and no authorization that HPR does not have.
    pub fn require_attests(&self, attestation: &Attestation, trail: &mut Trail) -> Result<(), Fault> {
        let named = attestation_names_nobody_else(self, attestation);
        trail.require_or_note(Rule::DetailsAttestationPerson, named)?;
        let authorized = authorization_is_the_persons(self, attestation);
        trail.require_or_note(Rule::DetailsAttestationAuthorization, authorized)
    }

    /// The claim of a token: the members that HelseID takes, as they were sent, and what it knows of them from its registers
    /// (HelseID: profile for the trust framework). `name_of` is the name of an organisation that is known.
    ///
    /// Nothing else that was sent is in it.
    #[must_use]
    pub fn attested(
        &self,
        attestation: &Attestation,
        name_of: impl Fn(&OrganisationNumber) -> Option<String>,
    ) -> Value {
        let place = |place: &Identified| Value::Object(registers::place(&place.id, &place.system, &name_of));
        let coded = |coded: &Coded| Value::Object(registers::coded(&coded.code, &coded.system));
        let Attestation { practitioner, care_relationship, patients, .. } = attestation;
        let mut of_practitioner = members([
            ("authorization", practitioner.authorization.as_ref().map(coded)),
            ("legal_entity", Some(place(&practitioner.legal_entity))),
            ("point_of_care", Some(place(&practitioner.point_of_care))),
            ("department", practitioner.department.as_ref().map(place)),
        ]);
        of_practitioner.insert("identifier".to_owned(), self.identifier());
        of_practitioner.extend(self.hpr_nr().map(|number| ("hpr_nr".to_owned(), number)));
        let decision = care_relationship.decision_ref.as_ref();
        let of_care = members([
            ("healthcare_service", Some(coded(&care_relationship.healthcare_service))),
            ("purpose_of_use", Some(coded(&care_relationship.purpose_of_use))),
            ("purpose_of_use_details", care_relationship.purpose_of_use_details.as_ref().map(coded)),
            ("decision_ref", decision.map(|by| json!({ "id": by.id, "user_selected": by.user_selected }))),
        ]);
        let of_patients = patients.iter().map(|patient| {
            members([
                ("point_of_care", patient.point_of_care.as_ref().map(place)),
                ("department", patient.department.as_ref().map(place)),
            ])
        });
        json!({
            "practitioner": of_practitioner,
            "care_relationship": of_care,
            "patients": of_patients.collect::<Vec<_>>(),
        })
    }

    fn identifier(&self) -> Value {
        registers::person(self.number.expose(), Some(&self.name.full())).into()
    }

    fn hpr_nr(&self) -> Option<Value> {
        let number = self.health_personnel.as_ref()?.hpr_number.expose().to_string();
        Some(registers::health_personnel(&number).into())
    }
}

fn members<const N: usize>(all: [(&str, Option<Value>); N]) -> Object {
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// HelseID: profile for the trust framework. What the authority adds may be sent too, if it is true.
fn attestation_names_nobody_else(person: &Person, attestation: &Attestation) -> Result<(), Facts> {
    let own = [("identifier", Some(person.identifier())), ("hpr_nr", person.hpr_nr())];
    let others = &attestation.practitioner.others;
    let names_another = |(name, own): &(&str, Option<Value>)| {
        let id = |value: &Value| value.get("id").cloned();
        others.get(*name).is_some_and(|sent| own.as_ref().and_then(id) != id(sent))
    };
    match own.iter().find(|own| names_another(own)) {
        None => Ok(()),
        Some((name, _)) => {
            Err(Facts::new(format_args!("in {name} the person who is logged in, or nobody"), "somebody else"))
        }
    }
}

/// Trust framework: validation of attributes.
fn authorization_is_the_persons(person: &Person, attestation: &Attestation) -> Result<(), Facts> {
    let Some(authorization) = &attestation.practitioner.authorization else { return Ok(()) };
    let approvals = person.health_personnel.as_ref().map(|registered| &registered.approvals);
    let own: Vec<_> =
        approvals.into_iter().flat_map(|all| all.iter()).map(|own| own.profession.as_str()).collect();
    if own.contains(&authorization.code.as_str()) {
        return Ok(());
    }
    if own.is_empty() {
        return Err(Facts::new(
            "a person with an authorization in HPR, or none in the attestation",
            "a person without",
        ));
    }
    // Neither is repeated: not what was sent, and not what the client may have no scope to know.
    Err(Facts::new("an authorization that HPR has for the person", "another one"))
}

#[cfg(test)]
mod tests;
