//! What explains and verifies without a server.

use helseid_protocol::jose::format::Certificate;
use helseid_protocol::jose::jws::Draft;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::time::Timestamp;
use serde_json::{Value, json};

use crate::world::World;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn signed(key: &SigningKey, kid: Option<&str>) -> String {
    let header = match kid {
        Some(kid) => json!({"alg": key.algorithm().name(), "kid": kid}),
        None => json!({"alg": key.algorithm().name()}),
    };
    let claims = json!({"sub": "someone"});
    Draft::new(header.as_object().unwrap(), claims.as_object().unwrap()).sign(key)
}

#[test]
fn each_line_is_valid_or_says_why_not() {
    let world = World::new();
    let private = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let key = SigningKey::new(&private).unwrap();
    let other = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap();
    let public = Value::Object(private.public().members().clone());
    let set = json!({"keys": [public, {"kty": "oct", "k": "AQ"}]});
    world.write("jwks.json", &set.to_string());
    let kid = private.public().key_id().unwrap().as_str();
    let good = signed(&key, Some(kid));
    let (head, tail) = good.rsplit_once('.').unwrap();
    let lines = [
        (good.clone(), "valid"),
        (signed(&key, None), "valid"),
        (format!("{good}\r"), "valid"),
        (String::new(), "invalid: empty"),
        ("a.b".to_owned(), "invalid: a text of 2 parts separated by dots, not three"),
        (signed(&other, Some(kid)), "invalid: a signature by another key, or of other content"),
        (signed(&key, Some("unknown")), "invalid: no key of the set has its kid and fits its alg"),
        (format!("{head}.{}", spoilt(tail)), "invalid: "),
        (
            format!("eyJhbGciOiJub25lIn0.e30.{tail}"),
            "invalid: the algorithm none is not an asymmetric signature algorithm",
        ),
        (format!("{}.e30.{tail}", "A".repeat(70_000)), "invalid: "),
        ("\u{feff}".to_owned() + &good, "invalid: a header that is not unpadded base64url"),
        (good.clone(), "valid"),
    ];
    let input: String = lines.iter().map(|(line, _)| format!("{line}\n")).collect();
    let output = world.given(&["jws", "verify", "--jwks", "jwks.json"], input.as_bytes());
    let answers = text(&output.stdout);
    let answers: Vec<_> = answers.lines().collect();
    assert_eq!(answers.len(), lines.len(), "{answers:?}");
    for (answer, (line, expected)) in answers.iter().zip(&lines) {
        assert!(answer.starts_with(expected), "{line:.60}\n{answer}");
    }
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("warning: a key of the set cannot be used: it is a symmetric key"));
    // A last line without its end is a line; a payload need not be JSON.
    let plain = "eyJhbGciOiJFUzI1NiJ9.aGVp";
    let signature = helseid_protocol::jose::base64url::encode(&key.sign(plain.as_bytes()));
    let output = world
        .given(&["jws", "verify", "--jwks", "jwks.json"], format!("{good}\n{plain}.{signature}").as_bytes());
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(0), "valid\nvalid\n"));
    world.write("not.json", "[]");
    assert!(world.fails(1, &["jws", "verify", "--jwks", "not.json"]).contains("is not a JWK Set"));
}

#[test]
fn a_kid_that_is_not_of_one_key_alone_is_resolved_alike_for_a_signature_and_a_token() {
    let world = World::new();
    let kid = "k".parse::<helseid_protocol::id::KeyId>().unwrap();
    let new = |algorithm| PrivateJwk::generate(algorithm, RsaSize::Bits2048, Some(kid.clone()));
    let own = new(Algorithm::ES256);
    let document = |key: &PrivateJwk| Value::Object(key.public().members().clone());
    let now = crate::inspection::now();
    let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": "k"});
    let claims = json!({"iss": "https://sts.example/", "aud": "an-api", "client_id": "c", "scope": ["s"],
        "jti": "j", "iat": now, "exp": now + 600});
    let token = Draft::new(header.as_object().unwrap(), claims.as_object().unwrap())
        .sign(&SigningKey::new(&own).unwrap());
    let mut for_secrets = document(&new(Algorithm::ES256));
    for_secrets["use"] = "enc".into();
    let (rsa, other) = (document(&new(Algorithm::PS256)), document(&new(Algorithm::ES256)));
    let mut nameless = document(&own);
    nameless.as_object_mut().unwrap().remove("kid");
    for (keys, valid, warns) in [
        (json!([rsa, document(&own)]), true, false),
        (json!([other, document(&own)]), true, false),
        (json!([for_secrets, document(&own)]), true, true),
        (json!([nameless]), true, false),
        (json!([other]), false, false),
        (json!([nameless, rsa]), false, false),
    ] {
        world.write("jwks.json", &json!({ "keys": keys }).to_string());
        let verify = ["token", "verify", "--jwks", "jwks.json", "--audience", "an-api", "--issuer"];
        let as_token = world.given(&[&verify[..], &["https://sts.example/"]].concat(), token.as_bytes());
        let as_jws = world.given(&["jws", "verify", "--jwks", "jwks.json"], token.as_bytes());
        for output in [&as_token, &as_jws] {
            let code = if valid { 0 } else { 3 };
            assert_eq!(output.status.code(), Some(code), "{keys} {}", text(&output.stdout));
            assert_eq!(text(&output.stderr).contains("warning: a key of the set"), warns, "{keys}");
        }
        let other_name = world.given(&[&verify[..], &["https://sts.example"]].concat(), token.as_bytes());
        assert!(text(&other_name.stdout).contains("FAILED  token.iss"), "a slash is part of the name");
    }
}

#[test]
fn a_key_that_names_an_algorithm_verifies_with_that_one_only() {
    let world = World::new();
    let private = PrivateJwk::generate(Algorithm::PS256, RsaSize::Bits2048, None);
    let mut unnamed = Value::Object(private.public().members().clone());
    world.write("named.json", &json!({"keys": [unnamed.clone()]}).to_string());
    unnamed.as_object_mut().unwrap().remove("alg");
    world.write("unnamed.json", &json!({"keys": [unnamed]}).to_string());
    let mut members: Value = serde_json::from_str(private.to_json().expose()).unwrap();
    members["alg"] = "PS512".into();
    let other = SigningKey::new(&PrivateJwk::read(members.to_string().as_bytes()).unwrap()).unwrap();
    let line = signed(&other, None);
    let verify = |set| text(&world.given(&["jws", "verify", "--jwks", set], line.as_bytes()).stdout);
    assert_eq!(verify("named.json"), "invalid: no key of the set has its kid and fits its alg\n");
    assert_eq!(verify("unnamed.json"), "valid\n");
}

#[test]
fn a_proof_that_is_made_is_good_for_its_request_alone() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "dpop"]);
    let url = "https://api.example/patients?age=7";
    let proof = world.ok(&["proof", "make", "--key", "dpop_private.json", "--url", url, "--method", "POST"]);
    let verify = |arguments: &[&str]| {
        let all = [&["proof", "verify"], arguments].concat();
        let output = world.given(&all, proof.as_bytes());
        (output.status.code(), text(&output.stdout))
    };
    let (code, said) = verify(&["--url", "https://api.example/patients", "--method", "POST"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("passed  dpop.htu") && !said.contains("dpop.nonce"), "{said}");
    for (arguments, rule) in [
        (&["--url", "https://api.example/other", "--method", "POST"][..], "dpop.htu"),
        (&["--url", url], "dpop.htm"),
        (&["--url", url, "--method", "POST", "--at", "1790000000"], "dpop.iat"),
    ] {
        let (code, said) = verify(arguments);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains(&format!("FAILED  {rule} ")) && said.contains("        fix      "), "{said}");
        let (_, said) = verify(&[arguments, &["--format", "json"]].concat());
        let findings: Vec<Value> = serde_json::from_str(&said).unwrap();
        let failed: Vec<_> = findings.iter().filter(|finding| finding["outcome"] == "failed").collect();
        assert_eq!(failed.len(), 1, "{said}");
        assert_eq!(failed[0]["rule"], rule);
    }
    assert!(world.fails(2, &["proof", "make", "--key", "dpop_private.json", "--url", "x"]).contains("--url"));
}

#[test]
fn a_proof_goes_with_the_token_that_is_bound_to_its_key() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "dpop"]);
    let private = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let issuer = SigningKey::new(&private).unwrap();
    let token = |thumbprint: &str| {
        let claims = json!({"iss": "https://x.example", "aud": "a", "exp": 1, "cnf": {"jkt": thumbprint}});
        let header = json!({"alg": "ES256"});
        Draft::new(header.as_object().unwrap(), claims.as_object().unwrap()).sign(&issuer)
    };
    world.write("own.txt", &token(world.ok(&["key", "thumbprint", "dpop_public.json"]).trim()));
    world.write("foreign.txt", &token(private.public().thumbprint().as_str()));
    let url = ["--url", "https://api.example/"];
    for (made_for, sent_with, code, rule) in [
        ("own.txt", "own.txt", 0, "passed  dpop.ath"),
        ("own.txt", "foreign.txt", 3, "FAILED  dpop.ath"),
        ("foreign.txt", "foreign.txt", 3, "FAILED  dpop.jkt"),
    ] {
        let make = ["proof", "make", "--key", "dpop_private.json", "--token-file", made_for];
        let proof = world.ok(&[&make[..], &url].concat());
        let verify = ["proof", "verify", "--token-file", sent_with];
        let output = world.given(&[&verify[..], &url].concat(), proof.as_bytes());
        assert!(text(&output.stdout).contains(rule), "{}", text(&output.stdout));
        assert_eq!(output.status.code(), Some(code));
    }
}

#[test]
fn a_rule_is_told_with_its_source_and_mend() {
    let world = World::new();
    let one = world.ok(&["rules", "assertion.aud", "--profile", "legacy"]);
    assert!(one.starts_with("assertion.aud  (invalid_client)\n"), "{one}");
    assert!(one.contains("  legacy: the issuer or the token endpoint") && one.contains("  fix: "), "{one}");
    let family: Vec<Value> = serde_json::from_str(&world.ok(&["rules", "key", "--format", "json"])).unwrap();
    assert!(family.iter().all(|rule| rule["id"].as_str().unwrap().starts_with("key.")), "{family:?}");
    assert_eq!(family.len(), 10);
    assert!(world.fails(2, &["rules", "assertion.nonsense"]).contains("there is no such rule"));
}

#[test]
fn a_monitor_learns_when_a_key_ends() {
    let world = World::new();
    let private = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let certificate =
        |at: i64| Certificate::self_signed(&private, "m2m", Timestamp::from_seconds(at)).unwrap();
    let now = helseid_http::system_clock().seconds();
    let five_years = 5 * 365 * 86_400;
    world.write("long.pem", &certificate(now + 60).to_pem());
    world.write("soon.pem", &certificate(now - five_years + 10 * 86_400 + 60).to_pem());
    world.write("ended.pem", &certificate(now - five_years - 86_400).to_pem());
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    let expiry = |arguments: &[&str]| {
        let output = world.run(&[&["key", "expiry"], arguments].concat());
        (output.status.code(), text(&output.stdout))
    };
    assert_eq!(expiry(&["long.pem"]), (Some(0), "long.pem: ends in 1825 days\n".to_owned()));
    assert_eq!(expiry(&["soon.pem"]), (Some(3), "soon.pem: ends in 10 days\n".to_owned()));
    assert_eq!(expiry(&["soon.pem", "--warn-days", "5"]).0, Some(0));
    let (code, said) = expiry(&["ended.pem"]);
    assert!(code == Some(3) && said.starts_with("ended.pem: ended "), "{said}");
    let (_, said) = expiry(&["soon.pem", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["days_left"], 10);
    assert!(world.fails(1, &["key", "expiry", "m2m_public.json"]).contains("does not say when its key ends"));
}

/// The signature with another first character.
fn spoilt(signature: &str) -> String {
    let first = if signature.starts_with('_') { "-" } else { "_" };
    format!("{first}{}", &signature[1..])
}
