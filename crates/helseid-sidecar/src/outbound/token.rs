//! `POST /api/v1/token`: a token, by the contract of Texas.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;
use helseid_client::TokenRequest;
use helseid_protocol::details::{self, Details};
use helseid_protocol::id::Audience;
use helseid_protocol::jose::json::Object;
use helseid_protocol::rule::Trail;
use helseid_protocol::scope::ScopeSet;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::calls::Calls;
use super::headers;
use super::ready::Source;
use crate::callers::Caller;
use crate::refusal::Refusal;
use crate::{fields, texas};

/// What is asked for. Members that Texas does not know are passed over, as it does.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "TokenRequest"))]
struct Asked {
    /// `helseid`.
    identity_provider: String,
    /// Scopes, separated by spaces.
    target: String,
    /// The audience of the only API that the token is for.
    resource: Option<String>,
    /// For whom the client acts, with `insecure_any_organisation` alone.
    #[cfg_attr(test, schemars(with = "Option<Vec<Object>>"))]
    authorization_details: Option<Value>,
    /// Whether a new token is wanted, also where one is kept.
    #[serde(default)]
    skip_cache: Option<bool>,
    /// Our own: an account of the file.
    account: Option<String>,
}

/// Scopes and audience, in place of the account's own.
pub(super) struct Wanted<'a> {
    /// Scopes, separated by spaces.
    pub(super) target: &'a str,
    pub(super) resource: Option<&'a str>,
}

/// What Texas answers; `token_type` tells DPoP.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Token"))]
pub(super) struct Granted<'a> {
    access_token: &'a str,
    /// `DPoP`: the token is of use with a proof alone; or `Bearer`.
    token_type: &'static str,
    /// Seconds that are left.
    expires_in: u64,
}

#[cfg(test)]
pub(super) fn describe(document: &mut crate::openapi::Document) {
    let operation = document.operation("POST /api/v1/token", "token", "A token, by the contract of Texas");
    let operation = operation.of_others().json_or_form::<Asked>(&["authorization_details", "skip_cache"]);
    operation.answered::<Granted<'_>>(&[200], "The kept token, or a new one.").asks_the_authority().done();
}

/// Gives the cached token or a new one.
pub(super) async fn token(
    State(calls): State<Arc<Calls>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let asked: Asked = fields::read(request, Some(texas::of_form)).await?;
    texas::is_of_helseid(&asked.identity_provider).map_err(Refusal::invalid)?;
    let account = calls.account_of(asked.account.as_deref(), &caller)?;
    let wanted = Wanted { target: &asked.target, resource: asked.resource.as_deref() };
    let mut wanted = wanted.request(TokenRequest::of(account.client.config()))?;
    if let Some(structures) = &asked.authorization_details {
        wanted = wanted.details(self::details(structures, calls.any_organisation)?);
    }
    give(account, &wanted, asked.skip_cache.unwrap_or_default()).await
}

/// The kept token of a request or a new one, as Texas has it.
pub(super) async fn give(
    account: &Source,
    wanted: &TokenRequest,
    skip_cache: bool,
) -> Result<Response, Refusal> {
    let token = account.token(wanted, skip_cache).await?;
    let now = account.client.clock().now();
    Ok(headers::answer(&Granted {
        access_token: token.access_token().expose(),
        token_type: token.token_type().as_str(),
        expires_in: token.expires().since(now).as_secs(),
    }))
}

impl Wanted<'_> {
    /// The account's own request, with what was asked for in its place.
    pub(super) fn request(&self, own: TokenRequest) -> Result<TokenRequest, Refusal> {
        let scope = ScopeSet::parse(self.target).ok().filter(|scope| !scope.is_empty());
        let scope = scope.ok_or_else(|| Refusal::invalid("target: expected scopes, separated by spaces"))?;
        let request = own.scope(scope);
        let Some(resource) = self.resource else { return Ok(request) };
        let resource = Audience::parse(resource);
        Ok(request.resource(resource.map_err(|why| Refusal::invalid(format!("resource: {why}")))?))
    }
}

/// Whom the client acts for is the configuration's to say, unless a setting lets callers say it (threat B19). An attestation is
/// about one patient, and its token must not be cached (threat B17): none is taken here.
fn details(structures: &Value, any_organisation: bool) -> Result<Details, Refusal> {
    if !any_organisation {
        let setting = "insecure_any_organisation of [sidecar]";
        return Err(Refusal::forbidden(format!(
            "authorization_details: not taken from callers without {setting}"
        )));
    }
    let claims: Object = [(details::CLAIM.to_owned(), structures.clone())].into_iter().collect();
    let read = Details::read(&claims, &mut Trail::new());
    let read =
        read.map_err(|fault| Refusal::invalid(format!("authorization_details: {}", fault.description())))?;
    match read.attestation() {
        None => Ok(read),
        Some(_) => Err(Refusal::invalid("authorization_details: an attestation is not taken here")),
    }
}
