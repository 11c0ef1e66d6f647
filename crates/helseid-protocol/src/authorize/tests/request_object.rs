use serde_json::json;

use super::*;
use crate::assertion;
use crate::jose::crypto::MacKey;

type Change = fn(Jwt) -> Jwt;

/// A parameter of the request in a claim of the wrong type.
const BROKEN: &[(Rule, Change)] = &[
    (Rule::RequestObjectTyp, |jwt| jwt.header("typ", "at+jwt")),
    (Rule::RequestObjectTyp, |jwt| jwt.header("typ", "dpop+jwt")),
    (Rule::RequestObjectAlg, |jwt| jwt.header("alg", "none")),
    (Rule::RequestObjectAlg, |jwt| jwt.header("alg", "HS256")),
    (Rule::RequestObjectKid, |jwt| jwt.header("kid", "another")),
    (Rule::RequestObjectKeyAlg, |jwt| jwt.header("alg", "PS256")),
    (Rule::RequestObjectIss, |jwt| jwt.without_claim("iss")),
    (Rule::RequestObjectIss, |jwt| jwt.claim("iss", "another")),
    (Rule::RequestObjectAud, |jwt| jwt.without_claim("aud")),
    (Rule::RequestObjectAud, |jwt| jwt.claim("aud", "https://other.example")),
    (Rule::RequestObjectAud, |jwt| jwt.claim("aud", json!([]))),
    (Rule::RequestObjectAud, |jwt| jwt.claim("aud", 7)),
    (Rule::RequestObjectClientId, |jwt| jwt.claim("client_id", "another")),
    (Rule::RequestObjectClientId, |jwt| jwt.claim("client_id", 7)),
    (Rule::RequestObjectExp, |jwt| jwt.without_claim("exp")),
    (Rule::RequestObjectExp, |jwt| jwt.claim("exp", NOW.seconds() - 10)),
    (Rule::RequestObjectLifetime, |jwt| jwt.claim("exp", NOW.seconds() + 71)),
    (Rule::RequestObjectNbf, |jwt| jwt.claim("nbf", NOW.seconds() + 11)),
    (Rule::RequestObjectNbf, |jwt| jwt.claim("nbf", "soon")),
    (Rule::RequestObjectIat, |jwt| jwt.claim("iat", NOW.seconds() + 11)),
    (Rule::RequestObjectIat, |jwt| jwt.claim("iat", "soon")),
    (Rule::RequestObjectJti, |jwt| jwt.claim("jti", 7)),
    (Rule::RequestObjectJti, |jwt| jwt.claim("jti", "")),
    (Rule::RequestObjectNested, |jwt| jwt.claim("request", "x")),
    (Rule::RequestObjectNested, |jwt| jwt.claim("request_uri", "urn:x")),
    (Rule::RequestObjectClaims, |jwt| jwt.claim("scope", json!(["openid"]))),
    (Rule::RequestObjectClaims, |jwt| jwt.claim("state", 7)),
    (Rule::RequestObjectClaims, |jwt| jwt.claim("resource", json!([7]))),
    (Rule::RequestObjectClaims, |jwt| jwt.claim("resource", json!(vec!["nhn:api"; 65]))),
];

#[test]
fn each_breach_ends_the_walk_by_its_own_rule_in_every_profile() {
    for (rule, change) in BROKEN {
        for profile in Profile::ALL {
            let mut world = World::new(profile).object(&change(full_object()));
            assert_eq!(world.push().expect_err(rule.id()).rule(), *rule, "{profile}");
            let mut world = World::new(profile).unpushed().object(&change(full_object()));
            let refusal = world.front().expect_err(rule.id());
            assert_eq!(refusal.fault().rule(), *rule, "{profile}");
            assert!(matches!(refusal, Refusal::Page(_)), "{profile}");
        }
    }
}

#[test]
fn a_signature_by_another_key_or_of_other_claims_is_none() {
    let other = new_key(Algorithm::ES256);
    let kid = KEY.public().key_id().map(|kid| kid.as_str().to_owned());
    let jwt = kid.map_or_else(full_object, |kid| full_object().header("kid", kid));
    for object in [jwt.sign(&other), jwt.sign_then_claim(&KEY, "state", "another")] {
        World { object: Some(object), ..World::new(Profile::Helseid) }.breaks(Rule::RequestObjectSignature);
    }
}

#[test]
fn an_expired_key_signs_nothing() {
    let mut world = World::new(Profile::Helseid).object(&full_object());
    let expired = vec![ClientKey { expires: Some(NOW), ..registered(&KEY) }];
    let outcome = world.judged(|parameters, (client, expectations), trail| {
        push(parameters, None, (&Client { keys: &expired, ..*client }, expectations), trail)
    });
    assert_eq!(outcome.expect_err("expired").rule(), Rule::RequestObjectKeyExpiry);
}

#[test]
fn resources_are_a_text_or_an_array_and_an_empty_text_is_none() {
    for (resource, count) in [(json!("nhn:api"), 1), (json!(["nhn:api"]), 1), (json!([]), 0), (json!(""), 0)]
    {
        let object = full_object().claim("resource", resource.clone());
        let checked = World::new(Profile::Helseid).object(&object).holds();
        assert_eq!(checked.ask.resources.len(), count, "{resource}");
    }
}

#[test]
fn a_full_object_alone_is_a_request_in_every_profile() {
    for profile in Profile::ALL {
        let mut world = World::new(profile);
        world.parameters.clear();
        let checked = world.object(&full_object()).holds();
        assert_eq!(checked.way_back.state(), Some("a state"));
        let id = checked.request_object.expect("a jti");
        let minute = std::time::Duration::from_secs(60);
        assert!(id.remember_until(std::time::Duration::ZERO) > NOW.plus(minute));
        assert!(id.remember_until(minute * 61) > NOW.plus(minute * 62), "a page may be answered later");
        let fault = Fault::new(Rule::RequestObjectJtiOnce, id.used_before());
        assert_eq!(fault.code().as_str(), "invalid_request_object");
        assert!(fault.facts().got.contains("an object"));
    }
}

#[test]
fn what_samples_leave_out_or_add_passes_where_the_profile_says_so() {
    use Profile::{Fapi2, Helseid, HelseidNext, Legacy};
    let tolerated: [(Rule, Change, &[Profile]); 8] = [
        (Rule::RequestObjectTyp, |jwt| jwt.without_header("typ"), &[Helseid, Legacy]),
        (Rule::RequestObjectTyp, |jwt| jwt.header("typ", "JWT"), &[Helseid, Legacy]),
        (Rule::RequestObjectTyp, |jwt| jwt.header("typ", "client-authentication+jwt"), &[Helseid, Legacy]),
        (Rule::RequestObjectClientId, |jwt| jwt.without_claim("client_id"), &[Helseid, Legacy]),
        (Rule::RequestObjectSub, |jwt| jwt.claim("sub", "the-client"), &[Helseid, HelseidNext, Legacy]),
        (
            Rule::RequestObjectIat,
            |jwt| jwt.claim("iat", NOW.seconds().to_string()),
            &[Helseid, HelseidNext, Legacy],
        ),
        (
            Rule::RequestObjectAud,
            |jwt| jwt.claim("aud", "https://sts.example/"),
            &[Helseid, HelseidNext, Legacy],
        ),
        (
            Rule::RequestObjectAud,
            |jwt| jwt.claim("aud", json!(["https://sts.example/"])),
            &[Helseid, HelseidNext, Legacy],
        ),
    ];
    for (rule, change, profiles) in tolerated {
        for profile in Profile::ALL {
            let world = World::new(profile).object(&change(full_object()));
            if profiles.contains(&profile) {
                world.warns(rule);
            } else {
                world.breaks(rule);
            }
        }
    }
    for profile in [Fapi2, Helseid] {
        World::new(profile).object(&full_object().claim("aud", json!(["https://sts.example", "x"]))).holds();
        World::new(profile).object(&full_object().claim("sub", "somebody")).holds();
        World::new(profile).object(&full_object().claim("max_age", 7)).holds();
    }
}

#[test]
fn an_object_that_could_pass_for_an_assertion_is_used_up_as_one() {
    let key = MacKey::new(&[7; 32]);
    let object = full_object().header("typ", assertion::TYP).claim("sub", CLIENT.as_str());
    let text = object.sign(&KEY);
    let expectations = assertion::Expectations {
        issuer: &ISSUER,
        token_endpoint: "https://sts.example/connect/token",
        switches: &Switches::HELSEID,
        tolerance: TOLERANCE,
        now: NOW,
    };
    let presented = assertion::PresentedAssertion::read(&text, &mut Trail::new()).expect("an assertion");
    let assertion = presented.check(&KEYS, expectations, &mut Trail::new()).expect("an assertion");
    let id = |object: &Jwt| {
        let checked = World::new(Profile::Helseid).object(object).push().expect("a request object");
        checked.request_object.expect("a jti").replay_id(&CLIENT, &key)
    };
    assert_eq!(id(&object), assertion.replay_id(&key));
    assert_ne!(id(&full_object()), assertion.replay_id(&key));
}

/// What our own clients sign holds the whole request, and no parameter takes the place of what the object itself is.
#[test]
fn an_object_of_our_own_is_the_whole_request() {
    let parameters = [
        ("scope", "openid nhn:api/read".to_owned()),
        ("max_age", "300".to_owned()),
        ("resource", "nhn:one".to_owned()),
        ("resource", "nhn:two".to_owned()),
        ("aud", "https://evil.example".to_owned()),
    ];
    let details = serde_json::json!({ "type": "x" });
    let object = RequestObject {
        client_id: &CLIENT,
        issuer: &ISSUER,
        jwt_id: &crate::id::JwtId::parse("an object").unwrap(),
        now: NOW,
        parameters: &parameters,
        details: Some(&details),
    };
    let draft = request_object_draft(KEY.algorithm(), KEY.public().key_id(), object);
    let signed = draft.sign(&KEY);
    let jws = crate::jose::jws::Unverified::parse(&signed, 4096).unwrap();
    assert!(jws.header().is_typ(TYP));
    let claims = serde_json::Value::Object(jws.unverified_claims().clone());
    let now = NOW.seconds();
    assert_eq!(
        claims,
        serde_json::json!({
            "iss": CLIENT.as_str(), "client_id": CLIENT.as_str(), "aud": ISSUER.as_str(), "jti": "an object",
            "iat": now, "nbf": now, "exp": now + 30, "scope": "openid nhn:api/read", "max_age": 300,
            "resource": ["nhn:one", "nhn:two"], "authorization_details": { "type": "x" },
        })
    );
}
