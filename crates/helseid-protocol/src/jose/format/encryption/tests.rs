use super::*;

fn scheme(oid: &str, parameters: &[u8]) -> Vec<u8> {
    use pkcs8::der::Encode as _;
    let oid = ObjectIdentifier::new_unwrap(oid).to_der().unwrap();
    asn1::written(0x30, &[&oid, parameters]).to_vec()
}

fn opened(scheme: &[u8]) -> Result<SecretBytes, UnreadableKey> {
    open(asn1::one(scheme).unwrap(), &[0; 16], &Spelling::of("a"), &mut Work::of_one_file())
}

fn octets(bytes: &[u8]) -> SecretBytes {
    asn1::written(0x04, &[bytes])
}

fn number(bytes: &[u8]) -> SecretBytes {
    asn1::written(0x02, &[bytes])
}

/// PBES2 with AES-256 by `derivation` with these parameters.
fn pbes2(derivation: &str, parameters: &[&[u8]]) -> Vec<u8> {
    let derivation = scheme(derivation, &asn1::written(0x30, parameters));
    let cipher = scheme("2.16.840.1.101.3.4.1.42", &octets(&[0; 16]));
    scheme("1.2.840.113549.1.5.13", &asn1::written(0x30, &[&derivation, &cipher]))
}

#[test]
fn a_scheme_that_is_not_opened_is_named() {
    for (oid, name) in [
        ("1.2.840.113549.1.12.1.1", "PBE-SHA1-RC4-128"),
        ("1.2.840.113549.1.12.1.2", "PBE-SHA1-RC4-40"),
        ("1.2.840.113549.1.5.1", "PBE-MD2-DES"),
        ("1.2.3.4", "1.2.3.4"),
    ] {
        assert_eq!(opened(&scheme(oid, &[5, 0])), Err(UnreadableKey::Scheme(name.to_owned())));
    }
    let by = pbes2("1.2.3.4", &[&octets(&[0; 8])]);
    assert_eq!(opened(&by), Err(UnreadableKey::Scheme("1.2.3.4".to_owned())));
}

#[test]
fn what_a_file_asks_for_has_an_end() {
    const PBKDF2: &str = "1.2.840.113549.1.5.12";
    const SCRYPT: &str = "1.3.6.1.4.1.11591.4.11";
    let salt = octets(&[1; 8]);
    let many = |unit| move |found: &UnreadableKey| matches!(found, UnreadableKey::TooMuchWork { unit: own, .. } if *own == unit);
    let rounds = many("rounds of a hash");
    let memory = many("bytes of memory for scrypt");
    let by_pbkdf2 = opened(&pbes2(PBKDF2, &[&salt, &number(&[0x7f, 0xff, 0xff, 0xff])]));
    assert!(rounds(&by_pbkdf2.unwrap_err()));
    let numbers = |n: &[u8], r: u8, p: &[u8]| pbes2(SCRYPT, &[&salt, &number(n), &number(&[r]), &number(p)]);
    assert!(memory(&opened(&numbers(&[0x10, 0, 0], 8, &[1])).unwrap_err()));
    assert!(rounds(&opened(&numbers(&[0x40, 0], 8, &[0x7f, 0xff])).unwrap_err()));
    // One file cannot ask for a little many times, either.
    let mut work = Work::of_one_file();
    let spent = (0..21).map(|_| work.spend(1_000_000, 1)).collect::<Vec<_>>();
    assert_eq!(spent.iter().filter(|spent| spent.is_ok()).count(), 20);
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    const SCRYPT: &str = "1.3.6.1.4.1.11591.4.11";
    let salt = octets(&[1; 8]);
    for bad in [
        pbes2(SCRYPT, &[&salt, &number(&[3]), &number(&[8]), &number(&[1])]),
        pbes2(SCRYPT, &[&salt, &number(&[1]), &number(&[8]), &number(&[1])]),
        pbes2(SCRYPT, &[&salt, &number(&[2]), &number(&[0]), &number(&[1])]),
        pbes2("1.2.840.113549.1.5.12", &[&salt]),
        pbes2("1.2.840.113549.1.5.12", &[&salt, &number(&[0xff])]),
        pbes2("1.2.840.113549.1.5.12", &[&salt, &number(&[1]), &number(&[0])]),
        scheme("1.2.840.113549.1.5.13", &[5, 0]),
        scheme("1.2.840.113549.1.12.1.3", &[5, 0]),
    ] {
        assert_eq!(opened(&bad), Err(MALFORMED), "{bad:02x?}");
    }
}

#[test]
fn pbkdf2_gives_the_published_keys() {
    // RFC 6070, and RFC 7914 section 11.
    let key = |hash: Hash, password: &[u8], salt: &[u8], rounds, length| {
        let mut key = vec![0; length];
        hash.pbkdf2(password, salt, rounds, &mut key);
        key.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert_eq!(key(Hash::Sha1, b"password", b"salt", 2, 20), "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957");
    assert_eq!(
        key(Hash::Sha1, b"passwordPASSWORDpassword", b"saltSALTsaltSALTsaltSALTsaltSALTsalt", 4096, 25),
        "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"
    );
    assert_eq!(
        key(Hash::Sha256, b"passwd", b"salt", 1, 32),
        "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
    );
}

#[test]
fn a_password_of_one_line_has_no_end_of_line() {
    for (text, password) in
        [("a\n", "a"), ("a\r\n", "a"), ("a", "a"), (" a \n", " a "), ("a\n\n", "a\n"), ("\n", "")]
    {
        assert_eq!(Password::of_one_line(text).expose(), password, "{text:?}");
    }
}
