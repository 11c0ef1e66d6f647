//! The physical limit: signatures by the crypto backend itself, with parsed keys and nothing around them.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaKeyPair, RsaSignatureEncoding, VerificationAlgorithm,
};
use helseid_protocol::jose::Algorithm;
use helseid_protocol::jose::format::private_from_der;
use helseid_protocol::jose::{PrivateJwk, PublicJwk};

/// A key pair of the backend's own, and the same key as ours.
pub(crate) struct Limit {
    pair: Pair,
    public: ParsedPublicKey,
    der: Vec<u8>,
}

enum Pair {
    Rsa(Box<RsaKeyPair>, &'static RsaSignatureEncoding),
    Ecdsa(Box<EcdsaKeyPair>),
}

impl Limit {
    /// A new key for `algorithm`; of 2048 bits if it is RSA.
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::RS256 => Self::rsa(&RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256),
            Algorithm::PS256 => Self::rsa(&RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256),
            Algorithm::ES256 => Self::ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, &ECDSA_P256_SHA256_FIXED),
            Algorithm::ES384 => Self::ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING, &ECDSA_P384_SHA384_FIXED),
            Algorithm::ES512 => Self::ecdsa(&ECDSA_P521_SHA512_FIXED_SIGNING, &ECDSA_P521_SHA512_FIXED),
            other => unreachable!("{} is not measured", other.name()),
        }
    }

    fn rsa(signing: &'static RsaSignatureEncoding, checking: &'static dyn VerificationAlgorithm) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der = pair.as_der().unwrap().as_ref().to_vec();
        let public = ParsedPublicKey::new(checking, pair.public_key().as_ref()).unwrap();
        Self { pair: Pair::Rsa(Box::new(pair), signing), public, der }
    }

    fn ecdsa(signing: &'static EcdsaSigningAlgorithm, checking: &'static dyn VerificationAlgorithm) -> Self {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let der = pair.to_pkcs8v1().unwrap().as_ref().to_vec();
        let public = ParsedPublicKey::new(checking, pair.public_key().as_ref()).unwrap();
        Self { pair: Pair::Ecdsa(Box::new(pair)), public, der }
    }

    /// The same key, as ours, for the same algorithm.
    pub(crate) fn key(&self, algorithm: Algorithm) -> PrivateJwk {
        let with_algorithm = |public: PublicJwk| public.with_algorithm(algorithm).unwrap();
        private_from_der(&self.der).unwrap().map_public(with_algorithm)
    }

    /// Makes a key on P-256.
    pub(crate) fn make_p256() -> impl Sized {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()
    }

    /// Signs `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).unwrap();
                signature
            }
            Pair::Ecdsa(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
        }
    }

    /// Checks `signature` over `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) {
        self.public.verify_sig(message, signature).unwrap();
    }
}
