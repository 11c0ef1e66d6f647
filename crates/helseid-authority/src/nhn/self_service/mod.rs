//! The double of NHN's self-service API (HelseID: self-service): a client, with a DPoP-bound token of scope
//! `nhn:selvbetjening/client`, reads and changes itself and no other. Never asks for a nonce.

mod access;
mod delegations;
mod drafts;
mod keys;
mod own;
mod problem;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::{get, post};
use helseid_protocol::jose::json;

use super::NhnState;

/// Reads a JSON object as strictly as it will be read back from the registry.
fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, problem::Problem> {
    let object = json::read_object(body).map_err(problem::Problem::wrong)?;
    serde_json::from_value(serde_json::Value::Object(object)).map_err(problem::Problem::wrong)
}

/// The most bytes of a request.
const MAX_BYTES: usize = 64 * 1024;

/// The routes, below the issuer's path.
pub(crate) fn routes() -> Router<NhnState> {
    Router::new()
        .route("/v1/client-secret", get(keys::list).post(keys::add))
        .route("/v1/client", get(own::show).put(own::update))
        .route("/v1/multi-tenant-delegations", get(delegations::list))
        .route("/v1/client-drafts", post(drafts::make))
}

/// A client after it has said this of itself.
#[cfg(test)]
pub(crate) fn said(
    client: crate::domain::model::Client,
    body: &[u8],
    registry: &crate::registry::Snapshot,
    policy: &crate::registry::registration::RegistrationPolicy,
) -> Result<crate::domain::model::Client, ()> {
    let said = read(body).map_err(drop)?;
    own::changed(client, &said, registry, policy).map_err(drop)
}
