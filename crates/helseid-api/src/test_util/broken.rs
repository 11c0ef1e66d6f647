//! Requests with exactly one thing broken, by name.

use helseid_protocol::forge::BrokenProof;
use helseid_protocol::rule::Rule;
use serde_json::{Value, json};

use super::{Signer, TestRequest};

/// What is wrong with a request. The first thirteen are those of NHN's test token service.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
/// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
/// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
/// # let verifier = protection.verifier();
/// use helseid_api::{RequestFacts, test_util::Broken};
/// use http::Method;
///
/// let url = "https://api.example/patients";
/// let request = issuer.client("nhn:my-api").request(&Method::GET, url).broken(Broken::ProofWithoutAth);
/// let refused = verifier.verify(RequestFacts::at_url(&Method::GET, url, &request.headers())).await;
/// let rule = refused.err().and_then(|refused| refused.rejection().rule());
/// assert_eq!(rule, Some(Broken::ProofWithoutAth.rule()));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Broken {
    /// The proof has no `htu`.
    ProofWithoutHtu,
    /// The proof has no `htm`.
    ProofWithoutHtm,
    /// The proof was made an hour ago.
    ProofIatInThePast,
    /// The proof is dated an hour ahead.
    ProofIatInTheFuture,
    /// The proof has no `ath`.
    ProofWithoutAth,
    /// The proof's header has no `alg`.
    ProofWithoutAlg,
    /// The proof's header has no `jwk`.
    ProofWithoutJwk,
    /// The proof has no `jti`.
    ProofWithoutJti,
    /// The proof's `alg` is a symmetric one.
    ProofAlgSymmetric,
    /// The proof's `jwk` holds the private key.
    ProofPrivateKey,
    /// The proof's `typ` is another.
    ProofTyp,
    /// The proof is signed by another key.
    ProofSignature,
    /// The token is bound to another key.
    TokenJkt,
    /// There is no proof.
    WithoutProof,
    /// The proof is for another method.
    ProofHtm,
    /// The proof is for another URL.
    ProofHtu,
    /// The proof is for another token.
    ProofAth,
    /// A bound token as Bearer.
    BoundAsBearer,
    /// A token that is bound to no key, with a proof.
    TokenUnbound,
    /// The token is signed by another key of the same name.
    TokenSignature,
    /// The token's `kid` is not one of the issuer's.
    TokenKid,
    /// The token is another issuer's.
    TokenIssuer,
    /// The token is for another API.
    TokenAudience,
    /// The token is for another API too.
    TokenSecondAudience,
    /// The token expired an hour ago.
    TokenExpired,
    /// The token is not valid before an hour from now.
    TokenNotYet,
    /// The token's `typ` is another.
    TokenTyp,
    /// The token's `alg` is `none`.
    TokenAlgNone,
}

impl Broken {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::ProofWithoutHtu,
        Self::ProofWithoutHtm,
        Self::ProofIatInThePast,
        Self::ProofIatInTheFuture,
        Self::ProofWithoutAth,
        Self::ProofWithoutAlg,
        Self::ProofWithoutJwk,
        Self::ProofWithoutJti,
        Self::ProofAlgSymmetric,
        Self::ProofPrivateKey,
        Self::ProofTyp,
        Self::ProofSignature,
        Self::TokenJkt,
        Self::WithoutProof,
        Self::ProofHtm,
        Self::ProofHtu,
        Self::ProofAth,
        Self::BoundAsBearer,
        Self::TokenUnbound,
        Self::TokenSignature,
        Self::TokenKid,
        Self::TokenIssuer,
        Self::TokenAudience,
        Self::TokenSecondAudience,
        Self::TokenExpired,
        Self::TokenNotYet,
        Self::TokenTyp,
        Self::TokenAlgNone,
    ];

    /// How many of [`Broken::ALL`] are those of NHN's test token service.
    pub const OF_NHN: usize = BrokenProof::ALL.len();

    /// The rule that is broken, at an API with HelseID's own requirements.
    #[must_use]
    pub const fn rule(self) -> Rule {
        match self {
            Self::ProofWithoutHtu | Self::ProofHtu => Rule::DpopHtu,
            Self::ProofWithoutHtm | Self::ProofHtm => Rule::DpopHtm,
            Self::ProofIatInThePast | Self::ProofIatInTheFuture => Rule::DpopIat,
            Self::ProofWithoutAth | Self::ProofAth => Rule::DpopAth,
            Self::ProofWithoutAlg => Rule::DpopAlg,
            Self::ProofWithoutJwk | Self::ProofPrivateKey => Rule::DpopJwk,
            Self::ProofWithoutJti => Rule::DpopJti,
            Self::ProofAlgSymmetric => Rule::DpopAlg,
            Self::ProofTyp => Rule::DpopTyp,
            Self::ProofSignature => Rule::DpopSignature,
            Self::TokenJkt => Rule::DpopJkt,
            Self::WithoutProof => Rule::ApiProof,
            Self::BoundAsBearer => Rule::ApiScheme,
            Self::TokenUnbound => Rule::TokenCnf,
            Self::TokenSignature => Rule::TokenSignature,
            Self::TokenKid => Rule::TokenKid,
            Self::TokenIssuer => Rule::TokenIss,
            Self::TokenAudience => Rule::TokenAud,
            Self::TokenSecondAudience => Rule::ApiSingleAudience,
            Self::TokenExpired => Rule::TokenExp,
            Self::TokenNotYet => Rule::TokenNbf,
            Self::TokenTyp => Rule::TokenTyp,
            Self::TokenAlgNone => Rule::TokenAlg,
        }
    }

    /// The one that it is among those of NHN's test token service.
    const fn of_nhn(self) -> Option<BrokenProof> {
        Some(match self {
            Self::ProofWithoutHtu => BrokenProof::WithoutHtu,
            Self::ProofWithoutHtm => BrokenProof::WithoutHtm,
            Self::ProofIatInThePast => BrokenProof::IatInThePast,
            Self::ProofIatInTheFuture => BrokenProof::IatInTheFuture,
            Self::ProofWithoutAth => BrokenProof::WithoutAth,
            Self::ProofWithoutAlg => BrokenProof::WithoutAlg,
            Self::ProofWithoutJwk => BrokenProof::WithoutJwk,
            Self::ProofWithoutJti => BrokenProof::WithoutJti,
            Self::ProofAlgSymmetric => BrokenProof::AlgSymmetric,
            Self::ProofPrivateKey => BrokenProof::PrivateKey,
            Self::ProofTyp => BrokenProof::Typ,
            Self::ProofSignature => BrokenProof::Signature,
            Self::TokenJkt => BrokenProof::TokenJkt,
            _ => return None,
        })
    }

    pub(super) fn apply(self, mut request: TestRequest) -> TestRequest {
        if let Some(broken) = self.of_nhn() {
            return as_nhn_breaks_it(broken, request);
        }
        let now = request.token.claim_of("iat").and_then(Value::as_i64).unwrap_or(0);
        match self {
            Self::WithoutProof => {
                request.proof = None;
                request
            }
            Self::ProofHtm => request.proof(|proof| proof.claim("htm", "PATCH")),
            Self::ProofHtu => request.proof(|proof| proof.claim("htu", "https://other.example/")),
            Self::ProofAth => request.proof(|proof| proof.claim("ath", "another-tokens-hash")),
            Self::BoundAsBearer => {
                (request.scheme, request.proof) = ("Bearer", None);
                request
            }
            Self::TokenUnbound => request.token(|token| token.without_claim("cnf")),
            Self::TokenSignature => {
                request.token_signer = Signer::Stranger;
                request
            }
            Self::TokenKid => request.token(|token| token.header("kid", "nobodys")),
            Self::TokenIssuer => request.token(|token| token.claim("iss", "https://other.example")),
            Self::TokenAudience => request.token(|token| token.claim("aud", "nhn:other-api")),
            Self::TokenSecondAudience => request.token(|token| {
                let own = token.claim_of("aud").cloned().unwrap_or_default();
                token.claim("aud", json!([own, "nhn:other-api"]))
            }),
            Self::TokenExpired => request.token(|token| token.claim("exp", now - 3600)),
            Self::TokenNotYet => request.token(|token| token.claim("nbf", now + 3600)),
            Self::TokenTyp => request.token(|token| token.header("typ", "dpop+jwt")),
            Self::TokenAlgNone => request.token(|token| token.header("alg", "none")),
            // NHN's are above.
            _ => request,
        }
    }
}

fn as_nhn_breaks_it(broken: BrokenProof, mut request: TestRequest) -> TestRequest {
    match broken {
        // It is added when the proof is signed.
        BrokenProof::WithoutAth => request.with_ath = false,
        BrokenProof::Signature => request.proof_signer = Signer::Stranger,
        BrokenProof::TokenJkt => {
            let other = request.keys.stranger.public().thumbprint();
            request = request.token(|token| token.claim("cnf", json!({ "jkt": other.as_str() })));
        }
        _ => {}
    }
    let keys = request.keys.clone();
    request.proof(|proof| broken.applied(proof, &keys.client_private))
}
