//! The `Authorization` header.

use http::{HeaderMap, header};

use super::{PresentedToken, Scheme};
use crate::endpoint::token::TokenType;
use crate::rule::{Facts, Fault, Rule, Trail};

/// The most bytes of an `Authorization` header: 8 KiB.
pub const MAX_AUTHORIZATION_BYTES: usize = 8 * 1024;

/// A scheme and a token, of which nothing is checked yet.
pub struct Credentials<'a> {
    presented_as: TokenType,
    token: &'a str,
}

impl<'a> Credentials<'a> {
    /// The credentials among the request's headers; none if there is no `Authorization` header.
    pub fn read(headers: &'a HeaderMap, scheme: Scheme, trail: &mut Trail) -> Result<Option<Self>, Fault> {
        if !headers.contains_key(header::AUTHORIZATION) {
            return Ok(None);
        }
        let (name, token) = trail.require(Rule::ApiAuthorization, header_is_one_scheme_and_token(headers))?;
        let presented_as = trail.require(Rule::ApiScheme, scheme_is_accepted(name, scheme))?;
        Ok(Some(Self { presented_as, token }))
    }

    /// Reads the token as far as its header.
    pub fn token(self, policy: &super::Policy, trail: &mut Trail) -> Result<PresentedToken<'a>, Fault> {
        PresentedToken::read(self.token, self.presented_as, policy, trail)
    }

    /// How the token was sent.
    #[must_use]
    pub const fn presented_as(&self) -> TokenType {
        self.presented_as
    }
}

impl std::fmt::Debug for Credentials<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Credentials").field("presented_as", &self.presented_as).finish_non_exhaustive()
    }
}

/// RFC 9110 section 11.6.2, RFC 6750 section 2.1: `scheme SP token68`, once.
fn header_is_one_scheme_and_token(headers: &HeaderMap) -> Result<(&str, &str), Facts> {
    const EXPECTED: &str = "a scheme, a space and one token";
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(Facts::new("one Authorization header", format_args!("{}", 2 + values.count())));
    };
    if value.len() > MAX_AUTHORIZATION_BYTES {
        let expected = format_args!("at most {MAX_AUTHORIZATION_BYTES} bytes");
        return Err(Facts::new(expected, format_args!("{} bytes", value.len())));
    }
    let text = value.to_str().map_err(|_| Facts::new(EXPECTED, "bytes that are not printable ASCII"))?;
    let (scheme, token) = text.split_once(' ').ok_or_else(|| Facts::new(EXPECTED, "one word"))?;
    let token = token.trim_matches(' ');
    let is_token68 = |c: char| c.is_ascii_alphanumeric() || "-._~+/=".contains(c);
    match token {
        "" => Err(Facts::new(EXPECTED, "a scheme alone")),
        _ if token.contains(',') => Err(Facts::new(EXPECTED, "several, joined by a comma")),
        _ if !token.chars().all(is_token68) => Err(Facts::new(EXPECTED, "characters that no token has")),
        _ => Ok((scheme, token)),
    }
}

/// HelseID: an endpoint takes DPoP or Bearer. Names of schemes have no case (RFC 9110 section 11.1).
fn scheme_is_accepted(name: &str, scheme: Scheme) -> Result<TokenType, Facts> {
    let known =
        [TokenType::Dpop, TokenType::Bearer].into_iter().find(|t| t.as_str().eq_ignore_ascii_case(name));
    let accepted = match (scheme, known) {
        (Scheme::Dpop | Scheme::Transition, Some(TokenType::Dpop)) => Some(TokenType::Dpop),
        (Scheme::Bearer | Scheme::Transition, Some(TokenType::Bearer)) => Some(TokenType::Bearer),
        _ => None,
    };
    accepted.ok_or_else(|| {
        let expected = match scheme {
            Scheme::Dpop => "DPoP",
            Scheme::Bearer => "Bearer",
            Scheme::Transition => "DPoP or Bearer",
        };
        Facts::new(expected, known.map_or("another scheme", TokenType::as_str))
    })
}
