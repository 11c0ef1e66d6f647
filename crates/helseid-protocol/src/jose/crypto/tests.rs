use super::*;

fn rsa_key() -> RsaKeyPair {
    RsaKeyPair::generate(KeySize::Rsa2048).expect("a key")
}

#[test]
fn a_pss_salt_is_as_long_as_the_hash() {
    let pair = rsa_key();
    let key = pkcs1::RsaPublicKeyRef::from_der(pair.public_key().as_ref()).expect("DER");
    let numbers =
        PublicNumbers::Rsa { n: key.modulus.as_bytes().to_vec(), e: key.public_exponent.as_bytes().to_vec() };
    let public = PublicKey::new(KeyType::Rsa, &numbers).expect("a key");
    static OTHER: [RsaSignatureEncoding; 3] = [
        signature::RSA_PSS_SHA256.with_pss_salt_length(signature::RsaPssSaltLength::Custom(0)),
        signature::RSA_PSS_SHA256.with_pss_salt_length(signature::RsaPssSaltLength::Custom(20)),
        signature::RSA_PSS_SHA256.with_pss_salt_length(signature::RsaPssSaltLength::Custom(64)),
    ];
    let sign = |encoding: &'static RsaSignatureEncoding| {
        let mut made = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &rand::SystemRandom::new(), b"message", &mut made).expect("a signature");
        made
    };
    assert_eq!(public.verify(Algorithm::PS256, b"message", &sign(&signature::RSA_PSS_SHA256)), Ok(()));
    for encoding in &OTHER {
        assert_eq!(public.verify(Algorithm::PS256, b"message", &sign(encoding)), Err(Refused));
    }
}

#[test]
fn an_exponent_is_odd_at_least_three_and_at_most_33_bits() {
    for (e, sound) in [
        (&[3][..], true),
        (&[1, 0, 1], true),
        (&[1, 0xff, 0xff, 0xff, 0xff], true),
        (&[], false),
        (&[0], false),
        (&[1], false),
        (&[2], false),
        (&[1, 0, 0], false),
        (&[2, 0, 0, 0, 1], false),
        (&[1; 6], false),
        (&[0xff; 256], false),
    ] {
        assert_eq!(is_sound_exponent(e), sound, "{e:?}");
    }
}

#[test]
fn a_key_is_parsed_once_for_each_algorithm_it_is_used_with() {
    let (public, _) = generate_rsa(2048).expect("a key");
    let PublicKey::Rsa(key) = PublicKey::new(KeyType::Rsa, &public).expect("a key") else {
        unreachable!("an RSA key");
    };
    let parsed = |key: &RsaPublicKey| key.parsed.iter().filter(|place| place.get().is_some()).count();
    assert_eq!(parsed(&key), 0);
    let key = PublicKey::Rsa(key);
    for _ in 0..2 {
        assert_eq!(key.verify(Algorithm::PS256, b"", &[0; 256]), Err(Refused));
        assert_eq!(key.verify(Algorithm::RS512, b"", &[0; 256]), Err(Refused));
        assert_eq!(key.verify(Algorithm::ES256, b"", &[0; 64]), Err(Refused));
    }
    let PublicKey::Rsa(key) = key else { unreachable!("an RSA key") };
    assert_eq!(parsed(&key), 2);
}

#[test]
fn numbers_of_one_kind_are_no_key_of_another() {
    let (rsa, rsa_private) = generate_rsa(2048).expect("a key");
    let (p256, p256_private) = generate_on_curve(KeyType::P256).expect("a key");
    assert!(PublicKey::new(KeyType::P256, &rsa).is_err());
    assert!(PublicKey::new(KeyType::Rsa, &p256).is_err());
    assert!(PublicKey::new(KeyType::P384, &p256).is_err());
    assert!(PrivateKey::new(KeyType::P256, &p256, &rsa_private).is_err());
    assert!(PrivateKey::new(KeyType::Rsa, &rsa, &p256_private).is_err());
    assert!(PrivateKey::new(KeyType::P384, &p256, &p256_private).is_err());
    assert!(generate_rsa(1024).is_err());
    assert!(generate_on_curve(KeyType::Rsa).is_err());
}

#[test]
fn codes_over_other_parts_are_others() {
    let key = MacKey::new(&[7; 32]);
    assert_eq!(key.code(&[b"ab", b"c"]), key.code(&[b"ab", b"c"]));
    assert_ne!(key.code(&[b"ab", b"c"]), key.code(&[b"a", b"bc"]));
    assert_ne!(key.code(&[b"abc"]), key.code(&[b"abc", b""]));
    assert_ne!(key.code(&[b"abc"]), MacKey::new(&[8; 32]).code(&[b"abc"]));
    assert_eq!(key.code16(&[b"abc"]), key.code(&[b"abc"])[..16]);
    assert_eq!(format!("{key:?}"), "MacKey(hidden)");
}

#[test]
fn what_was_sealed_opens_with_its_key_and_context_alone() {
    let key = SealingKey::new(&[1; 32]);
    let sealed = key.seal(b"context", b"a secret");
    assert_eq!(key.open(b"context", &sealed).as_deref().map(Vec::as_slice), Some(&b"a secret"[..]));
    assert_ne!(key.seal(b"context", b"a secret"), sealed, "the nonce is new each time");
    assert_eq!(SealingKey::new(&[2; 32]).open(b"context", &sealed), None);
    assert_eq!(key.open(b"another", &sealed), None);
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert_eq!(key.open(b"context", &changed), None, "byte {at}");
        assert_eq!(key.open(b"context", &sealed[..at]), None, "{at} bytes");
    }
}
