//! Takes valid structures, breaks one property, expects that one fault.

use serde_json::{Value, json};

use super::attestation::{Attestation, Coded, Identified, Patient, Purpose};
use super::*;
use crate::jose::json::Object;
use crate::rule::{Fault, Rule, Trail};

fn number(text: &str) -> OrganisationNumber {
    OrganisationNumber::parse(text).unwrap()
}

fn claims(name: &str, value: Value) -> Object {
    let mut claims = Object::new();
    claims.insert(name.into(), value);
    claims
}

fn read(value: Value) -> Result<Details, Fault> {
    Details::read(&claims(CLAIM, value), &mut Trail::new())
}

fn organisation(system: &str, value: &str) -> Value {
    json!({"type": ORGANISATION_TYPE, "practitioner_role": {"organization": {"identifier":
        {"system": system, "type": "ENH", "value": value}}}})
}

#[track_caller]
fn broken(rule: Rule, outcome: Result<Details, Fault>) {
    assert_eq!(outcome.expect_err("a fault").rule(), rule);
}

#[test]
fn what_a_client_builds_is_what_the_authority_reads() {
    let parent = Organisation::Parent { parent: number("312232324"), child: Some(number("312232326")) };
    let whole = Details::new()
        .for_organisation(parent)
        .for_sfm_journal("ed30a6a5-4834-40be-a32b-1e4f5217e378")
        .with(json!({"type": "something-new", "x": 1}));
    assert_eq!(read(whole.to_claim().unwrap()), Ok(whole));

    let child = Details::new().for_organisation(Organisation::Child(number("999977776")));
    assert!(child.to_claim().unwrap().is_object(), "one structure stands alone");
    assert_eq!(read(child.to_claim().unwrap()), Ok(child));
    assert_eq!(Details::new().to_claim(), None);
}

#[test]
fn a_parent_without_child_may_end_in_a_colon_or_not() {
    let parent = Some(Organisation::Parent { parent: number("312232324"), child: None });
    for value in ["NO:ORGNR:312232324", "NO:ORGNR:312232324:"] {
        assert_eq!(read(organisation(PARENT_SYSTEM, value)).unwrap().organisation(), parent.as_ref());
    }
}

#[test]
fn both_systems_of_a_child_are_taken() {
    for system in [CHILD_SYSTEM, OLD_CHILD_SYSTEM] {
        let details = read(json!([organisation(system, "999977776")])).unwrap();
        assert_eq!(details.organisation(), Some(&Organisation::Child(number("999977776"))));
    }
}

#[test]
fn the_older_name_is_taken_but_not_both() {
    let structure = organisation(CHILD_SYSTEM, "999977776");
    let mut claims = claims(OLD_CLAIM, structure.clone());
    assert!(Details::read(&claims, &mut Trail::new()).is_ok());
    claims.insert(CLAIM.into(), structure);
    broken(Rule::DetailsName, Details::read(&claims, &mut Trail::new()));
}

#[test]
fn a_structure_of_another_form_is_refused() {
    let structure = organisation(CHILD_SYSTEM, "999977776");
    let set = |pointer: &str, value: Value| {
        let mut changed = structure.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed
    };
    for wrong in [
        json!("a text"),
        json!([7]),
        json!([structure, structure]),
        json!({"practitioner_role": {}}),
        set("/practitioner_role/organization", json!({})),
        set("/practitioner_role/organization/identifier/type", json!("PERSON")),
        set("/practitioner_role/organization/identifier/system", json!("urn:oid:1.2.3")),
        set("/practitioner_role/organization/identifier/value", json!(999_977_776)),
        json!({"type": SFM_TYPE, "value": {"journal_id": "not-a-uuid"}}),
        json!({"type": SFM_TYPE, "value": {"journal_id": "ed30a6a54834-40be-a32b-1e4f5217e378"}}),
        json!({"type": SFM_TYPE, "value": {"journal_id": "ed30a6a5-4834-40be-a32b-1e4f5217e37g"}}),
        (0..11).map(|n| json!({"type": n.to_string()})).collect(),
    ] {
        broken(Rule::DetailsForm, read(wrong));
    }
    assert!(read((0..10).map(|n| json!({"type": n.to_string()})).collect()).is_ok());
}

#[test]
fn of_a_wrong_number_the_form_alone_is_told() {
    for (system, value, told) in [
        (CHILD_SYSTEM, "06828399789", "###########"),
        (PARENT_SYSTEM, "NO:ORGNR:99459875:", "########"),
        (PARENT_SYSTEM, "PERSON:06828399789", "PERSON:###########"),
    ] {
        let fault = read(organisation(system, value)).unwrap_err();
        assert_eq!((fault.rule(), &*fault.facts().got), (Rule::DetailsNumber, told));
    }
}

#[test]
fn numbers_have_nine_digits() {
    for (system, value) in [
        (CHILD_SYSTEM, "99997777"),
        (CHILD_SYSTEM, "9999777766"),
        (CHILD_SYSTEM, "99997777x"),
        (CHILD_SYSTEM, "NO:ORGNR:999977776"),
        (PARENT_SYSTEM, "312232324"),
        (PARENT_SYSTEM, "NO:ORGNR:"),
        (PARENT_SYSTEM, "NO:ORGNR:31223232"),
        (PARENT_SYSTEM, "NO:ORGNR:312232324:3122"),
        (PARENT_SYSTEM, "NO:ORGNR:312232324:312232326:"),
    ] {
        broken(Rule::DetailsNumber, read(organisation(system, value)));
    }
}

#[test]
fn a_wrong_check_digit_is_a_warning() {
    let warned = |value: &str| {
        let mut trail = Trail::new();
        Details::read(&claims(CLAIM, organisation(CHILD_SYSTEM, value)), &mut trail).unwrap();
        trail.warnings().map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    assert_eq!(warned("994598759"), []);
    assert_eq!(warned("994598750"), [Rule::DetailsNumber]);
}

#[test]
fn an_attestation_comes_back_as_it_was_built() {
    let number = OrganisationNumber::parse("994598759").unwrap();
    let attestation = Attestation::new(
        Identified::organisation(&number),
        Identified::organisation(&number),
        Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655"),
        Purpose::Treatment,
    );
    let attestation = attestation
        .with_authorization("LE")
        .in_department(Identified::resh("705592"))
        .with_purpose_details(Coded::new("BEHANDLER", "urn:AuditEventHL7Norway/CodeSystem/carerelation"))
        .by_decision("a_decision-1.2", true)
        .for_patient(Patient::default());
    let claim = Details::new().with_attestation(attestation.clone()).to_claim().unwrap();
    assert_eq!(claim["practitioner"]["department"]["system"], "urn:oid:2.16.578.1.12.4.1.4.102");
    assert_eq!(claim["care_relationship"]["purpose_of_use"]["code"], "TREAT");
    assert_eq!(claim["patients"], json!([{}]));
    assert_eq!(read(claim).unwrap().attestation(), Some(&attestation));
}

#[test]
fn an_attestation_is_told_from_all_else_where_nobody_can_attest() {
    let organisation = read(organisation(CHILD_SYSTEM, "999977776")).unwrap();
    for details in [Details::new(), organisation] {
        assert_eq!(details.require_no_attestation(&mut Trail::new()), Ok(()));
    }
    let attests = read(attestation()).unwrap();
    let fault = attests.require_no_attestation(&mut Trail::new()).unwrap_err();
    assert_eq!(fault.rule(), Rule::DetailsAttestationPerson);
    assert!(!fault.to_string().contains("994598759"), "{fault}");
}

#[test]
fn what_is_not_known_in_an_attestation_is_kept() {
    let mut structure = attestation();
    structure["practitioner"]["hpr_nr"] =
        json!({"id": "565550846", "system": "urn:oid:2.16.578.1.12.4.1.4.4"});
    structure["care_relationship"]["purpose_of_use"]["text"] = json!("Behandling");
    structure["toa"] = json!(1_790_000_000);
    assert_eq!(read(structure.clone()).unwrap().to_claim(), Some(structure));
}

#[test]
fn an_attestation_of_another_form_is_refused_and_not_repeated() {
    let without = |pointer: &str, name: &str| {
        let mut changed = attestation();
        changed.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(name);
        changed
    };
    let set = |pointer: &str, value: Value| {
        let mut changed = attestation();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed
    };
    let (form, decision) = (Rule::DetailsAttestation, Rule::DetailsAttestationDecision);
    for (rule, wrong, said) in [
        (form, without("", "practitioner"), "the member practitioner is missing"),
        (form, without("/practitioner", "legal_entity"), "the member legal_entity is missing"),
        (form, without("/practitioner", "point_of_care"), "the member point_of_care is missing"),
        (
            form,
            without("/care_relationship", "healthcare_service"),
            "the member healthcare_service is missing",
        ),
        (form, without("/care_relationship", "purpose_of_use"), "the member purpose_of_use is missing"),
        (form, set("/practitioner/point_of_care", json!("secret-unit")), "another type"),
        (form, set("/patients", json!({})), "another type"),
        (form, set("/patients", Value::Array(vec![json!({}); 17])), "17"),
        (decision, set("/care_relationship/decision_ref/id", json!("secret with a space")), "another text"),
        (decision, set("/care_relationship/decision_ref/id", json!("x".repeat(65))), "another text"),
    ] {
        let fault = read(wrong).unwrap_err();
        assert_eq!(fault.rule(), rule, "{fault}");
        assert!(fault.facts().got.contains(said) && !fault.facts().got.contains("secret"), "{fault}");
    }
}

#[test]
fn codes_and_numbers_are_of_their_systems() {
    const ORGANISATION: &str = "urn:oid:2.16.578.1.12.4.1.4.101";
    for (pointer, value, member) in [
        ("/practitioner/legal_entity/id", "15849197352", "practitioner.legal_entity.id"),
        (
            "/practitioner/legal_entity/system",
            "urn:oid:2.16.578.1.12.4.1.4.102",
            "practitioner.legal_entity.system",
        ),
        ("/practitioner/point_of_care/id", "99459875", "practitioner.point_of_care.id"),
        ("/practitioner/department/id", "unit 1", "practitioner.department.id"),
        ("/practitioner/department/system", ORGANISATION, "practitioner.department.id"),
        (
            "/practitioner/department/system",
            "urn:oid:2.16.578.1.12.4.1.4.1",
            "practitioner.department.system",
        ),
        (
            "/practitioner/authorization/system",
            "urn:oid:2.16.578.1.12.4.1.1.8655",
            "practitioner.authorization.system",
        ),
        ("/practitioner/authorization/code", "", "practitioner.authorization.code"),
        (
            "/care_relationship/healthcare_service/system",
            "urn:x",
            "care_relationship.healthcare_service.system",
        ),
        ("/care_relationship/healthcare_service/code", "S 03", "care_relationship.healthcare_service.code"),
        ("/care_relationship/purpose_of_use/system", "urn:x", "care_relationship.purpose_of_use.system"),
        ("/care_relationship/purpose_of_use/code", "CURIOSITY", "care_relationship.purpose_of_use.code"),
        ("/care_relationship/purpose_of_use_details/system", "urn:x", "purpose_of_use_details.system"),
        ("/care_relationship/purpose_of_use_details/code", &*"x".repeat(65), "purpose_of_use_details.code"),
        ("/patients/0/point_of_care/id", "unit-x", "patients.point_of_care.id"),
        ("/patients/0/department/id", "12345678901", "patients.department.id"),
    ] {
        let mut changed = whole();
        *changed.pointer_mut(pointer).unwrap() = json!(value);
        let fault = read(changed).unwrap_err();
        assert_eq!(fault.rule(), Rule::DetailsAttestationCodes, "{pointer}");
        assert!(fault.facts().expected.contains(member), "{fault}");
        assert!(value.is_empty() || !fault.facts().got.contains(value), "{fault}");
    }
    let mut own = whole();
    own["practitioner"]["department"] = json!({ "id": "994598759", "system": ORGANISATION });
    assert!(read(own).is_ok(), "a department may be an organisation");
}

#[test]
fn of_a_patient_nothing_is_said_but_the_place() {
    for name in ["identifier", "name", "id"] {
        let mut changed = whole();
        changed["patients"][0][name] = json!("15849197352");
        let fault = read(changed).unwrap_err();
        assert_eq!(fault.rule(), Rule::DetailsAttestationPatients);
        assert!(!fault.description().contains("15849197352"), "{fault}");
    }
}

#[test]
fn members_that_helseid_does_not_take_are_a_warning() {
    let warned = |pointer: &str, name: &str| {
        let mut changed = whole();
        changed.pointer_mut(pointer).unwrap()[name] = json!("x");
        let mut trail = Trail::new();
        Details::read(&claims(CLAIM, changed), &mut trail).unwrap();
        trail.warnings().map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    for (pointer, name) in [
        ("", "toa"),
        ("/practitioner", "role"),
        ("/practitioner/legal_entity", "authority"),
        ("/practitioner/department", "name"),
        ("/practitioner/authorization", "assigner"),
        ("/care_relationship", "text"),
        ("/care_relationship/purpose_of_use_details", "text"),
        ("/care_relationship/decision_ref", "description"),
        ("/patients/0/point_of_care", "name"),
    ] {
        assert_eq!(warned(pointer, name), [Rule::DetailsAttestation], "{pointer}/{name}");
    }
}

#[test]
fn a_type_that_is_not_known_here_is_refused_where_that_is_asked() {
    let details = read(json!([{ "type": "nhn:tillitsramverk:parameters" }])).unwrap();
    let fault = details.require_known_types(&mut Trail::new()).unwrap_err();
    assert_eq!(fault.rule(), Rule::DetailsType);
    assert!(fault.description().starts_with("HID-1007: ") && fault.facts().got.contains("tillitsramverk"));
    assert_eq!(read(attestation()).unwrap().require_known_types(&mut Trail::new()), Ok(()));
}

#[test]
fn what_is_said_nowhere_else_is_said_by_others() {
    let own = read(organisation(CHILD_SYSTEM, "999977776")).unwrap();
    let others = read(json!([organisation(CHILD_SYSTEM, "999977775"), attestation()])).unwrap();
    let whole = own.clone().or(others.clone());
    assert_eq!((whole.organisation(), whole.attestation()), (own.organisation(), others.attestation()));
    assert_eq!(Details::new().or(others.clone()), others);
}

#[test]
fn what_is_typed_is_told_and_stays_where_nothing_else_may() {
    let (journal, other) = ("7cc0d9b5-5a4c-4f0e-9d7d-2f2ff4bb1c7b", json!({"type": "something-new"}));
    let details = Details::new().for_sfm_journal(journal).with(other.clone());
    assert_eq!((details.sfm_journal_id(), details.others()), (Some(journal), &[other][..]));
    assert_eq!(details.typed_alone(), Details::new().for_sfm_journal(journal));
    assert_eq!((Details::new().sfm_journal_id(), Details::new().others().len()), (None, 0));
}

#[test]
fn of_what_is_not_typed_in_an_attestation_nothing_stays_anywhere() {
    fn add(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.values_mut().for_each(add);
                members.insert("x".to_owned(), "of the patient".into());
            }
            Value::Array(values) => values.iter_mut().for_each(add),
            _ => {}
        }
    }
    let mut more = whole();
    add(&mut more);
    let read = |structure: &Value| Attestation::read(structure.as_object().unwrap()).unwrap();
    assert_ne!(read(&more), read(&whole()));
    assert_eq!(read(&more).typed_alone(), read(&whole()));
}

/// With every member that HelseID takes.
fn whole() -> Value {
    let mut whole = attestation();
    whole["practitioner"]["authorization"] =
        json!({ "code": "LE", "system": "urn:oid:2.16.578.1.12.4.1.1.9060" });
    whole["practitioner"]["department"] =
        json!({ "id": "705592", "system": "urn:oid:2.16.578.1.12.4.1.4.102" });
    whole["care_relationship"]["purpose_of_use_details"] =
        json!({ "code": "BEHANDLER", "system": "urn:AuditEventHL7Norway/CodeSystem/carerelation" });
    whole["patients"] = json!([{
        "point_of_care": { "id": "974589095", "system": "urn:oid:2.16.578.1.12.4.1.4.101" },
        "department": { "id": "109765", "system": "urn:oid:2.16.578.1.12.4.1.4.102" },
    }]);
    whole
}

fn attestation() -> Value {
    json!({
        "type": "nhn:tillitsrammeverk:parameters",
        "practitioner": {
            "legal_entity": {"id": "994598759", "system": "urn:oid:2.16.578.1.12.4.1.4.101"},
            "point_of_care": {"id": "994598759", "system": "urn:oid:2.16.578.1.12.4.1.4.101"},
        },
        "care_relationship": {
            "healthcare_service": {"code": "S03", "system": "urn:oid:2.16.578.1.12.4.1.1.8655"},
            "purpose_of_use": {"code": "TREAT", "system": "urn:oid:2.16.840.1.113883.1.11.20448"},
            "decision_ref": {"id": "d-1", "user_selected": false},
        },
        "patients": [],
    })
}

#[test]
fn debug_shows_what_is_known_and_no_structure_of_another_type() {
    let details = Details::new()
        .for_organisation(Organisation::Child(number("999977776")))
        .with(json!({"type": "something-new", "patient": "06828399789"}));
    let shown = format!("{details:?}");
    assert!(shown.contains("999977776"), "{shown}");
    assert!(!shown.contains("06828399789") && !shown.contains("something-new"), "{shown}");
}

/// A client keeps one of them for each token.
#[test]
fn details_without_an_attestation_take_little_memory() {
    let (own, attested) = (size_of::<Details>(), size_of::<Attestation>());
    assert!(own <= 128 && attested > 4 * own, "{own} bytes, of an attestation {attested}");
}
