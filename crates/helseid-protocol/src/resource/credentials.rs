//! The `Authorization` header.

use http::{HeaderMap, header};

use super::{Scheme, TokenHash};
use crate::endpoint::token::TokenType;
use crate::rule::{Facts, Fault, Rule, Trail};

/// The most bytes of an `Authorization` header: 8 KiB.
pub const MAX_AUTHORIZATION_BYTES: usize = 8 * 1024;

/// A scheme and a token, of which nothing is checked yet.
///
/// ```
/// use helseid_protocol::resource::{Credentials, Scheme};
/// use helseid_protocol::rule::{Rule, Trail};
/// use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
///
/// let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer eyJhbGciOi"))]);
/// let read = |scheme| Credentials::read(&headers, scheme, &mut Trail::new());
/// assert!(matches!(read(Scheme::Bearer), Ok(Some(_))));
/// // An API that takes DPoP alone.
/// assert_eq!(read(Scheme::Dpop).err().map(|fault| fault.rule()), Some(Rule::ApiScheme));
/// ```
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    presented_as: TokenType,
    token: &'a str,
    hash: TokenHash,
}

impl<'a> Credentials<'a> {
    /// The credentials among the request's headers; none if there is no `Authorization` header.
    pub fn read(headers: &'a HeaderMap, scheme: Scheme, trail: &mut Trail) -> Result<Option<Self>, Fault> {
        if !headers.contains_key(header::AUTHORIZATION) {
            return Ok(None);
        }
        let (name, token) = trail.require(Rule::ApiAuthorization, header_is_one_scheme_and_token(headers))?;
        let presented_as = trail.require(Rule::ApiScheme, scheme_is_accepted(name, scheme))?;
        Ok(Some(Self { presented_as, token, hash: TokenHash::of(token) }))
    }

    /// What the token is remembered by.
    #[must_use]
    pub const fn hash(&self) -> &TokenHash {
        &self.hash
    }

    pub(super) const fn text(&self) -> &'a str {
        self.token
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
    // A header holds no control characters but tabs, so that ASCII is all there is to look for.
    let text = std::str::from_utf8(value.as_bytes()).ok().filter(|text| text.is_ascii());
    let text = text.ok_or_else(|| Facts::new(EXPECTED, "bytes that are not printable ASCII"))?;
    let (scheme, token) = text.split_once(' ').ok_or_else(|| Facts::new(EXPECTED, "one word"))?;
    let token = token.trim_matches(' ');
    match token {
        "" => Err(Facts::new(EXPECTED, "a scheme alone")),
        _ if is_token68(token.as_bytes()) => Ok((scheme, token)),
        _ if token.contains(',') => Err(Facts::new(EXPECTED, "several, joined by a comma")),
        _ => Err(Facts::new(EXPECTED, "characters that no token has")),
    }
}

/// RFC 9110 section 11.2. Looks at every byte whatever the one before was: so the compiler takes sixteen at a time, and
/// tokens are long.
fn is_token68(text: &[u8]) -> bool {
    let is = |b: u8| b.is_ascii_alphanumeric() | matches!(b, b'-'..=b'/' | b'_' | b'~' | b'+' | b'=');
    text.iter().fold(true, |all, b| all & is(*b))
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
