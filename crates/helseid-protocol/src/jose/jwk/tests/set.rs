use serde_json::{Value, json};

use super::document;
use crate::jose::Algorithm;
use crate::jose::json::InvalidJson;
use crate::jose::jwk::*;

#[test]
fn a_set_passes_over_what_it_cannot_use() {
    let good = Value::Object(document(Algorithm::RS256));
    let text = json!({"keys": [
        good,
        {"kty": "oct", "k": "AQ"},
        {"kty": "RSA", "n": good["n"], "e": "AQAB", "use": "enc"},
        "not an object",
        {"kty": "RSA", "n": good["n"], "e": "AQAB", "alg": "RSA-OAEP"},
        document(Algorithm::ES256),
    ], "other": 1});
    let set = JwkSet::read(text.to_string().as_bytes()).expect("a set");
    assert_eq!(set.keys().len(), 2);
    let not_an_object = InvalidJwk::Json(InvalidJson::NotAnObject);
    let skipped = [InvalidJwk::Symmetric, InvalidJwk::Use, not_an_object, InvalidJwk::Algorithm];
    assert_eq!(set.skipped(), skipped);
    let again = JwkSet::read(set.to_json().as_bytes()).expect("a set");
    assert_eq!((again.keys(), again.skipped()), (set.keys(), &[][..]));
}

#[test]
fn a_set_has_at_most_a_hundred_keys() {
    let set = |count: usize| json!({"keys": vec![document(Algorithm::ES256); count]}).to_string();
    assert_eq!(JwkSet::read(set(MAX_KEYS).as_bytes()).map(|set| set.keys().len()), Ok(MAX_KEYS));
    for text in [set(MAX_KEYS + 1), json!({"keys": {}}).to_string(), json!({"keys": null}).to_string()] {
        assert!(matches!(JwkSet::read(text.as_bytes()), Err(InvalidJwk::Member("keys", _))));
    }
    assert_eq!(JwkSet::read(b"{}").err(), Some(InvalidJwk::Missing("keys")));
    assert_eq!(JwkSet::read(b"{\"keys\":[]}").map(|set| set.to_json()), Ok("{\"keys\":[]}".into()));
}
