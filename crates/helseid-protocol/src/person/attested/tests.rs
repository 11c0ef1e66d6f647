use super::*;
use crate::bounded::Bounded;
use crate::details::Details;
use crate::person::{
    Approval, HealthPersonnel, HprNumber, PersonName, PersonNumber, Profession, SyntheticMonth,
};

fn person() -> Person {
    let approval = Approval {
        profession: Profession::parse("LE").expect("a code"),
        authorization: None,
        requisition_rights: Bounded::default(),
        specialities: Bounded::default(),
    };
    let health_personnel = HealthPersonnel {
        hpr_number: HprNumber::parse("565550846").expect("a number"),
        approvals: vec![approval].try_into().expect("one"),
    };
    Person {
        number: PersonNumber::parse("15849197352", SyntheticMonth::Plus80).expect("a number"),
        name: PersonName::new("LIVSTRETT", None, "BEVER").expect("a name"),
        health_personnel: Some(health_personnel),
    }
}

/// As NHN's own clients send it (HelseID: profile for the trust framework).
fn sent() -> Value {
    json!({
        "type": "nhn:tillitsrammeverk:parameters",
        "practitioner": {
            "authorization": { "code": "LE", "system": "urn:oid:2.16.578.1.12.4.1.1.9060" },
            "legal_entity": { "id": "994598759", "system": "urn:oid:2.16.578.1.12.4.1.4.101" },
            "point_of_care": { "id": "994598759", "system": "urn:oid:2.16.578.1.12.4.1.4.101" },
            "department": { "id": "705592", "system": "urn:oid:2.16.578.1.12.4.1.4.102" },
        },
        "care_relationship": {
            "healthcare_service": { "code": "S03", "system": "urn:oid:2.16.578.1.12.4.1.1.8655" },
            "purpose_of_use": { "code": "TREAT", "system": "urn:oid:2.16.840.1.113883.1.11.20448" },
            "purpose_of_use_details":
                { "code": "BEHANDLER", "system": "urn:AuditEventHL7Norway/CodeSystem/carerelation" },
            "decision_ref": { "id": "a_decision-1.2", "user_selected": true },
        },
        "patients": [{
            "point_of_care": { "id": "974589095", "system": "urn:oid:2.16.578.1.12.4.1.4.101" },
            "department": { "id": "109765", "system": "urn:oid:2.16.578.1.12.4.1.4.102" },
        }],
    })
}

fn read(sent: &Value) -> Attestation {
    let claims = Object::from_iter([("assertion_details".to_owned(), sent.clone())]);
    Details::read(&claims, &mut Trail::new()).expect("details").attestation().expect("one").clone()
}

fn nhn(number: &OrganisationNumber) -> Option<String> {
    (number.as_str() == "994598759").then(|| "NORSK HELSENETT SF".to_owned())
}

#[test]
fn a_token_has_what_was_sent_and_what_the_registers_say() {
    let expected = json!({
        "practitioner": {
            "identifier": {
                "id": "15849197352", "name": "LIVSTRETT BEVER", "system": "urn:oid:2.16.578.1.12.4.1.4.1",
                "authority": "https://www.skatteetaten.no",
            },
            "hpr_nr": {
                "id": "565550846", "system": "urn:oid:2.16.578.1.12.4.1.4.4",
                "authority": "https://www.helsedirektoratet.no/",
            },
            "authorization": {
                "code": "LE", "text": "Lege", "system": "urn:oid:2.16.578.1.12.4.1.1.9060",
                "assigner": "https://www.helsedirektoratet.no/",
            },
            "legal_entity": {
                "id": "994598759", "name": "NORSK HELSENETT SF", "system": "urn:oid:2.16.578.1.12.4.1.4.101",
                "authority": "https://www.brreg.no",
            },
            "point_of_care": {
                "id": "994598759", "name": "NORSK HELSENETT SF", "system": "urn:oid:2.16.578.1.12.4.1.4.101",
                "authority": "https://www.brreg.no",
            },
            "department": {
                "id": "705592", "system": "urn:oid:2.16.578.1.12.4.1.4.102", "authority": "https://www.nhn.no",
            },
        },
        "care_relationship": {
            "healthcare_service": {
                "code": "S03", "system": "urn:oid:2.16.578.1.12.4.1.1.8655", "assigner": "https://www.volven.no/",
            },
            "purpose_of_use": {
                "code": "TREAT", "text": "Treatment", "system": "urn:oid:2.16.840.1.113883.1.11.20448",
                "assigner": "http://www.hl7.org/",
            },
            "purpose_of_use_details": {
                "code": "BEHANDLER", "system": "urn:AuditEventHL7Norway/CodeSystem/carerelation",
                "assigner": "https://www.hl7.no/",
            },
            "decision_ref": { "id": "a_decision-1.2", "user_selected": true },
        },
        "patients": [{
            "point_of_care": {
                "id": "974589095", "system": "urn:oid:2.16.578.1.12.4.1.4.101", "authority": "https://www.brreg.no",
            },
            "department": {
                "id": "109765", "system": "urn:oid:2.16.578.1.12.4.1.4.102", "authority": "https://www.nhn.no",
            },
        }],
    });
    assert_eq!(person().attested(&read(&sent()), nhn), expected);
    // What a client adds of its own is not in it: neither a time nor what the authority says itself.
    let mut more = sent();
    more["toa"] = json!(1);
    more["practitioner"]["legal_entity"]["name"] = json!("another");
    more["practitioner"]["hpr_nr"] = json!({ "id": "565550846", "name": "x" });
    more["care_relationship"]["decision_ref"]["description"] = json!("of a patient");
    assert_eq!(person().attested(&read(&more), nhn), expected);
    // And what was built here of it is read as an attestation.
    assert!(Attestation::read(expected.as_object().expect("an object")).is_ok());
}

#[test]
fn what_was_not_sent_is_not_there() {
    let mut short = sent();
    let practitioner = short["practitioner"].as_object_mut().expect("an object");
    practitioner.remove("department");
    practitioner.remove("authorization");
    let care = short["care_relationship"].as_object_mut().expect("an object");
    care.remove("decision_ref");
    care.remove("purpose_of_use_details");
    short["patients"] = json!([{}]);
    let nobody = Person { health_personnel: None, ..person() };
    let told = nobody.attested(&read(&short), |_| None);
    let names = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&told["practitioner"]), ["identifier", "legal_entity", "point_of_care"]);
    assert_eq!(names(&told["care_relationship"]), ["healthcare_service", "purpose_of_use"]);
    assert_eq!(told["patients"], json!([{}]));
}

#[test]
fn an_attestation_is_of_the_person_who_is_logged_in() {
    let broken = |person: &Person, change: fn(&mut Value)| {
        let mut sent = sent();
        change(&mut sent);
        let fault = person.require_attests(&read(&sent), &mut Trail::new()).err();
        fault.map(|fault| {
            assert!(!fault.to_string().contains("06828399789"), "{fault}");
            fault.rule()
        })
    };
    let (doctor, nobody) = (person(), Person { health_personnel: None, ..person() });
    let own = |sent: &mut Value| {
        sent["practitioner"]["identifier"] = json!({ "id": "15849197352" });
        sent["practitioner"]["hpr_nr"] = json!({ "id": "565550846" });
    };
    assert_eq!(broken(&doctor, |_| ()), None);
    assert_eq!(broken(&doctor, own), None);
    let without =
        |sent: &mut Value| drop(sent["practitioner"].as_object_mut().map(|all| all.remove("authorization")));
    assert_eq!(broken(&nobody, without), None);
    let person = Some(Rule::DetailsAttestationPerson);
    for another in [
        |sent: &mut Value| sent["practitioner"]["identifier"] = json!({ "id": "06828399789" }),
        |sent: &mut Value| sent["practitioner"]["identifier"] = json!("15849197352"),
        |sent: &mut Value| sent["practitioner"]["hpr_nr"] = json!({ "id": "565505933" }),
    ] {
        assert_eq!(broken(&doctor, another), person);
    }
    assert_eq!(broken(&nobody, |sent| sent["practitioner"]["hpr_nr"] = json!({ "id": "565550846" })), person);
    let authorization = Some(Rule::DetailsAttestationAuthorization);
    assert_eq!(
        broken(&doctor, |sent| sent["practitioner"]["authorization"]["code"] = json!("SP")),
        authorization
    );
    assert_eq!(broken(&nobody, |_| ()), authorization);
}
