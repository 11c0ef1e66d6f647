//! Every file of the corpus holds the key that it was made from, or is called by its name.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::*;

/// The key, or words that the refusal says.
enum Expected {
    Key,
    Public,
    Refusal(&'static str),
}
use Expected::{Key, Public, Refusal};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/keys/corpus")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).expect(name)
}

#[rustfmt::skip]
const CORPUS: [(&str, Expected); 75] = [
    ("pbes2_sha1.pem", Key), ("pbes2_sha224.pem", Key), ("pbes2_sha256.pem", Key), ("pbes2_sha384.pem", Key),
    ("pbes2_sha512.pem", Key), ("pbes2_sha512-224.pem", Key), ("pbes2_sha512-256.pem", Key),
    ("pbes2_aes-128-cbc.pem", Key), ("pbes2_aes-192-cbc.pem", Key), ("pbes2_des3.pem", Key), ("pbes2_des-cbc.pem", Key),
    ("pbes2_rc2-cbc.pem", Key), ("pbes2_rc2-64-cbc.pem", Key), ("pbes2_rc2-40-cbc.pem", Key),
    ("pbes2_camellia-256-cbc.pem", Refusal("CAMELLIA-256-CBC")), ("pbes2_aria-256-cbc.pem", Refusal("ARIA-256-CBC")),
    ("scrypt.pem", Key), ("pbes2.der", Key),
    ("too_many_rounds.pem", Refusal("would take 50000000 rounds")),
    ("pbe_md5-des.pem", Key), ("pbe_sha1-des.pem", Key), ("pbe_md5-rc2-64.pem", Key), ("pbe_sha1-rc2-64.pem", Key),
    ("pbe_sha1-3des.pem", Key), ("pbe_sha1-2des.pem", Key), ("pbe_sha1-rc2-128.pem", Key), ("pbe_sha1-rc2-40.pem", Key),
    ("pbe_sha1-rc4-128.pem", Refusal("PBE-SHA1-RC4-128")),
    ("dek_info_aes-128-cbc.pem", Key), ("dek_info_aes-192-cbc.pem", Key), ("dek_info_aes-256-cbc.pem", Key),
    ("dek_info_des3.pem", Key), ("dek_info_des-cbc.pem", Key),
    ("dek_info_camellia-128-cbc.pem", Refusal("CAMELLIA-128-CBC")),
    ("modern.p12", Key), ("legacy.p12", Key), ("pbes2_3des.p12", Key), ("pbes2_rc2.p12", Key), ("sha1_2des.p12", Key),
    ("no_mac.p12", Key), ("one_round.p12", Key), ("plain.p12", Key),
    ("mac_sha1.p12", Key), ("mac_sha224.p12", Key), ("mac_sha256.p12", Key), ("mac_sha384.p12", Key), ("mac_sha512.p12", Key),
    ("camellia.p12", Refusal("CAMELLIA-256-CBC")),
    ("empty_password.p12", Key), ("letters.p12", Key), ("letters_of_old_openssl.p12", Key),
    ("ber.p12", Key), ("ber_legacy.p12", Key), ("nss.p12", Key), ("nss_legacy.p12", Key),
    ("keytool.p12", Key), ("keytool_legacy.p12", Key),
    ("keytool.jks", Refusal("a Java keystore (JKS)")), ("keytool.jceks", Refusal("a Java keystore (JCEKS)")),
    ("two.p12", Refusal("2 keys (one, two)")), ("two.pem", Refusal("2 keys (one, two)")),
    ("latin1.pem", Key), ("utf16.pem", Key), ("webcrypto.json", Key),
    ("explicit_sec1.pem", Refusal("explicit parameters")), ("explicit_pkcs8.pem", Refusal("explicit parameters")),
    ("explicit_public.pem", Public),
    ("request.pem", Refusal("a request for a certificate")), ("request.der", Refusal("a request for a certificate")),
    ("certificates.p7b", Refusal("PKCS#7")), ("certificates.p7c", Refusal("PKCS#7")),
    ("openssh_rsa", Refusal("an RSA key in OpenSSH's own format")),
    ("openssh_ecdsa", Refusal("a P-256 key in OpenSSH's own format")),
    ("openssh_ed25519", Refusal("an Ed25519 key in OpenSSH's own format")),
    ("openssh_rsa.pub", Refusal("a public key in OpenSSH's own format")),
];

fn password_of(name: &str) -> Password {
    Password::new(match name {
        "empty_password.p12" => "",
        _ if name.starts_with("letters") => "blåbærøl",
        _ => "for-tests-only",
    })
}

#[test]
fn every_file_of_the_corpus_is_known() {
    let there =
        std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let known = CORPUS.iter().map(|(name, _)| (*name).to_owned());
    assert_eq!(there.collect::<BTreeSet<_>>(), known.collect());
}

#[test]
fn every_file_of_the_corpus_gives_its_key_or_its_name() {
    let own = private(fixture!("ec_pkcs8.pem"));
    for (name, expected) in &CORPUS {
        let (file, password) = (file(name), password_of(name));
        let found = read_private(&file, Some(&password));
        match (expected, found) {
            (Key, Ok(key)) => same(&own, &key),
            (Refusal(words), Err(why)) => {
                assert!(why.to_string().contains(words), "{name}: {why}");
                let of_public = read_public(&file, Some(&password)).expect_err(name);
                assert_eq!(of_public, why, "{name}");
            }
            (Public, Err(_)) => {
                assert_eq!(read_public(&file, None), Err(UnreadableKey::ExplicitCurve), "{name}");
            }
            (_, found) => panic!("{name}: {:?}", found.map(|key| key.public().thumbprint())),
        }
    }
}

#[test]
fn no_encrypted_file_opens_with_another_password_or_none() {
    let plain = ["plain.p12", "empty_password.p12", "latin1.pem", "utf16.pem", "webcrypto.json"];
    for (name, expected) in &CORPUS {
        // NSS asks for 600,000 rounds.
        if !matches!(expected, Key) || plain.contains(name) || name.starts_with("nss") {
            continue;
        }
        let wrong = read_private(&file(name), Some(&Password::new("wrong")));
        // Without a code, one wrong key in 256 gives what looks like padding.
        assert!(matches!(wrong, Err(UnreadableKey::Password | UnreadableKey::Malformed(_))), "{name}");
        let missing = read_private(&file(name), None).expect_err(name);
        assert_eq!(missing, UnreadableKey::PasswordMissing, "{name}");
    }
}

#[test]
fn one_key_of_several_is_taken_by_its_name() {
    let (ec, rsa) = (private(fixture!("ec_pkcs8.pem")), private(fixture!("rsa_pkcs8.pem")));
    for name in ["two.p12", "two.pem"] {
        let (file, password) = (file(name), password());
        let read = |alias| KeyReader::new(Some(&password), Some(alias)).private(&file);
        same(&ec, &read("one").unwrap().key);
        same(&rsa, &read("TWO").unwrap().key);
        let why = read("three").expect_err("no such key").to_string();
        assert_eq!(why, "none of its keys is named three; it holds one, two");
        let public = KeyReader::new(Some(&password), Some("two")).public(&file).unwrap().key;
        assert_eq!(public.thumbprint(), rsa.public().thumbprint());
    }
}

#[test]
fn no_file_that_was_cut_gives_a_key() {
    for name in ["ber.p12", "nss.p12", "keytool.p12", "pbes2.der"] {
        let whole = file(name);
        for length in (1..whole.len()).step_by(53) {
            let cut = whole.get(..length).unwrap();
            assert!(KeyReader::default().private(cut).is_err(), "{name} {length}");
        }
    }
}
