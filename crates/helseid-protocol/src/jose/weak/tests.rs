use serde_json::{Value, json};

use crate::jose::tests::private;
use crate::jose::{
    Algorithm, InvalidJwk, PrivateJwk, PublicJwk, SigningKey, VerifyKey, base64url, json as strict,
};

fn fixture(half: &str) -> String {
    let keys: Value = serde_json::from_str(include_str!("../../../tests/data/rsa-roca.json")).expect("JSON");
    keys[half].to_string()
}

/// The public key of a good modulus times `factor`.
fn with_factor(factor: u16) -> PublicJwk {
    let mut members = private(Algorithm::PS256).public().members().clone();
    let modulus = base64url::decode(members["n"].as_str().expect("a text")).expect("base64url");
    let mut carry = 0_u32;
    // From the least significant byte on; what is left over stands before the most significant one.
    let product = modulus.iter().rev().chain(&[0, 0]).map(|byte| {
        carry += u32::from(*byte) * u32::from(factor);
        let low = carry as u8;
        carry >>= 8;
        low
    });
    let mut product: Vec<u8> = product.collect();
    while product.last() == Some(&0) {
        product.pop();
    }
    product.reverse();
    members.insert("n".into(), json!(base64url::encode(&product)));
    let text = Value::Object(members).to_string();
    PublicJwk::from_object(strict::read_object(text.as_bytes()).expect("an object")).expect("a document")
}

#[test]
fn a_key_with_the_fingerprint_is_neither_for_checking_nor_for_signing() {
    let public = PublicJwk::read(fixture("public").as_bytes()).expect("a document");
    assert_eq!(VerifyKey::new(public).expect_err("ROCA"), InvalidJwk::Roca);
    let private = PrivateJwk::read(fixture("private").as_bytes()).expect("a document");
    assert_eq!(SigningKey::new(&private).expect_err("ROCA"), InvalidJwk::Roca);
}

#[test]
fn a_modulus_with_a_small_factor_is_refused_and_names_it() {
    for factor in [3, 257, 65521] {
        let found = VerifyKey::new(with_factor(factor)).expect_err("a factor");
        assert_eq!(found, InvalidJwk::Factor(factor));
    }
}

#[test]
fn keys_of_every_kind_that_were_made_well_pass() {
    for algorithm in Algorithm::ALL {
        let key = VerifyKey::new(private(algorithm).public().clone()).expect("a sound key");
        assert_eq!(key.published_in(), None, "{algorithm}");
    }
}

#[test]
fn a_published_key_says_where_its_private_half_stands() {
    let examples: Value = serde_json::from_str(include_str!("../../../tests/data/jws.json")).expect("JSON");
    for example in examples.as_array().expect("an array") {
        let key = PrivateJwk::read(example["key"].to_string().as_bytes()).expect("a key");
        let key = VerifyKey::new(key.public().clone()).expect("a sound key");
        let rfc = example["source"].as_str().and_then(|source| source.get(..8)).expect("RFC and its number");
        assert!(key.published_in().is_some_and(|source| source.starts_with(rfc)), "{rfc}");
    }
}
