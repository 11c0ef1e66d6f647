//! JWKs as others write them, when the key is one's own.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};

use super::*;
use crate::jose::base64url;

fn members(key: &PrivateJwk) -> Value {
    serde_json::from_str(key.to_json().expose()).unwrap()
}

fn with(key: &PrivateJwk, changes: &[(&str, Value)]) -> String {
    let mut document = members(key);
    for (name, value) in changes {
        document[*name] = value.clone();
    }
    document.to_string()
}

fn number(key: &PrivateJwk, name: &str) -> Vec<u8> {
    base64url::decode(members(key)[name].as_str().unwrap()).unwrap()
}

fn encoded(bytes: &[u8]) -> Value {
    base64url::encode(bytes).into()
}

/// A P-256 key one of whose coordinates begins with a zero byte.
fn key_with_a_short_coordinate() -> PrivateJwk {
    std::iter::repeat_with(|| new_key(Algorithm::ES256)).find(|key| number(key, "x")[0] == 0).unwrap()
}

#[track_caller]
fn corrected(key: &PrivateJwk, text: &str, words: &str) {
    let found = KeyReader::default().private(text.as_bytes()).expect(text);
    same(key, &found.key);
    assert_eq!(found.key.public().thumbprint(), key.public().thumbprint());
    assert!(found.notes.concat().contains(words), "{:?}", found.notes);
    let public = KeyReader::default().public(text.as_bytes()).expect(text);
    assert_eq!(public.key.thumbprint(), key.public().thumbprint());
}

#[test]
fn a_key_that_one_owns_is_corrected_and_a_strangers_is_not() {
    let (rsa, ec, short) =
        (new_key(Algorithm::RS256), new_key(Algorithm::ES256), key_with_a_short_coordinate());
    let sign_byte = encoded(&[&[0], number(&rsa, "n").as_slice()].concat());
    let padded = |key: &PrivateJwk, name| Value::from(URL_SAFE.encode(number(key, name)));
    let cases = [
        (&rsa, with(&rsa, &[("n", sign_byte)]), "n had"),
        (&rsa, with(&rsa, &[("e", encoded(&[0, 1, 0, 1]))]), "e had"),
        // Of a length that has padding for every key; `d` is a byte shorter in one of a hundred, and has none then.
        (&rsa, with(&rsa, &[("n", padded(&rsa, "n")), ("p", padded(&rsa, "p"))]), "n, p had"),
        (&ec, with(&ec, &[("x", encoded(&[&[0], number(&ec, "x").as_slice()].concat()))]), "x had"),
        (&ec, with(&ec, &[("x", STANDARD.encode(number(&ec, "x")).into())]), "x had"),
        (&ec, with(&ec, &[("d", encoded(&[&[0, 0], number(&ec, "d").as_slice()].concat()))]), "d had"),
        (&short, with(&short, &[("x", encoded(&number(&short, "x")[1..]))]), "x had"),
        (&rsa, with(&rsa, &[("kty", json!("RSA-HSM"))]), "RSA-HSM was read as RSA"),
        (&ec, with(&ec, &[("kty", json!("EC-HSM"))]), "EC-HSM was read as EC"),
    ];
    for (key, text, words) in &cases {
        corrected(key, text, words);
        let mut document: Value = serde_json::from_str(text).unwrap();
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            document.as_object_mut().unwrap().remove(name);
        }
        let public = document.to_string();
        let found = KeyReader::default().public(public.as_bytes()).expect(text);
        assert_eq!(found.key.thumbprint(), key.public().thumbprint());
        // The private number alone is no stranger's to see.
        if !words.starts_with('d') {
            assert!(PublicJwk::read(public.as_bytes()).is_err(), "{public}");
        }
    }
    let untouched = KeyReader::default().private(rsa.to_json().expose().as_bytes()).unwrap();
    assert_eq!(untouched.notes, [""; 0]);
}

#[test]
fn what_is_not_clear_is_not_corrected() {
    let (rsa, ec) = (new_key(Algorithm::RS256), new_key(Algorithm::ES256));
    let short = encoded(&number(&ec, "x")[1..]);
    for text in [
        with(&ec, &[("x", short)]),
        with(&ec, &[("x", encoded(&[&[1], number(&ec, "x").as_slice()].concat()))]),
        with(&ec, &[("x", json!("?"))]),
        with(&rsa, &[("n", encoded(&[0; 256]))]),
        with(&rsa, &[("kty", json!("AES-HSM"))]),
    ] {
        assert!(read_private(text.as_bytes(), None).is_err(), "{text}");
    }
}

#[test]
fn a_set_with_a_private_key_gives_it() {
    let (one, two) = (new_key(Algorithm::ES256), new_key(Algorithm::PS256));
    let named = |key: &PrivateJwk, kid: &str| {
        serde_json::from_str::<Value>(&with(key, &[("kid", json!(kid))])).unwrap()
    };
    let public = json!({"kty": "EC", "crv": "P-256", "x": members(&two)["n"], "y": "AA"});
    let set = json!({"keys": [public, named(&one, "one")]}).to_string();
    same(&one, &private(set.as_bytes()));

    let set = json!({"keys": [named(&one, "one"), named(&two, "two")]}).to_string();
    let several = UnreadableKey::SeveralKeys(vec!["one".to_owned(), "two".to_owned()]);
    assert_eq!(refusal(set.as_bytes()), several);
    assert_eq!(read_public(set.as_bytes(), None), Err(several));
    let chosen = KeyReader::new(None, Some("two"));
    same(&two, &chosen.private(set.as_bytes()).unwrap().key);
    assert_eq!(chosen.public(set.as_bytes()).unwrap().key.thumbprint(), two.public().thumbprint());
    let missing = KeyReader::new(None, Some("three")).private(set.as_bytes()).expect_err("no such key");
    assert!(missing.to_string().contains("it holds one, two"), "{missing}");

    let public = JwkSet::new(vec![one.public().clone()]).to_json();
    assert_eq!(refusal(public.as_bytes()), UnreadableKey::NoPrivateKey("public keys"));
    assert_eq!(refusal(b"{\"keys\":[]}"), UnreadableKey::NoPrivateKey("an empty JWK Set"));
    let hundred_and_one = json!({ "keys": vec![named(&one, "one"); 101] }).to_string();
    assert!(matches!(refusal(hundred_and_one.as_bytes()), UnreadableKey::Jwk(InvalidJwk::Member("keys", _))));
}

#[test]
fn a_public_half_says_nothing_of_signing() {
    let key = new_key(Algorithm::ES256);
    let text = with(&key, &[("key_ops", json!(["sign"])), ("ext", json!(true))]);
    for public in [
        read_public(text.as_bytes(), None).unwrap(),
        read_private(text.as_bytes(), None).unwrap().public().clone(),
        read_public(
            json!({"keys": [serde_json::from_str::<Value>(&text).unwrap()]}).to_string().as_bytes(),
            None,
        )
        .unwrap(),
    ] {
        assert_eq!(public.members(), key.public().members());
    }
}

#[test]
fn the_answers_of_key_vaults_give_the_public_key() {
    let key = new_key(Algorithm::PS256);
    let own = key.public().thumbprint();
    let standard = |name| STANDARD.encode(number(&key, name));
    let pem = public_to_pem(key.public()).unwrap();
    for answer in [
        json!({"attributes": {"enabled": true}, "key": {"crv": null, "d": null, "e": "AQAB", "k": null, "keyOps": ["sign", "verify"],
            "kid": "https://vault.example/keys/a/1", "kty": "RSA-HSM", "n": standard("n")}, "tags": null}),
        json!({"KeyId": "a", "KeySpec": "RSA_2048", "PublicKey": STANDARD.encode(public_to_der(key.public()).unwrap())}),
        json!({"algorithm": "RSA_SIGN_PSS_2048_SHA256", "pem": pem, "name": "a"}),
    ] {
        let found = read_public(answer.to_string().as_bytes(), None).expect("a public key");
        assert_eq!(found.thumbprint(), own, "{answer}");
        assert!(read_private(answer.to_string().as_bytes(), None).is_err());
    }
}

#[test]
fn other_things_in_json_are_named() {
    let jwe = json!({"protected": "e30", "encrypted_key": "AQ", "iv": "AQ", "ciphertext": "AQ", "tag": "AQ"});
    for text in [jwe.to_string(), "eyJhbGciOiJub25lIn0.a.b.c.d".to_owned()] {
        assert!(refusal(text.as_bytes()).to_string().contains("JWE"), "{text}");
    }
    assert!(refusal(b"eyJhbGciOiJub25lIn0.e30.AQ").to_string().contains("a JWT"));
    assert!(refusal(b"PuTTY-User-Key-File-3: ssh-rsa").to_string().contains("PuTTY"));
    assert!(refusal(b"---- BEGIN SSH2 PUBLIC KEY ----").to_string().contains("SSH2"));
}
