//! The attestation of the trust framework, as it stands in a token: with what HelseID adds to what a client sends (HelseID: profile
//! for the trust framework).

use helseid_protocol::claims::name;
use helseid_protocol::details::attestation::{
    AUTHORIZATION_SYSTEM, ORGANISATION_SYSTEM, PURPOSE_SYSTEM, RESH_SYSTEM,
};
use helseid_protocol::details::registers;
use helseid_protocol::jose::json::Object;
use helseid_protocol::person::Profession;
use serde_json::Value;

use super::super::ask::Ask;
use super::client::Client;
use super::user::User;
use crate::registry::Snapshot;

/// A member of the attestation: where its parameters are, and what it has without them.
struct Part<'a> {
    /// `practitionerDepartment` of `practitionerDepartmentId`.
    prefix: &'static str,
    /// The switch that leaves it out.
    off: Option<&'static str>,
    /// Its number or code.
    own: Option<&'a str>,
    kind: Kind<'a>,
}

/// What a member is: what the registers say of it follows from that.
enum Kind<'a> {
    /// A person with this name.
    Person(Option<&'a str>),
    HealthPersonnel,
    /// A place in the register with this `system`.
    Place(&'static str),
    /// A code of this `system`.
    Code(&'static str),
}

/// The attestation that is asked for: defaults that fit together, with what the parameters say in their place.
pub(super) fn of(
    ask: &Ask,
    (user, client): (&User, &Client<'_>),
    registry: &Snapshot,
) -> Result<Value, String> {
    let none = Object::new();
    let given = ask.tillitsrammeverk_claims_parameters.as_ref().map_or(&none, |given| &given.0);
    let given = Given { parameters: given, registry };
    let mut attestation = Object::new();
    attestation.insert("practitioner".to_owned(), given.object(practitioner(user, client))?.into());
    let mut care = given.object(care_relationship())?;
    care.insert("decision_ref".to_owned(), given.decision()?);
    attestation.insert("care_relationship".to_owned(), care.into());
    attestation.insert("patients".to_owned(), Value::Array(vec![given.object(patient())?.into()]));
    Ok(Value::Object(attestation))
}

fn practitioner<'a>(user: &'a User, client: &Client<'a>) -> Vec<(&'static str, Part<'a>)> {
    let (parent, child) = client.organisation();
    let (pid, person) = (user.text(name::PID), Kind::Person(user.text("name")));
    let hpr_number = user.text(name::HPR_NUMBER);
    // Somebody of whom nothing is known may be a doctor; of the others it is known that they are not.
    let doctor = Some("LE").filter(|_| !user.is_registered());
    let code = user.profession().map(Profession::as_str).or(doctor);
    let parent = parent.unwrap_or("994598759");
    let (authorization, organisation) =
        (Kind::Code(AUTHORIZATION_SYSTEM), || Kind::Place(ORGANISATION_SYSTEM));
    vec![
        ("identifier", part("practitionerIdentifier", pid, person)),
        (
            "hpr_nr",
            part("practitionerHprNr", hpr_number, Kind::HealthPersonnel).unless("dontSetPractitionerHprNr"),
        ),
        (
            "authorization",
            part("practitionerAuthorization", code, authorization).unless("dontSetPractitionerAuthorization"),
        ),
        ("legal_entity", part("practitionerLegalEntity", Some(parent), organisation())),
        ("point_of_care", part("practitionerPointOfCare", child.or(Some(parent)), organisation())),
        (
            "department",
            part("practitionerDepartment", Some("705592"), Kind::Place(RESH_SYSTEM))
                .unless("dontSetPractitionerDepartment"),
        ),
    ]
}

fn care_relationship() -> Vec<(&'static str, Part<'static>)> {
    let services = Kind::Code("urn:oid:2.16.578.1.12.4.1.1.8655");
    let relations = Kind::Code("urn:AuditEventHL7Norway/CodeSystem/carerelation");
    vec![
        (
            "healthcare_service",
            part("careRelationshipHealthcareService", Some("S03"), services)
                .unless("dontSetCareRelationshipHealthcareService"),
        ),
        ("purpose_of_use", part("careRelationshipPurposeOfUse", Some("TREAT"), Kind::Code(PURPOSE_SYSTEM))),
        (
            "purpose_of_use_details",
            part("careRelationshipPurposeOfUseDetails", Some("BEHANDLER"), relations)
                .unless("dontSetCareRelationshipPurposeOfUseDetails"),
        ),
    ]
}

fn patient() -> Vec<(&'static str, Part<'static>)> {
    vec![
        (
            "point_of_care",
            part("patientsPointOfCare", Some("974589095"), Kind::Place(ORGANISATION_SYSTEM))
                .unless("dontSetPatientsPointOfCare"),
        ),
        (
            "department",
            part("patientsDepartment", Some("109765"), Kind::Place(RESH_SYSTEM))
                .unless("dontSetPatientsDepartment"),
        ),
    ]
}

const fn part<'a>(prefix: &'static str, own: Option<&'a str>, kind: Kind<'a>) -> Part<'a> {
    Part { prefix, off: None, own, kind }
}

impl Part<'_> {
    const fn unless(self, switch: &'static str) -> Self {
        Self { off: Some(switch), ..self }
    }
}

impl Kind<'_> {
    /// The member that says which it is, and those beside it.
    const fn members(&self) -> (&'static str, [&'static str; 3]) {
        match self {
            Self::Code(_) => ("code", ["text", "system", "assigner"]),
            _ => ("id", ["name", "system", "authority"]),
        }
    }

    /// What the registers say.
    fn told(&self, own: &str, registry: &Snapshot) -> Object {
        match self {
            Self::Person(name) => registers::person(own, *name),
            Self::HealthPersonnel => registers::health_personnel(own),
            Self::Place(system) => registers::place(own, system, |number| registry.organisation_name(number)),
            Self::Code(system) => registers::coded(own, system),
        }
    }
}

/// The parameters, and where the names of organisations are.
struct Given<'a> {
    parameters: &'a Object,
    registry: &'a Snapshot,
}

impl Given<'_> {
    /// The parts that are not switched off, and that something identifies.
    fn object(&self, parts: Vec<(&'static str, Part<'_>)>) -> Result<Object, String> {
        let mut object = Object::new();
        for (name, part) in parts {
            let is_off = part.off.map_or(Ok(false), |switch| self.switch(switch, false))?;
            let members = if is_off { Object::new() } else { self.members(&part)? };
            if members.contains_key(part.kind.members().0) {
                object.insert(name.to_owned(), members.into());
            }
        }
        Ok(object)
    }

    /// What the registers say of the number or code, with what is given in its place. The name of one is none of another.
    fn members(&self, part: &Part<'_>) -> Result<Object, String> {
        let (own, beside) = part.kind.members();
        let told = self.text(&parameter(part.prefix, own))?.or(part.own);
        let mut members = told.map_or_else(Object::new, |own| part.kind.told(own, self.registry));
        for member in beside {
            if let Some(given) = self.text(&parameter(part.prefix, member))? {
                members.insert(member.to_owned(), given.into());
            }
        }
        Ok(members)
    }

    fn decision(&self) -> Result<Value, String> {
        let id = self.text("careRelationshipDecisionRefId")?;
        // The name of NHN's older model.
        let id = id.or(self.text("careRelationshipTracingRefId")?).unwrap_or("test-decision");
        let user_selected = self.switch("careRelationshipDecisionRefUserSelected", true)?;
        Ok(serde_json::json!({ "id": id, "user_selected": user_selected }))
    }

    fn text(&self, name: &str) -> Result<Option<&str>, String> {
        match self.parameters.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(format!("{name}: expected a text")),
        }
    }

    fn switch(&self, name: &str, default: bool) -> Result<bool, String> {
        match self.parameters.get(name) {
            None => Ok(default),
            Some(Value::Bool(on)) => Ok(*on),
            Some(_) => Err(format!("{name}: expected true or false")),
        }
    }
}

/// The name of a member's parameter. That of a service's system and assigner lacks a word at NHN.
fn parameter(prefix: &str, member: &str) -> String {
    let is_of_the_service =
        prefix == "careRelationshipHealthcareService" && ["system", "assigner"].contains(&member);
    let prefix = if is_of_the_service { "careRelationshipHealthcare" } else { prefix };
    format!("{prefix}{}", capitalised(member))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
