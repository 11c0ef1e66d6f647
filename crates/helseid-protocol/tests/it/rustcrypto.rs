//! RustCrypto's curves and RSA as oracles: what they sign we accept, what we sign they accept, and key files go both ways.

use helseid_protocol::jose::format::{
    DerForm, PemForm, private_to_der, private_to_pem, public_to_pem, read_private, read_public,
};
use helseid_protocol::jose::{Algorithm, SigningKey, VerifyKey};

use crate::parties::private;

const MESSAGE: &[u8] = b"what is signed";

macro_rules! curve {
    ($test:ident, $oracle:ident, $algorithm:ident) => {
        #[test]
        fn $test() {
            use $oracle::ecdsa::signature::{Signer as _, Verifier as _};
            use $oracle::ecdsa::{Signature, SigningKey as Theirs, VerifyingKey};
            use $oracle::pkcs8::{
                DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
                LineEnding,
            };

            // Our key in their hands.
            let ours = private(Algorithm::$algorithm, "k");
            let pkcs8 = private_to_pem(&ours, PemForm::Pkcs8).unwrap();
            let spki = public_to_pem(ours.public()).unwrap();
            let der = private_to_der(&ours, DerForm::Pkcs8).unwrap();
            let theirs: Theirs = $oracle::SecretKey::from_pkcs8_pem(pkcs8.expose()).unwrap().into();
            let public: VerifyingKey = $oracle::PublicKey::from_public_key_pem(&spki).unwrap().into();
            assert_eq!($oracle::SecretKey::from_pkcs8_der(&der).unwrap(), (&theirs).into());
            assert_eq!(&public, theirs.verifying_key());
            let sec1 = private_to_pem(&ours, PemForm::OfItsKind).unwrap();
            assert_eq!($oracle::SecretKey::from_sec1_pem(sec1.expose()).unwrap(), (&theirs).into());

            let signed = SigningKey::new(&ours).unwrap().sign(MESSAGE);
            public.verify(MESSAGE, &Signature::from_slice(&signed).unwrap()).unwrap();
            let signature: Signature = theirs.sign(MESSAGE);
            let verify = VerifyKey::new(ours.public().clone()).unwrap();
            verify.verify(Algorithm::$algorithm, MESSAGE, &signature.to_bytes()).unwrap();

            // Their files in ours.
            let secret: $oracle::SecretKey = (&theirs).into();
            let thumbprint = ours.public().thumbprint();
            let pem = secret.to_pkcs8_pem(LineEnding::LF).unwrap();
            let der = secret.to_pkcs8_der().unwrap();
            let sec1 = secret.to_sec1_pem(LineEnding::CRLF).unwrap();
            for file in [pem.as_bytes(), der.as_bytes(), sec1.as_bytes()] {
                assert_eq!(read_private(file, None).unwrap().public().thumbprint(), thumbprint);
            }
            let spki = secret.public_key().to_public_key_der().unwrap();
            assert_eq!(read_public(spki.as_bytes(), None).unwrap().thumbprint(), thumbprint);
        }
    };
}

curve!(p256_and_we_understand_each_other, p256, ES256);
curve!(p384_and_we_understand_each_other, p384, ES384);
curve!(p521_and_we_understand_each_other, p521, ES512);

#[test]
fn rsa_files_go_both_ways() {
    use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _, LineEnding};
    use rsa::pkcs8::{
        DecodePrivateKey as _, DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _,
    };

    let ours = private(Algorithm::PS256, "k");
    let thumbprint = ours.public().thumbprint();
    let pkcs8 = private_to_pem(&ours, PemForm::Pkcs8).unwrap();
    let pkcs1 = private_to_pem(&ours, PemForm::OfItsKind).unwrap();
    let theirs = rsa::PrivateKey::from_pkcs8_pem(pkcs8.expose()).unwrap();
    theirs.validate().unwrap();
    assert_eq!(rsa::PrivateKey::from_pkcs1_pem(pkcs1.expose()).unwrap(), theirs);
    let public = rsa::PublicKey::from_public_key_pem(&public_to_pem(ours.public()).unwrap()).unwrap();
    assert_eq!(public, theirs.to_public_key());

    let pem = theirs.to_pkcs8_pem(LineEnding::LF).unwrap();
    let old = theirs.to_pkcs1_pem(LineEnding::CRLF).unwrap();
    let der = theirs.to_pkcs8_der().unwrap();
    for file in [pem.as_bytes(), old.as_bytes(), der.as_bytes()] {
        assert_eq!(read_private(file, None).unwrap().public().thumbprint(), thumbprint);
    }
    let spki = public.to_public_key_der().unwrap();
    assert_eq!(read_public(spki.as_bytes(), None).unwrap().thumbprint(), thumbprint);
}
