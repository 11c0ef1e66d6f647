//! Takes a valid ID token, breaks one property, expects that one fault.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::claims::SecurityLevel;
use crate::forge::{self, Jwt};
use crate::id::{ClientId, Issuer, KeyId};
use crate::jose::json::Object;
use crate::jose::jws::Unverified;
use crate::jose::{Algorithm, AlgorithmSet, PrivateJwk, RsaSize, SigningKey, VerifyKey};
use crate::person::{LoggedIn, Login, Network, Person, PersonName, PersonNumber, SyntheticMonth};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::scope::ScopeSet;
use crate::secret::AccessToken;
use crate::time::{TOLERANCE, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

struct World {
    key: SigningKey,
    verify: VerifyKey,
    other: SigningKey,
    issuer: Issuer,
    client: ClientId,
    person: Person,
    access_token: AccessToken,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let key = |kid| {
        let kid = KeyId::parse(kid).unwrap();
        SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, Some(kid))).unwrap()
    };
    let issuers = key("issuer");
    World {
        verify: VerifyKey::new(issuers.public().clone()).unwrap(),
        key: issuers,
        other: key("issuer"),
        issuer: Issuer::parse("https://sts.example").unwrap(),
        client: ClientId::parse("the-client").unwrap(),
        person: Person {
            number: PersonNumber::parse("15849197352", SyntheticMonth::Plus80).unwrap(),
            name: PersonName::new("LIVSTRETT", None, "BEVER").unwrap(),
            health_personnel: None,
        },
        access_token: AccessToken::new("a.b.c"),
    }
});

fn valid() -> Jwt {
    let world = &*WORLD;
    let login = Login {
        session: "CC2462C2",
        authenticated: NOW.minus(Duration::from_secs(5)),
        level: SecurityLevel::High,
        identity_provider: "testidp-oidc",
        methods: &["pwd"],
        network: Network::Internet,
    };
    let scopes = ScopeSet::parse("openid profile helseid://scopes/identity/security_level").unwrap();
    forge::id_token(
        &world.key,
        IdTokenRequest {
            issuer: &world.issuer,
            client_id: &world.client,
            logged_in: LoggedIn { person: &world.person, login },
            scopes: &scopes,
            nonce: Some("the nonce"),
            access_token: Some(&world.access_token),
            algorithm: Algorithm::ES256,
            lifetime: Duration::from_secs(300),
            now: NOW,
        },
    )
}

const REQUESTED: Requested<'static> = Requested {
    nonce: Some("the nonce"),
    authenticated_since: Some(NOW),
    level: Some(SecurityLevel::High),
    identity_provider: Some("testidp-oidc"),
    acr: &["Level4"],
};

fn expectations<'a>(occasion: Occasion<'a>) -> Expectations<'a> {
    Expectations {
        issuer: &WORLD.issuer,
        client_id: &WORLD.client,
        algorithms: AlgorithmSet::HELSEID,
        access_token: Some(&WORLD.access_token),
        occasion,
        tolerance: TOLERANCE,
        now: NOW,
    }
}

fn check_with(
    text: &str,
    expectations: &Expectations<'_>,
    trail: &mut Trail,
) -> Result<IdTokenClaims, Fault> {
    let presented = PresentedIdToken::read(text, expectations, trail)?;
    let key = (presented.kid().map(KeyId::as_str) == Some("issuer")).then_some(&WORLD.verify);
    presented.check(key, expectations, trail)
}

fn check(text: &str) -> Result<IdTokenClaims, Fault> {
    check_with(text, &expectations(Occasion::Login(REQUESTED)), &mut Trail::new())
}

fn broken(text: &str) -> Rule {
    check(text).expect_err(text).rule()
}

#[test]
fn a_valid_id_token_passes_every_rule_of_a_login() {
    let mut trail = Trail::new();
    let text = valid().sign(&WORLD.key);
    let claims = check_with(&text, &expectations(Occasion::Login(REQUESTED)), &mut trail).unwrap();
    assert_eq!(claims.subject(), &WORLD.person.subject());
    assert_eq!((claims.name(), claims.pid()), (Some("LIVSTRETT BEVER"), None));
    assert_eq!(claims.session_id().map(crate::id::SessionId::as_str), Some("CC2462C2"));
    assert_eq!(claims.authenticated(), Some(NOW.minus(Duration::from_secs(5))));
    assert_eq!((claims.issued(), claims.expires()), (NOW, NOW.plus(Duration::from_secs(300))));
    assert_eq!(trail.warnings().count(), 0);
    let rules = Rule::ALL.iter().filter(|rule| rule.id().starts_with("id_token."));
    for rule in rules.filter(|rule| **rule != Rule::IdTokenRefreshed) {
        assert!(trail.has(*rule), "{}", rule.id());
    }
    let shown = format!("{claims:?}");
    assert!(shown.starts_with("IdTokenClaims { issuer: \"https://sts.example\", issued: "), "{shown}");
    assert!(!shown.contains("BEVER") && !shown.contains(claims.subject().as_str()), "{shown}");
    assert_eq!(IdTokenClaims::from_sealed(claims.all().clone()), Some(claims));
    assert_eq!(IdTokenClaims::from_sealed(Object::new()), None);
}

#[test]
fn what_can_be_seen_of_an_id_token_by_itself_is_told() {
    let seen = |jwt: Jwt, access_token: &AccessToken| {
        let text = jwt.sign(&WORLD.other);
        let token = Unverified::parse(&text, MAX_BYTES).unwrap();
        breaches(&token, Some(access_token), TOLERANCE, NOW).iter().map(Fault::rule).collect::<Vec<_>>()
    };
    let own = &WORLD.access_token;
    assert_eq!(seen(valid(), own), []);
    let early = NOW.plus(TOLERANCE).seconds() + 1;
    for (jwt, rule) in [
        (valid().header("typ", "at+jwt"), Rule::IdTokenTyp),
        (valid().header("typ", "logout+jwt"), Rule::IdTokenTyp),
        (valid().header("alg", "EdDSA"), Rule::IdTokenAlg),
        (valid().claim("aud", json!([])), Rule::IdTokenAud),
        (valid().without_claim("sub"), Rule::IdTokenSub),
        (valid().claim("exp", 1), Rule::IdTokenExp),
        (valid().claim("iat", early), Rule::IdTokenIat),
        (valid().claim("auth_time", early), Rule::IdTokenAuthTime),
    ] {
        assert_eq!(seen(jwt, own), [rule]);
    }
    assert_eq!(seen(valid(), &AccessToken::new("another")), [Rule::IdTokenAtHash]);
}

#[test]
fn each_broken_part_of_the_header_has_its_rule() {
    let key = &WORLD.key;
    assert_eq!(broken("a.b"), Rule::IdTokenForm);
    assert_eq!(broken(&valid().claim("long", "x".repeat(MAX_BYTES)).sign(key)), Rule::IdTokenForm);
    assert_eq!(broken(&valid().header("crit", json!(["x"])).sign(key)), Rule::IdTokenForm);
    for typ in ["logout+jwt", "dpop+jwt", "client-authentication+jwt", "oauth-authz-req+jwt", ""] {
        assert_eq!(broken(&valid().header("typ", typ).sign(key)), Rule::IdTokenTyp, "{typ}");
    }
    for alg in [json!("none"), json!("HS256"), json!("EdDSA"), json!(7)] {
        assert_eq!(broken(&valid().header("alg", alg).sign(key)), Rule::IdTokenAlg);
    }
    assert_eq!(broken(&valid().header("alg", "none").with_signature(b"")), Rule::IdTokenAlg);
    for without in [valid().header("kid", "another").sign(key), valid().without_header("kid").sign(key)] {
        assert_eq!(broken(&without), Rule::IdTokenKid);
    }
    assert_eq!(broken(&valid().sign(&WORLD.other)), Rule::IdTokenSignature);
    assert_eq!(broken(&valid().sign_then_claim(key, "name", "SOMEONE ELSE")), Rule::IdTokenSignature);
}

#[test]
fn a_key_of_another_name_than_the_headers_is_not_taken() {
    let text = valid().header("kid", "another").sign(&WORLD.key);
    let (expectations, mut trail) = (expectations(Occasion::Login(REQUESTED)), Trail::new());
    let presented = PresentedIdToken::read(&text, &expectations, &mut trail).unwrap();
    let fault = presented.check(Some(&WORLD.verify), &expectations, &mut trail).expect_err("another name");
    assert_eq!(fault.rule(), Rule::IdTokenKid);
}

#[test]
fn where_a_parameter_is_wrong_the_form_holds() {
    let jwt = || valid().header("alg", 7).sign(&WORLD.key);
    for (text, rule, holds) in [(jwt(), Rule::IdTokenAlg, true), ("a.b".to_owned(), Rule::IdTokenForm, false)]
    {
        let mut trail = Trail::new();
        let outcome = check_with(&text, &expectations(Occasion::Login(REQUESTED)), &mut trail);
        assert_eq!((outcome.expect_err("a fault").rule(), trail.has(Rule::IdTokenForm)), (rule, holds));
    }
}

#[test]
fn no_typ_is_good_and_that_of_access_tokens_a_warning() {
    for (text, warnings) in [
        (valid().without_header("typ").sign(&WORLD.key), 0),
        (valid().header("typ", "application/jwt").sign(&WORLD.key), 0),
        (valid().header("typ", "at+jwt").sign(&WORLD.key), 1),
    ] {
        let mut trail = Trail::new();
        check_with(&text, &expectations(Occasion::Login(REQUESTED)), &mut trail).unwrap();
        assert_eq!(trail.warnings().filter(|(rule, _)| *rule == Rule::IdTokenTyp).count(), warnings);
    }
}

#[test]
fn each_broken_claim_has_its_rule() {
    let late = NOW.minus(TOLERANCE).seconds();
    let early = NOW.plus(TOLERANCE).seconds() + 1;
    for (name, value, rule) in [
        ("iss", json!("https://sts.example/"), Rule::IdTokenIss),
        ("iss", json!(["https://sts.example"]), Rule::IdTokenIss),
        ("aud", json!("another"), Rule::IdTokenAud),
        ("aud", json!(["the-client", "another"]), Rule::IdTokenAud),
        ("aud", json!([]), Rule::IdTokenAud),
        ("aud", json!({}), Rule::IdTokenAud),
        ("azp", json!("another"), Rule::IdTokenAzp),
        ("azp", json!(["the-client"]), Rule::IdTokenAzp),
        ("sub", json!(""), Rule::IdTokenSub),
        ("sub", json!("a b"), Rule::IdTokenSub),
        ("sub", json!(7), Rule::IdTokenSub),
        ("exp", json!(late), Rule::IdTokenExp),
        ("exp", json!(early.to_string()), Rule::IdTokenExp),
        ("iat", json!(early), Rule::IdTokenIat),
        ("iat", json!("now"), Rule::IdTokenIat),
        ("sid", json!(7), Rule::IdTokenForm),
        ("nonce", json!("another"), Rule::IdTokenNonce),
        ("nonce", json!(["the nonce"]), Rule::IdTokenNonce),
        ("at_hash", json!("another"), Rule::IdTokenAtHash),
        ("at_hash", json!(null), Rule::IdTokenAtHash),
        ("auth_time", json!(NOW.minus(TOLERANCE).seconds() - 1), Rule::IdTokenAuthTime),
        ("auth_time", json!(early), Rule::IdTokenAuthTime),
        ("auth_time", json!("1790000000"), Rule::IdTokenAuthTime),
        ("helseid://claims/identity/security_level", json!("3"), Rule::IdTokenLevel),
        ("idp", json!("another"), Rule::IdTokenIdp),
        ("acr", json!("Level3"), Rule::IdTokenAcr),
    ] {
        assert_eq!(broken(&valid().claim(name, value.clone()).sign(&WORLD.key)), rule, "{name} {value}");
    }
    for (name, rule) in [
        ("iss", Rule::IdTokenIss),
        ("aud", Rule::IdTokenAud),
        ("sub", Rule::IdTokenSub),
        ("exp", Rule::IdTokenExp),
        ("iat", Rule::IdTokenIat),
        ("nonce", Rule::IdTokenNonce),
        ("auth_time", Rule::IdTokenAuthTime),
        ("idp", Rule::IdTokenIdp),
        ("acr", Rule::IdTokenAcr),
    ] {
        assert_eq!(broken(&valid().without_claim(name).sign(&WORLD.key)), rule, "{name}");
    }
}

#[test]
fn what_need_not_be_there_may_be_missing_or_written_otherwise() {
    for jwt in [
        valid().claim("aud", json!(["the-client"])),
        valid().claim("azp", "the-client"),
        valid().without_claim("at_hash"),
        valid().without_claim("sid"),
        valid().claim("exp", NOW.minus(TOLERANCE).seconds() + 1),
        valid().claim("auth_time", NOW.plus(TOLERANCE).seconds()),
        valid().claim("auth_time", NOW.minus(TOLERANCE).seconds()),
        // The level is then taken from acr.
        valid().without_claim("helseid://claims/identity/security_level"),
    ] {
        assert!(check(&jwt.sign(&WORLD.key)).is_ok(), "{jwt:?}");
    }
    // Nothing was asked for: nothing of it must be there.
    let bare = ["nonce", "auth_time", "idp", "acr"].iter().fold(valid(), |jwt, name| jwt.without_claim(name));
    let asked = expectations(Occasion::Login(Requested::default()));
    assert!(check_with(&bare.sign(&WORLD.key), &asked, &mut Trail::new()).is_ok());
    // Without the access token its hash cannot be compared.
    let alone = Expectations { access_token: None, ..asked };
    assert!(
        check_with(&bare.claim("at_hash", "another").sign(&WORLD.key), &alone, &mut Trail::new()).is_ok()
    );
}

#[test]
fn a_refreshed_id_token_is_of_the_same_login() {
    let first = check(&valid().sign(&WORLD.key)).unwrap();
    let refreshed = |jwt: Jwt| {
        let expectations = expectations(Occasion::Refresh(&first));
        check_with(&jwt.sign(&WORLD.key), &expectations, &mut Trail::new()).map_err(|fault| fault.rule())
    };
    let later = || valid().claim("iat", NOW.seconds() + 9);
    for good in [
        later(),
        later().without_claim("nonce"),
        later().without_claim("auth_time"),
        later().claim("acr", "Level3"),
        later().claim("iat", NOW.minus(TOLERANCE).seconds()),
    ] {
        assert!(refreshed(good).is_ok());
    }
    for (name, value, rule) in [
        ("sub", json!("another"), Rule::IdTokenRefreshed),
        ("auth_time", json!(NOW.seconds()), Rule::IdTokenRefreshed),
        ("iat", json!(NOW.minus(TOLERANCE).seconds() - 1), Rule::IdTokenRefreshed),
        ("nonce", json!("another"), Rule::IdTokenNonce),
        ("iss", json!("https://another.example"), Rule::IdTokenIss),
        ("aud", json!("another"), Rule::IdTokenAud),
    ] {
        assert_eq!(refreshed(later().claim(name, value)).unwrap_err(), rule, "{name}");
    }
}

fn hint(text: &str) -> Result<Hint, Facts> {
    let world = &*WORLD;
    let key = |kid: &KeyId, _: Algorithm| (kid.as_str() == "issuer").then_some(&world.verify);
    Hint::read(text, &world.issuer, AlgorithmSet::HELSEID, key)
}

#[test]
fn a_hint_is_any_id_token_of_ours_however_old() {
    let old = valid().claim("exp", 1).claim("iat", 0).claim("nbf", 0).sign(&WORLD.key);
    let hint = hint(&old).unwrap();
    assert_eq!(hint.client_id(), &WORLD.client);
    assert_eq!(hint.subject(), &WORLD.person.subject());
    assert_eq!(hint.session_id().map(crate::id::SessionId::as_str), Some("CC2462C2"));
}

#[test]
fn what_is_not_an_id_token_of_ours_is_no_hint_and_is_not_repeated() {
    let key = &WORLD.key;
    for (text, told) in [
        ("a.b".to_owned(), "id_token.form"),
        (valid().header("typ", "at+jwt").sign(key), "id_token.typ"),
        (valid().header("typ", "logout+jwt").sign(key), "id_token.typ"),
        (valid().without_header("typ").sign(key), "id_token.typ"),
        (valid().header("alg", "none").with_signature(b""), "id_token.alg"),
        (valid().header("kid", "another").sign(key), "id_token.kid"),
        (valid().sign(&WORLD.other), "id_token.signature"),
        (valid().claim("iss", "https://another.example").sign(key), "id_token.iss"),
        (valid().claim("aud", json!(["the-client", "b"])).sign(key), "id_token.aud"),
        (valid().without_claim("sub").sign(key), "id_token.sub"),
    ] {
        let facts = hint(&text).expect_err(told);
        assert!(facts.got.contains(told), "{facts:?}");
        assert!(
            !facts.got.contains("eyJ") && !facts.got.contains(WORLD.person.subject().as_str()),
            "{facts:?}"
        );
    }
}

#[test]
fn of_several_keys_the_one_that_signed_is_found() {
    let world = &*WORLD;
    let (right, wrong) = (
        Arc::new(VerifyKey::new(world.key.public().clone()).unwrap()),
        Arc::new(VerifyKey::new(world.other.public().clone()).unwrap()),
    );
    let (text, expectations) = (valid().sign(&world.key), expectations(Occasion::Login(REQUESTED)));
    let presented = PresentedIdToken::read(&text, &expectations, &mut Trail::new()).unwrap();
    assert!(Arc::ptr_eq(&presented.signer(wrong.clone(), std::slice::from_ref(&right)), &right));
    assert!(Arc::ptr_eq(&presented.signer(wrong.clone(), &[]), &wrong));
    let copy = Arc::new(VerifyKey::new(world.key.public().clone()).unwrap());
    assert!(Arc::ptr_eq(&presented.signer(right.clone(), &[copy]), &right));
    assert_eq!(presented.algorithm(), Algorithm::ES256);
    assert!(format!("{presented:?}").starts_with("PresentedIdToken { header: "), "{presented:?}");
}

proptest! {
    #[test]
    fn one_changed_claim_never_makes_another_person(name in "[a-z_]{1,10}", text in "\\PC{0,20}", number in any::<i64>()) {
        for value in [Value::from(text.clone()), number.into(), Value::Null, json!([text]), json!({ "a": text })] {
            let jwt = valid().claim(&name, value);
            if let Ok(claims) = check(&jwt.sign(&WORLD.key)) {
                prop_assert!(claims.expires() > NOW.minus(TOLERANCE) && claims.issued() <= NOW.plus(TOLERANCE));
                prop_assert_eq!(claims.issuer(), "https://sts.example");
                prop_assert!(name == "sub" || claims.subject() == &WORLD.person.subject());
            }
        }
    }
}
