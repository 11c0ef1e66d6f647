//! The broken proofs of NHN's test token service: in each, one thing is wrong.

use serde_json::Value;

use super::Jwt;
use crate::jose::PrivateJwk;

/// How far the `iat` of a proof of the wrong time is off, in seconds.
const FAR: i64 = 3_600;

/// What is wrong with a proof, or with the token's binding to it.
///
/// ```
/// use helseid_protocol::forge::{self, BrokenProof};
/// use helseid_protocol::jose::json::Object;
/// # use helseid_protocol::jose::{Algorithm, InvalidJwk, PrivateJwk, RsaSize, SigningKey};
///
/// # let private = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// # let key = SigningKey::new(&private)?;
/// let proof = forge::token(&key, "dpop+jwt", Object::new()).claim("htm", "GET").claim("htu", "https://api.example/");
/// let broken = BrokenProof::WithoutHtu.applied(proof, &private);
/// assert!(broken.has_claim("htm") && !broken.has_claim("htu"));
/// # Ok::<(), InvalidJwk>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BrokenProof {
    /// The proof has no `htu`.
    WithoutHtu,
    /// The proof has no `htm`.
    WithoutHtm,
    /// The proof is of an hour ago.
    IatInThePast,
    /// The proof is of the next hour.
    IatInTheFuture,
    /// The proof has no `ath`.
    WithoutAth,
    /// The proof's header has no `alg`.
    WithoutAlg,
    /// The proof's header has no `jwk`.
    WithoutJwk,
    /// The proof has no `jti`.
    WithoutJti,
    /// The proof's `alg` is a symmetric one.
    AlgSymmetric,
    /// The proof's `jwk` holds the private key.
    PrivateKey,
    /// The proof's `typ` is another.
    Typ,
    /// The proof is signed by another key.
    Signature,
    /// The token is bound to another key.
    TokenJkt,
}

impl BrokenProof {
    /// All thirteen, in NHN's order.
    pub const ALL: [Self; 13] = [
        Self::WithoutHtu,
        Self::WithoutHtm,
        Self::IatInThePast,
        Self::IatInTheFuture,
        Self::WithoutAth,
        Self::WithoutAlg,
        Self::WithoutJwk,
        Self::WithoutJti,
        Self::AlgSymmetric,
        Self::PrivateKey,
        Self::Typ,
        Self::Signature,
        Self::TokenJkt,
    ];

    /// As NHN's test token service names it.
    #[must_use]
    pub const fn nhn_name(self) -> &'static str {
        match self {
            Self::WithoutHtu => "DontSetHtuClaimValue",
            Self::WithoutHtm => "DontSetHtmClaimValue",
            Self::IatInThePast => "SetIatValueInThePast",
            Self::IatInTheFuture => "SetIatValueInTheFuture",
            Self::WithoutAth => "DontSetAthClaimValue",
            Self::WithoutAlg => "DontSetAlgHeader",
            Self::WithoutJwk => "DontSetJwkHeader",
            Self::WithoutJti => "DontSetJtiClaim",
            Self::AlgSymmetric => "SetAlgHeaderToASymmetricAlgorithm",
            Self::PrivateKey => "SetPrivateKeyInJwkHeader",
            Self::Typ => "SetInvalidTypHeaderValue",
            Self::Signature => "SetAnInvalidSignature",
            Self::TokenJkt => "SetAnInvalidJktValueInToken",
        }
    }

    /// `proof` with this wrong. Its key is `private`. [`BrokenProof::Signature`] and [`BrokenProof::TokenJkt`] leave the proof
    /// as it is: the caller signs it by another key, or binds the token to one.
    #[must_use]
    pub fn applied(self, proof: Jwt, private: &PrivateJwk) -> Jwt {
        let moved = |proof: Jwt, seconds: i64| {
            let issued = proof.claim_of("iat").and_then(Value::as_i64).unwrap_or_default();
            proof.claim("iat", issued.saturating_add(seconds))
        };
        match self {
            Self::WithoutHtu => proof.without_claim("htu"),
            Self::WithoutHtm => proof.without_claim("htm"),
            Self::IatInThePast => moved(proof, -FAR),
            Self::IatInTheFuture => moved(proof, FAR),
            Self::WithoutAth => proof.without_claim("ath"),
            Self::WithoutAlg => proof.without_header("alg"),
            Self::WithoutJwk => proof.without_header("jwk"),
            Self::WithoutJti => proof.without_claim("jti"),
            Self::AlgSymmetric => proof.header("alg", "HS256"),
            Self::PrivateKey => {
                let private: Value = serde_json::from_str(private.to_json().expose()).unwrap_or_default();
                proof.header("jwk", private)
            }
            Self::Typ => proof.header("typ", "JWT"),
            Self::Signature | Self::TokenJkt => proof,
        }
    }
}
