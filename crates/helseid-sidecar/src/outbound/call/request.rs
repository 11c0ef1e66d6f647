//! What of a caller's request is taken: its address, its method and its headers.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::details::Organisation;
use http::header::{AUTHORIZATION, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, StatusCode};

use super::passed::is_of_ours;
use crate::callers::{KEY_HEADER, OWN_HEADER};
use crate::config::organisation;
use crate::methods;
use crate::refusal::Refusal;

/// The header of a proof (RFC 9449 section 4.1).
const DPOP: HeaderName = HeaderName::from_static("dpop");

/// For whom the client acts, in place of the account's own organisation.
const PARENT: HeaderName = HeaderName::from_static("x-helseid-organisation-parent");
const CHILD: HeaderName = HeaderName::from_static("x-helseid-organisation-child");

/// On whose behalf a call is made. Like all of the sidecar's own headers it does not go to the API.
const USER_TOKEN: HeaderName = HeaderName::from_static("x-helseid-user-token");

/// What the sidecar reads.
const OURS: [HeaderName; 5] = [KEY_HEADER, OWN_HEADER, PARENT, CHILD, USER_TOKEN];

/// The NAME of `/call/NAME/…` and what follows it, as it was sent: nothing is decoded.
pub(super) fn split(path: &str) -> Option<(&str, &str)> {
    let after = path.strip_prefix("/call/")?;
    let end = after.find('/').unwrap_or(after.len());
    after.split_at_checked(end).filter(|(name, _)| !name.is_empty())
}

/// Refuses what cannot be proxied, and what the sidecar itself adds.
pub(super) fn may_be_sent(parts: &Parts) -> Result<(), Refusal> {
    if parts.method == Method::CONNECT || wants_upgrade(&parts.headers) {
        return Err(no_tunnel());
    }
    if parts.method == Method::TRACE {
        // Its answer would have the token.
        return Err(not_implemented("TRACE is not sent: its answer would repeat the token"));
    }
    if !methods::is_bounded(&parts.method) {
        return Err(Refusal::invalid("the method is too long"));
    }
    if parts.headers.contains_key(AUTHORIZATION) || parts.headers.contains_key(DPOP) {
        return Err(Refusal::invalid("the sidecar itself adds Authorization and DPoP: send neither"));
    }
    let unknown = parts.headers.keys().find(|name| is_of_ours(name) && !OURS.contains(name));
    match unknown {
        Some(name) => Err(unknown_header(name)),
        None => Ok(()),
    }
}

/// A call whose sender misspelled a header would be made without what it says: in the client's own name, perhaps.
fn unknown_header(name: &HeaderName) -> Refusal {
    let name: String = name.as_str().chars().take(64).collect();
    let known = OURS.iter().map(HeaderName::as_str).collect::<Vec<_>>().join(", ");
    Refusal::invalid(format!(
        "{name}: no header of the sidecar's; those are {known}, so spelled. Correct it, or leave it out"
    ))
}

/// Whether the connection is to become another. A wish for HTTP/2 (`h2c`) is none: whoever has it goes on with HTTP/1.1 where it is
/// passed over, as it may be (RFC 9110 section 7.8), and newer versions of HTTP have done away with it (RFC 9113 section 3.1).
fn wants_upgrade(headers: &HeaderMap) -> bool {
    let is_http2 = |line: &str| line.split(',').all(|protocol| protocol.trim().eq_ignore_ascii_case("h2c"));
    headers.get_all(UPGRADE).iter().any(|line| !line.to_str().is_ok_and(is_http2))
}

/// Answers 501 to CONNECT, wherever it was to lead.
pub(crate) async fn refuse_tunnels(request: Request, next: Next) -> Response {
    match request.method() == Method::CONNECT {
        true => no_tunnel().into_response(),
        false => next.run(request).await,
    }
}

fn no_tunnel() -> Refusal {
    not_implemented("no connection is upgraded and none is tunnelled: send requests without Upgrade")
}

fn not_implemented(why: &str) -> Refusal {
    Refusal::new(StatusCode::NOT_IMPLEMENTED, "not_implemented", why)
}

/// The organisation that a caller named, if it named one.
pub(super) fn organisation_named(headers: &HeaderMap) -> Result<Option<Organisation>, Refusal> {
    let wrong = |why: &str| Refusal::invalid(format!("{PARENT} or {CHILD}: {why}"));
    let named = |name: &HeaderName| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().map(Some).map_err(|_| wrong("expected nine digits")),
            (None, _) => Ok(None),
            _ => Err(wrong("it is there twice")),
        }
    };
    match (named(&PARENT)?, named(&CHILD)?) {
        (None, None) => Ok(None),
        (parent, child) => organisation(parent, child).map(Some).map_err(|why| wrong(&why)),
    }
}

/// The token of somebody on whose behalf the call is to be made, if there is one.
pub(super) fn user_token(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(USER_TOKEN).iter();
    let wrong = |why: &str| Refusal::invalid(format!("{USER_TOKEN}: {why}"));
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map(Some).map_err(|_| wrong("expected a token")),
        (None, _) => Ok(None),
        _ => Err(wrong("it is there twice")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_for_http_2_alone_is_no_upgrade() {
        let wants = |lines: &[&str]| {
            let line = |line: &&str| (UPGRADE, http::HeaderValue::from_bytes(line.as_bytes()).unwrap());
            wants_upgrade(&lines.iter().map(line).collect())
        };
        for passed_over in [&[][..], &["h2c"], &["H2C"], &["h2c, h2c"], &["h2c", "h2c"]] {
            assert!(!wants(passed_over), "{passed_over:?}");
        }
        for upgrade in [
            &["websocket"][..],
            &["h2c, websocket"],
            &["h2c", "websocket"],
            &["h2"],
            &["h2c/1"],
            &[""],
            &["\u{e5}"],
        ] {
            assert!(wants(upgrade), "{upgrade:?}");
        }
    }

    #[test]
    fn a_name_ends_at_the_next_slash_and_nothing_is_decoded() {
        assert_eq!(split("/call/sample"), Some(("sample", "")));
        assert_eq!(split("/call/sample/"), Some(("sample", "/")));
        assert_eq!(split("/call/sample/a/b"), Some(("sample", "/a/b")));
        assert_eq!(split("/call/s%61mple/a"), Some(("s%61mple", "/a")));
        assert_eq!(split("/call/sample//evil.example/a"), Some(("sample", "//evil.example/a")));
        assert_eq!(split("/call//evil.example/a"), None);
        assert_eq!(split("/call/"), None);
    }
}
