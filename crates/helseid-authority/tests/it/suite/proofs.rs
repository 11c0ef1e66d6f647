//! Proofs at a resource server: which of them open userinfo.

use helseid_protocol::forge::Jwt;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::world::*;
use crate::desk::{new_key, new_private};

/// A change to a proof that leaves it good, or not.
type Change = (&'static str, fn(Jwt, i64) -> Jwt);

const GOOD: &[Change] = &[
    ("as it is", |jwt, _| jwt),
    ("with nbf and exp", |jwt, now| jwt.claim("nbf", now).claim("exp", now + 60)),
    ("10 s old", |jwt, now| jwt.claim("iat", now - 10)),
    ("10 s ahead", |jwt, now| jwt.claim("iat", now + 10)),
    ("with a query", |jwt, _| with_target(jwt, |url| format!("{url}?a=b"))),
    ("in another case", |jwt, _| {
        with_target(jwt, |url| url.replace("https://localhost", "HTTPS://LOCALHOST"))
    }),
];

const BAD: &[Change] = &[
    ("without typ", |jwt, _| jwt.without_header("typ")),
    ("of another typ", |jwt, _| jwt.header("typ", "JWT")),
    ("without alg", |jwt, _| jwt.without_header("alg")),
    ("with none", |jwt, _| jwt.header("alg", "none")),
    ("with another alg than the key's", |jwt, _| jwt.header("alg", "PS256")),
    ("without jwk", |jwt, _| jwt.without_header("jwk")),
    ("with an empty jwk", |jwt, _| jwt.header("jwk", json!({}))),
    ("without jti", |jwt, _| jwt.without_claim("jti")),
    ("without htm", |jwt, _| jwt.without_claim("htm")),
    ("of another htm", |jwt, _| jwt.claim("htm", "PUT")),
    ("without htu", |jwt, _| jwt.without_claim("htu")),
    ("of another htu", |jwt, _| jwt.claim("htu", "https://somebody.else/connect/userinfo")),
    ("without iat", |jwt, _| jwt.without_claim("iat")),
    ("an hour old", |jwt, now| jwt.claim("iat", now - 3600)),
    ("an hour ahead", |jwt, now| jwt.claim("iat", now + 3600)),
    ("with iat as a text", |jwt, now| jwt.claim("iat", now.to_string())),
    ("without ath", |jwt, _| jwt.without_claim("ath")),
    ("of another ath", |jwt, _| jwt.claim("ath", "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo")),
];

fn with_target(jwt: Jwt, change: impl FnOnce(&str) -> String) -> Jwt {
    let target = change(jwt.claim_of("htu").and_then(Value::as_str).unwrap());
    jwt.claim("htu", target)
}

#[tokio::test]
async fn a_proof_opens_userinfo_in_any_case_of_the_scheme_and_of_its_target() {
    let suite = Suite::new().await;
    let (granted, key, now) =
        (suite.tokens().await, &suite.login.desk.proof_key, suite.login.desk.now().seconds());
    let token = granted["access_token"].as_str().unwrap();
    for (what, change) in GOOD {
        let proof = change(suite.proof(token), now).sign(key);
        let answer = suite.userinfo(&format!("DPoP {token}"), &[proof]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{what}: {:?}", answer.headers());
    }
    for scheme in ["dpop", "DPOP", "dPoP"] {
        let proof = suite.proof(token).sign(key);
        assert_eq!(
            suite.userinfo(&format!("{scheme} {token}"), &[proof]).await.status(),
            StatusCode::OK,
            "{scheme}"
        );
    }
}

#[tokio::test]
async fn each_fault_of_a_proof_alone_keeps_userinfo_closed() {
    let suite = Suite::new().await;
    let (granted, key, now) =
        (suite.tokens().await, &suite.login.desk.proof_key, suite.login.desk.now().seconds());
    let token = granted["access_token"].as_str().unwrap();
    for (what, change) in BAD {
        refused(&suite, what, &format!("DPoP {token}"), &[change(suite.proof(token), now).sign(key)]).await;
    }
    let good = || suite.proof(token).sign(key);
    refused(&suite, "no proof", &format!("DPoP {token}"), &[]).await;
    refused(&suite, "two proofs", &format!("DPoP {token}"), &[good(), good()]).await;
    refused(&suite, "a bound token as Bearer", &format!("Bearer {token}"), &[good()]).await;
    refused(&suite, "a bound token as Bearer, alone", &format!("Bearer {token}"), &[]).await;

    let used = good();
    assert_eq!(
        suite.userinfo(&format!("DPoP {token}"), std::slice::from_ref(&used)).await.status(),
        StatusCode::OK
    );
    refused(&suite, "a proof once more", &format!("DPoP {token}"), &[used]).await;

    let other = new_key();
    let theirs = suite.proof(token).header("jwk", Value::Object(other.public().members().clone()));
    let why = refused(&suite, "another key", &format!("DPoP {token}"), &[theirs.sign(&other)]).await;
    assert!(why.contains("(rule dpop.jkt)"), "{why}");
    refused(&suite, "another signature", &format!("DPoP {token}"), &[suite.proof(token).sign(&other)]).await;

    let private = new_private();
    let shown: Value = serde_json::from_str(private.to_json().expose()).unwrap();
    let theirs = suite.proof(token).header("jwk", shown).sign(&SigningKey::new(&private).unwrap());
    let why = refused(&suite, "a private key in jwk", &format!("DPoP {token}"), &[theirs]).await;
    assert!(why.contains("(rule dpop.jwk)"), "{why}");

    let rsa = SigningKey::new(&PrivateJwk::generate(Algorithm::RS256, RsaSize::Bits2048, None)).unwrap();
    let members = Value::Object(rsa.public().members().clone());
    let theirs = suite.proof(token).header("alg", "RS256").header("jwk", members).sign(&rsa);
    let why = refused(&suite, "RS256", &format!("DPoP {token}"), &[theirs]).await;
    assert!(why.contains("(rule dpop.alg)"), "{why}");
}

/// Tells the challenge.
async fn refused(suite: &Suite, what: &str, authorization: &str, proofs: &[String]) -> String {
    let answer = suite.userinfo(authorization, proofs).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
    let challenge = answer.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert!(challenge.contains("DPoP") && challenge.contains("error="), "{what}: {challenge}");
    challenge
}
