//! Takes a valid proof, breaks one property, expects that one fault.

use std::sync::LazyLock;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;

use super::*;
use crate::forge::{self, Jwt};
use crate::id::JwtId;
use crate::jose::crypto::MacKey;
use crate::jose::{Algorithm, AlgorithmSet, PrivateJwk, RsaSize, SigningKey};
use crate::rule::{Fault, OtherAlgorithm, PublishedKey, Rule, Trail};
use crate::secret::AccessToken;
use crate::time::{TOLERANCE, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
const WINDOW: Duration = Duration::from_secs(10);

static KEY: LazyLock<PrivateJwk> =
    LazyLock::new(|| PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None));
static TARGET: LazyLock<Target> = LazyLock::new(|| Target::parse("https://api.example/patients").unwrap());
static TOKEN: LazyLock<AccessToken> = LazyLock::new(|| AccessToken::new("the.access.token"));
static NONCES: LazyLock<NonceKey> = LazyLock::new(|| NonceKey::new(&[1; 32]));

fn key() -> SigningKey {
    SigningKey::new(&KEY).unwrap()
}

fn valid() -> Jwt {
    let jwt_id = JwtId::parse("once").unwrap();
    let nonce = NONCES.issue(NOW);
    let request = ProofRequest {
        method: &Method::GET,
        target: &TARGET,
        nonce: Some(&nonce),
        access_token: Some(&TOKEN),
        jwt_id: &jwt_id,
        now: NOW,
    };
    forge::proof(&key(), request)
}

fn check_with(
    proof: &str,
    other_algorithm: OtherAlgorithm,
    trail: &mut Trail,
) -> Result<CheckedProof, Fault> {
    let (hash, thumbprint) = (token_hash(TOKEN.expose()), KEY.public().thumbprint());
    let expectations = Expectations {
        method: &Method::GET,
        targets: std::slice::from_ref(&*TARGET),
        nonce: ExpectedNonce::Of(&NONCES),
        bound_to: Some(BoundTo { token_hash: &hash, thumbprint: thumbprint.as_str() }),
        algorithms: AlgorithmSet::HELSEID,
        other_algorithm,
        window: WINDOW,
        tolerance: TOLERANCE,
        now: NOW,
    };
    PresentedProof::parse(proof, trail)?.check(expectations, trail)
}

fn check(proof: &str) -> Result<CheckedProof, Fault> {
    check_with(proof, OtherAlgorithm::Warned, &mut Trail::new())
}

#[track_caller]
fn breaks(rule: Rule, jwt: &Jwt) {
    broken(rule, check(&jwt.sign(&key())));
}

#[track_caller]
fn broken<T: std::fmt::Debug>(rule: Rule, outcome: Result<T, Fault>) {
    assert_eq!(outcome.expect_err("a fault").rule(), rule);
}

#[track_caller]
fn holds(jwt: &Jwt) {
    check(&jwt.sign(&key())).expect("a right proof");
}

#[test]
fn our_own_proof_passes_without_a_warning() {
    let (mut trail, proof) = (Trail::new(), valid().sign(&key()));
    let presented = PresentedProof::parse(&proof, &mut trail).unwrap();
    assert_eq!(presented.unverified_claims().get("htm"), Some(&json!("GET")));
    let checked = check_with(&proof, OtherAlgorithm::Refused, &mut trail).unwrap();
    assert_eq!(checked.thumbprint(), &KEY.public().thumbprint());
    assert_eq!(trail.warnings().len(), 0);
}

#[test]
fn extra_claims_are_let_pass() {
    holds(&valid().claim("exp", NOW.seconds() + 60).claim("nbf", NOW.seconds()).header("kid", "x"));
}

fn read(values: &[&str]) -> Result<bool, Fault> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append("DPoP", HeaderValue::from_str(value).unwrap());
    }
    PresentedProof::read(&headers, &mut Trail::new()).map(|proof| proof.is_some())
}

#[test]
fn check_1_one_header() {
    let proof = valid().sign(&key());
    assert_eq!(read(&[]), Ok(false));
    assert_eq!(read(&[&proof]), Ok(true));
    broken(Rule::DpopOnce, read(&[&proof, &proof]));
    broken(Rule::DpopOnce, read(&[&format!("{proof},{proof}")]));
    // The longest that is read, which has another fault, and one byte more.
    broken(Rule::DpopForm, read(&[&"x".repeat(MAX_BYTES)]));
    broken(Rule::DpopOnce, read(&[&"x".repeat(MAX_BYTES + 1)]));
}

#[test]
fn check_2_one_well_formed_jwt() {
    let proof = valid().sign(&key());
    broken(Rule::DpopForm, check(&proof.replacen('.', "", 1)));
    broken(Rule::DpopForm, check(&format!("{proof}\u{e5}")));
    breaks(Rule::DpopForm, &valid().header("crit", json!(["jwk"])));
    breaks(Rule::DpopJwk, &valid().header("jwk", "a text"));
}

#[test]
fn check_3_required_claims() {
    breaks(Rule::DpopJti, &valid().without_claim("jti"));
    breaks(Rule::DpopJti, &valid().claim("jti", "x".repeat(257)));
    breaks(Rule::DpopHtm, &valid().without_claim("htm"));
    breaks(Rule::DpopHtm, &valid().claim("htm", 7));
    breaks(Rule::DpopHtu, &valid().without_claim("htu"));
    breaks(Rule::DpopHtu, &valid().claim("htu", json!(["https://api.example/patients"])));
    breaks(Rule::DpopIat, &valid().without_claim("iat"));
    breaks(Rule::DpopIat, &valid().claim("iat", NOW.to_string()));
}

#[test]
fn check_4_typ() {
    breaks(Rule::DpopTyp, &valid().header("typ", "JWT"));
    breaks(Rule::DpopTyp, &valid().without_header("typ"));
}

#[test]
fn check_5_alg() {
    for alg in ["none", "HS256", "EdDSA", "ES256K"] {
        breaks(Rule::DpopAlg, &valid().header("alg", alg));
    }
}

#[test]
fn check_6_signature() {
    let another = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap();
    broken(Rule::DpopSignature, check(&valid().sign(&another)));
    broken(Rule::DpopSignature, check(&valid().sign_then_claim(&key(), "jti", "twice")));
    broken(Rule::DpopSignature, check(&valid().with_signature(&[0; 64])));
}

#[test]
fn check_7_a_public_key() {
    let with_private: serde_json::Value = serde_json::from_str(KEY.to_json().expose()).unwrap();
    breaks(Rule::DpopJwk, &valid().header("jwk", with_private));
    breaks(Rule::DpopJwk, &valid().without_header("jwk"));
    breaks(Rule::DpopJwk, &valid().header("jwk", json!({"kty": "oct", "k": "AAAA"})));

    let mut off_the_curve = KEY.public().bare();
    off_the_curve.insert("x".into(), crate::jose::base64url::encode(&[1; 32]).into());
    let off_the_curve = valid().header("jwk", off_the_curve).sign(&key());
    // Another key has another thumbprint, so without a bound token the numbers are what is left to refuse.
    let expectations = unbound();
    let mut trail = Trail::new();
    let outcome = PresentedProof::parse(&off_the_curve, &mut trail).unwrap().check(expectations, &mut trail);
    broken(Rule::DpopJwk, outcome);
}

#[test]
fn an_oversize_rsa_key_is_refused_before_any_arithmetic() {
    let of = |bytes: usize| {
        let modulus = crate::jose::base64url::encode(&vec![0xff; bytes]);
        valid().header("alg", "RS256").header("jwk", json!({"kty": "RSA", "n": modulus, "e": "AQAB"}))
    };
    breaks(Rule::DpopJwk, &of(513));
    // Of the largest, what is wrong is found later.
    breaks(Rule::DpopJkt, &of(512));
}

fn unbound() -> Expectations<'static> {
    Expectations {
        method: &Method::GET,
        targets: std::slice::from_ref(&*TARGET),
        nonce: ExpectedNonce::None,
        bound_to: None,
        algorithms: AlgorithmSet::HELSEID,
        other_algorithm: OtherAlgorithm::Warned,
        window: WINDOW,
        tolerance: TOLERANCE,
        now: NOW,
    }
}

#[test]
fn key_alg() {
    breaks(Rule::DpopKeyAlg, &valid().header("alg", "PS256"));
    let mut marked = KEY.public().bare();
    marked.insert("alg".into(), "ES384".into());
    breaks(Rule::DpopJwk, &valid().header("jwk", marked));

    let rsa = PrivateJwk::generate(Algorithm::RS256, RsaSize::Bits2048, None);
    let mut marked_ps256 = rsa.public().bare();
    marked_ps256.insert("alg".into(), "PS256".into());
    let proof =
        valid().header("alg", "RS256").header("jwk", marked_ps256).sign(&SigningKey::new(&rsa).unwrap());
    let check = |other_algorithm| {
        let mut trail = Trail::new();
        let expectations = Expectations { other_algorithm, ..unbound() };
        let outcome = PresentedProof::parse(&proof, &mut trail).unwrap().check(expectations, &mut trail);
        outcome.map(|_| trail.warnings().map(|(rule, _)| rule).collect::<Vec<_>>())
    };
    assert_eq!(check(OtherAlgorithm::Warned), Ok(vec![Rule::DpopKeyAlg]));
    broken(Rule::DpopKeyAlg, check(OtherAlgorithm::Refused));
}

#[test]
fn a_key_that_anyone_has_is_warned_of_or_refused() {
    // RFC 7517 appendix A.2 has the private half of this key.
    let published = br#"{"kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}"#;
    let published = SigningKey::new(&PrivateJwk::read(published).unwrap()).unwrap();
    let of = |key: &SigningKey, published| {
        let mut trail = Trail::new();
        let proof = valid().header("jwk", key.public().bare()).sign(key);
        let checked =
            PresentedProof::parse(&proof, &mut trail).unwrap().check(unbound(), &mut trail).unwrap();
        let secret = checked.require_secret_key(published, &mut trail);
        secret.map(|()| trail.warnings().map(|(rule, _)| rule).collect::<Vec<_>>())
    };
    assert_eq!(of(&published, PublishedKey::Warned), Ok(vec![Rule::KeyPublic]));
    broken(Rule::KeyPublic, of(&published, PublishedKey::Refused));
    assert_eq!(of(&key(), PublishedKey::Refused), Ok(vec![]));
}

#[test]
fn check_8_htm() {
    breaks(Rule::DpopHtm, &valid().claim("htm", "POST"));
    breaks(Rule::DpopHtm, &valid().claim("htm", "get"));
}

#[test]
fn check_9_htu() {
    for wrong in [
        "https://api.example/patients/1",
        "http://api.example/patients",
        "https://api.example:8443/patients",
        "https://other.example/patients",
        "https://api.example/Patients",
        "https://api.example//patients",
        "https://api.example/patients/",
        "https://user@api.example/patients",
        "/patients",
        "",
    ] {
        breaks(Rule::DpopHtu, &valid().claim("htu", wrong));
    }
    for same in [
        "HTTPS://API.example/patients",
        "https://api.example:443/patients",
        "https://api.example/./x/../patients",
        "https://api.example/p%61tients",
        "https://api.example/patients?all",
        "https://api.example/patients#top",
        "https://api.example:443/patients?all=https://other.example/#top",
    ] {
        holds(&valid().claim("htu", same));
    }
    for wrong in ["https://other.example/?https://api.example/patients", "?https://api.example/patients"] {
        breaks(Rule::DpopHtu, &valid().claim("htu", wrong));
    }
}

/// Paths of APIs have numbers of persons in them: what is told of a call names none.
#[test]
fn no_path_of_a_call_is_told() {
    for (htu, got) in [
        ("https://api.example/Patient/13899525781", "another path"),
        ("https://other.example/Patient/13899525781?a", "https://other.example/…"),
        ("13899525781", "an invalid address"),
    ] {
        let fault = check(&valid().claim("htu", htu).sign(&key())).unwrap_err();
        let facts = fault.facts();
        assert!(facts.got.contains(got) && facts.expected == "https://api.example/…", "{facts:?}");
        assert!(!format!("{fault} {facts:?}").contains("13899525781"), "{fault}");
    }
    let (proof, mut trail) =
        (valid().claim("htu", "https://api.example/patients?all").sign(&key()), Trail::new());
    check_with(&proof, OtherAlgorithm::Warned, &mut trail).unwrap();
    let (_, facts) = trail.warnings().next().unwrap();
    assert_eq!(facts.expected, "https://api.example/… without query and fragment");
}

#[test]
fn where_tokens_are_given_an_address_is_told_as_it_was_sent() {
    let mut trail = Trail::new();
    let proof = valid().claim("htu", "https://API.example:443/other").sign(&key());
    let outcome = PresentedProof::parse(&proof, &mut trail).unwrap().check(unbound(), &mut trail);
    let fault = outcome.expect_err("another address");
    let facts = fault.facts();
    assert_eq!(facts.expected, TARGET.as_str());
    assert_eq!(facts.got, "'https://API.example:443/other'");
}

#[test]
fn what_is_ignored_in_htu_is_warned_of() {
    for (htu, rules) in [("https://api.example/patients?all", &[Rule::DpopHtu][..]), (TARGET.as_str(), &[])] {
        let (proof, mut trail) = (valid().claim("htu", htu).sign(&key()), Trail::new());
        check_with(&proof, OtherAlgorithm::Refused, &mut trail).unwrap();
        assert_eq!(trail.warnings().map(|(rule, _)| rule).collect::<Vec<_>>(), rules);
    }
}

#[test]
fn check_10_nonce() {
    breaks(Rule::DpopNonce, &valid().without_claim("nonce"));
    breaks(Rule::DpopNonce, &valid().claim("nonce", "x"));
    breaks(Rule::DpopNonce, &valid().claim("nonce", NonceKey::new(&[2; 32]).issue(NOW).as_str()));
    let of = |seconds: i64| NONCES.issue(Timestamp::from_seconds(NOW.seconds() + seconds));
    holds(&valid().claim("nonce", of(-60).as_str()));
    breaks(Rule::DpopNonce, &valid().claim("nonce", of(-61).as_str()));
    holds(&valid().claim("nonce", of(10).as_str()));
    breaks(Rule::DpopNonce, &valid().claim("nonce", of(11).as_str()));
}

#[test]
fn a_nonce_of_a_server_has_256_printable_characters_at_most() {
    for text in ["!", "a~-_.[]#", &"x".repeat(256)] {
        assert_eq!(Nonce::parse(text).map(|nonce| nonce.to_string()).as_deref(), Ok(text));
    }
    for text in ["", "a b", "a\"b", "a\\b", "\u{e5}", &"x".repeat(257)] {
        assert!(Nonce::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_nonce_key_is_changed_replica_by_replica() {
    let (old, new) = ([1; 32], [2; 32]);
    let (before, first, second) =
        (NonceKey::new(&old), NonceKey::new(&old).and_take(&new), NonceKey::new(&new).and_take(&old));
    for (gives, takes) in [(&before, &first), (&first, &before), (&first, &second), (&second, &first)] {
        assert_eq!(takes.check(gives.issue(NOW).as_str(), NOW, TOLERANCE).map(drop), Ok(()));
    }
    assert!(NonceKey::new(&new).check(first.issue(NOW).as_str(), NOW, TOLERANCE).is_err());
}

#[test]
fn check_11_iat() {
    let at = |seconds: i64| valid().claim("iat", NOW.seconds() + seconds);
    holds(&at(-20));
    breaks(Rule::DpopIat, &at(-21));
    holds(&at(10));
    breaks(Rule::DpopIat, &at(11));
}

#[test]
fn check_12_the_access_token() {
    breaks(Rule::DpopAth, &valid().without_claim("ath"));
    breaks(Rule::DpopAth, &valid().claim("ath", token_hash("another.token")));
    let another = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap();
    broken(Rule::DpopJkt, check(&valid().header("jwk", another.public().bare()).sign(&another)));
}

#[test]
fn a_proof_is_remembered_by_key_and_jti_until_its_age_refuses_it() {
    let mac = MacKey::new(&[7; 32]);
    let id = |jwt: Jwt| check(&jwt.sign(&key())).unwrap().replay_id(&mac);
    assert_eq!(id(valid()), id(valid().claim("iat", NOW.seconds() - 1)));
    assert_ne!(id(valid()), id(valid().claim("jti", "another")));
    let until = check(&valid().sign(&key())).unwrap().remember_until();
    assert_eq!(until, NOW.plus(WINDOW).plus(TOLERANCE * 2));
}

#[test]
fn an_authority_on_loopback_that_is_normal_is_taken_as_its_url_would_be() {
    for authority in ["localhost:5000", "127.0.0.1:1", "[::1]:65535"] {
        let url = url::Url::parse(&format!("http://{authority}")).unwrap();
        assert_eq!(Target::on_loopback(authority), Target::of_url(&url).ok(), "{authority}");
    }
    for other in [
        "localhost",
        "localhost:",
        "localhost:80",
        "localhost:05000",
        "localhost:65536",
        "localhost:+5",
        "LOCALHOST:5000",
        "a.localhost:5000",
        "127.1:5000",
        "api.example:5000",
        "user@localhost:5000",
        "localhost:5000/",
        "::1:5000",
        "",
    ] {
        assert_eq!(Target::on_loopback(other), None, "{other}");
    }
}

#[test]
fn a_target_is_its_address_without_query_and_fragment() {
    let of = |text: &str| Target::of_request(text).map(|target| target.as_str().to_owned());
    assert_eq!(of("http://[::1]:80/a%2fb?c#d").as_deref(), Ok("http://[::1]/a%2Fb"));
    assert_eq!(of("https://blåbær.example").as_deref(), Ok("https://xn--blbr-roah.example/"));
    assert_eq!(of("https://a.example//x/%7euser").as_deref(), Ok("https://a.example//x/~user"));
    assert_eq!(of(&format!("{:x<4096}", "https://a.example/")).map(|text| text.len()), Ok(4096));
    assert_eq!(of("ftp://a.example/"), Err(InvalidTarget::NotHttp));
    assert_eq!(of(&format!("https://a.example/{}", "x".repeat(5000))), Err(InvalidTarget::TooLong(5018)));
}

#[test]
fn the_origin_of_a_target_ends_before_its_path() {
    for (text, origin) in [
        ("http://a.no/b/c", "http://a.no"),
        ("https://a.no/", "https://a.no"),
        ("https://api.example:8443/Patient/1", "https://api.example:8443"),
    ] {
        let target = Target::parse(text).unwrap();
        assert_eq!((target.origin(), &*target.to_string()), (origin, text));
    }
}

#[test]
fn a_percent_sign_that_begins_no_triplet_makes_none_with_what_follows() {
    let of = |text: &str| Target::of_request(text).map(|target| target.as_str().to_owned());
    for (path, normal) in
        [("%4%41", "%254A"), ("%", "%25"), ("%+4", "%25+4"), ("%zz", "%25zz"), ("%41", "A"), ("%2f", "%2F")]
    {
        let once = of(&format!("https://a.example/{path}")).unwrap();
        assert_eq!(once, format!("https://a.example/{normal}"), "{path}");
        assert_eq!(of(&once), Ok(once.clone()), "{path}");
    }
}

#[test]
fn a_seen_key_spares_its_parsing_and_no_check() {
    let good = valid().sign(&key());
    let kept = check(&good).unwrap().key().clone();
    let lookup = |_: &str| Some(kept.clone());
    let with_it = |proof: &str, other_algorithm, trail: &mut Trail| {
        let mut headers = HeaderMap::new();
        headers.insert("dpop", proof.parse().unwrap());
        let proof = PresentedProof::read_known(&headers, CachedKeys::by(&lookup), trail)?.unwrap();
        let (hash, thumbprint) = (token_hash(TOKEN.expose()), KEY.public().thumbprint());
        let bound_to = BoundTo { token_hash: &hash, thumbprint: thumbprint.as_str() };
        let nonce = ExpectedNonce::Of(&NONCES);
        proof.check(Expectations { bound_to: Some(bound_to), nonce, other_algorithm, ..unbound() }, trail)
    };
    let check = |proof: &str| with_it(proof, OtherAlgorithm::Refused, &mut Trail::new());
    let checked = check(&good).unwrap();
    assert_eq!(checked.thumbprint(), &KEY.public().thumbprint());
    assert_eq!(checked.nonce_issued(), Some(NOW));
    assert!(std::sync::Arc::ptr_eq(checked.key(), &kept));
    assert_eq!(Some(kept.part()), good.split('.').next());
    let shown = [CachedKeys::by(&lookup), CachedKeys::NONE].map(|keys| format!("{keys:?}"));
    assert_eq!(shown, ["CachedKeys(some)", "CachedKeys(none)"]);

    broken(Rule::DpopSignature, check(&valid().with_signature(&[1; 64])));
    broken(Rule::DpopSignature, check(&valid().sign_then_claim(&key(), "jti", "twice")));
    broken(Rule::DpopHtm, check(&valid().claim("htm", "PUT").sign(&key())));
    broken(Rule::DpopAth, check(&valid().claim("ath", "x").sign(&key())));
    // What is kept for one header is not taken for another.
    let another = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).unwrap();
    let by_another = valid().header("jwk", another.public().bare()).sign(&another);
    broken(Rule::DpopJkt, check(&by_another));
    broken(Rule::DpopTyp, check(&valid().header("typ", "JWT").sign(&key())));
    let verdict = |seen: bool| {
        let mut trail = Trail::new();
        if seen {
            with_it(&good, OtherAlgorithm::Refused, &mut trail).unwrap();
        } else {
            check_with(&good, OtherAlgorithm::Refused, &mut trail).unwrap();
            trail.holds(Rule::DpopOnce);
            trail.holds(Rule::DpopForm);
        }
        trail.verdict(crate::rule::Endpoint::Api, None)
    };
    assert_eq!(verdict(true), verdict(false));
}

#[test]
fn an_address_below_another_is_as_if_it_were_read_whole() {
    for base in [
        "https://api.example",
        "https://API.example:443/",
        "https://api.example/v1/",
        "http://[::1]:5000/a%7e",
    ] {
        let base = Target::parse(base).unwrap();
        for path in [
            "/",
            "/who",
            "/a//b",
            "/a/../b",
            "/./x",
            "/.well-known/x",
            "/%7ea",
            "/a%2fb",
            "/\u{e5}",
            "//x",
            "/a;b=1,2",
        ] {
            let whole = format!("{}{path}", base.as_str().trim_end_matches('/'));
            assert_eq!(Target::below(&base, path), Target::of_request(&whole), "{base} {path}");
        }
    }
    let base = Target::parse("https://a.example").unwrap();
    for wrong in [&"/a".repeat(5000), "", "*", "@evil.example/", ":80/"] {
        assert!(Target::below(&base, wrong).is_err(), "{wrong}");
    }
}

#[cfg(feature = "proof-keys")]
#[test]
fn a_cache_of_proof_keys_is_bounded_and_of_no_size_keeps_none() {
    let kept = |most, keys: u8| {
        let cache = ProofKeyCache::new(most);
        let found = (0..keys).filter_map(|n| {
            let checked = check(&valid().header("n", n).sign(&key())).unwrap();
            cache.insert(checked.key());
            cache.get(checked.key().part())
        });
        let found = found.count();
        assert!(cache.get("another").is_none());
        found
    };
    assert_eq!((kept(0, 3), kept(100, 3)), (0, 3));
    assert_eq!(format!("{:?}", ProofKeyCache::new(1)), "ProofKeyCache { .. }");
}
