//! `POST /api/v1/token/exchange`: a token for another API on behalf of a caller, by the contract of Texas (RFC 8693).

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use helseid_client::TokenRequest;
use serde::Deserialize;

use super::calls::Calls;
use super::token::{Wanted, give};
use crate::callers::Caller;
use crate::refusal::Refusal;
use crate::{fields, texas};

/// What is asked for. Members that Texas does not know are passed over, as it does.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ExchangeRequest"))]
struct Asked {
    /// `helseid`.
    identity_provider: String,
    /// Scopes, separated by spaces.
    target: String,
    /// A token that was admitted here with its proof.
    user_token: String,
    /// Whether a new token is wanted, also where one is kept.
    #[serde(default)]
    skip_cache: Option<bool>,
    /// Our own: the audience of the only API that the token is for.
    resource: Option<String>,
    /// Our own: an account of the file.
    account: Option<String>,
}

#[cfg(test)]
pub(super) fn describe(document: &mut crate::openapi::Document) {
    let summary =
        "A token for another API, for the person of a token that was admitted here, by the contract of Texas";
    let operation = document.operation("POST /api/v1/token/exchange", "exchange", summary);
    let operation = operation.of_others().json_or_form::<Asked>(&["skip_cache"]);
    let what = "The token that was kept for this one, or a new one.";
    operation.answered::<super::token::Granted<'_>>(&[200], what).asks_the_authority().done();
}

/// Exchanges a token that was admitted here. It is kept under the hash of the whole token that it was given for, and no longer
/// than that is good (threat B17).
pub(super) async fn exchange(
    State(calls): State<Arc<Calls>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let asked: Asked = fields::read(request, Some(texas::of_form)).await?;
    texas::is_of_helseid(&asked.identity_provider).map_err(Refusal::invalid)?;
    let account = calls.account_of(asked.account.as_deref(), &caller)?;
    let subject = calls.subject(&asked.user_token, &caller).await?;
    let wanted = Wanted { target: &asked.target, resource: asked.resource.as_deref() };
    let own = TokenRequest::of(account.client.config()).exchanging(subject);
    give(account, &wanted.request(own)?, asked.skip_cache.unwrap_or_default()).await
}
