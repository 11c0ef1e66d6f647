//! `POST /oauth2/token` and `/oauth2/token/ACCOUNT`: the plain token endpoint of RFC 6749 section 4.4, for tools that know no other.
//!
//! It gives tokens of accounts that are set up for Bearer alone: such a tool makes no proofs, and a DPoP token that is called Bearer
//! would be refused by each API (threat B12).

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use helseid_client::TokenRequest;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::calls::Calls;
use super::headers;
use super::token::Wanted;
use crate::callers::{Attempts, Caller, Callers, Endpoint, SentSecret};
use crate::fields;
use crate::metrics::Answered;
use crate::refusal::Refusal;

/// What the endpoint needs.
pub(crate) struct OauthState {
    pub(crate) calls: Arc<Calls>,
    pub(crate) callers: Arc<Callers>,
    pub(crate) attempts: Attempts,
}

/// The form. Any `client_id` will do; members that it does not know are passed over (RFC 6749 section 3.2).
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "ClientCredentials"))]
struct Form {
    /// `client_credentials`.
    grant_type: String,
    /// Scopes, separated by spaces, in place of the account's own.
    scope: Option<String>,
    /// RFC 8707.
    resource: Option<String>,
    /// The shared key of a caller, unless it is sent as the password.
    client_secret: Option<String>,
}

/// RFC 6749 section 5.1.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "BearerToken"))]
struct Granted<'a> {
    access_token: &'a str,
    token_type: &'static str,
    /// Seconds that are left.
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

#[cfg(test)]
pub(super) fn describe(document: &mut crate::openapi::Document) {
    let summary = "A token of the only account, or the one called default, by RFC 6749 section 4.4; only where there is a key";
    let of_default = document.operation("POST /oauth2/token", "oauthToken", summary);
    described(of_default);
    let summary = "The same of the account of this name";
    let of_account = document.operation("POST /oauth2/token/{account}", "oauthTokenOfAccount", summary);
    described(of_account.path("account", "NAME of `[account.NAME]`."));
}

#[cfg(test)]
fn described(operation: crate::openapi::Operation<'_>) {
    let operation = operation.with_secret().form::<Form>();
    operation.answered::<Granted<'_>>(&[200], "A token that is bound to no key.").asks_the_authority().done();
}

/// For the account of this name.
pub(super) async fn of_account(
    State(state): State<Arc<OauthState>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    answer(&state, Some(&name), request).await
}

/// For the account `default`, or the only one.
pub(super) async fn of_default(State(state): State<Arc<OauthState>>, request: Request) -> Response {
    answer(&state, None, request).await
}

async fn answer(state: &OauthState, account: Option<&str>, request: Request) -> Response {
    let endpoint = Endpoint::OauthToken.name();
    let headers = request.headers().clone();
    let granted = async {
        let form: Form = fields::read_form(request).await?;
        let caller = state.caller(&headers, form.client_secret.as_deref())?;
        Ok((give(&state.calls, &caller, account, &form).await, caller.name))
    };
    let mut response = match granted.await {
        Ok((answered, caller)) => {
            let response = answered.unwrap_or_else(Refusal::into_response);
            tracing::info!(%caller, endpoint, status = response.status().as_u16(), "answered");
            response
        }
        Err(refusal) => {
            let mut response = Refusal::into_response(refusal);
            if response.status() == StatusCode::UNAUTHORIZED {
                // RFC 6749 section 5.2.
                let challenge = HeaderValue::from_static("Basic realm=\"helseid sidecar\"");
                response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            }
            tracing::info!(endpoint, status = response.status().as_u16(), "refused");
            response
        }
    };
    response.extensions_mut().insert(Answered(endpoint));
    response
}

impl OauthState {
    /// Who sent this secret, which is the key of a caller.
    fn caller(&self, headers: &HeaderMap, in_form: Option<&str>) -> Result<Caller, Refusal> {
        let mut basic = headers.get_all(AUTHORIZATION).iter();
        let secret = match (basic.next(), basic.next(), in_form) {
            (Some(value), None, None) => SentSecret::basic(value),
            (None, None, Some(secret)) => Some(SentSecret::plain(secret)),
            (None, None, None) => None,
            _ => {
                return Err(Refusal::invalid(
                    "the secret is sent twice: once is enough (RFC 6749 section 2.3)",
                ));
            }
        };
        let now = self.calls.clock().now();
        let found = self.attempts.identify(&self.callers, secret.as_ref(), now);
        let caller = found.map_err(|limited| {
            let why = "too many wrong secrets came: wait, and find out who sends them";
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", why).after(limited.wait)
        })?;
        let why = "the client secret is not the shared key of a caller, which this endpoint takes with any client id";
        let caller = caller.ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "invalid_client", why))?;
        match caller.rights.allow_endpoint(Endpoint::OauthToken) {
            true => Ok(caller),
            false => Err(unauthorized("this caller may not ask for this: see endpoints of its section")),
        }
    }
}

fn unauthorized(why: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "unauthorized_client", why)
}

async fn give(
    calls: &Calls,
    caller: &Caller,
    account: Option<&str>,
    form: &Form,
) -> Result<Response, Refusal> {
    if form.grant_type != "client_credentials" {
        let why = "expected client_credentials: no other grant is there";
        return Err(Refusal::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", why));
    }
    let account = calls.account_of(account, caller)?;
    if !calls.is_bearer(&account.account) {
        return Err(unauthorized(
            "the tokens of this account are bound to a key, and of no use without proofs: call the API through /call/NAME, or name the \
             account in insecure_bearer_accounts of [sidecar]",
        ));
    }
    let own = TokenRequest::of(account.client.config());
    let wanted = match (form.scope.as_deref(), form.resource.as_deref()) {
        (None, None) => own,
        (Some(target), resource) => Wanted { target, resource }.request(own)?,
        (None, Some(_)) => return Err(Refusal::invalid("resource without scope: send both, or neither")),
    };
    let token = account.token(&wanted, false).await?;
    let now = account.client.clock().now();
    Ok(headers::answer(&Granted {
        access_token: token.access_token().expose(),
        token_type: token.token_type().as_str(),
        expires_in: token.expires().since(now).as_secs(),
        scope: token.scope().map(ToString::to_string),
    }))
}
