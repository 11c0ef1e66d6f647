//! `/v1/client`: a client sees and changes itself.

use ::http::{Request, StatusCode};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use helseid_admin_api::{ApiClaim, OrganisationNumbers, RedirectUri, RedirectUris};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::grant::GrantType;
use helseid_protocol::scope::{Scope, ScopeSet};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use super::access::calling_client;
use super::problem::Problem;
use crate::domain::change::Actor;
use crate::domain::model::{ApiClaims, Client};
use crate::nhn::NhnState;
use crate::registry::Snapshot;
use crate::registry::bootstrap::SELF_SERVICE_SCOPE;
use crate::registry::registration::{RegistrationPolicy, require_secure, unknown_claim, wrong_claims};
use crate::storage::registry::Author;
use crate::web::body;

/// What a client says of itself. It replaces everything: null is not passed over, it is nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Said {
    pub(super) api_scopes: Option<Vec<String>>,
    pub(super) audience_specific_client_claims: Option<Vec<SaidClaim>>,
    pub(super) redirect_uris: Option<Vec<String>>,
    pub(super) post_logout_redirect_uris: Option<Vec<String>>,
    pub(super) child_organization_numbers: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct SaidClaim {
    key: String,
    value: String,
}

pub(super) async fn show(
    State(state): State<NhnState>,
    request: Request<Body>,
) -> Result<Json<Value>, Problem> {
    let (parts, _) = request.into_parts();
    Ok(Json(shown(&calling_client(&state, &parts).await?.known.client)))
}

pub(super) async fn update(
    State(state): State<NhnState>,
    request: Request<Body>,
) -> Result<StatusCode, Problem> {
    let (parts, body) = request.into_parts();
    // First all of it, then whose it is: who was let in before may be so no more.
    let body = body::read(body, super::MAX_BYTES).await?;
    let own = calling_client(&state, &parts).await?.known;
    let said: Said = super::read(&body)?;
    let id = &own.client.id;
    let oauth = &state.oauth;
    let author = Author { actor: Actor::Client(id.clone()), at: oauth.clock.now() };
    let change = |registry: &Snapshot, client| changed(client, &said, registry, &state.policy);
    oauth.registry.change_client(id, &author, change).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The client as it says it is. What its APIs want to approve waits.
pub(super) fn changed(
    mut client: Client,
    said: &Said,
    registry: &Snapshot,
    policy: &RegistrationPolicy,
) -> Result<Client, Problem> {
    // Grants, logout URIs, own audiences and all else of a login are an administrator's to set.
    client.login.redirect_uris = uris("redirectUris", said.redirect_uris.as_deref(), policy)?;
    client.login.post_logout_redirect_uris =
        uris("postLogoutRedirectUris", said.post_logout_redirect_uris.as_deref(), policy)?;
    if client.grant_types.contains(GrantType::AuthorizationCode) && client.login.redirect_uris.is_empty() {
        return Err(Problem::wrong(
            "redirectUris: a client that logs people in needs one at least, and null is none",
        ));
    }
    let (mut granted, mut pending) = (Vec::new(), Vec::new());
    for name in said.api_scopes.iter().flatten() {
        let scope = Scope::parse(name).map_err(|why| Problem::wrong(format_args!("apiScopes: {why}")))?;
        let api = registry.api_of(&scope).and_then(|audience| registry.apis.get(audience));
        let api =
            api.ok_or_else(|| Problem::wrong(format_args!("apiScopes: no API has the scope {scope}")))?;
        let waits = !client.scopes.contains(&scope) && (api.approval || !client.approved);
        if waits { pending.push(scope) } else { granted.push(scope) }
    }
    // Scopes of an identity are no API's, and not the client's to give or take.
    granted.extend(client.scopes.iter().filter(|scope| scope.is_identity()).cloned());
    // No client can take from itself what it calls this with.
    granted.extend(Scope::parse(SELF_SERVICE_SCOPE));
    let set = |scopes| ScopeSet::of(scopes).map_err(|why| Problem::wrong(format_args!("apiScopes: {why}")));
    (client.scopes, client.pending_scopes) = (set(granted)?, set(pending)?);
    let (mut claims, mut old) = (BTreeMap::new(), client.api_claims.all().clone());
    for SaidClaim { key, value } in said.audience_specific_client_claims.iter().flatten() {
        let api = registry.api_of_claim(key).ok_or_else(|| unknown_claim(key))?;
        let active = old.remove(key).and_then(|claim| claim.active);
        let same = active.as_ref() == Some(value);
        let claim = match api.approval || !client.approved {
            true if !same => ApiClaim { active, pending: Some(value.clone()) },
            _ => ApiClaim { active: Some(value.clone()), pending: None },
        };
        claims.insert(key.clone(), claim);
    }
    client.api_claims = ApiClaims::try_from(claims).map_err(wrong_claims)?;
    let number = |text: &String| {
        OrganisationNumber::parse(text)
            .map_err(|why| Problem::wrong(format_args!("childOrganizationNumbers: {text:?}: {why}")))
    };
    let children =
        said.child_organization_numbers.iter().flatten().map(number).collect::<Result<Vec<_>, _>>()?;
    client.org_children = OrganisationNumbers::try_from(children)
        .map_err(|why| Problem::wrong(format_args!("childOrganizationNumbers: {why}")))?;
    Ok(client)
}

/// The addresses that a client gives; null is none.
fn uris(member: &str, sent: Option<&[String]>, policy: &RegistrationPolicy) -> Result<RedirectUris, Problem> {
    let wrong = |why: &dyn std::fmt::Display| Problem::wrong(format_args!("{member}: {why}"));
    let uri = |text: &String| {
        RedirectUri::parse(text).map_err(|why| Problem::wrong(format_args!("{member}: {text:?}: {why}")))
    };
    let uris = sent.unwrap_or_default().iter().map(uri).collect::<Result<Vec<_>, _>>()?;
    uris.iter().try_for_each(|uri| require_secure(uri.as_str(), policy))?;
    RedirectUris::try_from(uris).map_err(|why| wrong(&why))
}

fn shown(client: &Client) -> Value {
    let waits = "it waits for an approval: helseid client approve";
    let scopes = |scopes: &ScopeSet, status: &str, reason: Option<&str>| -> Vec<Value> {
        let shown =
            |scope: &Scope| json!({ "scope": scope.as_str(), "status": status, "statusReason": reason });
        let of_apis = |scope: &&Scope| scope.as_str() != SELF_SERVICE_SCOPE && !scope.is_identity();
        scopes.iter().filter(of_apis).map(shown).collect()
    };
    let claim = |(name, claim): (&String, &ApiClaim)| {
        let status = match (&claim.active, &claim.pending) {
            (_, None) => "ok",
            (None, Some(_)) => "pending",
            (Some(_), Some(_)) => "updatePending",
        };
        json!({
            "claimType": name,
            "activeClaimValue": claim.active,
            "pendingClaimValue": claim.pending,
            "status": status,
            "statusReason": (status != "ok").then_some(waits),
        })
    };
    let all = [scopes(&client.scopes, "ok", None), scopes(&client.pending_scopes, "pending", Some(waits))];
    json!({
        "apiScopes": all.concat(),
        "audienceSpecificClientClaims": client.api_claims.all().iter().map(claim).collect::<Vec<_>>(),
        "redirectUris": client.login.redirect_uris,
        "postLogoutRedirectUris": client.login.post_logout_redirect_uris,
        "childOrganizationNumbers": client.org_children,
    })
}
