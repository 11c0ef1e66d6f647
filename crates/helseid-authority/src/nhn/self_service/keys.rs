//! `/v1/client-secret`: a client adds a key, and sees those that it has.

use ::http::Request;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use helseid_admin_api::{KeyOrigin, NewKey};
use helseid_protocol::jose::json;
use serde_json::Value;

use super::access::calling_client;
use super::problem::Problem;
use crate::domain::change::Actor;
use crate::domain::model::Client;
use crate::nhn::NhnState;
use crate::registry::registration::with_key;
use crate::storage::registry::Author;
use crate::web::body;

pub(super) async fn list(
    State(state): State<NhnState>,
    request: Request<Body>,
) -> Result<Json<Value>, Problem> {
    let (parts, _) = request.into_parts();
    let own = calling_client(&state, &parts).await?.known;
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
pub(super) async fn add(
    State(state): State<NhnState>,
    request: Request<Body>,
) -> Result<Json<Value>, Problem> {
    let (parts, body) = request.into_parts();
    // First all of it, then whose it is: who was let in before may be so no more.
    let body = body::read(body, super::MAX_BYTES).await?;
    let own = calling_client(&state, &parts).await?.known;
    let jwk = jwk(&body)?;
    let oauth = &state.oauth;
    let now = oauth.clock.now();
    let expires = now.plus(state.key_lifetime);
    let (id, profile) = (&own.client.id, own.client.profile.unwrap_or(oauth.issuer.profile));
    let key = NewKey { jwk, expires: Some(expires) };
    let author = Author { actor: Actor::Client(id.clone()), at: now };
    let added = oauth.registry.change_client(id, &author, |_, mut client: Client| {
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
