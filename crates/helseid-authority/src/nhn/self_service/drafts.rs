//! `/v1/client-drafts`: software asks for a client of its own, and a person approves it (HelseID: draft flow).

use ::http::{Request, StatusCode};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use helseid_admin_api::{DisplayName, KeyOrigin, KeyPurpose, NewKey};
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::OrganisationNumber;
use serde::Deserialize;
use serde_json::{Value, json};

use super::keys::jwk;
use super::own::{Said, changed};
use super::problem::Problem;
use crate::domain::change::{Actor, Change};
use crate::domain::model::Client;
use crate::nhn::NhnState;
use crate::registry::access_keys;
use crate::registry::registration::{new_id, with_key};
use crate::storage::registry::Author;
use crate::web::body;

/// What the software says. `postClientConfirmationRedirectUri` is for a browser, and passed over.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Draft {
    organization_number: String,
    public_jwk: Value,
    #[serde(flatten)]
    said: Said,
}

pub(super) async fn make(
    State(state): State<NhnState>,
    request: Request<Body>,
) -> Result<Json<Value>, Problem> {
    let (parts, body) = request.into_parts();
    // First all of it, then whose it is: a key may be removed meanwhile.
    let body = body::read(body, super::MAX_BYTES).await?;
    let oauth = &state.oauth;
    let registry = oauth.registry.now();
    let sent = parts.headers.get("api-key").and_then(|value| value.to_str().ok());
    let key = sent.and_then(|sent| access_keys::find(&registry, KeyPurpose::ClientDrafts, sent));
    let key = key.ok_or_else(|| {
        let detail = "expected the header api-key with a key of helseid access-key make client-drafts";
        Problem::new(StatusCode::UNAUTHORIZED, "the caller is not let in", detail)
    })?;
    if !oauth.limits.access_key(&key.id, oauth.clock.now()) {
        return Err(Problem::too_many());
    }
    let draft: Draft = super::read(&body)?;
    let number = OrganisationNumber::parse(&draft.organization_number)
        .map_err(|why| Problem::wrong(format_args!("organizationNumber: {why}")))?;
    let id = new_id(&*oauth.random);
    let client = Client {
        // Only single-tenant templates have drafts.
        tenancy: ClientTenancy::SingleTenant,
        org_parent: Some(number),
        approved: false,
        ..Client::new(id.clone(), name_of(&key.name))
    };
    let client = changed(client, &draft.said, &registry, &state.policy)?;
    let now = oauth.clock.now();
    let public = jwk(draft.public_jwk.to_string().as_bytes())?;
    let new = NewKey { jwk: public, expires: Some(now.plus(state.key_lifetime)) };
    let client = with_key(client, &new, KeyOrigin::Api, oauth.issuer.profile)?;
    let author = Author { actor: Actor::AccessKey(key.name), at: now };
    oauth.registry.change(vec![Change::PutClient(Box::new(client))], &author).await?;
    Ok(Json(json!({ "clientId": id })))
}

/// Of whom the draft is, cut to what a name may hold.
fn name_of(key: &str) -> DisplayName {
    let name: String =
        format!("draft of {key}").chars().filter(|character| !character.is_control()).take(200).collect();
    DisplayName::parse(&name).unwrap_or_default()
}
