//! `GET /resource-metadata/NAME`: what an API says of itself (RFC 9728), handed on by the proxy in front of it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;

use super::forward_auth::{asked_by, misconfigured};
use super::gate::Gates;
use super::original::path_asked_for;
use crate::refusal::Refusal;

#[cfg(test)]
pub(super) fn describe(document: &mut crate::openapi::Document) {
    let summary = "What an API says of itself (RFC 9728), for the proxy in front of it";
    let operation = document.operation("GET /resource-metadata/{name}", "resourceMetadata", summary);
    let operation = operation.path("name", "NAME of `[protect.NAME]`, or of another one of the same host.");
    let operation = operation
        .header("X-Original-URI", "The path that was asked for: that of nginx, where it is the proxy.")
        .header("X-Forwarded-Uri", "The same of Caddy and Traefik.");
    let operation = operation.answered::<serde_json::Map<String, serde_json::Value>>(&[200], "The document.");
    operation.for_a_proxy().refused(&[404, 500]).done();
}

/// The document of the gate of this name, or of another one on its host, by the path that was asked for.
pub(super) async fn resource_metadata(
    State(gates): State<Arc<Gates>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (parts, _) = request.into_parts();
    let Some(gate) = gates.named(&name) else {
        return misconfigured("there is no gate of this name: add a section [protect.NAME]");
    };
    let Some(kind) = asked_by(gate, &parts) else {
        return misconfigured("who asks is not one of peers of [protect.NAME], or has no right to this gate");
    };
    let path = match path_asked_for(kind, &parts) {
        Ok(path) => path,
        Err(why) => return misconfigured(why.to_string()),
    };
    let same_host =
        gates.all().filter(|other| other.has_origin_of(gate) && asked_by(other, &parts).is_some());
    match same_host.filter_map(|gate| gate.metadata()).find(|metadata| metadata.path() == path) {
        Some(metadata) => ([(CONTENT_TYPE, "application/json")], metadata.json().to_owned()).into_response(),
        None => Refusal::not_found().into_response(),
    }
}
