//! Why a fault matters that an API lets in, and what its owner does about it.

/// What several faults have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Advice {
    Unprotected,
    ProofMissing,
    ProofUnverified,
    ProofKey,
    PrivateKey,
    ProofType,
    Binding,
    Method,
    Url,
    Age,
    OneUse,
    TokenHash,
    OneProof,
    TokenUnverified,
    TokenType,
    Issuer,
    Audience,
    Expiry,
    Unbound,
    Scope,
}

impl Advice {
    /// What somebody can do with it.
    pub(super) const fn why(self) -> &'static str {
        match self {
            Self::Unprotected => "anyone can call this address: nothing is checked here",
            Self::ProofMissing => "whoever steals a token can use it, and DPoP protects nobody",
            Self::ProofUnverified => {
                "whoever steals a token writes a proof for it: the signature of a proof is not verified by its key"
            }
            Self::ProofKey => "there is no key to verify the proof with, so that any text passes for one",
            Self::PrivateKey => {
                "a client that sends its private key shows it to every log on the way, and nobody tells it so"
            }
            Self::ProofType => "another JWT that the same key has signed passes for a proof",
            Self::Binding => {
                "whoever steals a token makes proofs with a key of his own: the token's key is not asked for"
            }
            Self::Method => "a proof for reading, caught on its way, is good for writing",
            Self::Url => "a proof for one address, caught on its way, is good for every other",
            Self::Age => "a proof can be made ahead, or kept, and used when its maker has gone",
            Self::OneUse => "a request that was caught on its way can be sent again and again",
            Self::TokenHash => "a proof that was made for one token is good for another of the same key",
            Self::OneProof => "a proxy and the API may each look at another proof",
            Self::TokenUnverified => {
                "anyone can write a token, with any client and any scope: its signature is not verified by the issuer's keys"
            }
            Self::TokenType => "another JWT of the issuer passes for an access token, such as an ID token",
            Self::Issuer => "a token that somebody else issued, with any client and any scope, passes",
            Self::Audience => {
                "each other API that is sent a token can use it here, and so can whoever breaks in there"
            }
            Self::Expiry => "a token that was lost a year ago still opens the API",
            Self::Unbound => "a token that is bound to no key passes with a proof of any key, whoever has it",
            Self::Scope => "every client of the issuer that may call this API at all may do everything in it",
        }
    }

    /// What to do.
    pub(super) const fn next(self) -> &'static str {
        match self {
            Self::Unprotected => {
                "put the route behind the check of tokens and proofs; then run this again, since all else follows from it"
            }
            Self::ProofMissing => "take tokens with cnf only with the scheme DPoP, and with a proof",
            Self::ProofUnverified => {
                "verify the proof by the jwk in its header, with an algorithm from a fixed list of asymmetric ones"
            }
            Self::ProofKey => "refuse a proof without jwk",
            Self::PrivateKey => "refuse a jwk with a private member, such as d",
            Self::ProofType => "refuse a proof whose typ is not dpop+jwt",
            Self::Binding => "compare the thumbprint (RFC 7638) of the proof's jwk with cnf.jkt of the token",
            Self::Method => "compare htm with the request's method, and refuse a proof without it",
            Self::Url => {
                "compare htu with the address that was called, without query and fragment, and refuse a proof without it"
            }
            Self::Age => "refuse a proof whose iat is more than some seconds from now",
            Self::OneUse => {
                "remember the jti of each proof for as long as the proof is good, in one place for all replicas, and refuse one that \
                 has none or comes again"
            }
            Self::TokenHash => {
                "compare ath with the SHA-256 hash of the token, and refuse a proof without it"
            }
            Self::OneProof => "refuse a request with more than one DPoP header",
            Self::TokenUnverified => {
                "verify the token by the keys of the issuer's jwks_uri alone, with an algorithm from a fixed list of asymmetric ones"
            }
            Self::TokenType => "refuse a token whose typ is not at+jwt, or JWT",
            Self::Issuer => "compare iss with the issuer that this API trusts",
            Self::Audience => "compare aud with the name of this API",
            Self::Expiry => "compare exp with the time now, and refuse a token without it",
            Self::Unbound => "refuse a token without cnf.jkt that is sent with DPoP",
            Self::Scope => "demand the scope of what is called, and answer 403 without it",
        }
    }
}
