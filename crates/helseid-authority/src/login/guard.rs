//! What every page of a login asks first. In this order:
//!
//! 1. The request names one of our own hosts (DNS rebinding).
//! 2. Its address has not sent too many in this second.
//! 3. People may log in here at all.

use ::http::{HeaderMap, StatusCode, header};

use super::pages::{ErrorPage, Explained, Fact};
use super::reflected::Reflected;
use super::state::LoginState;
use super::words::Words;
use crate::web::Peer;
use crate::web::header::single;
use crate::web::origin::{OriginError, OriginHeader};

/// Whether a request is for us and people may log in here; else the answer that says why not.
pub(crate) fn admits(state: &LoginState, headers: &HeaderMap, peer: Option<&Peer>) -> Result<(), ErrorPage> {
    is_for_us(state, headers)?;
    if let Some(Peer(address)) = peer
        && !state.limits.address(*address, state.clock.now())
    {
        let what = Words("Too many requests were sent from this address within one second.");
        let next = Words("Wait a second, and try again.");
        return Err(ErrorPage::new(StatusCode::TOO_MANY_REQUESTS, Explained::Plain { what, next }));
    }
    if state.site.test_login.is_on() {
        return Ok(());
    }
    let what =
        Words("Logins are not allowed here, because whoever picks a person is logged in as that person.");
    let next = Words("To allow them, start the authority with --test-login-at and the host of its issuer.");
    Err(ErrorPage::new(StatusCode::FORBIDDEN, Explained::Plain { what, next }))
}

/// Whether a request names one of our own hosts.
pub(crate) fn is_for_us(state: &LoginState, headers: &HeaderMap) -> Result<(), ErrorPage> {
    state.site.origins.own(headers).map(drop).map_err(|why| refused(&why, headers))
}

/// Whether a form comes from one of our own pages. A program sends no `Origin`, and brings the visit's cookie and token.
pub(super) fn is_from_us(state: &LoginState, headers: &HeaderMap) -> Result<(), ErrorPage> {
    state.site.origins.check(headers, OriginHeader::Optional).map_err(|why| refused(&why, headers))
}

fn refused(why: &OriginError, headers: &HeaderMap) -> ErrorPage {
    let (what, next, name, header) = match why {
        OriginError::OtherHost { .. } => (
            Words("The request is for another host."),
            Words("Call the authority by its issuer's address."),
            Words("Host"),
            header::HOST,
        ),
        OriginError::OtherSite { .. } => (
            Words("The request comes from another site."),
            Words("Start the login again, and answer on the page that this address shows."),
            Words("Origin"),
            header::ORIGIN,
        ),
    };
    let mut page = ErrorPage::new(why.status(), Explained::Plain { what, next });
    let value = single(headers, header).unwrap_or_default();
    page.facts.push(Fact { name, value: Reflected::of(value) });
    page
}
