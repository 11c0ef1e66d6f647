//! The double of NHN's test token service: its shapes, its broken tokens, and the thirteen broken proofs.

mod clients;
mod id_tokens;
mod persons;
mod service;

use helseid_protocol::rule::Rule;
use reqwest::StatusCode;
use serde_json::{Value, json};

use self::service::{AUDIENCE, Service, with_proof};
use crate::self_service::claims;
use crate::{http as client, json as read};

#[tokio::test]
async fn only_the_audience_is_needed_and_the_token_is_the_authoritys_own() {
    let service = Service::new().await;
    let (token, proof) = service.minted(json!({ "audience": AUDIENCE })).await;
    assert_eq!(proof, None);
    let said = claims(&token);
    assert_eq!(said["aud"], AUDIENCE);
    assert_eq!(said["scope"], json!(["norsk-helsenett:python-sample-api/read"]));
    assert_eq!(said["exp"], service.desk.now().seconds() + 600);
    // Bound to nothing: right for an API that takes Bearer.
    assert_eq!(service.api(&(token, None)).await.unwrap_err().rule(), Rule::TokenCnf);
}

#[tokio::test]
async fn each_of_the_thirteen_broken_proofs_breaks_its_one_rule() {
    let service = Service::new().await;
    service.api(&service.minted(with_proof(0)).await).await.expect("nothing is broken");
    service.api(&service.minted(with_proof("None")).await).await.expect("nothing is broken");
    for (number, name, rule) in [
        (1, "DontSetHtuClaimValue", Rule::DpopHtu),
        (2, "DontSetHtmClaimValue", Rule::DpopHtm),
        (3, "SetIatValueInThePast", Rule::DpopIat),
        (4, "SetIatValueInTheFuture", Rule::DpopIat),
        (5, "DontSetAthClaimValue", Rule::DpopAth),
        (6, "DontSetAlgHeader", Rule::DpopAlg),
        (7, "DontSetJwkHeader", Rule::DpopJwk),
        (8, "DontSetJtiClaim", Rule::DpopJti),
        (9, "SetAlgHeaderToASymmetricAlgorithm", Rule::DpopAlg),
        (10, "SetPrivateKeyInJwkHeader", Rule::DpopJwk),
        (11, "SetInvalidTypHeaderValue", Rule::DpopTyp),
        (12, "SetAnInvalidSignature", Rule::DpopSignature),
        (13, "SetAnInvalidJktValueInToken", Rule::DpopJkt),
    ] {
        for broken in [json!(number), json!(name)] {
            let fault = service.api(&service.minted(with_proof(broken)).await).await.unwrap_err();
            assert_eq!(fault.rule(), rule, "{name}: {fault}");
        }
    }
}

#[tokio::test]
async fn each_broken_token_breaks_its_one_rule() {
    let service = Service::new().await;
    for (member, value, rule) in [
        ("signJwtWithInvalidSigningKey", json!(true), Rule::TokenSignature),
        ("setInvalidIssuer", json!(true), Rule::TokenIss),
        ("setInvalidAudience", json!(true), Rule::TokenAud),
        ("expirationParameters", json!({ "setExpirationTimeAsExpired": true }), Rule::TokenExp),
        ("headerParameters", json!({ "typ": "other" }), Rule::TokenTyp),
    ] {
        let mut ask = with_proof(0);
        ask[member] = value;
        let fault = service.api(&service.minted(ask).await).await.unwrap_err();
        assert_eq!(fault.rule(), rule, "{member}: {fault}");
    }
}

#[tokio::test]
async fn many_tokens_come_at_once_each_its_own() {
    let service = Service::new().await;
    let (status, answer) = service.ask("?count=200", &with_proof(0)).await;
    assert_eq!(status, StatusCode::OK);
    let all = answer["successResponses"].as_array().unwrap();
    let tokens: std::collections::BTreeSet<_> =
        all.iter().map(|one| one["accessTokenJwt"].to_string()).collect();
    let proofs: std::collections::BTreeSet<_> = all.iter().map(|one| one["dPoPProof"].to_string()).collect();
    assert_eq!((tokens.len(), proofs.len()), (200, 200));
}

/// The claims of a request are in each of its tokens: ten thousand of the largest would be a gigabyte.
#[tokio::test]
async fn tokens_that_are_too_large_together_are_refused() {
    let service = Service::new().await;
    let large = json!([{ "type": "large", "value": "x".repeat(60_000) }]);
    let ask = json!({ "audience": AUDIENCE, "apiSpecificClaims": large });
    assert_eq!(service.ask("?count=20", &ask).await.0, StatusCode::OK);
    let (status, answer) = service.ask("?count=10000", &ask).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(answer["errorResponse"]["errorMessage"].as_str().unwrap().contains("ask for fewer"), "{answer}");
}

/// NHN's first version, as older tests call it.
#[tokio::test]
async fn the_older_addresses_and_names_are_taken_too() {
    let service = Service::new().await;
    for path in ["/create-test-token", "/create-test-token-with-key", "/v2/create-test-token-with-key"] {
        let host = service.desk.running.issuer().as_str().trim_start_matches("http://").to_owned();
        let post =
            client().post(service.desk.url(path)).header("host", host).header("x-auth-key", &service.key);
        let body = json!({ "generalClaimsParameters": { "clientId": "c" } });
        let answer = post.header("audience", AUDIENCE).body(body.to_string()).send().await.unwrap();
        let answer = read(answer).await;
        let said = claims(answer["successResponse"]["accessTokenJwt"].as_str().unwrap());
        assert_eq!((&said["aud"], &said["client_id"]), (&json!(AUDIENCE), &json!("c")), "{path}");
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_said_in_nhns_form() {
    let service = Service::new().await;
    for (query, ask, word) in [
        ("", json!({}), "audience"),
        ("", json!({ "audience": "" }), "audience"),
        (
            "",
            json!({ "audience": "a", "createTokenExchangeClaims": true, "tokenExchangeParameters": {} }),
            "tokenExchangeParameters",
        ),
        ("", json!({ "audience": "a", "clientClaimsParametersGeneration": 9 }), "GenerateNone"),
        ("", json!({ "audience": "a", "createDPoPTokenWithDPoPProof": true }), "htuClaimValue"),
        ("", json!({ "audience": "a", "issuerEnvironment": 3 }), "IntTest"),
        ("", json!({ "audience": "a", "userClaimsParameters": { "pid": 7 } }), "string"),
        ("", json!({ "audience": "a", "setSubject": true }), "setSubject"),
        (
            "",
            json!({
                "audience": "a", "setPidPseudonym": true, "userClaimsParametersGeneration": 0,
                "userClaimsParameters": { "pid": "06828399789" },
            }),
            "setPidPseudonym",
        ),
        ("", json!({ "audience": "a", "createIdToken": true }), "createIdToken"),
        (
            "",
            json!({
                "audience": "a", "createTillitsrammeverkClaims": true,
                "tillitsrammeverkClaimsParameters": { "practitionerLegalEntityId": 7 },
            }),
            "practitionerLegalEntityId",
        ),
        ("?count=0", json!({ "audience": "a" }), "count"),
        ("?count=10001", json!({ "audience": "a" }), "count"),
    ] {
        let (status, answer) = service.ask(query, &ask).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{ask}");
        assert_eq!((&answer["isError"], &answer["successResponse"]), (&json!(true), &Value::Null));
        assert!(answer["errorResponse"]["errorMessage"].as_str().unwrap().contains(word), "{answer}");
    }
}

/// A token for self-service is worth the client that it names: the key of a test must not be every client's.
#[tokio::test]
async fn no_token_is_made_for_an_api_of_the_authoritys_own() {
    let service = Service::new().await;
    let own = "nhn:selvbetjening";
    let claim = |value: Value| json!([{ "type": "aud", "value": value }]);
    for ask in [
        json!({ "audience": own }),
        json!({ "audience": own, "clientClaimsParameters": { "clientId": "the-client" } }),
        json!({ "audience": own, "headerParameters": { "typ": "JWT" } }),
        json!({ "audience": AUDIENCE, "apiSpecificClaims": claim(json!(own)) }),
        json!({ "audience": AUDIENCE, "apiSpecificClaims": claim(json!([AUDIENCE, own])) }),
    ] {
        for query in ["", "?count=2"] {
            let (status, answer) = service.ask(query, &ask).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{ask}");
            let why = answer["errorResponse"]["errorMessage"].as_str().unwrap();
            assert!(why.contains("nhn:selvbetjening is this authority's own API"), "{why}");
        }
    }
    // What is for others says of itself what it is, also when the request says otherwise.
    let marks = json!([{ "type": "helseid-local:test-token", "value": null }]);
    let token = service.minted(json!({ "audience": AUDIENCE, "apiSpecificClaims": marks })).await.0;
    assert_eq!(claims(&token)["helseid-local:test-token"], true);
}
