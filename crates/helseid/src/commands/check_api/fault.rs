//! What is wrong with a request: one thing in each.

use helseid_protocol::forge::BrokenProof;
use helseid_protocol::rule::Rule;

use super::advice::Advice;

/// What is wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// One of NHN's thirteen.
    Proof(BrokenProof),
    NoCredentials,
    NoProof,
    TwoProofs,
    OtherMethod,
    OtherUrl,
    OtherToken,
    BoundAsBearer,
    ClaimChanged,
    Unsigned,
    SignedByItsSender,
    WithoutSignature,
    /// A token that only the issuer can make.
    Token(BrokenToken),
    /// Sent with the last good call.
    ProofUsedAgain,
}

/// What is wrong with a token that the test token service made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BrokenToken {
    Expired,
    OtherIssuer,
    OtherAudience,
    OtherKey,
    OtherType,
    Unbound,
    OtherScope,
}

impl BrokenToken {
    pub(super) const ALL: [Self; 7] = [
        Self::Expired,
        Self::OtherIssuer,
        Self::OtherAudience,
        Self::OtherKey,
        Self::OtherType,
        Self::Unbound,
        Self::OtherScope,
    ];
}

/// Those that a sender can make alone, but NHN's.
const BY_THE_SENDER: [Fault; 11] = [
    Fault::NoCredentials,
    Fault::NoProof,
    Fault::TwoProofs,
    Fault::OtherMethod,
    Fault::OtherUrl,
    Fault::OtherToken,
    Fault::BoundAsBearer,
    Fault::ClaimChanged,
    Fault::Unsigned,
    Fault::SignedByItsSender,
    Fault::WithoutSignature,
];

impl Fault {
    /// Those that a sender can make alone, NHN's first; without the one that goes with a good call.
    pub(super) fn by_the_sender() -> impl Iterator<Item = Self> {
        BrokenProof::ALL.into_iter().map(Self::Proof).chain(BY_THE_SENDER)
    }

    /// The rule that must refuse it; none for a request without credentials, which breaks none.
    pub(super) const fn rule(self) -> Option<Rule> {
        self.entry().0
    }

    /// For people.
    pub(super) const fn says(self) -> &'static str {
        self.entry().1
    }

    /// Why it matters, and what to do.
    pub(super) const fn advice(self) -> Advice {
        self.entry().2
    }

    /// As NHN's test token service names it.
    pub(super) const fn nhn_name(self) -> Option<&'static str> {
        match self {
            Self::Proof(broken) => Some(broken.nhn_name()),
            _ => None,
        }
    }

    /// Whether it is sent without a readable proof, so that an API may well ask for a nonce first.
    pub(super) const fn has_no_proof(self) -> bool {
        matches!(self, Self::NoCredentials | Self::NoProof | Self::BoundAsBearer)
    }

    const fn entry(self) -> (Option<Rule>, &'static str, Advice) {
        let (rule, says, advice) = match self {
            Self::Proof(broken) => of_proof(broken),
            Self::Token(broken) => of_token(broken),
            Self::NoCredentials => return (None, "no token and no proof", Advice::Unprotected),
            Self::NoProof => (Rule::ApiProof, "no proof", Advice::ProofMissing),
            Self::TwoProofs => (Rule::DpopOnce, "two proofs", Advice::OneProof),
            Self::OtherMethod => (Rule::DpopHtm, "proof for another method", Advice::Method),
            Self::OtherUrl => (Rule::DpopHtu, "proof for another URL", Advice::Url),
            Self::OtherToken => (Rule::DpopAth, "proof for another token", Advice::TokenHash),
            Self::BoundAsBearer => (Rule::ApiBoundToken, "bound token as Bearer", Advice::ProofMissing),
            Self::ClaimChanged => {
                (Rule::TokenSignature, "token with a claim changed", Advice::TokenUnverified)
            }
            Self::Unsigned => (Rule::TokenAlg, "token with alg none", Advice::TokenUnverified),
            Self::SignedByItsSender => {
                (Rule::TokenKid, "token signed by its sender", Advice::TokenUnverified)
            }
            Self::WithoutSignature => {
                (Rule::TokenSignature, "token without its signature", Advice::TokenUnverified)
            }
            Self::ProofUsedAgain => (Rule::DpopJtiOnce, "proof used once more", Advice::OneUse),
        };
        (Some(rule), says, advice)
    }
}

const fn of_proof(broken: BrokenProof) -> (Rule, &'static str, Advice) {
    match broken {
        BrokenProof::WithoutHtu => (Rule::DpopHtu, "proof without htu", Advice::Url),
        BrokenProof::WithoutHtm => (Rule::DpopHtm, "proof without htm", Advice::Method),
        BrokenProof::IatInThePast => (Rule::DpopIat, "proof of an hour ago", Advice::Age),
        BrokenProof::IatInTheFuture => (Rule::DpopIat, "proof of the next hour", Advice::Age),
        BrokenProof::WithoutAth => (Rule::DpopAth, "proof without ath", Advice::TokenHash),
        BrokenProof::WithoutAlg => (Rule::DpopAlg, "proof without alg", Advice::ProofUnverified),
        BrokenProof::WithoutJwk => (Rule::DpopJwk, "proof without jwk", Advice::ProofKey),
        BrokenProof::WithoutJti => (Rule::DpopJti, "proof without jti", Advice::OneUse),
        BrokenProof::AlgSymmetric => (Rule::DpopAlg, "proof with a symmetric alg", Advice::ProofUnverified),
        BrokenProof::PrivateKey => (Rule::DpopJwk, "proof with its private key", Advice::PrivateKey),
        BrokenProof::Typ => (Rule::DpopTyp, "proof of another typ", Advice::ProofType),
        BrokenProof::Signature => {
            (Rule::DpopSignature, "proof signed by another key", Advice::ProofUnverified)
        }
        BrokenProof::TokenJkt => {
            (Rule::DpopJkt, "proof by a key that the token is not bound to", Advice::Binding)
        }
    }
}

const fn of_token(broken: BrokenToken) -> (Rule, &'static str, Advice) {
    match broken {
        BrokenToken::Expired => (Rule::TokenExp, "token that has expired", Advice::Expiry),
        BrokenToken::OtherIssuer => (Rule::TokenIss, "token of another issuer", Advice::Issuer),
        BrokenToken::OtherAudience => (Rule::TokenAud, "token for another API", Advice::Audience),
        BrokenToken::OtherKey => {
            (Rule::TokenSignature, "token signed by another key than its kid names", Advice::TokenUnverified)
        }
        BrokenToken::OtherType => (Rule::TokenTyp, "token of another typ", Advice::TokenType),
        BrokenToken::Unbound => {
            (Rule::TokenCnf, "token that is bound to no key, with a proof", Advice::Unbound)
        }
        BrokenToken::OtherScope => (Rule::ApiScope, "token without the scope", Advice::Scope),
    }
}
