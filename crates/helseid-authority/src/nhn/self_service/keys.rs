//! `/v1/client-secret`: a client adds a key, and sees those that it has.

use std::sync::Arc;

use ::http::Request;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use helseid_admin_api::{KeyOrigin, NewKey};
use helseid_protocol::jose::json;
use serde_json::Value;

use super::access::own_client;
use super::problem::Problem;
use crate::app::App;
use crate::domain::change::Actor;
use crate::domain::model::Client;
use crate::registry::registration::{author, with_key};
use crate::web::body;

pub(super) async fn list(
    State(app): State<Arc<App>>,
    request: Request<Body>,
) -> Result<Json<Value>, Problem> {
    let (parts, _) = request.into_parts();
    let own = own_client(&app, &parts).await?;
    let shown = own.client.keys.iter().map(|key| {
        serde_json::json!({
            "expiration": key.expires.map(|at| at.rfc3339()),
            "kid": key.jwk.key_id().map(ToString::to_string),
            "jwkThumbprint": key.jwk.thumbprint().to_string(),
            "origin": key.origin.name(),
            "publicJwk": null,
        })
    });
    Ok(Json(shown.collect()))
}

/// The body is a JWK, or a JSON text that holds one: NHN's own libraries differ in this. The new key is taken from now
/// on; the old ones live until they expire.
pub(super) async fn add(State(app): State<Arc<App>>, request: Request<Body>) -> Result<Json<Value>, Problem> {
    let (parts, body) = request.into_parts();
    // First all of it, then whose it is: who was let in before may be so no more.
    let body = body::read(body, super::MAX_BYTES).await?;
    let own = own_client(&app, &parts).await?;
    let jwk = jwk(&body)?;
    let now = app.clock.now();
    let expires = now.plus(app.self_service_key_lifetime);
    let (id, profile) = (&own.client.id, own.client.profile.unwrap_or(app.profile));
    let key = NewKey { jwk, expires: Some(expires) };
    let author = author(&app, Actor::Client(id.clone()));
    let added = app.registry.change_client(id, &author, |_, mut client: Client| {
        // Room for the new one is made by what is good for nothing any more.
        if client.keys.is_full() {
            client.keys.retain(|key| key.expires.is_none_or(|expires| expires > now));
        }
        with_key(client, &key, KeyOrigin::Api, profile).map_err(Problem::from)
    });
    added.await?;
    Ok(Json(serde_json::json!({ "expiration": expires.rfc3339() })))
}

/// A JWK, as an object or as a text.
pub(super) fn jwk(body: &[u8]) -> Result<Value, Problem> {
    let wrong = |why: &dyn std::fmt::Display| {
        Problem::wrong(format_args!("expected a public JWK as JSON, or a JSON text with one: {why}"))
    };
    let text = serde_json::from_slice::<String>(body).ok();
    let object = json::read_object(text.as_ref().map_or(body, |text| text.as_bytes()));
    object.map(Value::Object).map_err(|why| wrong(&why))
}
