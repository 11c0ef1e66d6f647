//! Takes a valid logout token, breaks one property, expects that one fault.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::forge::{self, Jwt};
use crate::id::{ClientId, Issuer, JwtId, KeyId, SessionId};
use crate::jose::jws::Unverified;
use crate::jose::{Algorithm, AlgorithmSet, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use crate::person::Subject;
use crate::rule::{Fault, Rule, Trail};
use crate::time::{TOLERANCE, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

struct World {
    key: SigningKey,
    verify: VerifyKey,
    other: SigningKey,
    issuer: Issuer,
    client: ClientId,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let key = || {
        let kid = KeyId::parse("issuer").unwrap();
        SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, Some(kid))).unwrap()
    };
    let issuers = key();
    World {
        verify: VerifyKey::new(issuers.public().clone()).unwrap(),
        key: issuers,
        other: key(),
        issuer: Issuer::parse("https://sts.example").unwrap(),
        client: ClientId::parse("the-client").unwrap(),
    }
});

fn valid() -> Jwt {
    forge::logout_token(
        &WORLD.key,
        LogoutRequest {
            issuer: &WORLD.issuer,
            client_id: &WORLD.client,
            subject: Some(&Subject::parse("the-person").unwrap()),
            session_id: &SessionId::parse("CC2462C2").unwrap(),
            jwt_id: &JwtId::parse("1").unwrap(),
            lifetime: Duration::from_secs(120),
            now: NOW,
        },
    )
}

fn check_with(text: &str, trail: &mut Trail) -> Result<LogoutToken, Fault> {
    let expectations = Expectations {
        issuer: &WORLD.issuer,
        client_id: &WORLD.client,
        algorithms: AlgorithmSet::HELSEID,
        tolerance: TOLERANCE,
        now: NOW,
    };
    let presented = PresentedLogoutToken::read(text, &expectations, trail)?;
    assert!(format!("{presented:?}").starts_with("PresentedLogoutToken { header: "), "{presented:?}");
    let key = (presented.kid().map(KeyId::as_str) == Some("issuer")).then_some(&WORLD.verify);
    presented.check(key, &expectations, trail)
}

fn broken(text: &str) -> Rule {
    check_with(text, &mut Trail::new()).expect_err(text).rule()
}

#[test]
fn a_valid_logout_token_passes_every_rule_and_names_person_and_session() {
    let mut trail = Trail::new();
    let token = check_with(&valid().sign(&WORLD.key), &mut trail).unwrap();
    token.require_first_use(false, &mut trail).unwrap();
    assert_eq!(token.subject().map(Subject::as_str), Some("the-person"));
    assert_eq!(token.session_id().map(SessionId::as_str), Some("CC2462C2"));
    assert_eq!((token.jwt_id().as_str(), token.issued()), ("1", NOW));
    assert_eq!(token.remember_until(), NOW.plus(Duration::from_secs(121)).plus(TOLERANCE * 2));
    for rule in Rule::ALL.iter().filter(|rule| rule.id().starts_with("logout_token.")) {
        assert!(trail.has(*rule), "{}", rule.id());
    }
    let again = token.require_first_use(true, &mut trail).expect_err("used before");
    assert_eq!(again.rule(), Rule::LogoutTokenJtiOnce);
    let shown = format!("{token:?}");
    assert!(shown.starts_with("LogoutToken { issued: "), "{shown}");
    assert!(!shown.contains("person") && !shown.contains("CC24"), "{shown}");
}

#[test]
fn what_can_be_seen_of_a_logout_token_by_itself_is_told() {
    let seen = |jwt: Jwt| {
        let text = jwt.sign(&WORLD.other);
        let token = Unverified::parse(&text, MAX_BYTES).unwrap();
        breaches(&token, TOLERANCE, NOW).iter().map(Fault::rule).collect::<Vec<_>>()
    };
    assert_eq!(seen(valid()), []);
    for (jwt, rule) in [
        (valid().header("typ", "JWT"), Rule::LogoutTokenTyp),
        (valid().header("alg", "EdDSA"), Rule::LogoutTokenAlg),
        (valid().claim("aud", json!([])), Rule::LogoutTokenAud),
        (valid().claim("iat", NOW.plus(TOLERANCE).seconds() + 1), Rule::LogoutTokenIat),
        (valid().claim("exp", 1), Rule::LogoutTokenExp),
        (valid().without_claim("sub").without_claim("sid"), Rule::LogoutTokenSubject),
        (valid().claim("events", json!({})), Rule::LogoutTokenEvents),
        (valid().claim("nonce", "a"), Rule::LogoutTokenNonce),
        (valid().without_claim("jti"), Rule::LogoutTokenJti),
    ] {
        assert_eq!(seen(jwt), [rule]);
    }
}

#[test]
fn each_broken_part_of_the_header_has_its_rule() {
    let key = &WORLD.key;
    assert_eq!(broken("a"), Rule::LogoutTokenForm);
    assert_eq!(broken(&valid().claim("long", "x".repeat(MAX_BYTES)).sign(key)), Rule::LogoutTokenForm);
    for typ in ["JWT", "at+jwt", "jwt+logout", ""] {
        assert_eq!(broken(&valid().header("typ", typ).sign(key)), Rule::LogoutTokenTyp, "{typ}");
    }
    assert_eq!(broken(&valid().without_header("typ").sign(key)), Rule::LogoutTokenTyp);
    assert_eq!(broken(&valid().header("alg", "none").with_signature(b"")), Rule::LogoutTokenAlg);
    assert_eq!(broken(&valid().header("alg", "HS256").sign(key)), Rule::LogoutTokenAlg);
    assert_eq!(broken(&valid().header("kid", "another").sign(key)), Rule::LogoutTokenKid);
    assert_eq!(broken(&valid().sign(&WORLD.other)), Rule::LogoutTokenSignature);
    assert_eq!(broken(&valid().sign_then_claim(key, "sid", "D")), Rule::LogoutTokenSignature);
}

#[test]
fn each_broken_claim_has_its_rule() {
    for (name, value, rule) in [
        ("iss", json!("https://another.example"), Rule::LogoutTokenIss),
        ("aud", json!("another"), Rule::LogoutTokenAud),
        ("aud", json!(["the-client", "another"]), Rule::LogoutTokenAud),
        ("iat", json!(NOW.plus(TOLERANCE).seconds() + 1), Rule::LogoutTokenIat),
        ("iat", json!(null), Rule::LogoutTokenIat),
        ("exp", json!(NOW.minus(TOLERANCE).seconds()), Rule::LogoutTokenExp),
        ("exp", json!("soon"), Rule::LogoutTokenExp),
        ("sub", json!(""), Rule::LogoutTokenSubject),
        ("sid", json!(["CC2462C2"]), Rule::LogoutTokenSubject),
        ("events", json!([EVENT]), Rule::LogoutTokenEvents),
        ("events", json!({ EVENT: true }), Rule::LogoutTokenEvents),
        ("events", json!({ "another": {} }), Rule::LogoutTokenEvents),
        ("nonce", json!("n"), Rule::LogoutTokenNonce),
        ("nonce", json!(null), Rule::LogoutTokenNonce),
        ("jti", json!(""), Rule::LogoutTokenJti),
    ] {
        assert_eq!(broken(&valid().claim(name, value.clone()).sign(&WORLD.key)), rule, "{name} {value}");
    }
    for (name, rule) in [
        ("iss", Rule::LogoutTokenIss),
        ("aud", Rule::LogoutTokenAud),
        ("iat", Rule::LogoutTokenIat),
        ("exp", Rule::LogoutTokenExp),
        ("events", Rule::LogoutTokenEvents),
        ("jti", Rule::LogoutTokenJti),
    ] {
        assert_eq!(broken(&valid().without_claim(name).sign(&WORLD.key)), rule, "{name}");
    }
    assert_eq!(
        broken(&valid().without_claim("sub").without_claim("sid").sign(&WORLD.key)),
        Rule::LogoutTokenSubject
    );
}

#[test]
fn a_session_or_a_person_alone_is_enough() {
    for name in ["sub", "sid"] {
        assert!(
            check_with(&valid().without_claim(name).sign(&WORLD.key), &mut Trail::new()).is_ok(),
            "{name}"
        );
    }
    let with_others = json!({ EVENT: { "why": 1 }, "another": 1 });
    assert!(check_with(&valid().claim("events", with_others).sign(&WORLD.key), &mut Trail::new()).is_ok());
}
