use proptest::prelude::*;

use super::*;

fn again(written: &str) -> Result<WrittenRequest, serde_json::Error> {
    serde_json::from_str(written)
}

fn full() -> CheckedRequest {
    let details = serde_json::json!({ "type": "nhn:sfm:journal-id",
        "value": { "journal_id": "ed30a6a5-4834-40be-a32b-1e4f5217e378" } });
    World::new(Profile::Helseid)
        .with("redirect_uri", "http://localhost:4000/cb")
        .with("response_mode", "form_post")
        .with("prompt", "select_account")
        .with("max_age", "9")
        .with("acr_values", "idp:testidp-oidc Level4")
        .with("login_hint", "doctor")
        .with("id_token_hint", HINT)
        .with("ui_locales", "nb")
        .with("dpop_jkt", THUMBPRINT)
        .with("resource", "nhn:api")
        .with("test_pid", "15849197352")
        .with("test_security_level", "4")
        .object(&valid_object().claim("authorization_details", details))
        .holds()
}

#[test]
fn a_request_is_read_as_it_was_written() {
    for request in [full(), World::new(Profile::Fapi2).holds()] {
        let json = serde_json::to_string(&WrittenRequest::of(&request)).unwrap();
        let written = again(&json).expect("our own");
        assert_eq!(written.client_id(), &*CLIENT);
        assert_eq!(written.read(&REDIRECT_URIS).expect("still registered"), request);
    }
    let small = serde_json::to_string(&WrittenRequest::of(&World::new(Profile::Fapi2).holds())).unwrap();
    assert!(!small.contains("null"), "{small}");
    assert!(small.len() < 400, "{small}");
}

#[test]
fn a_request_goes_back_only_to_what_is_registered_when_it_is_read() {
    let written = WrittenRequest::of(&full());
    let fault = written.clone().read(&REDIRECT_URIS[..1]).expect_err("no longer registered");
    assert_eq!(fault.rule(), Rule::AuthorizeRedirectUriRegistered);
    let json = serde_json::to_string(&written).unwrap();
    let forged = again(&json.replace("http://localhost:4000/cb", "https://evil.example/cb")).expect("a form");
    assert!(forged.read(&REDIRECT_URIS).is_err());
}

#[test]
fn another_case_of_letters_is_kept_as_it_was_asked_for_and_nothing_else_is() {
    let asked = "https://APP.example/Cb";
    let request =
        World::new(Profile::Helseid).with("redirect_uri", asked).warns(Rule::AuthorizeRedirectUriRegistered);
    assert_eq!(
        (&*request.redirect_uri, request.way_back.target().as_str()),
        (asked, "https://app.example/cb")
    );
    let json = serde_json::to_string(&WrittenRequest::of(&request)).unwrap();
    assert_eq!(again(&json).expect("our own").read(&REDIRECT_URIS).expect("still registered"), request);
    for other in ["https://evil.example/cb".to_owned(), asked.repeat(1_000)] {
        let forged = again(&json.replace(asked, &other)).expect("a form");
        let fault = forged.read(&REDIRECT_URIS).expect_err("another address");
        assert_eq!(fault.rule(), Rule::AuthorizeRedirectUriRegistered);
    }
}

#[test]
fn what_no_request_was_written_to_is_not_read() {
    let json = serde_json::to_string(&WrittenRequest::of(&full())).unwrap();
    for (from, to) in [
        ("\"client_id\":", "\"client\":"),
        ("\"ask\":{", "\"ask\":{\"more\":1,"),
        ("{\"client_id\"", "{\"more\":1,\"client_id\""),
        (CHALLENGE, "plain"),
        ("form_post", "fragment"),
        ("select_account", "create"),
        ("Level4", "Level5"),
        ("15849197352", "15049197352"),
        ("nhn:api/read", "nhn:api\\u0000read"),
        ("a state", "a\\nstate"),
    ] {
        let changed = json.replace(from, to);
        assert_ne!(changed, json, "{from}");
        assert!(again(&changed).is_err(), "{from} as {to}");
    }
    let long = json.replace("a state", &"x".repeat(2_049));
    assert!(again(&long).is_err());
    let many = format!("[{}\"nhn:api\"]", "\"nhn:api\",".repeat(64));
    assert!(again(&json.replace("[\"nhn:api\"]", &many)).is_err());
}

proptest! {
    #[test]
    fn whatever_texts_a_client_chooses_come_back_as_they_were(
        state in "\\PC{1,80}", nonce in "\\PC{1,80}", hint in "\\PC{1,40}", max_age in any::<Option<u32>>(),
    ) {
        let mut world = World::new(Profile::Legacy).with("state", state).with("nonce", nonce).with("login_hint", hint);
        if let Some(max_age) = max_age {
            world = world.with("max_age", max_age.to_string());
        }
        let Ok(request) = world.push() else { return Ok(()) };
        let json = serde_json::to_string(&WrittenRequest::of(&request)).expect("JSON");
        prop_assert_eq!(again(&json).expect("our own").read(&REDIRECT_URIS).expect("registered"), request);
    }
}
