mod private;
mod set;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::id::KeyId;
use crate::jose::json::Object;
use crate::jose::tests::{edited, private};
use crate::jose::{Algorithm, KeyType, base64url};

fn document(algorithm: Algorithm) -> Object {
    private(algorithm).public().members().clone()
}

/// Reads a valid key of `algorithm` in which one member was set, or taken away by `null`.
fn broken(algorithm: Algorithm, name: &str, value: Value) -> Result<PublicJwk, InvalidJwk> {
    let mut members = document(algorithm);
    members.remove(name);
    if !value.is_null() {
        members.insert(name.into(), value);
    }
    PublicJwk::from_object(members)
}

fn number(algorithm: Algorithm, name: &str) -> Vec<u8> {
    base64url::decode(document(algorithm)[name].as_str().expect(name)).expect(name)
}

fn encoded(bytes: &[u8]) -> Value {
    base64url::encode(bytes).into()
}

#[test]
fn the_published_thumbprints_hold() {
    let examples: Value =
        serde_json::from_str(include_str!("../../../../tests/data/thumbprint.json")).expect("JSON");
    for example in examples.as_array().expect("an array") {
        let key = PublicJwk::read(example["key"].to_string().as_bytes()).expect("a key");
        assert_eq!(key.thumbprint().as_str(), example["thumbprint"], "{}", example["source"]);
    }
}

#[test]
fn a_thumbprint_is_of_the_key_and_nothing_else() {
    let key = private(Algorithm::ES256).public().clone();
    let thumbprint = key.thumbprint();
    assert_eq!(PublicJwk::from_object(key.bare()).map(|bare| bare.thumbprint()), Ok(thumbprint.clone()));
    assert_eq!(key.bare().keys().collect::<Vec<_>>(), ["crv", "kty", "x", "y"]);
    let renamed = key.with_key_id(KeyId::parse("another").expect("an id"));
    assert_eq!(renamed.thumbprint(), thumbprint);
    assert_eq!(renamed.members()["kid"], "another");
}

#[test]
fn a_new_key_says_what_it_is() {
    for algorithm in Algorithm::ALL {
        let key = private(algorithm);
        let public = key.public();
        assert_eq!((public.algorithm(), public.key_type()), (Some(algorithm), algorithm.key_type()));
        assert_eq!(public.members()["use"], "sig");
        let thumbprint = public.thumbprint();
        assert_eq!(public.key_id().map(KeyId::as_str), Some(thumbprint.as_str()), "{algorithm}");
        let bits = match algorithm.key_type() {
            KeyType::Rsa => 2048,
            KeyType::P256 | KeyType::Ed25519 => 256,
            KeyType::P384 => 384,
            KeyType::P521 => 521,
        };
        assert_eq!(public.bits(), bits);
    }
    let named = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, KeyId::parse("a+/=").ok());
    assert_eq!(named.public().key_id().map(KeyId::as_str), Some("a+/="));
}

#[test]
fn keys_are_written_for_people_and_read_back() {
    for (algorithm, names) in [
        (Algorithm::RS256, &["kty", "n", "e", "d", "p", "q", "dp", "dq", "qi", "kid", "use", "alg"][..]),
        (Algorithm::ES512, &["kty", "crv", "x", "y", "d", "kid", "use", "alg"]),
        (Algorithm::EdDSA, &["kty", "crv", "x", "d", "kid", "use", "alg"]),
    ] {
        let key = private(algorithm);
        let text = key.to_json();
        let places: Vec<_> = names.iter().map(|name| text.expose().find(&format!("\"{name}\":"))).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{algorithm}: {places:?}");

        let again = PrivateJwk::read(text.expose().as_bytes()).expect("a private key");
        assert_eq!(again.public(), key.public());
        assert_eq!(again.to_json().expose(), text.expose());
        let public = key.public().to_json();
        assert_eq!(PublicJwk::read(public.as_bytes()).as_ref(), Ok(key.public()));
        assert!(!public.contains("\"d\""), "{public}");
    }
}

#[test]
fn unknown_members_are_kept_and_written_last() {
    let key = broken(Algorithm::ES256, "x5t", json!("a\"b")).expect("a key");
    assert_eq!(key.members()["x5t"], "a\"b");
    assert!(key.to_json().ends_with(r#","alg":"ES256","x5t":"a\"b"}"#), "{}", key.to_json());
    assert_eq!(PublicJwk::read(key.to_json().as_bytes()), Ok(key));
}

#[test]
fn a_key_without_kid_alg_and_use_will_do() {
    for algorithm in [Algorithm::RS256, Algorithm::ES256] {
        let key = ["kid", "alg", "use"]
            .iter()
            .fold(private(algorithm), |key, name| edited(&key, name, Value::Null));
        assert_eq!((key.public().key_id(), key.public().algorithm()), (None, None));
        let signing = SigningKey::new(&key).expect("a private key");
        assert_eq!(signing.algorithm(), algorithm.key_type().preferred_algorithm());
    }
    assert_eq!(KeyType::Rsa.preferred_algorithm(), Algorithm::PS256);
}

#[test]
fn a_public_key_holds_no_private_member() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        for value in [json!("AQ"), json!(1), json!(["AQ"]), json!({})] {
            assert_eq!(broken(Algorithm::RS256, name, value), Err(InvalidJwk::Private(name)), "{name}");
        }
    }
    let whole = private(Algorithm::ES256).to_json();
    assert_eq!(PublicJwk::read(whole.expose().as_bytes()), Err(InvalidJwk::Private("d")));
}

#[test]
fn members_that_say_nothing_are_as_good_as_not_there() {
    let key = PublicJwk::from_object(document(Algorithm::ES256)).expect("a key");
    for value in [Value::Null, json!([]), json!("")] {
        let mut members = document(Algorithm::ES256);
        for name in ["d", "k", "n", "oth", "key_ops", "x5c", "x5t", "other"] {
            members.insert(name.into(), value.clone());
        }
        assert_eq!(PublicJwk::from_object(members).as_ref(), Ok(&key), "{value}");
        for name in ["kid", "use", "alg"] {
            let mut members = document(Algorithm::ES256);
            members.insert(name.into(), value.clone());
            let read = PublicJwk::from_object(members).expect("a key");
            assert!(!read.members().contains_key(name), "{name} {value}");
        }
        for name in ["kty", "crv", "x", "y"] {
            let mut members = document(Algorithm::ES256);
            members.insert(name.into(), value.clone());
            assert!(PublicJwk::from_object(members).is_err(), "{name} {value}");
        }
    }
}

#[test]
fn no_public_key_says_what_its_private_half_may_do() {
    for operations in [json!(["sign"]), json!(["verify"]), json!(["sign", "verify"])] {
        let mut members = document(Algorithm::ES256);
        members.insert("key_ops".into(), operations);
        members.insert("ext".into(), json!(true));
        let key = PublicJwk::from_object(members).expect("a key");
        assert_eq!(key.members(), &document(Algorithm::ES256));
    }
}

#[test]
fn no_key_is_symmetric() {
    let symmetric = br#"{"kty":"oct","k":"c2VjcmV0","alg":"HS256"}"#;
    assert_eq!(PublicJwk::read(symmetric), Err(InvalidJwk::Symmetric));
    assert!(matches!(PrivateJwk::read(symmetric), Err(InvalidJwk::Symmetric)));
    assert_eq!(broken(Algorithm::RS256, "k", json!("AQ")), Err(InvalidJwk::Symmetric));
}

#[test]
fn kind_and_curve_are_known() {
    for (name, value, why) in [
        ("kty", Value::Null, InvalidJwk::Missing("kty")),
        ("kty", json!(1), InvalidJwk::Member("kty", "a string")),
        ("kty", json!("ec"), InvalidJwk::UnknownType),
        ("kty", json!("OKP"), InvalidJwk::UnknownType),
        ("crv", Value::Null, InvalidJwk::UnknownType),
        ("crv", json!("secp256k1"), InvalidJwk::UnknownType),
        ("crv", json!("Ed25519"), InvalidJwk::UnknownType),
        ("crv", json!("p-256"), InvalidJwk::UnknownType),
        ("crv", json!("P-384"), InvalidJwk::Member("y", "as long as the numbers of its curve are")),
    ] {
        let mut members = document(Algorithm::ES256);
        members.remove("alg");
        members.remove(name);
        if !value.is_null() {
            members.insert(name.into(), value);
        }
        assert_eq!(PublicJwk::from_object(members), Err(why));
    }
    let ed448 = br#"{"kty":"OKP","crv":"Ed448","x":"AQ"}"#;
    assert_eq!(PublicJwk::read(ed448), Err(InvalidJwk::UnknownType));
}

#[test]
fn an_alg_fits_its_key() {
    for (own, alg) in [
        (Algorithm::RS256, "ES256"),
        (Algorithm::RS256, "RSA-OAEP"),
        (Algorithm::RS256, "none"),
        (Algorithm::RS256, "HS256"),
        (Algorithm::RS256, "rs256"),
        (Algorithm::ES256, "ES384"),
        (Algorithm::ES256, "RS256"),
        (Algorithm::ES512, "ES256"),
        (Algorithm::EdDSA, "ES256"),
    ] {
        assert_eq!(broken(own, "alg", json!(alg)), Err(InvalidJwk::Algorithm), "{own} {alg}");
    }
    assert_eq!(broken(Algorithm::ES256, "alg", json!(1)), Err(InvalidJwk::Member("alg", "a string")));
    assert!(broken(Algorithm::RS256, "alg", json!("PS512")).is_ok());
}

#[test]
fn use_and_key_ops_are_for_signatures() {
    for (name, value) in
        [("use", json!("enc")), ("use", json!("SIG")), ("key_ops", json!(["encrypt", "wrapKey"]))]
    {
        assert_eq!(broken(Algorithm::ES256, name, value), Err(InvalidJwk::Use), "{name}");
    }
    for value in [json!("verify"), json!([1]), json!({"verify": 1})] {
        assert!(matches!(broken(Algorithm::ES256, "key_ops", value), Err(InvalidJwk::Member("key_ops", _))));
    }
    assert!(broken(Algorithm::ES256, "key_ops", json!(["verify"])).is_ok());
    assert!(broken(Algorithm::ES256, "use", Value::Null).is_ok());
}

#[test]
fn a_kid_is_an_identifier_of_any_printable_kind() {
    let odd = "aB+/==- _å";
    let key = broken(Algorithm::RS256, "kid", json!(odd)).expect("a key");
    assert_eq!(key.key_id().map(KeyId::as_str), Some(odd));
    for kid in [json!("a\nb"), json!("x".repeat(257)), json!(7)] {
        assert!(matches!(broken(Algorithm::RS256, "kid", kid), Err(InvalidJwk::Member("kid", _))));
    }
}

#[test]
fn numbers_are_base64url_of_the_right_length() {
    for (algorithm, name) in
        [(Algorithm::RS256, "n"), (Algorithm::RS256, "e"), (Algorithm::ES256, "x"), (Algorithm::EdDSA, "x")]
    {
        assert_eq!(broken(algorithm, name, Value::Null), Err(InvalidJwk::Missing(name)));
        assert_eq!(broken(algorithm, name, json!("")), Err(InvalidJwk::Missing(name)));
        for value in [json!(1), json!("AQ=="), json!("A+"), json!("AR")] {
            let found = broken(algorithm, name, value.clone());
            assert!(matches!(found, Err(InvalidJwk::Member(found, _)) if found == name), "{name} {value}");
        }
        let padded = [&[0], number(algorithm, name).as_slice()].concat();
        let found = broken(algorithm, name, encoded(&padded));
        assert!(matches!(found, Err(InvalidJwk::Member(found, _)) if found == name), "{name}: {found:?}");
    }
    let short = number(Algorithm::ES512, "y")[1..].to_vec();
    assert!(matches!(broken(Algorithm::ES512, "y", encoded(&short)), Err(InvalidJwk::Member("y", _))));
}

#[test]
fn a_modulus_has_2048_to_8192_bits() {
    for (bytes, top, expected) in [
        (128, 0xff, Err(1024)),
        (256, 0x7f, Err(2047)),
        (256, 0x80, Ok(2048)),
        (1024, 0xff, Ok(8192)),
        (1025, 1, Err(8193)),
    ] {
        let mut modulus = vec![0xff; bytes];
        modulus[0] = top;
        let found = broken(Algorithm::RS256, "n", encoded(&modulus)).map(|key| key.bits());
        assert_eq!(found, expected.map_err(InvalidJwk::Size));
    }
}

#[test]
fn rsa_numbers_are_odd_and_the_exponent_sound() {
    let mut even = number(Algorithm::RS256, "n");
    *even.last_mut().expect("bytes") &= 0xfe;
    for (name, value) in [
        ("n", even),
        ("e", vec![1]),
        ("e", vec![2]),
        ("e", vec![1, 0, 0]),
        ("e", vec![1; 6]),
        ("e", vec![0xff; 256]),
    ] {
        let key = broken(Algorithm::RS256, name, encoded(&value)).expect("a document");
        assert_eq!(VerifyKey::new(key).err(), Some(InvalidJwk::Numbers), "{name} {value:?}");
    }
    assert!(VerifyKey::new(broken(Algorithm::RS256, "e", encoded(&[3])).expect("a document")).is_ok());
}

#[test]
fn a_point_is_on_its_curve() {
    for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512] {
        let mut y = number(algorithm, "y");
        *y.last_mut().expect("bytes") ^= 1;
        let zero = vec![0; y.len()];
        let beyond = vec![0xff; y.len()];
        for (name, value) in [("y", &y), ("y", &zero), ("x", &zero), ("x", &beyond)] {
            let key = broken(algorithm, name, encoded(value)).expect("a document");
            assert_eq!(VerifyKey::new(key).err(), Some(InvalidJwk::Numbers), "{algorithm} {name}");
        }
        let infinity = edited_both(algorithm, &zero);
        assert_eq!(VerifyKey::new(infinity).err(), Some(InvalidJwk::Numbers), "{algorithm}");
    }
}

fn edited_both(algorithm: Algorithm, value: &[u8]) -> PublicJwk {
    let mut members = document(algorithm);
    members.insert("x".into(), encoded(value));
    members.insert("y".into(), encoded(value));
    PublicJwk::from_object(members).expect("a document")
}

#[test]
fn a_verify_key_knows_what_fits() {
    let key = VerifyKey::new(private(Algorithm::PS384).public().clone()).expect("a key");
    assert_eq!(key.declared_algorithm(), Some(Algorithm::PS384));
    assert!(key.fits(Algorithm::RS256) && !key.fits(Algorithm::ES384) && !key.fits(Algorithm::EdDSA));
    assert_eq!(key.thumbprint(), &key.jwk().thumbprint());
}

proptest! {
    #[test]
    fn any_numbers_are_a_key_or_refused(x in any::<[u8; 32]>(), y in any::<[u8; 32]>(), n in proptest::collection::vec(any::<u8>(), 250..300), e in proptest::collection::vec(any::<u8>(), 1..6)) {
        let point = json!({"kty": "EC", "crv": "P-256", "x": encoded(&x), "y": encoded(&y)});
        let rsa = json!({"kty": "RSA", "n": encoded(&n), "e": encoded(&e)});
        let edwards = json!({"kty": "OKP", "crv": "Ed25519", "x": encoded(&x)});
        for (document, algorithm) in [(point, Algorithm::ES256), (rsa, Algorithm::PS256), (edwards, Algorithm::EdDSA)] {
            if let Ok(key) = PublicJwk::read(document.to_string().as_bytes()).and_then(VerifyKey::new) {
                prop_assert!(key.verify(algorithm, b"message", &n).is_err());
            }
        }
    }
}
