//! Takes a valid assertion, breaks one property, expects that one fault.

use std::sync::LazyLock;
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::forge::{self, Jwt};
use crate::id::{ClientId, Issuer, JwtId, KeyId};
use crate::jose::crypto::MacKey;
use crate::jose::{Algorithm, PrivateJwk, PublicJwk, RsaSize, SigningKey, VerifyKey};
use crate::rule::{Fault, Profile, Rule, Switches, Trail};
use crate::time::{TOLERANCE, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
const TOKEN_ENDPOINT: &str = "https://sts.example/connect/token";

static ISSUER: LazyLock<Issuer> = LazyLock::new(|| Issuer::parse("https://sts.example").unwrap());
static CLIENT: LazyLock<ClientId> = LazyLock::new(|| ClientId::parse("the-client").unwrap());
static KEY: LazyLock<PrivateJwk> = LazyLock::new(|| new_key(Algorithm::ES256));

fn new_key(algorithm: Algorithm) -> PrivateJwk {
    PrivateJwk::generate(algorithm, RsaSize::Bits2048, None)
}

fn signing(jwk: &PrivateJwk) -> SigningKey {
    SigningKey::new(jwk).unwrap()
}

fn registered(jwk: &PublicJwk) -> ClientKey {
    ClientKey { key: VerifyKey::new(jwk.clone()).unwrap(), expires: None }
}

fn valid() -> Jwt {
    let jwt_id = JwtId::parse("once").unwrap();
    let request =
        AssertionRequest { client_id: &CLIENT, issuer: &ISSUER, jwt_id: &jwt_id, now: NOW, details: None };
    forge::assertion(&signing(&KEY), request)
}

fn check_with(
    assertion: &str,
    keys: &[ClientKey],
    profile: Profile,
    trail: &mut Trail,
) -> Result<CheckedAssertion, Fault> {
    PresentedAssertion::read(assertion, trail)?.check(
        keys,
        Expectations { switches: profile.switches(), ..expectations() },
        trail,
    )
}

fn expectations() -> Expectations<'static> {
    let switches = &Switches::HELSEID;
    Expectations { issuer: &ISSUER, token_endpoint: TOKEN_ENDPOINT, switches, tolerance: TOLERANCE, now: NOW }
}

fn check(assertion: &str, profile: Profile) -> Result<CheckedAssertion, Fault> {
    check_with(assertion, &[registered(KEY.public())], profile, &mut Trail::new())
}

#[track_caller]
fn breaks(rule: Rule, jwt: &Jwt) {
    broken(rule, check(&jwt.sign(&signing(&KEY)), Profile::Helseid));
}

#[track_caller]
fn broken(rule: Rule, outcome: Result<CheckedAssertion, Fault>) {
    assert_eq!(outcome.expect_err("a fault").rule(), rule);
}

#[track_caller]
fn holds(jwt: &Jwt, profile: Profile) {
    check(&jwt.sign(&signing(&KEY)), profile).expect("a right assertion");
}

#[test]
fn our_own_assertion_passes_every_profile_without_a_warning() {
    for profile in Profile::ALL {
        let mut trail = Trail::new();
        let assertion = valid().sign(&signing(&KEY));
        let checked = check_with(&assertion, &[registered(KEY.public())], profile, &mut trail).unwrap();
        assert_eq!(checked.client_id(), &*CLIENT);
        assert_eq!(checked.claims().get("iss"), Some(&json!("the-client")));
        let presented = PresentedAssertion::read(&assertion, &mut Trail::new()).unwrap();
        assert_eq!(presented.unverified_claims(), checked.claims());
        assert_eq!(trail.warnings().len(), 0, "{profile}");
    }
}

#[test]
fn form() {
    let assertion = valid().sign(&signing(&KEY));
    let profile = Profile::Helseid;
    broken(Rule::AssertionForm, check(&assertion.replace('.', ""), profile));
    broken(Rule::AssertionForm, check(&format!("{assertion}.x"), profile));
    broken(Rule::AssertionForm, check(&format!("{assertion}="), profile));
    broken(
        Rule::AssertionForm,
        check(&valid().claim("x", "y".repeat(MAX_BYTES)).sign(&signing(&KEY)), profile),
    );
    breaks(Rule::AssertionForm, &valid().header("crit", json!(["exp"])));
}

#[test]
fn typ() {
    breaks(Rule::AssertionTyp, &valid().header("typ", "JWT"));
    breaks(Rule::AssertionTyp, &valid().without_header("typ"));
    holds(&valid().header("typ", "application/Client-Authentication+JWT"), Profile::Helseid);
    holds(&valid().header("typ", "JWT"), Profile::Legacy);
    holds(&valid().without_header("typ"), Profile::Legacy);
    broken(Rule::AssertionTyp, check(&valid().header("typ", "at+jwt").sign(&signing(&KEY)), Profile::Legacy));
}

#[test]
fn alg() {
    for alg in ["none", "None", "HS256", "EdDSA", "es256"] {
        breaks(Rule::AssertionAlg, &valid().header("alg", alg));
    }
    let rs256 = valid().header("alg", "RS256").sign(&signing(&KEY));
    broken(Rule::AssertionAlg, check(&rs256, Profile::Fapi2));
}

#[test]
fn iss_and_sub() {
    breaks(Rule::AssertionIss, &valid().without_claim("iss"));
    breaks(Rule::AssertionIss, &valid().claim("iss", 7));
    breaks(Rule::AssertionIss, &valid().claim("iss", ""));
    breaks(Rule::AssertionSub, &valid().without_claim("sub"));
    breaks(Rule::AssertionSub, &valid().claim("sub", "another-client"));
}

#[test]
fn iss_is_what_is_wrong_where_the_request_and_sub_agree() {
    let read = |jwt: Jwt, named| {
        PresentedAssertion::read_for(&jwt.sign(&signing(&KEY)), named, &mut Trail::new()).map(drop)
    };
    let facts = |fault: Fault| (fault.rule(), fault.facts().expected.clone(), fault.facts().got.clone());
    let fault = read(valid().claim("iss", "another"), Some("the-client")).expect_err("another iss");
    let expected = "'the-client', as client_id and sub have it".to_owned();
    assert_eq!(facts(fault), (Rule::AssertionIss, expected, "'another'".to_owned()));
    let missing = read(valid().without_claim("iss"), Some("the-client")).expect_err("no iss");
    assert_eq!(missing.rule(), Rule::AssertionIss);
    let sub = read(valid().claim("sub", "another"), Some("the-client")).expect_err("another sub");
    assert_eq!(sub.rule(), Rule::AssertionSub);
    read(valid(), Some("the-client")).expect("all three agree");
    read(valid(), Some("another")).expect("client_id is another rule's");

    let mut trail = Trail::insecure_going_on();
    let text = valid().claim("iss", "another").sign(&signing(&KEY));
    let going_on = PresentedAssertion::read_for(&text, Some("the-client"), &mut trail).expect("noted");
    assert_eq!(going_on.client_id().as_str(), "the-client");
}

#[test]
fn an_empty_client_id_asks_for_its_variable() {
    let text = valid().claim("iss", "").sign(&signing(&KEY));
    let fault = PresentedAssertion::read(&text, &mut Trail::new()).map(drop).expect_err("empty");
    assert!(fault.description().contains("is empty: is the variable set"), "{}", fault.description());
}

#[test]
fn a_header_parameter_of_another_type_breaks_its_own_rule() {
    breaks(Rule::AssertionTyp, &valid().header("typ", 7));
    breaks(Rule::AssertionAlg, &valid().header("alg", 7));
    breaks(Rule::AssertionAlg, &valid().without_header("alg"));
    breaks(Rule::AssertionKid, &valid().header("kid", json!(["a"])));
}

#[test]
fn none_with_no_signature_is_an_algorithm_that_is_not_allowed() {
    for alg in ["none", "None", "NONE", "nOnE"] {
        let text = valid().header("alg", alg).sign(&signing(&KEY));
        let unsigned = &text[..=text.rfind('.').expect("three parts")];
        broken(Rule::AssertionAlg, check(unsigned, Profile::Helseid));
    }
    let text = valid().sign(&signing(&KEY));
    broken(Rule::AssertionForm, check(&text[..=text.rfind('.').expect("three parts")], Profile::Helseid));
}

#[test]
fn aud() {
    for wrong in [json!(TOKEN_ENDPOINT), json!("https://sts.example//"), json!([]), json!(7), json!([7])] {
        breaks(Rule::AssertionAud, &valid().claim("aud", wrong));
    }
    breaks(Rule::AssertionAud, &valid().claim("aud", json!([ISSUER.as_str(), TOKEN_ENDPOINT])));
    breaks(Rule::AssertionAud, &valid().without_claim("aud"));

    for profile in [Profile::Helseid, Profile::HelseidNext] {
        for slash in [json!("https://sts.example/"), json!(["https://sts.example/"])] {
            let mut trail = Trail::new();
            let text = valid().claim("aud", slash).sign(&signing(&KEY));
            check_with(&text, &[registered(KEY.public())], profile, &mut trail).expect("one slash passes");
            let warned: Vec<_> = trail.warnings().map(|(rule, facts)| (rule, facts.got.clone())).collect();
            assert_eq!(warned, [(Rule::AssertionAud, "'https://sts.example/'".to_owned())], "{profile}");
        }
    }
    broken(
        Rule::AssertionAud,
        check(&valid().claim("aud", "https://sts.example/").sign(&signing(&KEY)), Profile::Fapi2),
    );

    let in_an_array = valid().claim("aud", json!([ISSUER.as_str()]));
    holds(&in_an_array, Profile::Helseid);
    broken(Rule::AssertionAud, check(&in_an_array.sign(&signing(&KEY)), Profile::Fapi2));
    // An issuer whose name ends with a slash is known by that name, byte for byte, in every profile.
    let named_with_a_slash = Issuer::parse("https://sts.example/").unwrap();
    for profile in [Profile::Helseid, Profile::HelseidNext, Profile::Legacy, Profile::Fapi2] {
        let expectations =
            Expectations { issuer: &named_with_a_slash, switches: profile.switches(), ..expectations() };
        let checked = |aud: &str| {
            let text = valid().claim("aud", aud).sign(&signing(&KEY));
            let presented = PresentedAssertion::read(&text, &mut Trail::new())?;
            presented.check(&[registered(KEY.public())], expectations, &mut Trail::new())
        };
        checked("https://sts.example/").expect("the issuer's own name");
        broken(Rule::AssertionAud, checked("https://sts.example"));
    }
    for right_before_2025 in [TOKEN_ENDPOINT, "https://sts.example/connect/token/", "https://sts.example/"] {
        holds(&valid().claim("aud", right_before_2025), Profile::Legacy);
    }
    let elsewhere = valid().claim("aud", "https://sts.example/connect").sign(&signing(&KEY));
    broken(Rule::AssertionAud, check(&elsewhere, Profile::Legacy));
}

#[test]
fn exp_and_lifetime() {
    let at = |seconds: i64| valid().claim("exp", NOW.seconds() + seconds);
    breaks(Rule::AssertionExp, &at(-10));
    holds(&at(-9), Profile::Helseid);
    holds(&at(70), Profile::Helseid);
    breaks(Rule::AssertionLifetime, &at(71));
    breaks(Rule::AssertionExp, &valid().without_claim("exp"));
    breaks(Rule::AssertionExp, &valid().claim("exp", NOW.plus(Duration::from_secs(5)).to_string()));
    breaks(Rule::AssertionExp, &valid().claim("exp", -1));
    breaks(Rule::AssertionExp, &valid().claim("exp", 1e300));
    breaks(Rule::AssertionLifetime, &valid().claim("exp", i64::MAX));
    breaks(Rule::AssertionExp, &valid().claim("exp", u64::MAX));
}

#[test]
fn nbf_and_iat() {
    let ahead = NOW.seconds() + 11;
    breaks(Rule::AssertionNbf, &valid().claim("nbf", ahead));
    breaks(Rule::AssertionNbf, &valid().claim("nbf", NOW.to_string()));
    breaks(Rule::AssertionIat, &valid().claim("iat", ahead));
    breaks(Rule::AssertionIat, &valid().claim("iat", ahead.to_string()));
    breaks(Rule::AssertionIat, &valid().claim("iat", "now"));
    breaks(Rule::AssertionIat, &valid().claim("iat", json!({})));
    holds(&valid().without_claim("nbf").without_claim("iat"), Profile::Helseid);
    holds(&valid().claim("iat", NOW.to_string()), Profile::Helseid);
    holds(&valid().claim("nbf", ahead - 1).claim("iat", ahead - 1), Profile::Helseid);
}

#[test]
fn jti() {
    breaks(Rule::AssertionJti, &valid().without_claim("jti"));
    breaks(Rule::AssertionJti, &valid().claim("jti", ""));
    breaks(Rule::AssertionJti, &valid().claim("jti", "x".repeat(257)));
    breaks(Rule::AssertionJti, &valid().claim("jti", 1));
}

#[test]
fn kid() {
    breaks(Rule::AssertionKid, &valid().header("kid", "another"));
    holds(&valid().without_header("kid"), Profile::Helseid);

    let only_rsa = [registered(new_key(Algorithm::PS256).public())];
    let unnamed = valid().without_header("kid").sign(&signing(&KEY));
    broken(Rule::AssertionKid, check_with(&unnamed, &only_rsa, Profile::Helseid, &mut Trail::new()));
    broken(Rule::AssertionKid, check_with(&unnamed, &[], Profile::Helseid, &mut Trail::new()));
}

#[test]
fn without_kid_the_right_key_is_found_among_several() {
    let keys = [registered(new_key(Algorithm::ES256).public()), registered(KEY.public())];
    let unnamed = valid().without_header("kid").sign(&signing(&KEY));
    check_with(&unnamed, &keys, Profile::Helseid, &mut Trail::new()).unwrap();
}

#[test]
fn without_kid_the_newest_ten_keys_are_tried_and_more_are_warned_of() {
    let other = new_key(Algorithm::ES256);
    let others = |count: usize| (0..count).map(|_| registered(other.public()));
    let own = || std::iter::once(registered(KEY.public()));
    let unnamed = valid().without_header("kid").sign(&signing(&KEY));
    for (older, newer, warnings) in [(0, 9, 0), (5, 0, 0), (1, 9, 1), (90, 9, 1)] {
        let keys: Vec<_> = others(older).chain(own()).chain(others(newer)).collect();
        let mut trail = Trail::new();
        check_with(&unnamed, &keys, Profile::Helseid, &mut trail).expect("one of the newest ten");
        let warned: Vec<_> = trail.warnings().collect();
        assert_eq!(warned.len(), warnings, "{older} {newer}");
        assert!(
            warned.iter().all(|(rule, facts)| *rule == Rule::AssertionKid && facts.got.contains("newest 10"))
        );
    }
    let too_old: Vec<_> = own().chain(others(10)).collect();
    let refused = check_with(&unnamed, &too_old, Profile::Helseid, &mut Trail::new()).expect_err("not tried");
    assert_eq!(refused.rule(), Rule::AssertionSignature);
    assert!(refused.to_string().contains("a kid in the header"), "{refused}");
    check_with(&valid().sign(&signing(&KEY)), &too_old, Profile::Helseid, &mut Trail::new())
        .expect("it is named");
}

#[test]
fn key_alg() {
    breaks(Rule::AssertionKeyAlg, &valid().header("alg", "PS256"));

    let marked_ps256 = new_key(Algorithm::PS256);
    let mut unmarked: serde_json::Value = serde_json::from_str(marked_ps256.to_json().expose()).unwrap();
    unmarked["alg"] = json!("PS512");
    let signs_ps512 = signing(&PrivateJwk::read(unmarked.to_string().as_bytes()).unwrap());
    let kid = marked_ps256.public().key_id().unwrap().as_str();
    let assertion = valid().header("alg", "PS512").header("kid", kid).sign(&signs_ps512);
    let keys = [registered(marked_ps256.public())];

    let mut trail = Trail::new();
    check_with(&assertion, &keys, Profile::Helseid, &mut trail).unwrap();
    assert_eq!(trail.warnings().map(|(rule, _)| rule).collect::<Vec<_>>(), [Rule::AssertionKeyAlg]);
    broken(Rule::AssertionAlg, check_with(&assertion, &keys, Profile::Fapi2, &mut Trail::new()));
}

#[test]
fn fapi2_refuses_another_algorithm_than_the_keys() {
    let marked_rs256 = new_key(Algorithm::RS256);
    let mut as_ps256: serde_json::Value = serde_json::from_str(marked_rs256.to_json().expose()).unwrap();
    as_ps256["alg"] = json!("PS256");
    let signs_ps256 = signing(&PrivateJwk::read(as_ps256.to_string().as_bytes()).unwrap());
    let kid = marked_rs256.public().key_id().unwrap().as_str();
    let assertion = valid().header("alg", "PS256").header("kid", kid).sign(&signs_ps256);
    let keys = [registered(marked_rs256.public())];
    broken(Rule::AssertionKeyAlg, check_with(&assertion, &keys, Profile::Fapi2, &mut Trail::new()));
}

#[test]
fn signature() {
    let another = new_key(Algorithm::ES256);
    broken(Rule::AssertionSignature, check(&valid().sign(&signing(&another)), Profile::Helseid));
    let changed = valid().sign_then_claim(&signing(&KEY), "jti", "twice");
    broken(Rule::AssertionSignature, check(&changed, Profile::Helseid));
    broken(Rule::AssertionSignature, check(&valid().with_signature(&[0; 64]), Profile::Helseid));
}

#[test]
fn key_expiry() {
    let expired = ClientKey { expires: Some(NOW), ..registered(KEY.public()) };
    let assertion = valid().sign(&signing(&KEY));
    broken(Rule::AssertionKeyExpiry, check_with(&assertion, &[expired], Profile::Helseid, &mut Trail::new()));
    let good = ClientKey { expires: Some(NOW.plus(Duration::from_secs(1))), ..registered(KEY.public()) };
    assert!(check_with(&assertion, &[good], Profile::Helseid, &mut Trail::new()).is_ok());
}

#[test]
fn an_assertion_is_remembered_by_client_and_jti_until_its_age_refuses_it() {
    let key = MacKey::new(&[7; 32]);
    let id = |jwt: Jwt| check(&jwt.sign(&signing(&KEY)), Profile::Helseid).unwrap().replay_id(&key);
    assert_eq!(id(valid()), id(valid().claim("exp", NOW.seconds() + 30)));
    assert_ne!(id(valid()), id(valid().claim("jti", "another")));

    let checked = check(&valid().sign(&signing(&KEY)), Profile::Helseid).unwrap();
    assert_eq!(checked.remember_until(), NOW.plus(LIFETIME).plus(TOLERANCE * 2).plus(Duration::from_secs(1)));
}

#[test]
fn a_kid_of_base64_characters_is_compared_as_it_is() {
    let kid = KeyId::parse("a+b/c==").unwrap();
    let key = registered(&KEY.public().clone().with_key_id(kid));
    let assertion = valid().header("kid", "a+b/c==").sign(&signing(&KEY));
    check_with(&assertion, &[key], Profile::Helseid, &mut Trail::new()).unwrap();
}
