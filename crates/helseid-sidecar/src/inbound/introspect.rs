//! `POST /api/v1/introspect`: what a token says, by the contract of Texas. A token that is bound to a key is never active here: without a
//! proof of the key nobody knows whose it is, and to say otherwise would make a stolen one good (threat B1).

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use helseid_api::{Scheme, Verified};
use helseid_protocol::jose::json::Object;
use helseid_protocol::rule::Rule;
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use serde::Deserialize;
use serde_json::Value;

use super::gate::{Gate, Gates};
use crate::callers::{Caller, Rights};
use crate::refusal::Refusal;
use crate::{fields, texas};

/// What is asked. Members that Texas does not know are passed over, as it does.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "IntrospectionRequest"))]
struct Asked {
    /// `helseid`.
    identity_provider: String,
    token: String,
    /// Our own: NAME of `[protect.NAME]`, where there are several.
    protect: Option<String>,
}

/// What is answered, beside the claims.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Introspection")]
#[expect(
    dead_code,
    reason = "claims may not take the place of these, so that the answer is put together member by member"
)]
struct Told {
    /// Whether the token is good at the API, without a proof. One that is bound to a key never is.
    active: bool,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Every claim of one that is.
    #[serde(flatten)]
    claims: Object,
}

#[cfg(test)]
pub(super) fn describe(document: &mut crate::openapi::Document) {
    let operation = document.operation(
        "POST /api/v1/introspect",
        "introspect",
        "What a token says, by the contract of Texas",
    );
    let operation = operation.of_others().json_or_form::<Asked>(&[]);
    operation.answered::<Told>(&[200], "Every answer to a request of the right form.").done();
}

/// Answers 200 to every request of the right form, as Texas does.
pub(super) async fn introspect(
    State(gates): State<Arc<Gates>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let asked: Asked = fields::read(request, Some(texas::of_form)).await?;
    let mut body = Object::new();
    match asked.look(&gates, &caller.rights).await {
        Ok(verified) => {
            let claims = verified.caller().map(|caller| caller.claims().all().clone());
            body.extend(claims.unwrap_or_default());
            body.insert("active".into(), true.into());
        }
        Err(why) => {
            body.insert("active".into(), false.into());
            body.insert("error".into(), why.into());
        }
    }
    let mut response = Json(Value::Object(body)).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Asked {
    /// The caller of a token that is bound to no key and good at the API that was asked for; else why it is not active.
    async fn look(&self, gates: &Gates, rights: &Rights) -> Result<Verified, String> {
        texas::is_of_helseid(&self.identity_provider)?;
        let gate = gates.of(self.protect.as_deref(), rights).ok_or_else(|| match self.protect {
            Some(_) => "there is no API of this name: add a section [protect.NAME]".to_owned(),
            None => "there are several APIs, or none: name one of [protect.NAME] in protect".to_owned(),
        })?;
        if gate.scheme == Scheme::Dpop {
            return Err(of_a_proof(gate));
        }
        let refused = match gate.look(&self.token).await {
            Ok(verified) => return Ok(verified),
            Err(refused) => refused,
        };
        let rejection = refused.rejection();
        tracing::info!(gate = &*gate.name, reason = rejection.reason(), "not active");
        Err(match rejection.rule() {
            Some(Rule::ApiBoundToken) => of_a_proof(gate),
            _ => rejection.reason().to_owned(),
        })
    }
}

fn of_a_proof(gate: &Gate) -> String {
    let name = &gate.name;
    format!(
        "tokens of this API are bound to keys, and valid only with a proof: send the facts of the request to /api/v1/validate/{name}"
    )
}
