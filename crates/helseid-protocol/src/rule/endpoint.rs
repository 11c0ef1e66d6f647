//! Where requests are checked. The token endpoint is one for each grant: what must hold there depends on it.

use crate::grant::GrantType;

/// Where a request is checked.
///
/// ```
/// use helseid_protocol::grant::GrantType;
/// use helseid_protocol::rule::{Endpoint, Rule};
///
/// let rules: Vec<_> = Rule::at(Endpoint::Token(GrantType::ClientCredentials)).collect();
/// // A machine authenticates, and has no code.
/// assert!(rules.contains(&Rule::AssertionAud) && !rules.contains(&Rule::CodeExpiry));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// The authority's token endpoint, for a request with this grant.
    Token(GrantType),
    /// An API.
    Api,
    /// The registration of a client's key.
    Registration,
    /// The authority's endpoint for pushed authorization requests (RFC 9126).
    Par,
    /// Its authorization endpoint, and the login behind it.
    Authorize,
    /// Its userinfo endpoint.
    UserInfo,
    /// Its end session endpoint.
    EndSession,
    /// Its revocation endpoint (RFC 7009).
    Revocation,
    /// Its introspection endpoint (RFC 7662).
    Introspection,
    /// A client that logs people in: what it checks of answers and of logout notices.
    Login,
    /// The address of such a client for logout tokens, to which the authority sends (OpenID Connect Back-Channel Logout 1.0). What is
    /// checked there is the client's, and no rule names it.
    BackChannelLogout,
}

impl Endpoint {
    const fn bit(self) -> u32 {
        1 << match self {
            Self::Token(GrantType::ClientCredentials) => 0,
            Self::Token(GrantType::AuthorizationCode) => 1,
            Self::Token(GrantType::RefreshToken) => 2,
            Self::Token(GrantType::TokenExchange) => 3,
            Self::Api => 4,
            Self::Registration => 5,
            Self::Par => 6,
            Self::Authorize => 7,
            Self::UserInfo => 8,
            Self::EndSession => 9,
            Self::Revocation => 10,
            Self::Introspection => 11,
            Self::Login => 12,
            Self::BackChannelLogout => 13,
        }
    }
}

/// The endpoints of one rule, by the names that the catalogue has for them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Endpoints(u32);

#[expect(non_upper_case_globals, reason = "the catalogue writes them as it writes rules and error codes")]
impl Endpoints {
    pub(super) const ClientCredentials: Self = Self(Endpoint::Token(GrantType::ClientCredentials).bit());
    pub(super) const AuthorizationCode: Self = Self(Endpoint::Token(GrantType::AuthorizationCode).bit());
    pub(super) const RefreshToken: Self = Self(Endpoint::Token(GrantType::RefreshToken).bit());
    pub(super) const TokenExchange: Self = Self(Endpoint::Token(GrantType::TokenExchange).bit());
    /// The token endpoint, whatever the grant.
    pub(super) const Token: Self = {
        let mut bits = 0;
        let mut grants: &[GrantType] = &GrantType::ALL;
        while let [grant, rest @ ..] = grants {
            bits |= Endpoint::Token(*grant).bit();
            grants = rest;
        }
        Self(bits)
    };
    pub(super) const Api: Self = Self(Endpoint::Api.bit());
    pub(super) const Registration: Self = Self(Endpoint::Registration.bit());
    pub(super) const Par: Self = Self(Endpoint::Par.bit());
    pub(super) const Authorize: Self = Self(Endpoint::Authorize.bit());
    pub(super) const UserInfo: Self = Self(Endpoint::UserInfo.bit());
    pub(super) const EndSession: Self = Self(Endpoint::EndSession.bit());
    pub(super) const Revocation: Self = Self(Endpoint::Revocation.bit());
    pub(super) const Introspection: Self = Self(Endpoint::Introspection.bit());
    pub(super) const Login: Self = Self(Endpoint::Login.bit());
    /// Wherever a client authenticates.
    pub(super) const ClientAuthentication: Self =
        Self::of(&[Self::Token, Self::Par, Self::Revocation, Self::Introspection]);
}

impl Endpoints {
    pub(super) const fn of(all: &[Self]) -> Self {
        let mut bits = 0;
        let mut all = all;
        while let [Self(one), rest @ ..] = all {
            bits |= *one;
            all = rest;
        }
        Self(bits)
    }

    pub(super) const fn contains(self, endpoint: Endpoint) -> bool {
        self.0 & endpoint.bit() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::Rule;
    use super::*;

    #[test]
    fn a_rule_of_one_grant_is_no_rule_of_another() {
        let client_credentials = Endpoint::Token(GrantType::ClientCredentials);
        assert!(Rule::at(client_credentials).any(|rule| rule == Rule::RequestScopeAllowed));
        for grant in [GrantType::AuthorizationCode, GrantType::RefreshToken] {
            assert!(
                !Rule::at(Endpoint::Token(grant)).any(|rule| rule == Rule::RequestScopeAllowed),
                "{grant}"
            );
        }
    }

    #[test]
    fn a_rule_of_the_token_endpoint_is_one_of_every_grant_and_of_nothing_else() {
        for grant in GrantType::ALL {
            assert!(Rule::at(Endpoint::Token(grant)).any(|rule| rule == Rule::RequestBody), "{grant}");
        }
        for other in [Endpoint::Api, Endpoint::Registration, Endpoint::Par] {
            assert!(!Rule::at(other).any(|rule| rule == Rule::RequestBody), "{other:?}");
        }
    }

    #[test]
    fn a_proof_is_judged_wherever_one_may_come_and_a_key_wherever_it_signs() {
        for endpoint in [Endpoint::Par, Endpoint::Revocation, Endpoint::Introspection, Endpoint::UserInfo] {
            for rule in [Rule::DpopOnce, Rule::DpopNonce, Rule::DpopJtiOnce, Rule::KeyPublic] {
                assert!(Rule::at(endpoint).any(|other| other == rule), "{endpoint:?} {}", rule.id());
            }
        }
        assert!(Rule::at(Endpoint::Authorize).any(|rule| rule == Rule::KeyPublic), "of a request object");
        assert!(!Rule::at(Endpoint::Authorize).any(|rule| rule == Rule::DpopOnce));
    }

    #[test]
    fn a_rule_on_assertions_is_one_wherever_clients_authenticate_and_nowhere_else() {
        for endpoint in [Endpoint::Par, Endpoint::Revocation, Endpoint::Introspection] {
            assert!(Rule::at(endpoint).any(|rule| rule == Rule::AssertionAud), "{endpoint:?}");
        }
        for endpoint in [Endpoint::Api, Endpoint::Authorize, Endpoint::UserInfo, Endpoint::Login] {
            assert!(!Rule::at(endpoint).any(|rule| rule == Rule::AssertionAud), "{endpoint:?}");
        }
    }
}
