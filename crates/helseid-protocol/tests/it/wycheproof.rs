//! Project Wycheproof's vectors, through our reading of JWKs and our verification.

use helseid_protocol::jose::format::public_from_der;
use helseid_protocol::jose::{Algorithm, PublicJwk, VerifyKey};
use wycheproof::TestResult;

/// One vector: what was signed, the signature, and whether it is one.
struct Vector<'a> {
    name: String,
    message: &'a [u8],
    signature: &'a [u8],
    result: TestResult,
}

/// The key by way of the JWK that a stranger would send; none if we do not take keys of its size.
fn key(der: &[u8]) -> Option<VerifyKey> {
    let jwk = public_from_der(der).ok()?;
    Some(VerifyKey::new(PublicJwk::read(jwk.to_json().as_bytes()).unwrap()).unwrap())
}

/// How many vectors were looked at; each valid one must pass, and each invalid one fail.
fn hold<'a>(der: &[u8], algorithm: Algorithm, vectors: impl Iterator<Item = Vector<'a>>) -> usize {
    let Some(key) = key(der) else { return 0 };
    let mut count = 0;
    for vector in vectors {
        let verified = key.verify(algorithm, vector.message, vector.signature).is_ok();
        match vector.result {
            TestResult::Valid => assert!(verified, "{}", vector.name),
            TestResult::Invalid => assert!(!verified, "{}", vector.name),
            // Signatures that are right by a rule that some do not follow: either will do.
            TestResult::Acceptable => (),
        }
        count += 1;
    }
    count
}

macro_rules! run {
    ($module:ident, $set:ident, $algorithm:ident) => {{
        let set = wycheproof::$module::TestSet::load(wycheproof::$module::TestName::$set).unwrap();
        let groups = set.test_groups.iter();
        let count: usize = groups
            .map(|group| {
                let vectors = group.tests.iter().map(|test| Vector {
                    name: format!("{} {}: {}", stringify!($set), test.tc_id, test.comment),
                    message: &test.msg,
                    signature: &test.sig,
                    result: test.result,
                });
                hold(&group.der, Algorithm::$algorithm, vectors)
            })
            .sum();
        count
    }};
}

#[test]
fn ecdsa_with_two_numbers_of_fixed_length() {
    assert!(run!(ecdsa, EcdsaSecp256r1Sha256P1363, ES256) > 200);
    assert!(run!(ecdsa, EcdsaSecp384r1Sha384P1363, ES384) > 200);
    assert!(run!(ecdsa, EcdsaSecp521r1Sha512P1363, ES512) > 200);
}

#[test]
fn rsa_with_pkcs1_padding() {
    assert!(run!(rsa_pkcs1_verify, Rsa2048Sha256, RS256) > 200);
    assert!(run!(rsa_pkcs1_verify, Rsa2048Sha384, RS384) > 200);
    assert!(run!(rsa_pkcs1_verify, Rsa2048Sha512, RS512) > 200);
    assert!(run!(rsa_pkcs1_verify, Rsa3072Sha256, RS256) > 200);
    assert!(run!(rsa_pkcs1_verify, Rsa3072Sha384, RS384) > 200);
    assert!(run!(rsa_pkcs1_verify, Rsa3072Sha512, RS512) > 200);
    assert!(run!(rsa_pkcs1_verify, Rsa4096Sha256, RS256) > 200);
    assert!(run!(rsa_pkcs1_verify, Rsa4096Sha384, RS384) > 200);
    assert!(run!(rsa_pkcs1_verify, Rsa4096Sha512, RS512) > 200);
    assert!(run!(rsa_pkcs1_verify, Rsa8192Sha256, RS256) > 200);
}

#[test]
fn rsa_with_pss_padding_and_a_salt_as_long_as_the_hash() {
    assert!(run!(rsa_pss_verify, RsaPss2048Sha256Mgf1SaltLen32, PS256) > 50);
    assert!(run!(rsa_pss_verify, RsaPss2048Sha384Mgf1SaltLen48, PS384) > 50);
    assert!(run!(rsa_pss_verify, RsaPss3072Sha256Mgf1SaltLen32, PS256) > 50);
    assert!(run!(rsa_pss_verify, RsaPss4096Sha256Mgf1SaltLen32, PS256) > 50);
    assert!(run!(rsa_pss_verify, RsaPss4096Sha384Mgf1SaltLen48, PS384) > 50);
    assert!(run!(rsa_pss_verify, RsaPss4096Sha512Mgf1SaltLen64, PS512) > 50);
}

/// RFC 7518 section 3.5: the salt is as long as the hash; a valid signature with another salt is none here.
#[test]
fn pss_with_another_salt_is_refused() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    for (name, algorithm) in [
        (TestName::RsaPss2048Sha256Mgf1SaltLen0, Algorithm::PS256),
        (TestName::RsaPss4096Sha512Mgf1SaltLen32, Algorithm::PS512),
    ] {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = key(&group.der).unwrap();
            for test in group.tests.into_iter().filter(|test| test.result == TestResult::Valid) {
                assert!(key.verify(algorithm, &test.msg, &test.sig).is_err(), "{}", test.tc_id);
            }
        }
    }
}
