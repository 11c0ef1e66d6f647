//! What HelseID says of a user, typed. Machine-to-machine tokens have none of it.

use serde_json::Value;

use super::{AccessTokenClaims, name};
use crate::details::attestation::{ATTESTATION_TYPE, Attestation};
use crate::time::Timestamp;

/// How strongly a user is logged in; later ones are stronger.
///
/// ```
/// use helseid_protocol::claims::SecurityLevel;
///
/// assert!(SecurityLevel::High > SecurityLevel::Substantial);
/// assert_eq!(SecurityLevel::High.name(), "4");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecurityLevel {
    /// `2`, low.
    Low,
    /// `3`, substantial.
    Substantial,
    /// `4`, high.
    High,
}

impl SecurityLevel {
    /// As `acr_values` of a login asks for it (HelseID: control of the login).
    #[must_use]
    pub const fn acr(self) -> &'static str {
        match self {
            Self::Low => "Level2",
            Self::Substantial => "Level3",
            Self::High => "Level4",
        }
    }

    /// The level of a claim: `2` to `4`, or the older `low`, `substantial` or `high`.
    pub(crate) fn of_claim(claim: &str) -> Option<Self> {
        match claim {
            "2" | "low" => Some(Self::Low),
            "3" | "substantial" => Some(Self::Substantial),
            "4" | "high" => Some(Self::High),
            _ => None,
        }
    }

    /// As the claim has it: `2`, `3` or `4`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "2",
            Self::Substantial => "3",
            Self::High => "4",
        }
    }
}

impl std::fmt::Display for SecurityLevel {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "security level {}", self.name())
    }
}

impl AccessTokenClaims {
    /// The pseudonym of the user: `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.text("sub").or_else(|| self.text(name::PID_PSEUDONYM))
    }

    /// The user's session: `sid`.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.text("sid")
    }

    /// When the user logged in: `auth_time`.
    #[must_use]
    pub fn authenticated(&self) -> Option<Timestamp> {
        self.all().get("auth_time").and_then(Value::as_i64).map(Timestamp::from_seconds)
    }

    /// The organisation that a user of ID-porten acts for.
    #[must_use]
    pub fn on_behalf_of(&self) -> Option<&str> {
        self.text(name::ON_BEHALF_OF)
    }

    /// The trust framework's attestation, as HelseID enriched it; none if it is missing or not of that form.
    #[must_use]
    pub fn attestation(&self) -> Option<Attestation> {
        Attestation::read(self.all().get(ATTESTATION_TYPE)?.as_object()?).ok()
    }
}

/// What access tokens and ID tokens both say of a person, for types with `text` and `all`.
macro_rules! claims_of_a_person {
    ($claims:ident) => {
        impl $claims {
            /// The identity provider that the user logged in with: `idp`.
            #[must_use]
            pub fn identity_provider(&self) -> Option<&str> {
                self.text("idp")
            }

            /// How the user logged in: `amr`.
            pub fn authentication_methods(&self) -> impl Iterator<Item = &str> {
                let methods = self.all().get("amr").and_then(::serde_json::Value::as_array);
                methods.into_iter().flatten().filter_map(::serde_json::Value::as_str)
            }

            /// The user's name; not for logs.
            #[must_use]
            pub fn name(&self) -> Option<&str> {
                self.text("name")
            }

            /// The national identity number of the user; not for logs.
            #[must_use]
            pub fn pid(&self) -> Option<&str> {
                self.text($crate::claims::name::PID)
            }

            /// How strongly the user is logged in, also by the older name of the levels.
            #[must_use]
            pub fn security_level(&self) -> Option<$crate::claims::SecurityLevel> {
                let level = self.text($crate::claims::name::SECURITY_LEVEL);
                $crate::claims::SecurityLevel::of_claim(
                    level.or_else(|| self.text($crate::claims::name::ASSURANCE_LEVEL))?,
                )
            }

            /// Where the user logged in from: `internett` or `helsenett`.
            #[must_use]
            pub fn network(&self) -> Option<&str> {
                self.text($crate::claims::name::NETWORK)
            }

            /// The user's number in the register of health personnel.
            #[must_use]
            pub fn hpr_number(&self) -> Option<&str> {
                self.text($crate::claims::name::HPR_NUMBER)
            }
        }
    };
}

pub(crate) use claims_of_a_person;

claims_of_a_person! { AccessTokenClaims }

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::claims::ClientTenancy;
    use crate::id::Audience;

    #[test]
    fn a_users_token_says_who_it_is_for() {
        let Value::Object(claims) = json!({
            "iss": "https://helseid-sts.test.nhn.no", "aud": "nhn:example", "exp": 1_790_000_600,
            "sub": "c4SrhKObUo=", "sid": "CC2462C2", "auth_time": 1_790_000_000, "idp": "testidp-oidc",
            "amr": ["pwd"], "name": "LIVSTRETT BEVER", "client_amr": "private_key_jwt",
            "helseid://claims/identity/pid": "15849197352", "helseid://claims/identity/security_level": "4",
            "helseid://claims/identity/network": "internett", "helseid://claims/hpr/hpr_number": "565550846",
            "helseid://claims/client/client_tenancy": "multi-tenant",
            "e-helse:sfm.api/client/claims/sfm-id": "7",
        }) else {
            unreachable!("an object");
        };
        let claims = AccessTokenClaims::read(claims).expect("valid claims");
        assert_eq!(claims.subject(), Some("c4SrhKObUo="));
        assert_eq!(claims.session_id(), Some("CC2462C2"));
        assert_eq!(claims.authenticated(), Some(Timestamp::from_seconds(1_790_000_000)));
        assert_eq!(claims.identity_provider(), Some("testidp-oidc"));
        assert_eq!(claims.authentication_methods().collect::<Vec<_>>(), ["pwd"]);
        assert_eq!(claims.name(), Some("LIVSTRETT BEVER"));
        assert_eq!(claims.pid(), Some("15849197352"));
        assert_eq!(claims.security_level(), Some(SecurityLevel::High));
        assert_eq!((claims.network(), claims.hpr_number()), (Some("internett"), Some("565550846")));
        assert_eq!(claims.client_amr(), Some("private_key_jwt"));
        assert_eq!(claims.client_tenancy(), Some(ClientTenancy::MultiTenant));
        let api = Audience::parse("e-helse:sfm.api").expect("a name");
        assert_eq!(claims.client_claim(&api, "sfm-id"), Some(&json!("7")));
        assert_eq!(claims.attestation(), None);
    }
}
