//! The four profiles: named sets of switches over the catalogue.

use std::fmt;
use std::time::Duration;

use super::Rule;
use crate::jose::Algorithm;

/// Which rules hold, and how strictly; per authority and per client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Today's rules of HelseID.
    #[default]
    Helseid,
    /// Today's rules, and the announced one: an assertion's `jti` is used up by the first request that it authenticates.
    HelseidNext,
    /// What was accepted before 2025: `typ` `JWT` or none, `aud` the token endpoint, Bearer tokens.
    Legacy,
    /// FAPI 2.0 Security Profile Final for client credentials.
    Fapi2,
}

/// Which `typ` an assertion may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssertionType {
    /// `client-authentication+jwt`.
    ClientAuthentication,
    /// The same, or `JWT`, or none.
    AnyKnown,
}

/// Which `aud` an assertion may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssertionAudience {
    /// The issuer, as a string or as an array of just that; with a slash at its end it passes with a warning.
    Issuer,
    /// The issuer, as a string and nothing else.
    IssuerString,
    /// The issuer or the token endpoint, with or without a trailing slash, alone or in an array.
    IssuerOrTokenEndpoint,
}

/// When an assertion's `jti` is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwtIdUse {
    /// With the rest, last: a request that is refused by another rule may be sent again, also with a nonce; after a nonce
    /// it passes with a warning.
    WithTheRest,
    /// Right after authentication: by the first request, whatever comes of it.
    AtOnce,
}

/// What becomes of a signature by another algorithm of the key's type than the key's own `alg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherAlgorithm {
    /// It passes, with a warning.
    Warned,
    /// It is refused.
    Refused,
}

/// What becomes of a client's key whose private half is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishedKey {
    /// It passes, with a warning.
    Warned,
    /// It is refused.
    Refused,
}

/// Whether a token request must come with a DPoP proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofDemand {
    /// It must, and with a nonce of the authority.
    WithNonce,
    /// It need not; a proof that comes needs a nonce.
    Optional,
}

impl Profile {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Helseid, Self::HelseidNext, Self::Legacy, Self::Fapi2];

    /// As the command line and the registry write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Helseid => "helseid",
            Self::HelseidNext => "helseid-next",
            Self::Legacy => "legacy",
            Self::Fapi2 => "fapi2",
        }
    }

    /// The assertion's `typ`.
    #[must_use]
    pub const fn assertion_type(self) -> AssertionType {
        match self {
            Self::Helseid | Self::HelseidNext => AssertionType::ClientAuthentication,
            Self::Legacy | Self::Fapi2 => AssertionType::AnyKnown,
        }
    }

    /// The assertion's `aud`.
    #[must_use]
    pub const fn assertion_audience(self) -> AssertionAudience {
        match self {
            Self::Helseid | Self::HelseidNext => AssertionAudience::Issuer,
            Self::Legacy => AssertionAudience::IssuerOrTokenEndpoint,
            Self::Fapi2 => AssertionAudience::IssuerString,
        }
    }

    /// How far ahead an assertion's `exp` may lie, tolerance apart: 60 s.
    #[must_use]
    pub const fn assertion_lifetime(self) -> Duration {
        Duration::from_secs(60)
    }

    /// When an assertion's `jti` is used up.
    #[must_use]
    pub const fn assertion_jwt_id(self) -> JwtIdUse {
        match self {
            Self::Helseid | Self::Legacy => JwtIdUse::WithTheRest,
            Self::HelseidNext | Self::Fapi2 => JwtIdUse::AtOnce,
        }
    }

    /// Another algorithm than the key's own.
    #[must_use]
    pub const fn other_algorithm(self) -> OtherAlgorithm {
        match self {
            Self::Helseid | Self::HelseidNext | Self::Legacy => OtherAlgorithm::Warned,
            Self::Fapi2 => OtherAlgorithm::Refused,
        }
    }

    /// A key whose private half is published.
    #[must_use]
    pub const fn published_key(self) -> PublishedKey {
        match self {
            Self::Helseid | Self::HelseidNext | Self::Legacy => PublishedKey::Warned,
            Self::Fapi2 => PublishedKey::Refused,
        }
    }

    /// Whether token requests need a proof.
    #[must_use]
    pub const fn proof(self) -> ProofDemand {
        match self {
            Self::Helseid | Self::HelseidNext | Self::Fapi2 => ProofDemand::WithNonce,
            Self::Legacy => ProofDemand::Optional,
        }
    }

    /// The algorithms of assertions and proofs, and of tokens at an API.
    #[must_use]
    pub const fn algorithms(self) -> &'static [Algorithm] {
        match self {
            Self::Helseid | Self::HelseidNext | Self::Legacy => &Algorithm::HELSEID,
            Self::Fapi2 => &[Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA],
        }
    }
}

impl Profile {
    /// What this profile makes of a rule, for people; none for a rule that is the same in all of them.
    #[must_use]
    pub const fn switch(self, rule: Rule) -> Option<&'static str> {
        match rule {
            Rule::AssertionTyp => Some(match self.assertion_type() {
                AssertionType::ClientAuthentication => "client-authentication+jwt",
                AssertionType::AnyKnown => "client-authentication+jwt, JWT, or none",
            }),
            Rule::AssertionAud => Some(match self.assertion_audience() {
                AssertionAudience::Issuer => {
                    "the issuer, as a text or as an array of just that; with a slash at its end with a warning"
                }
                AssertionAudience::IssuerString => "the issuer, as a text",
                AssertionAudience::IssuerOrTokenEndpoint => "the issuer or the token endpoint, in any form",
            }),
            Rule::AssertionJtiOnce => Some(match self.assertion_jwt_id() {
                JwtIdUse::WithTheRest => {
                    "used up last: a request that another rule refused may be sent again, after a nonce with a warning"
                }
                JwtIdUse::AtOnce => {
                    "used up by the first request that it authenticates, whatever comes of it"
                }
            }),
            Rule::AssertionKeyAlg | Rule::DpopKeyAlg => Some(match self.other_algorithm() {
                OtherAlgorithm::Warned => "another algorithm of the key's type passes, with a warning",
                OtherAlgorithm::Refused => "refused",
            }),
            Rule::KeyPublic => Some(match self.published_key() {
                PublishedKey::Warned => {
                    "a private half that is sent is refused; a published one passes, with a warning"
                }
                PublishedKey::Refused => "refused, whether the private half is sent or published",
            }),
            Rule::DpopPresent => Some(match self.proof() {
                ProofDemand::WithNonce => "asked for at the token endpoint",
                ProofDemand::Optional => "not asked for at the token endpoint",
            }),
            Rule::AssertionAlg | Rule::DpopAlg | Rule::KeyAlg | Rule::TokenAlg => Some(match self {
                Self::Helseid | Self::HelseidNext | Self::Legacy => "RS, PS and ES of 256, 384 and 512",
                Self::Fapi2 => "PS256, ES256 and EdDSA",
            }),
            _ => None,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::str::FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|profile| profile.name() == text).ok_or_else(|| {
            format!("no such profile: expected helseid, helseid-next, legacy or fapi2, got {text:?}")
        })
    }
}
