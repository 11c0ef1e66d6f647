//! An address of a request, held against those that the client has registered.

use std::borrow::Cow;
use std::num::NonZeroU16;

use url::Url;

use crate::rule::RedirectCase;
use crate::uri::RedirectUri;

/// An address that the client has registered, as it is registered: byte for byte, but for the port of one at which
/// [any will do](RedirectUri::takes_any_port).
///
/// ```
/// use helseid_protocol::{redirect::RedirectTarget, rule::RedirectCase, uri::RedirectUri};
///
/// // Of a native app, which listens at a port that is free.
/// let registered = [RedirectUri::parse("http://127.0.0.1/callback")?];
/// let find = |text| RedirectTarget::find(text, &registered, RedirectCase::Exact).map(|found| found.target);
/// let target = find("http://127.0.0.1:49152/callback");
/// assert_eq!(target.as_ref().map(RedirectTarget::as_str), Some("http://127.0.0.1:49152/callback"));
/// assert_eq!(find("http://127.0.0.1.evil.example/callback"), None);
/// # Ok::<(), helseid_protocol::uri::InvalidUri>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RedirectTarget(Box<str>);

/// A registered address that was found, and whether it was asked for as it is registered.
///
/// ```
/// use helseid_protocol::redirect::{Found, RedirectTarget};
/// use helseid_protocol::{rule::RedirectCase, uri::RedirectUri};
///
/// let registered = [RedirectUri::parse("https://app.example/callback")?];
/// let found = RedirectTarget::find("https://app.example/Callback", &registered, RedirectCase::IgnoredWithWarning);
/// let Some(Found { target, is_exact }) = found else { panic!("alike but for one letter's case") };
/// // Let pass with a warning, and led to what is registered.
/// assert_eq!((target.as_str(), is_exact), ("https://app.example/callback", false));
/// # Ok::<(), helseid_protocol::uri::InvalidUri>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The registered address.
    pub target: RedirectTarget,
    /// Whether every letter was the same, its case included.
    pub is_exact: bool,
}

impl RedirectTarget {
    /// The registered address that `requested` equals (RFC 9700 section 4.1.3, RFC 8252 section 7.3). Another case of ASCII
    /// letters is let pass where `case` says so, and no other likeness ever is.
    #[must_use]
    pub fn find(requested: &str, registered: &[RedirectUri], case: RedirectCase) -> Option<Found> {
        let port = port_of(requested);
        let candidates = || registered.iter().flat_map(|uri| spellings(uri, port));
        let found = |target: Cow<'_, str>, is_exact| Found { target: Self(target.into()), is_exact };
        if let Some(same) = candidates().find(|candidate| candidate == requested) {
            return Some(found(same, true));
        }
        let alike = match case {
            RedirectCase::Exact => None,
            RedirectCase::IgnoredWithWarning => {
                candidates().find(|candidate| candidate.eq_ignore_ascii_case(requested))
            }
        };
        alike.map(|alike| found(alike, false))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The origin of the address as policies of pages write it; none for the private-use scheme of a native app.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        let origin = Url::parse(&self.0).ok()?.origin();
        origin.is_tuple().then(|| origin.ascii_serialization())
    }
}

/// A registered address as it is, and with the port of the request if it takes any.
fn spellings(uri: &RedirectUri, port: Option<NonZeroU16>) -> impl Iterator<Item = Cow<'_, str>> {
    let at_port = port.and_then(|port| uri.at_port(port));
    std::iter::once(Cow::Borrowed(uri.as_str())).chain(at_port.map(Cow::Owned))
}

/// The port of an address, which stands nowhere in its text where it is the scheme's own.
fn port_of(requested: &str) -> Option<NonZeroU16> {
    NonZeroU16::new(Url::parse(requested).ok()?.port_or_known_default()?)
}
