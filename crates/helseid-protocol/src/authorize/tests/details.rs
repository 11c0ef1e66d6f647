//! Structured claims of a request.

use serde_json::{Value, json};

use super::*;
use crate::details::attestation::{Attestation, Coded, Identified, Purpose};
use crate::details::{Details, Organisation, OrganisationNumber};

fn number() -> OrganisationNumber {
    OrganisationNumber::parse("994598759").unwrap()
}

fn attestation() -> Attestation {
    let place = || Identified::organisation(&number());
    let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    Attestation::new(place(), place(), service, Purpose::Treatment).with_authorization("LE")
}

fn details() -> Details {
    let organisation = Organisation::Parent { parent: number(), child: None };
    Details::new().for_organisation(organisation).with_attestation(attestation())
}

fn with(claim: &Value) -> World {
    World::new(Profile::Helseid).object(&full_object().claim("authorization_details", claim.clone()))
}

#[test]
fn what_a_request_object_says_is_kept_with_the_time() {
    let claim = details().to_claim().unwrap();
    for claim in [claim.clone(), Value::String(claim.to_string())] {
        let asked = with(&claim).holds().ask.details.expect("details");
        assert_eq!((asked.details(), asked.accepted()), (Some(details()), NOW));
        assert_eq!(format!("{asked:?}"), format!("AskedDetails {{ accepted: {NOW:?}, .. }}"));
        let written = serde_json::to_string(&asked).unwrap();
        assert_eq!(serde_json::from_str::<AskedDetails>(&written).unwrap(), asked);
    }
    let text = format!(" {claim} ");
    with(&claim).with("authorization_details", text).holds();
    with(&claim).with("authorization_details", "[]").breaks(Rule::RequestObjectOutside);
    assert_eq!(with(&json!([])).holds().ask.details, None);
}

#[test]
fn what_is_not_typed_is_not_kept_with_the_login() {
    const RESH: &str = "urn:oid:2.16.578.1.12.4.1.4.102";
    let told = "of the patient ".repeat(300);
    let mut claim = attestation().by_decision("d-1", true).to_structure();
    claim["care_relationship"]["decision_ref"]["description"] = told.clone().into();
    claim["practitioner"]["name"] = told.into();
    claim["patients"] = json!([{ "department": { "id": "1", "system": RESH, "name": "x" } }]);
    let kept = with(&claim).warns(Rule::DetailsAttestation).ask.details.expect("details");
    let written = serde_json::to_string(&kept).unwrap();
    assert!(!written.contains("of the patient") && written.len() < 2_000, "{written}");
    let attested = kept.details().unwrap();
    assert_eq!(attested.attestation().unwrap().care_relationship.decision_ref.as_ref().unwrap().id, "d-1");
    // Nor is what is typed kept without bound.
    let patient = json!({ "department": { "id": "1", "system": RESH } });
    claim["patients"] = Value::Array(vec![patient; 17]);
    with(&claim).breaks(Rule::DetailsAttestation);
}

#[test]
fn each_breach_is_refused_by_its_own_rule() {
    let claim = details().to_claim().unwrap();
    let unsigned = World::new(Profile::Helseid).with("authorization_details", claim.to_string());
    unsigned.breaks(Rule::DetailsSigned);
    for text in ["", "[", "[]]", "[],\"x\":1", "{\"type\":\"a\",\"type\":\"b\"}", &"[".repeat(200)] {
        with(&Value::String(text.to_owned())).breaks(Rule::DetailsForm);
    }
    with(&json!({ "type": "x" })).breaks(Rule::DetailsType);
    with(&json!({ "type": 1 })).breaks(Rule::DetailsForm);
    let broken = |pointer: &str, value: Value| {
        let mut claim = attestation().to_structure();
        *claim.pointer_mut(pointer).unwrap() = value;
        with(&claim)
    };
    broken("/practitioner", json!({})).breaks(Rule::DetailsAttestation);
    broken("/practitioner/authorization/system", json!("urn:x")).breaks(Rule::DetailsAttestationCodes);
    broken("/patients", json!([{ "identifier": {} }])).breaks(Rule::DetailsAttestationPatients);
}

#[test]
fn what_stands_beside_an_object_without_it_is_refused_or_does_not_count() {
    let claim = details().to_claim().unwrap().to_string();
    let beside = |world: World| world.with("authorization_details", claim.clone()).object(&full_object());
    for profile in [Profile::Helseid, Profile::HelseidNext, Profile::Legacy] {
        beside(World::new(profile)).breaks(Rule::DetailsSigned);
        let must_sign = World { require_signed_requests: true, ..World::new(profile) };
        assert_eq!(beside(must_sign).warns(Rule::RequestObjectOutside).ask.details, None, "{profile}");
    }
    let strict = beside(World::new(Profile::Fapi2)).warns(Rule::RequestObjectOutside);
    assert_eq!(strict.ask.details, None);
}

#[test]
fn a_breach_is_told_to_the_client_and_says_nothing_of_the_attestation() {
    let claim = json!({ "type": "nhn:tillitsrammeverk:parameters", "practitioner": { "x": "15849197352" } });
    let mut world = with(&claim).unpushed();
    let refusal = world.front().expect_err("a breach");
    assert!(!refusal.fault().description().contains("15849197352"), "{refusal:?}");
    assert_eq!(refusal.fault().code().as_str(), "invalid_authorization_details");
}
