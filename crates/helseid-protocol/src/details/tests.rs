//! Takes valid structures, breaks one property, expects that one fault.

use serde_json::{Value, json};

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
        Value::Array(vec![json!({"type": "x"}); 11]),
    ] {
        broken(Rule::DetailsForm, read(wrong));
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
