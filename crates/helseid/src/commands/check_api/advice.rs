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
            Self::ProofMissing => "a stolen token can be used by anyone, and DPoP protects nobody",
            Self::ProofUnverified => {
                "anyone who steals a token can write a proof for it: the signature of a proof is not verified with its key"
            }
            Self::ProofKey => "there is no key to verify the proof with, so any text passes as one",
            Self::PrivateKey => {
                "a client that sends its private key exposes it to every log on the way, and is not told"
            }
            Self::ProofType => "another JWT that the same key has signed passes for a proof",
            Self::Binding => {
                "anyone who steals a token can make proofs with a key of their own: the token's key is not compared"
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
                "any other API that receives a token can use it here, and so can anyone who breaks in there"
            }
            Self::Expiry => "a token that was lost a year ago still opens the API",
            Self::Unbound => {
                "a token that is not bound to a key passes with a proof by any key, whoever has it"
            }
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
                "verify the token only with keys from the issuer's jwks_uri, and an algorithm from a fixed list of asymmetric ones"
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
