//! `/forward-auth/NAME`: a proxy asks whether a request may pass.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::endpoint::token::NONCE_HEADER;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::claims_headers::claims_headers;
use super::gate::{Gate, Gates};
use super::original::Original;
use crate::callers::{Caller, Peer};
use crate::config::ProxyKind;
use crate::methods;
use crate::refusal::Refusal;

/// Where the gates are.
const PREFIX: &str = "/forward-auth/";

#[cfg(test)]
pub(super) fn describe(document: &mut crate::openapi::Document) {
    let summary = "Whether a request may pass, asked by a proxy: it tells method and path in the headers of its kind, or as they are \
                   behind the gate's name";
    for (route, id) in [
        ("ANY /forward-auth", "onlyGate"),
        ("ANY /forward-auth/{name}", "gate"),
        ("ANY /forward-auth/{name}/{*path}", "gateOfPath"),
    ] {
        let mut operation = document.operation(route, id, summary);
        for (name, what) in
            [("name", "NAME of `[protect.NAME]`."), ("path", "The path, with any number of slashes.")]
        {
            operation = if route.contains(name) { operation.path(name, what) } else { operation };
        }
        for (name, what) in
            [("Authorization", "Of the request, as its caller sent it."), ("DPoP", "The same.")]
        {
            operation = operation.header(name, what);
        }
        let told = [super::claims_headers::names(), vec!["Authorization", "DPoP"]].concat();
        operation = operation.answered_with("200", "It may.", ("", &told));
        let told = ["WWW-Authenticate", "DPoP-Nonce", "X-HelseID-Rule"];
        for status in ["401", "403", "503"] {
            operation = operation.answered_with(status, "It may not.", ("", &told));
        }
        operation.of_others().refused(&[400, 500]).done();
    }
}

/// The gate of this name.
pub(super) async fn gate(
    State(gates): State<Arc<Gates>>,
    Path(mut names): Path<Vec<(String, String)>>,
    request: Request,
) -> Response {
    let name = if names.is_empty() { String::new() } else { names.swap_remove(0).1 };
    let (parts, _) = request.into_parts();
    let rest = parts.uri.path().strip_prefix(PREFIX).and_then(|path| path.strip_prefix(name.as_str()));
    match gates.named(&name).zip(rest) {
        Some((gate, rest)) => answer(gate, &parts, rest).await,
        None => misconfigured("there is no gate of this name: add a section [protect.NAME]"),
    }
}

/// The only gate, if there is one.
pub(super) async fn only_gate(State(gates): State<Arc<Gates>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match gates.only() {
        Some(gate) => answer(gate, &parts, "").await,
        None => misconfigured("there are several gates, or none: ask at /forward-auth/NAME"),
    }
}

async fn answer(gate: &Gate, parts: &Parts, rest: &str) -> Response {
    if has_body(&parts.headers) {
        // What follows could be taken for a request of its own (threat B14).
        let mut refused = Refusal::invalid("the gate is asked without a body").into_response();
        refused.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        return refused;
    }
    let Some(kind) = asked_by(gate, parts) else {
        return misconfigured("who asks is not one of peers of [protect.NAME], or has no right to this gate");
    };
    let original = match Original::read(kind, parts, rest) {
        Ok(original) => original,
        Err(why) => return misconfigured(why.to_string()),
    };
    let verified = gate.verify(&original.method, &original.target, &parts.headers).await;
    let decided = gate.decided(&verified);
    let mut response = match verified {
        Ok(verified) => {
            let mut headers = verified.caller().map(claims_headers).unwrap_or_default();
            if let Some(nonce) = verified.nonce() {
                headers.insert(NONCE_HEADER, nonce.clone());
            }
            headers.extend(gate.proof_passed(&parts.headers));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            (StatusCode::OK, headers, Body::empty()).into_response()
        }
        Err(refused) => {
            let refused = refused.for_a_proxy();
            let method = methods::known(&original.method);
            tracing::info!(gate = &*gate.name, method, reason = refused.reason, "not admitted");
            (refused.status, refused.answer_headers(), Body::empty()).into_response()
        }
    };
    response.extensions_mut().insert(decided);
    response
}

/// The kind of the proxy that asks, if it may ask this gate.
pub(super) fn asked_by(gate: &Gate, parts: &Parts) -> Option<ProxyKind> {
    let may = parts.extensions.get::<Caller>().is_some_and(|caller| caller.rights.allow_protect(&gate.name));
    let peer = parts.extensions.get().copied();
    peer.and_then(|peer: Peer| gate.proxy_at(peer)).filter(|_| may)
}

/// The proxy is not set up as it should be: no caller of the API is to blame, and none passes.
pub(super) fn misconfigured(why: impl Into<String>) -> Response {
    let why = why.into();
    tracing::warn!(why, "a gate was asked in a way that it cannot answer");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "misconfigured", why).into_response()
}

fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get_all(CONTENT_LENGTH).iter().any(|length| length.as_bytes() != b"0");
    length || headers.contains_key(TRANSFER_ENCODING)
}
