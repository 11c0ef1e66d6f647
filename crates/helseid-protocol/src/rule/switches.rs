//! What of the rules differs from profile to profile, as values: a profile can be put together at run time.

use std::borrow::Cow;
use std::time::Duration;

use super::{LoginSwitches, Rule};
use crate::jose::{Algorithm, AlgorithmSet};

/// How strictly the rules hold. The [profiles](super::Profile) are constants of it; another is made from one of them:
///
/// ```
/// use helseid_protocol::rule::{PublishedKey, Switches};
/// let no_published_keys = Switches { published_key: PublishedKey::Refused, ..Switches::HELSEID };
/// # assert_ne!(no_published_keys, Switches::HELSEID);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// The assertion's `typ`.
    pub assertion_type: AssertionType,
    /// The assertion's `aud`.
    pub assertion_audience: AssertionAudience,
    /// How far ahead an assertion's `exp` may lie, tolerance apart.
    pub assertion_lifetime: Duration,
    /// When an assertion's `jti` is used up.
    pub assertion_jwt_id: JwtIdUse,
    /// Another algorithm than the key's own.
    pub other_algorithm: OtherAlgorithm,
    /// A key whose private half is published.
    pub published_key: PublishedKey,
    /// A token at userinfo that is bound to a key and comes without its proof, where its client is registered to send it so. That of
    /// another client is refused.
    pub userinfo_by_bearer: BoundAsBearer,
    /// A token that another client revokes.
    pub foreign_revocation: ForeignRevocation,
    /// Whether token requests need a proof.
    pub proof: ProofRequirement,
    /// The algorithms of assertions, request objects and proofs, and of tokens at an API.
    pub algorithms: AlgorithmSet,
    /// What holds where users log in.
    pub login: LoginSwitches,
}

/// Which `typ` an assertion may have.
///
/// ```
/// use helseid_protocol::rule::{AssertionType, Rule, Switches};
///
/// // For clients of before 2025, with all other rules of today.
/// let older = Switches { assertion_type: AssertionType::AnyKnown, ..Switches::HELSEID };
/// assert_eq!(older.meaning(Rule::AssertionTyp).as_deref(), Some("client-authentication+jwt, JWT, or none"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssertionType {
    /// `client-authentication+jwt`.
    ClientAuthentication,
    /// The same, or `JWT`, or none.
    AnyKnown,
}

/// Which `aud` an assertion may have.
///
/// ```
/// use helseid_protocol::rule::{AssertionAudience, Rule, Switches};
///
/// let strict = Switches { assertion_audience: AssertionAudience::IssuerString, ..Switches::HELSEID };
/// assert_eq!(strict.meaning(Rule::AssertionAud).as_deref(), Some("the issuer, as a string"));
/// ```
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
///
/// ```
/// use helseid_protocol::rule::{JwtIdUse, Profile};
///
/// /// Whether a client may send its assertion again after it was asked for a nonce.
/// fn may_repeat(profile: Profile) -> bool {
///     profile.switches().assertion_jwt_id == JwtIdUse::WithTheRest
/// }
///
/// assert!(may_repeat(Profile::Helseid) && !may_repeat(Profile::HelseidNext));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwtIdUse {
    /// With the rest, last: a request that is refused by another rule may be sent again, also with a nonce; after a nonce
    /// it passes with a warning.
    WithTheRest,
    /// Right after authentication: by the first request, whatever comes of it.
    AtOnce,
}

/// What becomes of a signature by another algorithm of the key's type than the key's own `alg`.
///
/// ```
/// use helseid_protocol::rule::{OtherAlgorithm, Rule, Switches};
///
/// // A key that is registered for PS256 signs nothing by RS256.
/// let strict = Switches { other_algorithm: OtherAlgorithm::Refused, ..Switches::HELSEID };
/// assert_eq!(strict.meaning(Rule::AssertionKeyAlg).as_deref(), Some("refused"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherAlgorithm {
    /// It passes, with a warning.
    Warned,
    /// It is refused.
    Refused,
}

/// What becomes of a client's key whose private half is published.
///
/// ```
/// use helseid_protocol::rule::{Profile, PublishedKey};
///
/// /// Whether the keys of NHN's public samples will do for trying things out.
/// fn takes_keys_of_samples(profile: Profile) -> bool {
///     profile.switches().published_key == PublishedKey::Warned
/// }
///
/// assert!(takes_keys_of_samples(Profile::Helseid) && !takes_keys_of_samples(Profile::Fapi2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublishedKey {
    /// It passes, with a warning.
    Warned,
    /// It is refused.
    Refused,
}

/// What becomes of a token that is bound to a key and sent as Bearer, at userinfo alone.
///
/// ```
/// use helseid_protocol::rule::{BoundAsBearer, Rule, Switches};
///
/// let strict = Switches { userinfo_by_bearer: BoundAsBearer::Refused, ..Switches::HELSEID };
/// let told = strict.meaning(Rule::UserInfoDpop);
/// assert_eq!(told.as_deref(), Some("a bound token that is sent as Bearer is refused"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundAsBearer {
    /// It passes, with a warning: each API that gets such a token can read the person.
    Warned,
    /// It is refused.
    Refused,
}

/// What becomes of a revocation of another client's token. Nothing is revoked.
///
/// ```
/// use helseid_protocol::rule::{ForeignRevocation, Rule, Switches};
///
/// let silent = Switches { foreign_revocation: ForeignRevocation::Ignored, ..Switches::FAPI2 };
/// let told = silent.meaning(Rule::RevocationOwner);
/// assert_eq!(told.as_deref(), Some("answered with 200, and nothing is revoked"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignRevocation {
    /// It is answered as one of a token that does not exist, with a warning.
    Ignored,
    /// It is refused (RFC 7009 section 2.1).
    Refused,
}

/// Whether a token request must come with a DPoP proof.
///
/// ```
/// use helseid_protocol::rule::{ProofRequirement, Rule, Switches};
///
/// // Where clients move from Bearer to DPoP one by one.
/// let moving = Switches { proof: ProofRequirement::Optional, ..Switches::HELSEID };
/// assert_eq!(moving.meaning(Rule::DpopPresent).as_deref(), Some("optional at the token endpoint"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofRequirement {
    /// It must, and with a nonce of the authority.
    WithNonce,
    /// It need not; a proof that comes needs a nonce.
    Optional,
}

impl Switches {
    /// Of [`Profile::Helseid`](super::Profile::Helseid).
    pub const HELSEID: Self = Self {
        assertion_type: AssertionType::ClientAuthentication,
        assertion_audience: AssertionAudience::Issuer,
        assertion_lifetime: Duration::from_secs(60),
        assertion_jwt_id: JwtIdUse::WithTheRest,
        other_algorithm: OtherAlgorithm::Warned,
        published_key: PublishedKey::Warned,
        userinfo_by_bearer: BoundAsBearer::Warned,
        foreign_revocation: ForeignRevocation::Ignored,
        proof: ProofRequirement::WithNonce,
        algorithms: AlgorithmSet::HELSEID,
        login: LoginSwitches::HELSEID,
    };

    /// Of [`Profile::HelseidNext`](super::Profile::HelseidNext).
    pub const HELSEID_NEXT: Self = Self {
        assertion_jwt_id: JwtIdUse::AtOnce,
        userinfo_by_bearer: BoundAsBearer::Refused,
        login: LoginSwitches::HELSEID_NEXT,
        ..Self::HELSEID
    };

    /// Of [`Profile::Legacy`](super::Profile::Legacy).
    pub const LEGACY: Self = Self {
        assertion_type: AssertionType::AnyKnown,
        assertion_audience: AssertionAudience::IssuerOrTokenEndpoint,
        proof: ProofRequirement::Optional,
        login: LoginSwitches::LEGACY,
        ..Self::HELSEID
    };

    /// Of [`Profile::Fapi2`](super::Profile::Fapi2).
    pub const FAPI2: Self = Self {
        assertion_type: AssertionType::AnyKnown,
        assertion_audience: AssertionAudience::IssuerString,
        assertion_jwt_id: JwtIdUse::AtOnce,
        other_algorithm: OtherAlgorithm::Refused,
        published_key: PublishedKey::Refused,
        userinfo_by_bearer: BoundAsBearer::Refused,
        foreign_revocation: ForeignRevocation::Refused,
        algorithms: AlgorithmSet::of(&[Algorithm::PS256, Algorithm::ES256, Algorithm::EdDSA]),
        login: LoginSwitches::FAPI2,
        ..Self::HELSEID
    };

    /// What is made of a rule, for people; none for a rule that no switch touches.
    #[must_use]
    pub fn meaning(&self, rule: Rule) -> Option<Cow<'static, str>> {
        let text = match rule {
            Rule::AssertionTyp => match self.assertion_type {
                AssertionType::ClientAuthentication => "client-authentication+jwt",
                AssertionType::AnyKnown => "client-authentication+jwt, JWT, or none",
            },
            Rule::AssertionAud => match self.assertion_audience {
                AssertionAudience::Issuer => {
                    "the issuer, as a string or as an array of only that; a trailing slash passes with a warning"
                }
                AssertionAudience::IssuerString => "the issuer, as a string",
                AssertionAudience::IssuerOrTokenEndpoint => "the issuer or the token endpoint, in any form",
            },
            Rule::AssertionJtiOnce => match self.assertion_jwt_id {
                JwtIdUse::WithTheRest => {
                    "used up last: a request that another rule refused may be repeated; after a nonce with a warning"
                }
                JwtIdUse::AtOnce => {
                    "used up by the first request that it authenticates, whatever comes of it"
                }
            },
            Rule::AssertionKeyAlg | Rule::DpopKeyAlg | Rule::RequestObjectKeyAlg => {
                match self.other_algorithm {
                    OtherAlgorithm::Warned => "another algorithm of the key's type passes with a warning",
                    OtherAlgorithm::Refused => "refused",
                }
            }
            Rule::KeyPublic => match self.published_key {
                PublishedKey::Warned => {
                    "a private half that is sent along is refused; a published one passes with a warning"
                }
                PublishedKey::Refused => "refused, whether the private half is sent along or published",
            },
            Rule::UserInfoDpop => match self.userinfo_by_bearer {
                BoundAsBearer::Warned => {
                    "a bound token that is sent as Bearer is refused, and passes with a warning where its client is registered so"
                }
                BoundAsBearer::Refused => "a bound token that is sent as Bearer is refused",
            },
            Rule::RevocationOwner => match self.foreign_revocation {
                ForeignRevocation::Ignored => "answered with 200, and nothing is revoked",
                ForeignRevocation::Refused => "refused",
            },
            Rule::DpopPresent => match self.proof {
                ProofRequirement::WithNonce => "required at the token endpoint",
                ProofRequirement::Optional => "optional at the token endpoint",
            },
            Rule::AssertionAlg | Rule::DpopAlg | Rule::KeyAlg | Rule::RequestObjectAlg | Rule::TokenAlg => {
                match self.algorithms {
                    AlgorithmSet::HELSEID => "RS, PS and ES of 256, 384 and 512",
                    others => return Some(listed(others).into()),
                }
            }
            _ => return self.login.meaning(rule),
        };
        Some(text.into())
    }
}

/// The names as a sentence has them: `a, b and c`.
fn listed(algorithms: AlgorithmSet) -> String {
    let names: Vec<_> = algorithms.iter().map(Algorithm::name).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_of_ones_own_says_what_it_makes_of_the_rules() {
        let of = |algorithms: &[Algorithm]| Switches {
            algorithms: AlgorithmSet::of(algorithms),
            ..Switches::HELSEID
        };
        let meaning = |algorithms| of(algorithms).meaning(Rule::DpopAlg).expect("a switch");
        assert_eq!(
            meaning(&[Algorithm::EdDSA, Algorithm::ES256, Algorithm::PS256]),
            "PS256, ES256 and EdDSA"
        );
        assert_eq!(meaning(&[Algorithm::ES256]), "ES256");
        assert_eq!(meaning(&[]), "none");
        assert_eq!(Switches::HELSEID.meaning(Rule::DpopHtu), None);
    }

    #[test]
    fn what_differs_from_profile_to_profile_in_logins_is_said() {
        for (rule, one, other) in [
            (Rule::RequestObjectAlg, Switches::HELSEID, Switches::FAPI2),
            (Rule::RequestObjectKeyAlg, Switches::HELSEID, Switches::FAPI2),
            (Rule::CodeExpiry, Switches::HELSEID, Switches::LEGACY),
            (Rule::RefreshOnce, Switches::HELSEID, Switches::FAPI2),
        ] {
            let said = [one.meaning(rule), other.meaning(rule)];
            assert!(said.iter().all(Option::is_some) && said[0] != said[1], "{}: {said:?}", rule.id());
        }
    }
}
