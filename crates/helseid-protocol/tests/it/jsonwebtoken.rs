//! The crate jsonwebtoken as an oracle: its tokens pass here and ours there, with each algorithm that it has.

use helseid_protocol::jose::format::{PemForm, private_to_pem};
use helseid_protocol::jose::jws::{Draft, MAX_BYTES, Unverified};
use helseid_protocol::jose::{Algorithm, KeyType, SigningKey, VerifyKey};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Value, json};

use crate::parties::private;

#[test]
fn tokens_go_both_ways() {
    let mut count = 0;
    for algorithm in Algorithm::ALL {
        // It has no P-521.
        let Ok(theirs) = algorithm.name().parse::<jsonwebtoken::Algorithm>() else { continue };
        let ours = private(algorithm, "k");
        let pem = private_to_pem(&ours, PemForm::Pkcs8).unwrap();
        let pem = pem.expose().as_bytes();
        let encoding = match algorithm.key_type() {
            KeyType::Rsa => EncodingKey::from_rsa_pem(pem),
            KeyType::Ed25519 => EncodingKey::from_ed_pem(pem),
            _ => EncodingKey::from_ec_pem(pem),
        };
        let claims = json!({"sub": "someone", "exp": 4_000_000_000_u64});

        let token = encode(&Header::new(theirs), &claims, &encoding.unwrap()).unwrap();
        let verify = VerifyKey::new(ours.public().clone()).unwrap();
        let read = Unverified::parse(&token, MAX_BYTES).unwrap().verify(&verify, algorithm).unwrap();
        assert_eq!(Value::Object(read.into_claims()), claims, "{algorithm}");

        let jwk: Jwk = serde_json::from_str(&ours.public().to_json()).unwrap();
        let header = json!({"alg": algorithm.name(), "typ": "JWT"});
        let draft = Draft::new(header.as_object().unwrap(), claims.as_object().unwrap());
        let token = draft.sign(&SigningKey::new(&ours).unwrap());
        let read = decode::<Value>(&token, &DecodingKey::from_jwk(&jwk).unwrap(), &Validation::new(theirs));
        assert_eq!(read.unwrap().claims, claims, "{algorithm}");
        count += 1;
    }
    assert_eq!(count, 9, "all of ours but ES512");
}
