//! What an attestation must be before an authority takes it. Each rule is one function, in the order of the catalogue. What is said
//! of a breach repeats nothing of the attestation, which is about a patient's care.

use super::OrganisationNumber;
use super::attestation::{
    AUTHORIZATION_SYSTEM, Attestation, Coded, Identified, InvalidAttestation, ORGANISATION_SYSTEM,
    PURPOSE_SYSTEM, Patient, Purpose, RESH_SYSTEM,
};
use crate::jose::json::Object;
use crate::rule::{Facts, Fault, Rule, Trail};

/// The code systems of a kind of service (Trust framework: information and data model).
const SERVICE_SYSTEMS: [&str; 4] = [
    "urn:oid:2.16.578.1.12.4.1.1.8655",
    "urn:oid:2.16.578.1.12.4.1.1.8663",
    "urn:oid:2.16.578.1.12.4.1.1.8666",
    "urn:oid:2.16.578.1.12.4.1.1.8451",
];

/// The code systems of a purpose in more detail.
const DETAILS_SYSTEMS: [&str; 2] =
    ["urn:oid:2.16.578.1.12.4.1.1.9151", "urn:AuditEventHL7Norway/CodeSystem/carerelation"];

/// The most bytes of a code or a number, and of the name of its system.
const MAX_BYTES: usize = 64;

/// The most patients.
const MAX_PATIENTS: usize = 16;

impl Attestation {
    /// Reads the structure as an authority does that takes it from a client.
    ///
    /// Not checked: whether codes and numbers are in their registers, and whose attestation it is, see
    /// `Person::require_attests`.
    pub(super) fn judged(structure: &Object, trail: &mut Trail) -> Result<Self, Fault> {
        let attestation = match Self::read(structure) {
            Ok(attestation) => attestation,
            Err(InvalidAttestation::Reference) => {
                let facts = Facts::new(InvalidAttestation::REFERENCE, "another text");
                return Err(Fault::new(Rule::DetailsAttestationDecision, facts));
            }
            Err(why) => {
                let expected = "an attestation with practitioner and care_relationship";
                let facts = Facts::new(expected, format_args!("an invalid one: {why}"));
                return Err(Fault::new(Rule::DetailsAttestation, facts));
            }
        };
        trail.require(Rule::DetailsAttestation, patients_are_few(&attestation))?;
        if has_other_members(&attestation) {
            let facts = Facts::new(
                "the members that HelseID takes",
                "others too, which the authority leaves out or sets itself",
            );
            trail.warn(Rule::DetailsAttestation, facts);
        }
        trail.require_or_note(Rule::DetailsAttestationCodes, codes_are_of_their_systems(&attestation))?;
        trail.holds(Rule::DetailsAttestationDecision);
        trail.require_or_note(Rule::DetailsAttestationPatients, patients_are_not_named(&attestation))?;
        Ok(attestation)
    }
}

fn patients_are_few(attestation: &Attestation) -> Result<(), Facts> {
    match attestation.patients.len() {
        0..=MAX_PATIENTS => Ok(()),
        more => Err(Facts::new(format_args!("at most {MAX_PATIENTS} patients"), more)),
    }
}

/// Trust framework: validation of attributes; information and data model.
fn codes_are_of_their_systems(attestation: &Attestation) -> Result<(), Facts> {
    let Attestation { practitioner, care_relationship, patients, .. } = attestation;
    organisation_is_numbered("practitioner.legal_entity", &practitioner.legal_entity)?;
    organisation_is_numbered("practitioner.point_of_care", &practitioner.point_of_care)?;
    department_is_numbered("practitioner.department", practitioner.department.as_ref())?;
    if let Some(authorization) = &practitioner.authorization {
        code_is_of("practitioner.authorization", authorization, &[AUTHORIZATION_SYSTEM])?;
    }
    code_is_of(
        "care_relationship.healthcare_service",
        &care_relationship.healthcare_service,
        &SERVICE_SYSTEMS,
    )?;
    code_is_of("care_relationship.purpose_of_use", &care_relationship.purpose_of_use, &[PURPOSE_SYSTEM])?;
    purpose_is_known(&care_relationship.purpose_of_use)?;
    if let Some(details) = &care_relationship.purpose_of_use_details {
        code_is_of("care_relationship.purpose_of_use_details", details, &DETAILS_SYSTEMS)?;
    }
    for Patient { point_of_care, department, .. } in patients {
        if let Some(place) = point_of_care {
            organisation_is_numbered("patients.point_of_care", place)?;
        }
        department_is_numbered("patients.department", department.as_ref())?;
    }
    Ok(())
}

fn organisation_is_numbered(member: &str, place: &Identified) -> Result<(), Facts> {
    if place.system != ORGANISATION_SYSTEM {
        return Err(Facts::new(format_args!("{ORGANISATION_SYSTEM} in {member}.system"), "another system"));
    }
    match OrganisationNumber::parse(&place.id) {
        Ok(_) => Ok(()),
        Err(_) => Err(Facts::new(format_args!("nine digits in {member}.id"), "another text")),
    }
}

/// The register of units, or that of organisations.
fn department_is_numbered(member: &str, department: Option<&Identified>) -> Result<(), Facts> {
    let Some(department) = department else { return Ok(()) };
    if department.system != RESH_SYSTEM {
        return organisation_is_numbered(member, department);
    }
    let is_number =
        (1..=10).contains(&department.id.len()) && department.id.bytes().all(|b| b.is_ascii_digit());
    if is_number {
        Ok(())
    } else {
        Err(Facts::new(format_args!("1 to 10 digits in {member}.id"), "another text"))
    }
}

fn code_is_of(member: &str, coded: &Coded, systems: &[&str]) -> Result<(), Facts> {
    if !systems.contains(&coded.system.as_str()) {
        let known = systems.join(" or ");
        return Err(Facts::new(format_args!("{known} in {member}.system"), "another system"));
    }
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if (1..=MAX_BYTES).contains(&coded.code.len()) && coded.code.bytes().all(is_code) {
        return Ok(());
    }
    let expected =
        format!("1 to {MAX_BYTES} letters, digits, underscores, hyphens and dots in {member}.code");
    Err(Facts::new(expected, "another text"))
}

fn purpose_is_known(purpose: &Coded) -> Result<(), Facts> {
    let codes = Purpose::ALL.map(Purpose::code);
    if codes.contains(&purpose.code.as_str()) {
        return Ok(());
    }
    let expected = format!("{} in care_relationship.purpose_of_use.code", codes.join(" or "));
    Err(Facts::new(expected, "another code"))
}

/// Trust framework: minutes of 5 March and 2 April 2024: the patient's number is not for HelseID.
fn patients_are_not_named(attestation: &Attestation) -> Result<(), Facts> {
    if attestation.patients.iter().all(|patient| patient.others.is_empty()) {
        Ok(())
    } else {
        Err(Facts::new("only point_of_care and department in patients", "other members"))
    }
}

/// Whether there is more than HelseID takes, patients apart. What it sets itself is compared with the person, and written by it.
fn has_other_members(attestation: &Attestation) -> bool {
    let Attestation { practitioner, care_relationship, patients, others } = attestation;
    let of_patients = patients.iter().flat_map(|patient| [&patient.point_of_care, &patient.department]);
    let places = [Some(&practitioner.legal_entity), Some(&practitioner.point_of_care)];
    let places = places.into_iter().chain([practitioner.department.as_ref()]);
    let mut places = places.chain(of_patients.map(Option::as_ref)).flatten();
    let codes = [
        practitioner.authorization.as_ref(),
        Some(&care_relationship.healthcare_service),
        Some(&care_relationship.purpose_of_use),
        care_relationship.purpose_of_use_details.as_ref(),
    ];
    let decision = care_relationship.decision_ref.as_ref();
    !(others.is_empty() && practitioner.others.is_empty() && care_relationship.others.is_empty())
        || places.any(|place| !place.others.is_empty())
        || codes.into_iter().flatten().any(|code| !code.others.is_empty())
        || decision.is_some_and(|decision| !decision.others.is_empty())
}
