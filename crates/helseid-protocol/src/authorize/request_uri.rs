//! The name of a pushed request, and whether it is good for this client, now. Each rule is one function, in the order of the
//! catalogue.

use crate::id::ClientId;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::time::Timestamp;

/// How every `request_uri` of ours begins (RFC 9126 section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// The longest `request_uri` that is looked at, in bytes (RFC 9101 section 5.2).
const MAX_BYTES: usize = 512;

/// A `request_uri` of the form that this authority gives.
///
/// ```
/// use helseid_protocol::authorize::RequestUri;
/// use helseid_protocol::random::{SystemRandom, hexadecimal};
///
/// let reference = hexadecimal(&SystemRandom);
/// // The request is kept under the reference, and the client gets the whole name.
/// let name = RequestUri::of(&reference);
/// assert_eq!(name.to_wire(), format!("urn:ietf:params:oauth:request_uri:{reference}"));
/// assert_eq!(name.reference(), reference);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestUri(Box<str>);

/// What is known of the request that was pushed under a name.
///
/// ```
/// use helseid_protocol::authorize::{PushedRequest, RequestUri};
/// use helseid_protocol::rule::{Rule, Trail};
/// use helseid_protocol::{id::ClientId, time::Timestamp};
/// use std::time::Duration;
///
/// let client = ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?;
/// let (name, expires) = (RequestUri::of("6esc_11ACC5bwc0"), Timestamp::from_seconds(1_790_000_300));
/// let pushed = PushedRequest { client_id: &client, expires, is_answered: false };
/// let earlier = expires.minus(Duration::from_secs(1));
/// assert!(name.require_usable(Some(pushed), (&client, earlier), &mut Trail::new()).is_ok());
/// let refused = name.require_usable(Some(pushed), (&client, expires), &mut Trail::new());
/// assert_eq!(refused.map_err(|fault| fault.rule()), Err(Rule::AuthorizeRequestUriExpiry));
/// # Ok::<(), helseid_protocol::id::InvalidId>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PushedRequest<'a> {
    /// Who pushed it.
    pub client_id: &'a ClientId,
    /// Until when a login may begin with it.
    pub expires: Timestamp,
    /// Whether it was answered, with a code or an error. Visits before that are free: a page may be loaded again.
    pub is_answered: bool,
}

impl RequestUri {
    /// The name of a request under a `reference` of our own making: at least 128 random bits in characters of base64url.
    #[must_use]
    pub fn of(reference: &str) -> Self {
        Self(reference.into())
    }

    /// What the request is kept under.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.0
    }

    /// The whole name, as the answer to a pushed request has it.
    #[must_use]
    pub fn to_wire(&self) -> String {
        format!("{PREFIX}{}", self.0)
    }

    /// Reads the name. Nothing at an address is ever fetched.
    pub(super) fn read(text: &str, trail: &mut Trail) -> Result<Self, Fault> {
        trail.require(Rule::AuthorizeRequestUriForeign, name_is_no_address(text))?;
        trail
            .require(Rule::AuthorizeRequestUriForm, name_is_ours(text))
            .map(|reference| Self(reference.into()))
    }

    /// Checks that the request may be answered: `found` is what was pushed under this name, and `begun` the time at which
    /// the login began, which is now for a browser that has just come.
    pub fn require_usable(
        &self,
        found: Option<PushedRequest<'_>>,
        (client_id, begun): (&ClientId, Timestamp),
        trail: &mut Trail,
    ) -> Result<(), Fault> {
        let pushed = found.ok_or_else(|| Facts::new("a request_uri that this authority issued", "another"));
        let pushed = trail.require(Rule::AuthorizeRequestUriKnown, pushed)?;
        trail.require(Rule::AuthorizeRequestUriClient, request_is_by(client_id, pushed))?;
        trail.require(Rule::AuthorizeRequestUriExpiry, login_began_in_time(pushed, begun))?;
        trail.require(Rule::AuthorizeRequestUriOnce, request_is_not_answered(pushed))
    }
}

/// RFC 9101 sections 7 and 10.4.
fn name_is_no_address(text: &str) -> Result<(), Facts> {
    if text.contains("://") {
        Err(Facts::new(format_args!("{PREFIX} and a name"), "an address"))
    } else {
        Ok(())
    }
}

/// RFC 9126 section 2.2, RFC 9101 section 5.2.
fn name_is_ours(text: &str) -> Result<&str, Facts> {
    let expected = || format!("{PREFIX} and a name, of at most {MAX_BYTES} bytes");
    if text.len() > MAX_BYTES {
        return Err(Facts::new(expected(), format_args!("{} bytes", text.len())));
    }
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let reference = text.strip_prefix(PREFIX).filter(|rest| !rest.is_empty() && rest.bytes().all(is_of_name));
    reference.ok_or_else(|| Facts::value(expected(), text))
}

/// RFC 9126 sections 2.2 and 4. Says nothing of who else it is.
fn request_is_by(client_id: &ClientId, pushed: PushedRequest<'_>) -> Result<(), Facts> {
    if pushed.client_id == client_id {
        Ok(())
    } else {
        Err(Facts::new(format_args!("a request that '{client_id}' pushed"), "one of another client"))
    }
}

/// RFC 9126 section 2.2.
fn login_began_in_time(pushed: PushedRequest<'_>, begun: Timestamp) -> Result<(), Facts> {
    if begun < pushed.expires {
        Ok(())
    } else {
        Err(Facts::new(format_args!("a login before {}", pushed.expires), begun))
    }
}

/// RFC 9126 section 7.3.
fn request_is_not_answered(pushed: PushedRequest<'_>) -> Result<(), Facts> {
    if pushed.is_answered { Err(Facts::new("a request without an answer", "one with")) } else { Ok(()) }
}
