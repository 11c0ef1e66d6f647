//! Signatures: published examples, every algorithm there and back, and every algorithm with every other key.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::jws::{BadSignature, Draft, Unverified};
use super::{Algorithm, PrivateJwk, RsaSize, SigningKey, VerifyKey, base64url, json};

/// A private key for `algorithm`; the RSA ones are one key, since making it is slow.
pub(super) fn private(algorithm: Algorithm) -> PrivateJwk {
    static KEYS: LazyLock<Vec<(Algorithm, PrivateJwk)>> = LazyLock::new(|| {
        let rsa = PrivateJwk::generate(Algorithm::RS256, RsaSize::Bits2048, None);
        let make = |algorithm: Algorithm| match algorithm.key_type() {
            super::KeyType::Rsa => edited(&rsa, "alg", json!(algorithm.name())),
            _ => PrivateJwk::generate(algorithm, RsaSize::Bits2048, None),
        };
        Algorithm::ALL.into_iter().map(|algorithm| (algorithm, make(algorithm))).collect()
    });
    KEYS.iter().find(|(own, _)| *own == algorithm).expect("a key for each").1.clone()
}

/// The same key with one member changed, or taken away by `null`.
pub(super) fn edited(key: &PrivateJwk, name: &str, value: Value) -> PrivateJwk {
    let mut members = json::read_object(key.to_json().expose().as_bytes()).expect("a JSON object");
    members.remove(name);
    if !value.is_null() {
        members.insert(name.into(), value);
    }
    PrivateJwk::read(Value::Object(members).to_string().as_bytes()).expect("a private key")
}

fn pair(algorithm: Algorithm) -> (SigningKey, VerifyKey) {
    let private = private(algorithm);
    let verify = VerifyKey::new(private.public().clone()).expect("a public key");
    (SigningKey::new(&private).expect("a private key"), verify)
}

#[test]
fn the_published_examples_hold() {
    let examples: Value = serde_json::from_str(include_str!("../../tests/data/jws.json")).expect("JSON");
    let examples = examples.as_array().expect("an array");
    assert_eq!(examples.len(), 7);
    for example in examples {
        let text = |name: &str| example[name].as_str().expect(name);
        let source = text("source");
        let algorithm: Algorithm = text("alg").parse().expect(source);
        let input = text("signing_input").as_bytes();
        let signature = base64url::decode(text("signature")).expect(source);

        // No example's key names its algorithm.
        let mut document = example["key"].clone();
        document["alg"] = json!(algorithm.name());
        let private = PrivateJwk::read(document.to_string().as_bytes()).expect(source);
        let public = VerifyKey::new(private.public().clone()).expect(source);
        assert_eq!(public.verify(algorithm, input, &signature), Ok(()), "{source}");

        let made = SigningKey::new(&private).expect(source).sign(input);
        assert_eq!(public.verify(algorithm, input, &made), Ok(()), "{source}");
        if example["reproducible"] == json!(true) {
            assert_eq!(made, signature, "{source}");
        }
    }
}

#[test]
fn every_algorithm_goes_there_and_back() {
    for algorithm in Algorithm::ALL {
        let (signing, verify) = pair(algorithm);
        assert_eq!(signing.algorithm(), algorithm);
        let header = json!({"alg": algorithm.name(), "typ": "at+jwt", "kid": "k"});
        let claims = json!({"iss": "å", "n": 1.5, "deep": {"list": [1, null]}});
        let draft = Draft::new(header.as_object().expect("it"), claims.as_object().expect("it"));
        let text = draft.sign(&signing);

        let unverified = Unverified::parse(&text, text.len()).expect("a JWS");
        assert!(unverified.is_signed_by(&verify, algorithm));
        let verified = unverified.verify(&verify, algorithm).expect("our signature");
        assert_eq!(verified.header().algorithm(), Some(algorithm));
        assert_eq!(Value::Object(verified.into_claims()), claims);
    }
}

#[test]
fn a_signature_is_good_for_its_algorithm_alone() {
    let keys: Vec<_> = Algorithm::ALL.into_iter().map(|algorithm| (algorithm, pair(algorithm))).collect();
    for (algorithm, (signing, _)) in &keys {
        let signature = signing.sign(b"message");
        for (declared, (_, verify)) in &keys {
            for tried in Algorithm::ALL {
                let same_key = declared.key_type() == algorithm.key_type();
                let expected = if same_key && tried == *algorithm { Ok(()) } else { Err(BadSignature) };
                let found = verify.verify(tried, b"message", &signature);
                assert_eq!(found, expected, "{algorithm} tried as {tried} with a {declared} key");
            }
        }
    }
}

#[test]
fn no_changed_message_or_signature_verifies() {
    for algorithm in Algorithm::ALL {
        let (signing, verify) = pair(algorithm);
        let good = signing.sign(b"message");
        assert_eq!(verify.verify(algorithm, b"message", &good), Ok(()));
        assert_eq!(verify.verify(algorithm, b"Message", &good), Err(BadSignature), "{algorithm}");

        let mut longer = good.clone();
        longer.push(0);
        let mut led = vec![0];
        led.extend_from_slice(&good);
        let mut flipped = good.clone();
        *flipped.last_mut().expect("bytes") ^= 1;
        let shorter = good[..good.len() - 1].to_vec();
        let zeros = vec![0; good.len()];
        let ones = vec![0xff; good.len()];
        for bad in [longer, led, flipped, shorter, zeros, ones, Vec::new()] {
            assert_eq!(
                verify.verify(algorithm, b"message", &bad),
                Err(BadSignature),
                "{algorithm}: {bad:02x?}"
            );
        }
    }
}

#[test]
fn an_ecdsa_signature_has_two_numbers_of_fixed_length_and_neither_is_zero() {
    for (algorithm, length) in [(Algorithm::ES256, 32), (Algorithm::ES384, 48), (Algorithm::ES512, 66)] {
        let (signing, verify) = pair(algorithm);
        let good = signing.sign(b"message");
        assert_eq!(good.len(), 2 * length);
        let (r, s) = good.split_at(length);
        let zero = vec![0; length];
        for bad in [[&zero, s].concat(), [r, &zero].concat(), [s, r].concat(), der(r, s)] {
            assert_eq!(verify.verify(algorithm, b"message", &bad), Err(BadSignature), "{algorithm}");
        }
    }
}

/// The ASN.1 form of an ECDSA signature, which JWS does not use.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let mut bytes: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
        if bytes[0] & 0x80 != 0 {
            bytes.insert(0, 0);
        }
        [&[2, u8::try_from(bytes.len()).expect("short")], bytes.as_slice()].concat()
    };
    let both = [number(r), number(s)].concat();
    let length = u8::try_from(both.len()).expect("short");
    let head = if length < 0x80 { vec![0x30, length] } else { vec![0x30, 0x81, length] };
    [head, both].concat()
}

#[test]
fn algorithm_names_are_exact() {
    for name in
        ["none", "None", "NONE", "nOnE", "HS256", "HS512", "rs256", "ES256K", "RS1", "", "RSA-OAEP", "ES256 "]
    {
        assert_eq!(Algorithm::by_name(name), None, "{name:?}");
    }
    for other in ["Ed25519 ", "ed25519", "Ed448", "EDDSA"] {
        assert_eq!(Algorithm::by_name(other), None, "{other:?}");
    }
    assert_eq!(Algorithm::by_name("Ed25519"), Some(Algorithm::EdDSA), "RFC 9864");
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::by_name(algorithm.name()), Some(algorithm));
        assert_eq!(algorithm.key_type().preferred_algorithm().key_type(), algorithm.key_type());
    }
}
