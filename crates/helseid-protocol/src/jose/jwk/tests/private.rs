use proptest::prelude::*;
use serde_json::{Value, json};

use super::{encoded, number};
use crate::jose::json::Object;
use crate::jose::jwk::*;
use crate::jose::tests::private;
use crate::jose::{Algorithm, base64url};

fn private_members(algorithm: Algorithm) -> Object {
    crate::jose::json::read_object(private(algorithm).to_json().expose().as_bytes()).expect("an object")
}

fn read_private(members: Object) -> Result<PrivateJwk, InvalidJwk> {
    PrivateJwk::read(Value::Object(members).to_string().as_bytes())
}

#[test]
fn a_private_key_has_all_its_numbers() {
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        let mut members = private_members(Algorithm::RS256);
        members.remove(name);
        assert_eq!(read_private(members).err(), Some(InvalidJwk::Missing(name)));
        for value in [json!(1), json!("AQ==")] {
            let mut members = private_members(Algorithm::RS256);
            members.insert(name.into(), value);
            let found = read_private(members).err();
            assert!(
                matches!(found, Some(InvalidJwk::Member(found, _)) if found == name),
                "{name}: {found:?}"
            );
        }
    }
    let mut members = private_members(Algorithm::RS256);
    members.insert("oth".into(), json!([{"r": "AQ", "d": "AQ", "t": "AQ"}]));
    assert!(matches!(read_private(members), Err(InvalidJwk::Member("oth", _))));
    for value in [Value::Null, json!([])] {
        let mut members = private_members(Algorithm::RS256);
        members.insert("oth".into(), value);
        assert!(read_private(members).is_ok());
    }

    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        assert!(matches!(
            PrivateJwk::read(private(algorithm).public().to_json().as_bytes()),
            Err(InvalidJwk::Missing("d"))
        ));
        let mut members = private_members(algorithm);
        members.insert("d".into(), json!("AQ"));
        assert!(matches!(read_private(members), Err(InvalidJwk::Member("d", _))));
    }
}

#[test]
fn padded_private_rsa_numbers_will_do() {
    // As .NET writes them: each number as long as its place.
    let mut members = private_members(Algorithm::PS256);
    let dp = base64url::decode(members["dp"].as_str().expect("dp")).expect("dp");
    members.insert("dp".into(), encoded(&[&[0, 0], dp.as_slice()].concat()));
    assert!(SigningKey::new(&read_private(members).expect("a private key")).is_ok());
}

#[test]
fn both_halves_belong_together() {
    for algorithm in
        [Algorithm::RS256, Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA]
    {
        let other = PrivateJwk::generate(algorithm, RsaSize::Bits2048, None);
        let other = crate::jose::json::read_object(other.to_json().expose().as_bytes()).expect("an object");
        let mut members = private_members(algorithm);
        members.insert("d".into(), other["d"].clone());
        let mixed = read_private(members).expect("a document");
        assert_eq!(SigningKey::new(&mixed).err(), Some(InvalidJwk::Numbers), "{algorithm}");
    }
}

#[test]
fn a_private_number_is_not_zero_nor_beyond_its_curve() {
    for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512] {
        let length = number(algorithm, "x").len();
        for byte in [0, 0xff] {
            let mut members = private_members(algorithm);
            members.insert("d".into(), encoded(&vec![byte; length]));
            let key = read_private(members).expect("a document");
            assert_eq!(SigningKey::new(&key).err(), Some(InvalidJwk::Numbers), "{algorithm}");
        }
    }
}

#[test]
fn an_rsa_key_whose_factors_are_no_primes_is_refused() {
    let text = include_bytes!("../../../../tests/data/rsa-composite-factor.json");
    let key = PrivateJwk::read(text).expect("a document");
    assert_eq!(SigningKey::new(&key).err(), Some(InvalidJwk::Numbers));
}

#[test]
fn no_private_number_prints() {
    for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
        let key = private(algorithm);
        let shown = format!("{key:?} {:?} {:?}", key.to_json(), SigningKey::new(&key).expect("a key"));
        let members = private_members(algorithm);
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            if let Some(secret) = members.get(name).and_then(Value::as_str) {
                assert!(!shown.contains(secret), "{algorithm} {name}");
                let bytes = format!("{:?}", base64url::decode(secret).expect("base64url"));
                assert!(!shown.contains(bytes.trim_matches(['[', ']'])), "{algorithm} {name}");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_private_key_with_one_changed_byte_signs_what_verifies_or_is_refused(
        rsa in any::<bool>(), at in any::<proptest::sample::Index>(), byte in any::<u8>(),
    ) {
        let algorithm = if rsa { Algorithm::RS256 } else { Algorithm::ES256 };
        let mut text = private(algorithm).to_json().expose().as_bytes().to_vec();
        let at = at.index(text.len());
        text[at] = byte;
        if let Ok(key) = PrivateJwk::read(&text).and_then(|jwk| SigningKey::new(&jwk)) {
            let public = VerifyKey::new(key.public().clone()).expect("the public half");
            prop_assert_eq!(public.verify(key.algorithm(), b"message", &key.sign(b"message")), Ok(()));
        }
    }
}
