//! Every format that is written is read back the same, and files that OpenSSL wrote are read.

use super::*;
use crate::jose::{Algorithm, InvalidJwk, JwkSet, PrivateJwk, PublicJwk, RsaSize};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);
const ONE_OF_EACH_KIND: [Algorithm; 5] =
    [Algorithm::PS256, Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA];

/// Files by OpenSSL 3.0, made for these tests.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/keys/", $name))
    };
}

mod corpus;
mod json;

fn new_key(algorithm: Algorithm) -> PrivateJwk {
    PrivateJwk::generate(algorithm, RsaSize::Bits2048, None)
}

fn password() -> Password {
    Password::new("for-tests-only")
}

/// The same key, numbers and all, whatever its `kid` and `alg`.
#[track_caller]
fn same(key: &PrivateJwk, read: &PrivateJwk) {
    assert_eq!(key.public().thumbprint(), read.public().thumbprint());
    let bare = |key: &PrivateJwk| private_to_der(key, DerForm::Pkcs8).unwrap();
    assert_eq!(bare(key).as_slice(), bare(read).as_slice());
}

fn private(file: &[u8]) -> PrivateJwk {
    read_private(file, Some(&password())).expect("a key")
}

fn refusal(file: &[u8]) -> UnreadableKey {
    read_private(file, None).expect_err("no key")
}

#[test]
fn each_kind_of_key_survives_der_and_pem() {
    for algorithm in ONE_OF_EACH_KIND {
        let key = new_key(algorithm);
        same(&key, &private(&private_to_der(&key, DerForm::Pkcs8).unwrap()));
        same(&key, &private(private_to_pem(&key, PemForm::Pkcs8).unwrap().expose().as_bytes()));
        if algorithm != Algorithm::EdDSA {
            same(&key, &private(&private_to_der(&key, DerForm::OfItsKind).unwrap()));
            same(&key, &private(private_to_pem(&key, PemForm::OfItsKind).unwrap().expose().as_bytes()));
        }
        let public = key.public().thumbprint();
        let read = |file: &[u8]| read_public(file, None).expect("a public key").thumbprint();
        assert_eq!(read(&public_to_der(key.public()).unwrap()), public);
        assert_eq!(read(public_to_pem(key.public()).unwrap().as_bytes()), public);
        assert_eq!(read(key.to_json().expose().as_bytes()), public);
        assert_eq!(read(JwkSet::new(vec![key.public().clone()]).to_json().as_bytes()), public);
    }
}

#[test]
fn each_kind_of_key_survives_pkcs12_with_its_certificate() {
    for algorithm in ONE_OF_EACH_KIND {
        let key = new_key(algorithm);
        let read = private(&private_to_pkcs12(&key, &password(), NOW).unwrap());
        same(&key, &read);
        assert!(read.public().members().contains_key("x5t#S256"), "{algorithm}");
    }
}

#[test]
fn an_rsa_key_survives_xml() {
    let key = new_key(Algorithm::RS256);
    let xml = private_to_xml(&key).unwrap();
    same(&key, &private(xml.expose().as_bytes()));
    assert_eq!(private_to_xml(&new_key(Algorithm::ES256)).expect_err("no RSA"), UnreadableKey::UnknownKind);
    let with_dtd = format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{}", xml.expose());
    assert_eq!(refusal(with_dtd.as_bytes()), UnreadableKey::Malformed("XML RSAKeyValue"));
    let of = |bytes: usize| {
        let padding = " ".repeat(bytes - xml.expose().len());
        xml.expose().replacen('>', &format!(">{padding}"), 1)
    };
    same(&key, &private(of(16_384).as_bytes()));
    let too_long = UnreadableKey::Malformed("XML RSAKeyValue of at most 16 KiB");
    assert_eq!(refusal(of(16_385).as_bytes()), too_long);
}

#[test]
fn openssls_files_hold_the_same_key_in_every_format() {
    let ec = private(fixture!("ec_sec1.pem"));
    same(&ec, &private(fixture!("ec_pkcs8.pem")));
    same(&ec, &private(fixture!("ec_pkcs8_encrypted.pem")));
    same(&ec, &private(fixture!("ec_modern.p12")));
    let own = ec.public().thumbprint();
    for file in [&fixture!("ec_public.pem")[..], fixture!("ec_certificate.pem")] {
        assert_eq!(read_public(file, None).expect("a public key").thumbprint(), own);
    }
    let rsa = private(fixture!("rsa_pkcs1.pem"));
    same(&rsa, &private(fixture!("rsa_pkcs8.pem")));
    same(&rsa, &private(fixture!("rsa_legacy.p12")));
    private(fixture!("ed25519_pkcs8.pem"));
}

#[test]
fn a_certificate_beside_a_key_lends_it_its_names() {
    let both = [&fixture!("ec_pkcs8.pem")[..], fixture!("ec_certificate.pem")].concat();
    let read = private(&both);
    let members = read.public().members();
    assert!(["x5c", "x5t", "x5t#S256"].iter().all(|name| members.contains_key(*name)), "{members:?}");
    let strangers = [&fixture!("ec_pkcs8.pem")[..], fixture!("rsa_certificate.pem")].concat();
    assert!(!private(&strangers).public().members().contains_key("x5c"));
}

#[test]
fn passwords_are_asked_for_and_checked() {
    for file in [
        &fixture!("ec_pkcs8_encrypted.pem")[..],
        fixture!("ec_modern.p12"),
        fixture!("rsa_legacy.p12"),
        fixture!("rsa_old_encryption.pem"),
    ] {
        assert_eq!(refusal(file), UnreadableKey::PasswordMissing);
        let wrong = read_private(file, Some(&Password::new("wrong"))).expect_err("the wrong password");
        assert_eq!(wrong, UnreadableKey::Password);
    }
    assert_eq!(format!("{:?}", password()), "Password(hidden)");
}

#[test]
fn what_is_no_private_key_is_named() {
    assert_eq!(refusal(fixture!("ec_public.pem")), UnreadableKey::NoPrivateKey("a public key"));
    assert_eq!(refusal(fixture!("ec_certificate.pem")), UnreadableKey::NoPrivateKey("a certificate"));
    assert_eq!(refusal(fixture!("secp256k1.pem")), UnreadableKey::UnknownKind);
    assert_eq!(refusal(b"a key"), UnreadableKey::UnknownFormat);
    assert_eq!(refusal(b""), UnreadableKey::UnknownFormat);
    assert_eq!(refusal(b"\xff\xfe"), UnreadableKey::UnknownFormat);
    assert_eq!(refusal(&[b'{'; MAX_FILE_BYTES + 1]), UnreadableKey::TooLarge(MAX_FILE_BYTES + 1));
    let two = [&fixture!("ec_pkcs8.pem")[..], fixture!("rsa_pkcs8.pem")].concat();
    assert_eq!(refusal(&two), UnreadableKey::SeveralKeys(vec!["one without a name".to_owned(); 2]));
}

#[test]
fn truncated_files_are_refused() {
    let key = new_key(Algorithm::ES256);
    let der = private_to_der(&key, DerForm::Pkcs8).unwrap();
    for length in 1..der.len() {
        assert!(read_private(&der[..length], None).is_err(), "{length}");
    }
    let p12 = fixture!("ec_modern.p12");
    for length in (1..p12.len()).step_by(17) {
        assert!(read_private(&p12[..length], None).is_err(), "{length}");
    }
}

#[test]
fn halves_that_do_not_belong_together_are_refused() {
    for algorithm in
        [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA, Algorithm::RS256]
    {
        let (mine, other) = (new_key(algorithm), new_key(algorithm));
        let mixed = mine.map_public(|_| other.public().clone());
        let why = refusal(mixed.to_json().expose().as_bytes());
        assert_eq!(why, UnreadableKey::Jwk(InvalidJwk::Numbers), "{algorithm}");
    }
}

fn nhn_file(private_jwk: &str) -> String {
    serde_json::json!({
        "clientName": "ORG - App", "authority": "https://helseid-sts.test.nhn.no/connect/token",
        "clientId": "2b0f", "grantTypes": ["client_credentials"], "scopes": ["org:api/scope"],
        "secretType": "private_key_jwt:RsaPrivateKeyJwtSecret", "rsaKeySizeBits": 4096,
        "privateJwk": private_jwk, "pkceRequired": true,
    })
    .to_string()
}

#[test]
fn nhns_file_is_read_as_it_is_and_percent_encoded() {
    let key = new_key(Algorithm::RS256);
    let json = key.to_json();
    let encoded: String = form_urlencoded::byte_serialize(json.expose().as_bytes()).collect();
    for text in [json.expose(), &encoded] {
        let file = NhnConfiguration::read(&nhn_file(text)).expect("NHN's file");
        same(&key, file.key());
        assert_eq!((file.client_id(), file.issuer()), ("2b0f", "https://helseid-sts.test.nhn.no"));
        assert_eq!(file.scopes(), ["org:api/scope"]);
        same(&key, &private(nhn_file(text).as_bytes()));
    }
    let xml = private_to_xml(&key).unwrap();
    let with_xml = serde_json::json!({ "clientId": "a", "authority": "b", "rsaPrivateKey": xml.expose() });
    same(&key, &private(with_xml.to_string().as_bytes()));
}

#[test]
fn errors_and_debug_never_show_the_key() {
    let key = new_key(Algorithm::ES256);
    let json = key.to_json();
    let d = json.expose().split("\"d\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let broken = json.expose().replace("P-256", "P-384");
    let error = refusal(broken.as_bytes());
    let file = NhnConfiguration::read(&nhn_file(json.expose())).unwrap();
    for shown in [format!("{error} {error:?}"), format!("{key:?}"), format!("{file:?}")] {
        assert!(!shown.contains(&d), "{shown}");
    }
}
