//! `/v1/multi-tenant-delegations`: for whom the client's owner may act.

use ::http::Request;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use serde_json::{Value, json};

use super::access::{CallingClient, calling_client};
use super::problem::Problem;
use crate::nhn::NhnState;

/// Each API of the client stands for the terms that its delegators have signed: here a delegation is a signature.
pub(super) async fn list(
    State(state): State<NhnState>,
    request: Request<Body>,
) -> Result<Json<Value>, Problem> {
    let (parts, _) = request.into_parts();
    let CallingClient { known: own, registry } = calling_client(&state, &parts).await?;
    let of_api = |api: &&helseid_admin_api::ApiResource| {
        api.scopes.iter().any(|scope| own.client.scopes.contains(scope))
    };
    let terms: Vec<_> = registry
        .apis
        .values()
        .filter(of_api)
        .map(|api| {
            let scopes: Vec<_> =
                api.scopes.iter().filter(|scope| own.client.scopes.contains(scope)).collect();
            json!({
                "uri": state.oauth.issuer.name.at(&format!("/service-terms/{}", api.audience)),
                "name": api.audience,
                "delegatorHasSigned": true,
                "scopes": scopes,
            })
        })
        .collect();
    let ours =
        registry.delegations.iter().filter(|known| Some(&known.supplier) == own.client.org_parent.as_ref());
    let shown = ours.map(|delegation| {
        let name = registry.organisations.get(&delegation.parent).map(|entry| entry.name.as_str());
        json!({
            "delegator": {
                "organizationNumber": delegation.parent,
                "name": name.unwrap_or_default(),
                "isHelsenettMember": true,
            },
            "serviceTerms": terms,
        })
    });
    Ok(Json(shown.collect()))
}
