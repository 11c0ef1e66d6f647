//! What the trace tells of an attestation: a sentence without anybody's number.

use helseid_admin_api::TraceDetails;
use helseid_authority::Config;
use helseid_protocol::forge;
use helseid_protocol::rule::Profile;
use reqwest::Method;
use serde_json::{Value, json};

use super::world::*;
use crate::browser::Browser;
use crate::desk::{Sent, new_key};

/// An attestation of the doctor by this decision.
pub(super) fn attestation(decision: &str, user_selected: bool) -> Value {
    let place = json!({ "id": "994598759", "system": "urn:oid:2.16.578.1.12.4.1.4.101" });
    json!({
        "type": "nhn:tillitsrammeverk:parameters",
        "practitioner": {
            "authorization": { "code": "LE", "system": "urn:oid:2.16.578.1.12.4.1.1.9060" },
            "identifier": { "id": DOCTOR },
            "legal_entity": place, "point_of_care": place,
        },
        "care_relationship": {
            "healthcare_service": { "code": "S03", "system": "urn:oid:2.16.578.1.12.4.1.1.8655" },
            "purpose_of_use": { "code": "TREAT", "system": "urn:oid:2.16.840.1.113883.1.11.20448" },
            "decision_ref": { "id": decision, "user_selected": user_selected },
        },
        "patients": [{}],
    })
}

/// The pages of a pushed request whose request object attests, and of a token request whose assertion does. The decisions' names
/// have numbers of persons in them.
pub(crate) async fn attesting(login: &Login) -> [String; 2] {
    let desk = &login.desk;
    let object = forge::request_object(&desk.key, &desk.client_id, desk.running.issuer(), desk.now());
    let object = object.claim("jti", "attests");
    let object = object.claim("authorization_details", attestation(&format!("d-{DOCTOR}"), true));
    login.pushed(with(login.parameters(), "request", &object.sign(&desk.key))).await;
    let code = login.code().await;
    let assertion = desk.assertion().claim("assertion_details", attestation(&format!("{DOCTOR}.d"), false));
    let sent = Sent { assertion: assertion.sign(&desk.key), ..login.redemption(&code).await };
    login.granted(&sent).await;
    let (_, newest) = desk.admin(Method::GET, "/trace?limit=1000", None).await;
    let of = |endpoint: &str, outcome: &str, skipped: usize| {
        let is_it = |entry: &&Value| entry["endpoint"] == endpoint && entry["outcome"] == outcome;
        let found = newest["items"].as_array().unwrap().iter().filter(is_it).nth(skipped).unwrap();
        format!("/trace/{}", found["id"].as_str().unwrap())
    };
    // The code's own request was pushed after the one that attests.
    [of("par", "granted", 1), of("token", "granted", 0)]
}

#[tokio::test]
async fn an_attestation_is_a_sentence_in_the_trace_without_anybodys_number() {
    let login = Login::new().await;
    let [pushed, token] = attesting(&login).await;
    let browser = Browser::signed_in(&login.desk.running).await;
    for (path, decision, by) in [
        (pushed, "d-###########", "which the person chose"),
        (token, "###########.d", "which the system made"),
    ] {
        let (_, details) = login.desk.admin(Method::GET, &path, None).await;
        let told = json!({
            "purpose": "TREAT", "authorization": "LE", "legal_entity": "994598759",
            "decision": { "id": decision, "user_selected": by == "which the person chose" },
        });
        assert_eq!(details["attestation"], told, "{details}");
        // At a terminal.
        let text = serde_json::from_value::<TraceDetails>(details.clone()).unwrap().to_string();
        let line = "attests   a relationship of care, for the purpose TREAT, by the authorization LE, at the organisation 994598759";
        assert!(text.contains(&format!("\n{line}, by the decision {decision}, {by}\n")), "{text}");
        let page = browser.get(&format!("/admin{path}")).await.text().await.unwrap();
        for part in ["for the purpose <code>TREAT</code>", &*format!("<code>{decision}</code>, {by}.")] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains(DOCTOR) && !details.to_string().contains(DOCTOR), "{page}");
    }
    // Where nothing is attested, nothing is told.
    login.code().await;
    let (_, newest) = login.desk.admin(Method::GET, "/trace?limit=2", None).await;
    for entry in newest["items"].as_array().unwrap() {
        let path = format!("/trace/{}", entry["id"].as_str().unwrap());
        let (_, details) = login.desk.admin(Method::GET, &path, None).await;
        assert_eq!(details["attestation"], Value::Null);
    }
}

/// The newest requests' pages in the trace, by their rule or none.
async fn newest(login: &Login, rule: Option<&str>) -> (String, Value) {
    let (_, newest) = login.desk.admin(Method::GET, "/trace?limit=10", None).await;
    let is_it = |entry: &&Value| entry["rule"].as_str() == rule;
    let found = newest["items"].as_array().unwrap().iter().find(is_it).unwrap();
    let path = format!("/trace/{}", found["id"].as_str().unwrap());
    let (_, details) = login.desk.admin(Method::GET, &path, None).await;
    (path, details)
}

/// The pages of requests of which an attestation was refused: a pushed one whose object has none of its form, a token request of the same
/// kind, and one of a person who has another authorization.
pub(crate) async fn refused(login: &Login) -> [(String, Value); 3] {
    let desk = &login.desk;
    let mut odd = attestation("d", true);
    odd["care_relationship"] = json!("none");
    let object = forge::request_object(&desk.key, &desk.client_id, desk.running.issuer(), desk.now());
    let object = object.claim("jti", "odd").claim("authorization_details", odd.clone()).sign(&desk.key);
    login.push(with(login.parameters(), "request", &object)).await;
    let pushed = newest(login, Some("details.attestation")).await;
    let attests = async |details: Value, rule: &str| {
        let code = login.code().await;
        let assertion = desk.assertion().claim("assertion_details", details);
        let sent = Sent { assertion: assertion.sign(&desk.key), ..login.redemption(&code).await };
        login.breaks(rule, "invalid_authorization_details", &sent).await;
        newest(login, Some(rule)).await
    };
    let mut other = attestation("d", true);
    other["practitioner"]["authorization"]["code"] = json!("SP");
    let malformed = attests(odd, "details.attestation").await;
    [pushed, malformed, attests(other, "details.attestation_authorization").await]
}

#[tokio::test]
async fn a_refused_attestation_is_a_sentence_with_its_rule() {
    let login = Login::new().await;
    let browser = Browser::signed_in(&login.desk.running).await;
    let [pushed, malformed, of_another] = refused(&login).await;
    for (path, details) in [pushed, malformed] {
        assert_eq!(
            (&details["attestation"], &details["attestation_refused"]),
            (&Value::Null, &json!("details.attestation"))
        );
        let page = browser.get(&format!("/admin{path}")).await.text().await.unwrap();
        let sentence = "What the request attests was refused, by the rule <code class=\"rule\">details.attestation</code>";
        assert!(page.contains(sentence), "{page}");
        let text = serde_json::from_value::<TraceDetails>(details).unwrap().to_string();
        assert!(text.contains("\nrefused   the attestation, by details.attestation\n"), "{text}");
    }
    let (path, details) = of_another;
    assert_eq!(details["attestation"]["authorization"], "SP");
    let page = browser.get(&format!("/admin{path}")).await.text().await.unwrap();
    let sentence =
        "This was refused, by the rule <code class=\"rule\">details.attestation_authorization</code>";
    assert!(page.contains("by the authorization <code>SP</code>") && page.contains(sentence), "{page}");
    // What is accepted is not refused.
    let [_, token] = attesting(&login).await;
    let page = browser.get(&format!("/admin{token}")).await.text().await.unwrap();
    assert!(!page.contains("was refused"), "{page}");
}

/// The page of the token request of a login whose request object attests.
pub(crate) async fn of_the_login(login: &Login) -> (String, Value) {
    let desk = &login.desk;
    let object = forge::request_object(&desk.key, &desk.client_id, desk.running.issuer(), desk.now());
    let object = object.claim("jti", "of the login").claim("authorization_details", attestation("d", true));
    let parameters = with(login.parameters(), "request", &object.sign(&desk.key));
    let code = login.log_in(parameters).await.code().to_owned();
    login.granted(&login.redemption(&code).await).await;
    newest(login, None).await
}

#[tokio::test]
async fn an_attestation_of_the_login_is_told_of_each_token_request() {
    let login = Login::new().await;
    let (path, details) = of_the_login(&login).await;
    assert_eq!(details["endpoint"], "token");
    assert_eq!(
        (&details["attestation"]["purpose"], &details["attestation"]["of_login"]),
        (&json!("TREAT"), &json!(true))
    );
    let browser = Browser::signed_in(&login.desk.running).await;
    let page = browser.get(&format!("/admin{path}")).await.text().await.unwrap();
    assert!(page.contains("The request object of the login said that its person attests"), "{page}");
    let text = serde_json::from_value::<TraceDetails>(details).unwrap().to_string();
    assert!(text.contains(", in the request object of the login\n"), "{text}");
}

/// A request that a browser brings is told of where it is answered.
#[tokio::test]
async fn an_attestation_of_a_request_that_was_not_pushed_is_told() {
    let login = Login::with(Config::in_memory().profile(Profile::Legacy), |_| ()).await;
    let desk = &login.desk;
    let object = forge::request_object(&desk.key, &desk.client_id, desk.running.issuer(), desk.now());
    let object = object.claim("jti", "brought").claim("authorization_details", attestation("d", true));
    let object =
        login.parameters().into_iter().fold(object, |object, (name, value)| object.claim(name, value));
    let object = object.sign(&desk.key);
    sent_back(&login.visit(&[("client_id", "the-client"), ("request", &object)]).await).code();
    let (_, newest) = desk.admin(Method::GET, "/trace?limit=1", None).await;
    let path = format!("/trace/{}", newest["items"][0]["id"].as_str().unwrap());
    let (_, details) = desk.admin(Method::GET, &path, None).await;
    assert_eq!(
        (&details["endpoint"], &details["attestation"]["decision"]["id"]),
        (&json!("authorize"), &json!("d"))
    );
}

/// What a stranger says in the name of a client is not told.
#[tokio::test]
async fn an_attestation_that_its_client_has_not_signed_is_not_told() {
    let login = Login::new().await;
    let code = login.code().await;
    let assertion = login.desk.assertion().claim("assertion_details", attestation("d", true));
    let stranger = new_key();
    let sent = Sent { assertion: assertion.sign(&stranger), ..login.redemption(&code).await };
    login.breaks("assertion.signature", "invalid_client", &sent).await;
    let (_, newest) = login.desk.admin(Method::GET, "/trace?limit=1", None).await;
    let path = format!("/trace/{}", newest["items"][0]["id"].as_str().unwrap());
    let (_, details) = login.desk.admin(Method::GET, &path, None).await;
    assert_eq!((&details["rule"], &details["attestation"]), (&json!("assertion.signature"), &Value::Null));
}
