//! Tokens of clients: what is said of the client, and the claims that are an API's own.

use serde_json::{Value, json};

use super::{AUDIENCE, Service, claims, with_proof};
use crate::desk::new_private;

const NAME: &str = "helseid://claims/client/client_name";
const TENANCY: &str = "helseid://claims/client/client_tenancy";
const PARENT: &str = "helseid://claims/client/claims/orgnr_parent";
const SCOPE: &str = "norsk-helsenett:python-sample-api/read";

/// The claims of a token that this is asked for.
async fn said(service: &Service, ask: Value) -> Value {
    let mut body = json!({ "audience": AUDIENCE });
    body.as_object_mut().unwrap().extend(ask.as_object().unwrap().clone());
    claims(&service.minted(body).await.0)
}

#[tokio::test]
async fn every_claim_of_a_client_can_be_set() {
    let service = Service::new().await;
    let ask = json!({
        "audience": AUDIENCE,
        "clientClaimsParametersGeneration": "GenerateOnlyFromNonEmptyParameterValues",
        "userClaimsParametersGeneration": 0, "userClaimsParameters": null, "setSubject": false,
        "apiSpecificClaims": [{ "type": "nhn:api/claim", "value": "x" }],
        "expirationParameters": { "expirationTimeInDays": 2 },
        "headerParameters": { "typ": "JWT" },
        "clientClaimsParameters": {
            "scope": ["a", "b"], "clientId": "c", "sfmJournalId": "j", "orgnrParent": "1", "orgnrChild": "2",
            "orgnrSupplier": "3", "clientTenancy": true, "clientTenancyType": 1, "authenticationMethodsReferences": ["pwd"],
            "clientAuthenticationMethodsReferences": "x", "clientName": "n", "jti": "t",
            "cnfJkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
        },
    });
    let said = claims(&service.minted(ask).await.0);
    for (name, value) in [
        ("scope", json!(["a", "b"])),
        ("client_id", json!("c")),
        ("nhn:sfm:journal-id", json!("j")),
        (PARENT, json!("1")),
        ("helseid://claims/client/claims/orgnr_child", json!("2")),
        ("helseid://claims/client/claims/orgnr_supplier", json!("3")),
        (TENANCY, json!("single-tenant")),
        (NAME, json!("n")),
        ("amr", json!(["pwd"])),
        ("client_amr", json!("x")),
        ("jti", json!("t")),
        ("cnf", json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" })),
        ("nhn:api/claim", json!("x")),
        ("exp", json!(service.desk.now().seconds() + 2 * 86_400)),
    ] {
        assert_eq!(said[name], value, "{name}");
    }
}

/// Whether a token has what is made by default, and what its parameters say.
fn has(said: &Value) -> (bool, bool) {
    let defaults = [(NAME, json!("Test token client")), (TENANCY, json!("none")), ("scope", json!([SCOPE]))];
    let by_default = defaults.iter().filter(|(name, value)| said[*name] == *value).count();
    let given = [("client_id", json!("c")), (PARENT, json!("1"))];
    let by_parameters = given.iter().filter(|(name, value)| said[*name] == *value).count();
    assert!([0, defaults.len()].contains(&by_default), "all or none: {said}");
    assert!([0, given.len()].contains(&by_parameters), "all or none: {said}");
    (by_default > 0, by_parameters > 0)
}

#[tokio::test]
async fn what_is_made_of_a_client_is_what_the_generation_says() {
    let service = Service::new().await;
    let made = async |mut ask: Value| {
        ask["clientClaimsParameters"] = json!({ "clientId": "c", "orgnrParent": "1" });
        said(&service, ask).await
    };
    for (number, name, expected) in [
        (json!(0), "GenerateNone", (false, false)),
        (json!(1), "GenerateOnlyDefault", (true, false)),
        (json!(2), "GenerateOnlyFromNonEmptyParameterValues", (false, true)),
        (json!(3), "GenerateDefaultWithClaimsFromNonEmptyParameterValues", (true, true)),
        (Value::Null, "", (true, true)),
    ] {
        for generation in [number, json!(name)] {
            let said = made(json!({ "clientClaimsParametersGeneration": generation })).await;
            assert_eq!(has(&said), expected, "{generation}: {said}");
        }
    }
    let none = said(&service, json!({ "clientClaimsParametersGeneration": 0 })).await;
    for name in ["client_id", "client_amr", "scope", NAME, TENANCY] {
        assert!(none.get(name).is_none(), "{name}: {none}");
    }
    // The older switch.
    for (without, by_default) in [(true, false), (false, true)] {
        let said = made(json!({ "withoutDefaultClientClaims": without })).await;
        assert_eq!(has(&said), (by_default, true), "{without}: {said}");
    }
}

#[tokio::test]
async fn the_callers_own_key_makes_the_proof_or_binds_the_token() {
    let service = Service::new().await;
    let key = new_private();
    let mut ask = with_proof(0);
    ask["dPoPProofParameters"]["privateKeyForProofCreation"] = json!(key.to_json().expose());
    let minted = service.minted(ask).await;
    assert_eq!(claims(&minted.0)["cnf"]["jkt"], key.public().thumbprint().as_str());
    service.api(&minted).await.expect("the caller's own proof");
    let public = json!({ "cnfPublicKey": key.public().to_json() });
    let ask = json!({ "audience": AUDIENCE, "clientClaimsParameters": public });
    assert_eq!(claims(&service.minted(ask).await.0)["cnf"]["jkt"], key.public().thumbprint().as_str());
}

#[tokio::test]
async fn a_claim_of_an_apis_own_stands_in_place_of_one_that_is_made() {
    let service = Service::new().await;
    let own = |name: &str, value: &Value| json!([{ "type": name, "value": value }]);
    // Whatever its value.
    let object = json!({ "kept": "", "none": null, "list": [7, true] });
    for (name, value) in [
        ("nhn:api/claim", object),
        ("client_id", json!("another")),
        ("scope", json!("another")),
        ("iss", json!("https://another.example")),
        ("aud", json!("another:api")),
        ("cnf", json!({ "jkt": "another" })),
    ] {
        let client = json!({ "clientId": "c", "scope": ["a"] });
        let ask = json!({ "clientClaimsParameters": client, "apiSpecificClaims": own(name, &value) });
        assert_eq!(said(&service, ask).await[name], value, "{name}");
    }
    // But neither the end nor the mark, nor what another parameter decides.
    let jkt = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    for (name, more, value) in [
        ("exp", json!({}), json!(service.desk.now().seconds() + 600)),
        ("cnf", json!({ "clientClaimsParameters": { "cnfJkt": jkt } }), json!({ "jkt": jkt })),
        ("iss", json!({ "setInvalidIssuer": true }), json!("https://invalid-issuer.example")),
        ("aud", json!({ "setInvalidAudience": true }), json!("invalid:audience")),
        ("helseid-local:test-token", json!({}), json!(true)),
    ] {
        let mut ask = more;
        ask["apiSpecificClaims"] = own(name, &json!("own"));
        assert_eq!(said(&service, ask).await[name], value, "{name}");
    }
}

#[tokio::test]
async fn whichever_environment_is_named_the_issuer_is_the_authority() {
    let service = Service::new().await;
    let own = json!(service.desk.running.issuer().as_str());
    for named in [json!(0), json!(1), json!(2), json!("Test"), json!("IntTest"), json!("Development")] {
        assert_eq!(said(&service, json!({ "issuerEnvironment": named })).await["iss"], own, "{named}");
    }
}
