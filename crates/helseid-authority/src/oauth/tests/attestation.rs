//! Attestations of the trust framework: with a code, with a refresh token, and with the authorization request. Takes a valid one,
//! breaks one property, expects that one fault.

use std::sync::atomic::Ordering;

use helseid_protocol::claims::name::ATTESTED_AT;
use helseid_protocol::details::attestation::ATTESTATION_TYPE;
use helseid_protocol::forge;
use helseid_protocol::id::{Audience, ClientId};
use helseid_protocol::rule::Profile;
use serde_json::{Value, json};

use super::exchange::{NEXT, access, chain, claims};
use super::login::{Answered, DOCTOR};
use super::world::World;
use crate::domain::change::Change;

const PLACE: &str = "urn:oid:2.16.578.1.12.4.1.4.101";

/// What the doctor attests.
fn attestation() -> Value {
    json!({
        "type": ATTESTATION_TYPE,
        "practitioner": {
            "authorization": { "code": "LE", "system": "urn:oid:2.16.578.1.12.4.1.1.9060" },
            "legal_entity": { "id": "994598759", "system": PLACE },
            "point_of_care": { "id": "994598759", "system": PLACE },
        },
        "care_relationship": {
            "healthcare_service": { "code": "S03", "system": "urn:oid:2.16.578.1.12.4.1.1.8655" },
            "purpose_of_use": { "code": "TREAT", "system": "urn:oid:2.16.840.1.113883.1.11.20448" },
        },
        "patients": [{}],
    })
}

fn with(pointer: &str, value: Value) -> Value {
    let mut changed = attestation();
    *changed.pointer_mut(pointer).unwrap() = value;
    changed
}

/// What a token says of an attestation, and of the time.
fn attested(answer: &Answered) -> (Value, Value) {
    let mut claims = claims(&access(answer));
    (claims[ATTESTATION_TYPE].take(), claims[ATTESTED_AT].take())
}

async fn world() -> World {
    let world = World::with_login(Profile::Helseid, 60).await;
    world.register_doctor();
    world
}

impl World {
    /// As a new registry has the doctor.
    fn register_doctor(&self) {
        let doctor = json!({
            "short_name": "doctor", "number": DOCTOR, "given_name": "Kvart", "family_name": "Grevling",
            "health_personnel": { "hpr_number": 565_505_933, "approvals": [{ "profession": "LE" }] },
        });
        self.state.registry.put(Change::PutPerson(Box::new(serde_json::from_value(doctor).unwrap())));
    }

    /// The doctor's login by a request object that says this.
    async fn code_attested_by(&self, details: &Value) -> String {
        let form = self.asking();
        let client = ClientId::parse("the-client").unwrap();
        let object = forge::request_object(&self.key, &client, &self.state.issuer.name, self.now());
        let object =
            object.claim("jti", self.jwt_id().as_str()).claim("authorization_details", details.clone());
        self.code_of(form.into_iter().chain([("request", object.sign(&self.key))]).collect(), None).await
    }

    async fn redeemed(&self, code: &str, details: Option<&Value>) -> Answered {
        self.at_token(&self.redeeming(code, details)).await
    }

    async fn refreshed(&self, token: &str, details: Option<&Value>) -> Answered {
        self.at_token(&self.refreshing(token, details)).await
    }
}

/// The shape of the access token, member for member, but for what differs from token to token.
#[tokio::test]
async fn an_attested_token_has_helseids_shape() {
    let world = world().await;
    let code = world.code().await;
    let mut token = claims(&access(&world.redeemed(&code, Some(&attestation())).await));
    let person = json!({
        "id": "06828399789", "name": "Kvart Grevling", "system": "urn:oid:2.16.578.1.12.4.1.4.1",
        "authority": "https://www.skatteetaten.no",
    });
    let place = json!({
        "id": "994598759", "name": "Norsk helsenett SF", "system": PLACE, "authority": "https://www.brreg.no",
    });
    let expected = json!({
        "practitioner": {
            "identifier": person,
            "hpr_nr": {
                "id": "565505933", "system": "urn:oid:2.16.578.1.12.4.1.4.4",
                "authority": "https://www.helsedirektoratet.no/",
            },
            "authorization": {
                "code": "LE", "text": "Lege", "system": "urn:oid:2.16.578.1.12.4.1.1.9060",
                "assigner": "https://www.helsedirektoratet.no/",
            },
            "legal_entity": place,
            "point_of_care": place,
        },
        "care_relationship": {
            "healthcare_service": {
                "code": "S03", "system": "urn:oid:2.16.578.1.12.4.1.1.8655", "assigner": "https://www.volven.no/",
            },
            "purpose_of_use": {
                "code": "TREAT", "text": "Treatment", "system": "urn:oid:2.16.840.1.113883.1.11.20448",
                "assigner": "http://www.hl7.org/",
            },
        },
        "patients": [{}],
    });
    assert_eq!(token[ATTESTATION_TYPE].take(), expected);
    assert_eq!(token[ATTESTED_AT], json!(world.now().seconds()));
    let names: Vec<_> = token.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "amr",
            "aud",
            "auth_time",
            "client_amr",
            "client_id",
            "cnf",
            "exp",
            "family_name",
            "given_name",
            "helseid-local:attested_at",
            "helseid://claims/client/client_name",
            "helseid://claims/client/client_tenancy",
            "helseid://claims/hpr/hpr_number",
            "helseid://claims/identity/assurance_level",
            "helseid://claims/identity/network",
            "helseid://claims/identity/pid",
            "helseid://claims/identity/pid_pseudonym",
            "helseid://claims/identity/security_level",
            "iat",
            "idp",
            "iss",
            "jti",
            "name",
            "nbf",
            "nhn:tillitsrammeverk:parameters",
            "scope",
            "sid",
            "sub",
        ]
    );
}

#[tokio::test]
async fn an_attestation_of_an_assertion_is_for_one_token() {
    let world = world().await;
    let code = world.code().await;
    let first = world.redeemed(&code, Some(&attestation())).await;
    assert!(attested(&first).0.is_object());
    let second = world.refreshed(&first.text("refresh_token"), None).await;
    assert_eq!(attested(&second), (Value::Null, Value::Null));
    world.clock.fetch_add(120, Ordering::SeqCst);
    let third = world.refreshed(&second.text("refresh_token"), Some(&attestation())).await;
    assert_eq!(attested(&third).1, json!(world.now().seconds()));
    let fourth = world.refreshed(&third.text("refresh_token"), None).await;
    assert_eq!(attested(&fourth), (Value::Null, Value::Null));
}

#[tokio::test]
async fn an_attestation_of_the_request_object_is_in_every_token_and_as_old_as_it_is() {
    let world = world().await;
    let accepted = json!(world.now().seconds());
    let first = {
        let code = world.code_attested_by(&attestation()).await;
        world.redeemed(&code, None).await
    };
    world.clock.fetch_add(3700, Ordering::SeqCst);
    let second = world.refreshed(&first.text("refresh_token"), None).await;
    assert_eq!((attested(&first).1, attested(&second).1), (accepted.clone(), accepted));
    assert_eq!(attested(&first).0, attested(&second).0);
    assert!(attested(&second).0.is_object());
}

#[tokio::test]
async fn an_attestation_in_two_places_is_refused_by_helseids_name_and_uses_nothing_up() {
    let world = world().await;
    let code = world.code_attested_by(&attestation()).await;
    let twice = world.redeeming(&code, Some(&attestation()));
    world.refuses("code.details_place", "access_denied", &twice).await;
    let first = world.redeemed(&code, None).await;
    let token = first.text("refresh_token");
    let twice = world.at_token(&world.refreshing(&token, Some(&attestation()))).await;
    assert_eq!((&*twice.broken(), &*twice.text("error")), ("refresh.details_place", "access_denied"));
    assert!(twice.text("error_description").starts_with("HID-DOUBLE-STRUCTURE"), "{twice:?}");
    assert!(attested(&world.refreshed(&token, None).await).0.is_object());
}

#[tokio::test]
async fn each_breach_has_its_rule_and_repeats_nobodys_number_and_uses_nothing_up() {
    let world = world().await;
    let another = json!({ "id": "15849197352" });
    let mut of_another = attestation();
    of_another["practitioner"]["identifier"] = another.clone();
    let mut by_another = attestation();
    by_another["practitioner"]["hpr_nr"] = json!({ "id": "565550846" });
    let mut vague = attestation();
    vague["care_relationship"]["decision_ref"] = json!({ "id": "15849197352 ", "user_selected": true });
    let code = world.code().await;
    let cases = [
        ("details.attestation", with("/practitioner", json!({ "legal_entity": another }))),
        ("details.attestation_codes", with("/practitioner/legal_entity/id", json!("15849197352"))),
        ("details.attestation_decision", vague),
        ("details.attestation_patients", with("/patients/0", json!({ "identifier": another }))),
        ("details.attestation_person", of_another),
        ("details.attestation_person", by_another),
        ("details.attestation_authorization", with("/practitioner/authorization/code", json!("SP"))),
        ("details.type", json!({ "type": "nhn:tillitsramverk:parameters" })),
    ];
    for (rule, sent) in &cases {
        world.refuses(rule, "invalid_authorization_details", &world.redeeming(&code, Some(sent))).await;
        let answer = world.redeemed(&code, Some(sent)).await;
        assert!(!answer.json.to_string().contains("15849197352"), "{answer:?}");
    }
    let answer = world.redeemed(&code, Some(&attestation())).await;
    let token = answer.text("refresh_token");
    for (rule, sent) in &cases {
        world.refuses(rule, "invalid_authorization_details", &world.refreshing(&token, Some(sent))).await;
    }
    assert!(attested(&world.refreshed(&token, Some(&attestation())).await).0.is_object());
}

#[tokio::test]
async fn an_attestation_of_the_request_object_is_the_logged_in_persons_too() {
    let world = world().await;
    let code = world.code_attested_by(&with("/practitioner/authorization/code", json!("SP"))).await;
    let refused = ("details.attestation_authorization", "invalid_authorization_details");
    world.refuses(refused.0, refused.1, &world.redeeming(&code, None)).await;
}

#[tokio::test]
async fn structured_claims_beside_the_request_object_are_refused_when_they_are_pushed() {
    let world = world().await;
    let form = world.asking().into_iter().chain([("authorization_details", attestation().to_string())]);
    let answer = world.answer_at(&world.state, "/connect/par", &world.signed(form.collect())).await;
    assert_eq!((&*answer.broken(), &*answer.text("error")), ("details.signed", "invalid_request"));
}

#[tokio::test]
async fn an_api_that_wants_other_claims_gets_no_attestation_and_the_trace_says_so() {
    let world = world().await;
    let mut api = world.state.registry.now().apis
        [&Audience::parse("norsk-helsenett:python-sample-api").unwrap()]
        .clone();
    api.claims = serde_json::from_value(json!(["helseid://claims/identity/pid"])).unwrap();
    world.state.registry.put(Change::PutApi(api.clone()));
    let code = world.code().await;
    let first = world.redeemed(&code, Some(&attestation())).await;
    assert_eq!(attested(&first), (Value::Null, Value::Null));
    let newest = world.state.trace.newest(1, |_| true);
    let warned: Vec<_> = newest[0].trail.warnings().map(|(rule, _)| rule.id()).collect();
    assert_eq!(warned, ["details.attestation"]);
    api.claims = serde_json::from_value(json!([ATTESTATION_TYPE])).unwrap();
    world.state.registry.put(Change::PutApi(api));
    let second = world.refreshed(&first.text("refresh_token"), Some(&attestation())).await;
    assert_eq!(attested(&second).1, json!(world.now().seconds()));
    assert!(claims(&access(&second)).get("name").is_none());
}

#[tokio::test]
async fn who_exchanges_an_attested_token_passes_the_attestation_on_with_its_age() {
    let world = chain().await;
    world.register_doctor();
    let code = world.code().await;
    let first = world.redeemed(&code, Some(&attestation())).await;
    world.clock.fetch_add(60, Ordering::SeqCst);
    let exchanged = world.at_token(&world.exchange("one", &access(&first), NEXT)).await;
    assert_eq!(attested(&exchanged), attested(&first));
    assert_eq!(attested(&first).1, json!(world.now().seconds() - 60));
}
