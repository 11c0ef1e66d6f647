//! Tokens of persons: what is said of the user, of the attestation, and of who exchanged the token.

use helseid_protocol::claims::{AccessTokenClaims, SecurityLevel};
use serde_json::{Value, json};

use super::{AUDIENCE, Service, StatusCode, claims};

const DOCTOR: &str = "06828399789";
const NOBODY: &str = "13899525781";
const ATTESTATION: &str = "nhn:tillitsrammeverk:parameters";

/// The claims of a token that this is asked for.
async fn said(service: &Service, ask: Value) -> Value {
    let mut body = json!({ "audience": AUDIENCE });
    body.as_object_mut().unwrap().extend(ask.as_object().unwrap().clone());
    claims(&service.minted(body).await.0)
}

/// What is wrong with what is asked for.
async fn refusal(service: &Service, ask: Value) -> String {
    let mut body = json!({ "audience": AUDIENCE });
    body.as_object_mut().unwrap().extend(ask.as_object().unwrap().clone());
    let (status, answer) = service.ask("", &body).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    answer["errorResponse"]["errorMessage"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_parameter_of_a_user_sets_its_claim_and_no_other() {
    let service = Service::new().await;
    let machine = said(&service, json!({})).await;
    for (parameter, claim, value) in [
        ("pid", "helseid://claims/identity/pid", json!("x")),
        ("pidPseudonym", "helseid://claims/identity/pid_pseudonym", json!("x")),
        ("hprNumber", "helseid://claims/hpr/hpr_number", json!("x")),
        ("name", "name", json!("x")),
        ("givenName", "given_name", json!("x")),
        ("middleName", "middle_name", json!("x")),
        ("familyName", "family_name", json!("x")),
        ("identityProvider", "idp", json!("x")),
        ("securityLevel", "helseid://claims/identity/security_level", json!("x")),
        ("assuranceLevel", "helseid://claims/identity/assurance_level", json!("x")),
        ("network", "helseid://claims/identity/network", json!("x")),
        ("amr", "amr", json!(["x"])),
        ("subject", "sub", json!("x")),
        ("sid", "sid", json!("x")),
    ] {
        let given = json!({ "userClaimsParameters": { parameter: "x" } });
        let mut told = said(&service, given).await;
        assert_eq!(told[claim], value, "{parameter}");
        told.as_object_mut().unwrap().remove(claim);
        told["jti"] = machine["jti"].clone();
        assert_eq!(told, machine, "{parameter} sets nothing else");
    }
}

#[tokio::test]
async fn what_is_made_of_a_user_is_what_the_generation_says() {
    let service = Service::new().await;
    let made = async |generation: Value| {
        let given = json!({ "pid": NOBODY, "name": "En Annen" });
        said(&service, json!({ "userClaimsParametersGeneration": generation, "userClaimsParameters": given }))
            .await
    };
    let pid = "helseid://claims/identity/pid";
    for none in [json!(0), json!("GenerateNone")] {
        let none = made(none).await;
        assert!([pid, "name", "sub", "sid"].iter().all(|name| none.get(name).is_none()), "{none}");
    }
    for defaults in [json!(1), json!("GenerateOnlyDefault")] {
        let read = AccessTokenClaims::read(made(defaults).await.as_object().unwrap().clone()).unwrap();
        assert_eq!((read.pid(), read.name()), (Some(DOCTOR), Some("Kvart Grevling")));
        assert_eq!((read.security_level(), read.network()), (Some(SecurityLevel::High), Some("internett")));
        assert_eq!((read.hpr_number(), read.identity_provider()), (Some("565505933"), Some("testidp-oidc")));
        assert_eq!(read.authenticated(), Some(service.desk.now()));
        assert!(read.subject().is_some() && read.session_id().is_some_and(|sid| sid.len() == 32));
    }
    for values in [json!(2), json!("GenerateOnlyFromNonEmptyParameterValues"), Value::Null] {
        let values = made(values).await;
        assert_eq!((&values[pid], &values["name"]), (&json!(NOBODY), &json!("En Annen")));
        assert!(values.get("sub").is_none() && values.get("sid").is_none(), "{values}");
    }
    for both in [json!(3), json!("GenerateDefaultWithClaimsFromNonEmptyParameterValues")] {
        let both = made(both).await;
        assert_eq!((&both[pid], &both["name"]), (&json!(NOBODY), &json!("En Annen")));
        assert_eq!((&both["given_name"], &both["idp"]), (&json!("SYNTETISK"), &json!("testidp-oidc")));
        assert!(both["sub"].is_string() && both.get("helseid://claims/hpr/hpr_number").is_none(), "{both}");
    }
    // The older switch.
    for (without, has_default) in [(true, false), (false, true)] {
        let said = said(&service, json!({ "withoutDefaultUserClaims": without })).await;
        assert_eq!(said.get("sub").is_some(), has_default, "{without}");
    }
}

#[tokio::test]
async fn the_registers_say_who_the_person_is() {
    let service = Service::new().await;
    let of = |pid: &str| json!({ "pid": pid });
    let names = ["name", "given_name", "middle_name", "family_name"];
    let whole = json!({ "userClaimsParameters": of("21897520084"), "getPersonFromPersontjenesten": true });
    let whole = said(&service, whole).await;
    assert_eq!(names.map(|name| whole[name].clone()), ["Åse Ærlig Nordhøy", "Åse", "Ærlig", "Nordhøy"]);
    let name = json!({
        "userClaimsParameters": { "pid": DOCTOR, "givenName": "En Annen" },
        "getPersonFromPersontjenesten": true, "onlySetNameForPerson": true,
    });
    let name = said(&service, name).await;
    assert_eq!(
        names.map(|part| name[part].clone()),
        [json!("Kvart Grevling"), json!(null), json!(null), json!(null)]
    );
    let hpr = json!({ "userClaimsParameters": of(DOCTOR), "getHprNumberFromHprregisteret": true });
    assert_eq!(said(&service, hpr).await["helseid://claims/hpr/hpr_number"], "565505933");
    for (switch, pid, why) in [
        ("getPersonFromPersontjenesten", NOBODY, "no person with this pid is registered"),
        ("getHprNumberFromHprregisteret", NOBODY, "no person with this pid is registered"),
        ("getHprNumberFromHprregisteret", "05898597468", "no HPR number"),
    ] {
        let refused = refusal(&service, json!({ "userClaimsParameters": of(pid), switch: true })).await;
        assert!(refused.contains(why) && refused.contains(switch) && !refused.contains(pid), "{refused}");
    }
}

#[tokio::test]
async fn the_pseudonym_is_that_of_a_login() {
    let service = Service::new().await;
    let of = json!({ "pid": DOCTOR, "pidPseudonym": "another" });
    let ask = json!({ "userClaimsParameters": &of, "setPidPseudonym": true, "setSubject": true });
    let said = said(&service, ask).await;
    // As every token of this person has it.
    let subject = helseid_protocol::person::PersonNumber::parse(DOCTOR, Default::default()).unwrap();
    let subject = helseid_protocol::person::Subject::of(&subject);
    assert_eq!(said["sub"], subject.as_str());
    assert_eq!(said["helseid://claims/identity/pid_pseudonym"], subject.as_str());
    // Each alone sets its own claim, and not the other's.
    let names = ["sub", "helseid://claims/identity/pid_pseudonym"];
    let [own, given] = [json!(subject.as_str()), json!("another")];
    for (switch, expected) in [("setSubject", [own.clone(), given]), ("setPidPseudonym", [Value::Null, own])]
    {
        let said = self::said(&service, json!({ "userClaimsParameters": of, switch: true })).await;
        assert_eq!(names.map(|name| said[name].clone()), expected, "{switch}");
    }
}

/// What is in a token is in logs and mails tomorrow.
#[tokio::test]
async fn the_number_of_a_real_person_is_refused() {
    let service = Service::new().await;
    // The number of NHN's sample, whose check digits fit no person, is taken.
    let taken = json!({ "userClaimsParameters": { "pid": "20080012345" }, "setSubject": true });
    assert!(said(&service, taken).await["sub"].is_string());
    // Of somebody who is to be born in 2038, and of a patient with a number of a hospital's.
    for pid in ["31123850036", "31523850019"] {
        let refused = refusal(&service, json!({ "userClaimsParameters": { "pid": pid } })).await;
        assert!(
            refused.contains("may be the number of a real person") && !refused.contains(pid),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn an_attestation_is_made_as_helseid_has_it_in_tokens() {
    let service = Service::new().await;
    assert!(said(&service, json!({})).await.get(ATTESTATION).is_none());
    let ask = json!({
        "userClaimsParametersGeneration": 1, "createTillitsrammeverkClaims": true,
        "clientClaimsParameters": { "orgnrParent": "958935420", "orgnrChild": "894234482" },
    });
    let told = said(&service, ask).await;
    let organisation = |id: &str| json!({ "id": id, "system": "urn:oid:2.16.578.1.12.4.1.4.101", "authority": "https://www.brreg.no" });
    let unit = |id: &str| json!({ "id": id, "system": "urn:oid:2.16.578.1.12.4.1.4.102", "authority": "https://www.nhn.no" });
    let directorate = "https://www.helsedirektoratet.no/";
    let expected = json!({
        "practitioner": {
            "identifier": { "id": DOCTOR, "name": "Kvart Grevling", "system": "urn:oid:2.16.578.1.12.4.1.4.1",
                "authority": "https://www.skatteetaten.no" },
            "hpr_nr": { "id": "565505933", "system": "urn:oid:2.16.578.1.12.4.1.4.4", "authority": directorate },
            "authorization": { "code": "LE", "text": "Lege", "system": "urn:oid:2.16.578.1.12.4.1.1.9060",
                "assigner": directorate },
            "legal_entity": organisation("958935420"),
            "point_of_care": organisation("894234482"),
            "department": unit("705592"),
        },
        "care_relationship": {
            "healthcare_service": { "code": "S03", "system": "urn:oid:2.16.578.1.12.4.1.1.8655",
                "assigner": "https://www.volven.no/" },
            "purpose_of_use": { "code": "TREAT", "text": "Treatment", "system": "urn:oid:2.16.840.1.113883.1.11.20448",
                "assigner": "http://www.hl7.org/" },
            "purpose_of_use_details": { "code": "BEHANDLER", "system": "urn:AuditEventHL7Norway/CodeSystem/carerelation",
                "assigner": "https://www.hl7.no/" },
            "decision_ref": { "id": "test-decision", "user_selected": true },
        },
        "patients": [{ "point_of_care": organisation("974589095"), "department": unit("109765") }],
    });
    assert_eq!(told[ATTESTATION], expected);
    assert_eq!(told["helseid-local:attested_at"], json!(service.desk.now().seconds()), "as with a login");
    let read = AccessTokenClaims::read(told.as_object().unwrap().clone()).unwrap();
    let read = read.attestation().expect("an attestation that APIs read");
    assert_eq!(read.care_relationship.purpose_of_use.code, "TREAT");
}

/// What is said of somebody of whom nothing is registered, and of somebody who is no health personnel.
#[tokio::test]
async fn an_attestation_fits_the_person() {
    let service = Service::new().await;
    let of = async |pid: Value| {
        let ask = json!({ "createTillitsrammeverkClaims": true, "userClaimsParameters": { "pid": pid } });
        said(&service, ask).await[ATTESTATION]["practitioner"].clone()
    };
    let nobody = of(Value::Null).await;
    assert_eq!(
        (&nobody["authorization"]["code"], &nobody["authorization"]["text"]),
        (&json!("LE"), &json!("Lege"))
    );
    assert!(nobody.get("identifier").is_none() && nobody.get("hpr_nr").is_none(), "{nobody}");
    assert_eq!(of(json!("15849197352")).await["authorization"]["code"], "SP");
    assert!(of(json!("05898597468")).await.get("authorization").is_none());
    assert_eq!(of(json!("56837120069")).await["identifier"]["system"], "urn:oid:2.16.578.1.12.4.1.4.2");
}

/// The parameter, and where it stands.
const OF_ATTESTATIONS: [(&str, &str); 40] = [
    ("practitionerIdentifierSystem", "/practitioner/identifier/system"),
    ("practitionerIdentifierAuthority", "/practitioner/identifier/authority"),
    ("practitionerHprNrSystem", "/practitioner/hpr_nr/system"),
    ("practitionerHprNrAuthority", "/practitioner/hpr_nr/authority"),
    ("practitionerAuthorizationCode", "/practitioner/authorization/code"),
    ("practitionerAuthorizationText", "/practitioner/authorization/text"),
    ("practitionerAuthorizationSystem", "/practitioner/authorization/system"),
    ("practitionerAuthorizationAssigner", "/practitioner/authorization/assigner"),
    ("practitionerLegalEntityId", "/practitioner/legal_entity/id"),
    ("practitionerLegalEntityName", "/practitioner/legal_entity/name"),
    ("practitionerLegalEntitySystem", "/practitioner/legal_entity/system"),
    ("practitionerLegalEntityAuthority", "/practitioner/legal_entity/authority"),
    ("practitionerPointOfCareId", "/practitioner/point_of_care/id"),
    ("practitionerPointOfCareName", "/practitioner/point_of_care/name"),
    ("practitionerPointOfCareSystem", "/practitioner/point_of_care/system"),
    ("practitionerPointOfCareAuthority", "/practitioner/point_of_care/authority"),
    ("practitionerDepartmentId", "/practitioner/department/id"),
    ("practitionerDepartmentName", "/practitioner/department/name"),
    ("practitionerDepartmentSystem", "/practitioner/department/system"),
    ("practitionerDepartmentAuthority", "/practitioner/department/authority"),
    ("careRelationshipHealthcareServiceCode", "/care_relationship/healthcare_service/code"),
    ("careRelationshipHealthcareServiceText", "/care_relationship/healthcare_service/text"),
    ("careRelationshipHealthcareSystem", "/care_relationship/healthcare_service/system"),
    ("careRelationshipHealthcareAssigner", "/care_relationship/healthcare_service/assigner"),
    ("careRelationshipPurposeOfUseCode", "/care_relationship/purpose_of_use/code"),
    ("careRelationshipPurposeOfUseText", "/care_relationship/purpose_of_use/text"),
    ("careRelationshipPurposeOfUseSystem", "/care_relationship/purpose_of_use/system"),
    ("careRelationshipPurposeOfUseAssigner", "/care_relationship/purpose_of_use/assigner"),
    ("careRelationshipPurposeOfUseDetailsCode", "/care_relationship/purpose_of_use_details/code"),
    ("careRelationshipPurposeOfUseDetailsText", "/care_relationship/purpose_of_use_details/text"),
    ("careRelationshipPurposeOfUseDetailsSystem", "/care_relationship/purpose_of_use_details/system"),
    ("careRelationshipPurposeOfUseDetailsAssigner", "/care_relationship/purpose_of_use_details/assigner"),
    ("careRelationshipDecisionRefId", "/care_relationship/decision_ref/id"),
    ("careRelationshipTracingRefId", "/care_relationship/decision_ref/id"),
    ("patientsPointOfCareId", "/patients/0/point_of_care/id"),
    ("patientsPointOfCareName", "/patients/0/point_of_care/name"),
    ("patientsPointOfCareSystem", "/patients/0/point_of_care/system"),
    ("patientsPointOfCareAuthority", "/patients/0/point_of_care/authority"),
    ("patientsDepartmentId", "/patients/0/department/id"),
    ("patientsDepartmentName", "/patients/0/department/name"),
];

#[tokio::test]
async fn every_parameter_of_an_attestation_stands_in_its_place_alone() {
    let service = Service::new().await;
    let of = async |name: &str, value: Value| {
        let ask = json!({
            "userClaimsParametersGeneration": 1, "createTillitsrammeverkClaims": true,
            "tillitsrammeverkClaimsParameters": { name: value },
        });
        said(&service, ask).await[ATTESTATION].clone()
    };
    let usual = of("", json!("")).await;
    let last = [
        ("patientsDepartmentSystem", "/patients/0/department/system"),
        ("patientsDepartmentAuthority", "/patients/0/department/authority"),
    ];
    for (name, place) in OF_ATTESTATIONS.into_iter().chain(last) {
        let mut told = of(name, json!("own")).await;
        assert_eq!(told.pointer(place), Some(&json!("own")), "{name}");
        let mut expected = usual.clone();
        let (parent, member) = place.rsplit_once('/').unwrap();
        for one in [&mut told, &mut expected] {
            let members = one.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            members.remove(member);
            // The text of one code is none of another, nor the name of one number.
            match member {
                "code" => drop(members.remove("text")),
                "id" => drop(members.remove("name")),
                _ => {}
            }
        }
        assert_eq!(told, expected, "{name} changes nothing else");
    }
    let selected = of("careRelationshipDecisionRefUserSelected", json!(false)).await;
    assert_eq!(selected["care_relationship"]["decision_ref"]["user_selected"], false);
    for (switch, place) in [
        ("dontSetPractitionerHprNr", "/practitioner/hpr_nr"),
        ("dontSetPractitionerAuthorization", "/practitioner/authorization"),
        ("dontSetPractitionerDepartment", "/practitioner/department"),
        ("dontSetCareRelationshipHealthcareService", "/care_relationship/healthcare_service"),
        ("dontSetCareRelationshipPurposeOfUseDetails", "/care_relationship/purpose_of_use_details"),
        ("dontSetPatientsPointOfCare", "/patients/0/point_of_care"),
        ("dontSetPatientsDepartment", "/patients/0/department"),
    ] {
        let told = of(switch, json!(true)).await;
        let mut expected = usual.clone();
        let (parent, member) = place.rsplit_once('/').unwrap();
        expected.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(member).expect(switch);
        assert_eq!(told, expected, "{switch}");
    }
}

#[tokio::test]
async fn who_exchanged_a_token_stands_in_act() {
    let service = Service::new().await;
    let orgnr = "helseid://claims/client/claims/orgnr_parent";
    for (parameters, act) in [
        (json!({ "issuer": "https://sts.example" }), json!({ "iss": "https://sts.example" })),
        (json!({ "clientId": "an-api" }), json!({ "client_id": "an-api" })),
        (json!({ "orgnrParent": "994598759" }), json!({ orgnr: "994598759" })),
        (
            json!({ "issuer": "i", "clientId": "c", "orgnrParent": "o" }),
            json!({ "iss": "i", "client_id": "c", orgnr: "o" }),
        ),
    ] {
        let ask = json!({ "createTokenExchangeClaims": true, "tokenExchangeParameters": parameters });
        assert_eq!(said(&service, ask).await["act"], act);
        let off = json!({ "createTokenExchangeClaims": false, "tokenExchangeParameters": parameters });
        assert!(said(&service, off).await.get("act").is_none());
    }
}
