//! `POST /api/v1/validate/NAME`: whether a request to an API may pass, by its facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use helseid_api::Verified;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use helseid_protocol::jose::json::Object;
use http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::gate::{Gate, Gates};
use super::refused::NotAdmitted;
use crate::callers::Caller;
use crate::fields::{self, Texts};
use crate::methods;
use crate::refusal::Refusal;

/// The facts of a request.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Facts"))]
#[serde(deny_unknown_fields)]
struct Facts {
    method: String,
    /// Path and query, as the request has them, from the root of the host on; or `url`.
    path: Option<String>,
    /// The whole address; or `path`.
    url: Option<String>,
    /// The header, or all that have this name.
    authorization: Option<Texts>,
    /// The header, or all that have this name.
    dpop: Option<Texts>,
}

/// A request that may pass.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Admitted<'a> {
    /// `true`.
    admitted: bool,
    /// Every claim of the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<&'a Object>,
    /// `DPoP` or `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// What the API's answer must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<BTreeMap<&'static str, &'a str>>,
}

/// A request that may not.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Refused {
    /// `false`.
    admitted: bool,
    /// What the API is to answer with.
    status: u16,
    /// The rule that is broken, or a word of its own for what belongs to no rule.
    rule: &'static str,
    /// What the API's answer must have.
    headers: BTreeMap<&'static str, Texts>,
}

/// One status may be of either; what has `admitted` is of the request.
#[cfg(test)]
#[derive(schemars::JsonSchema)]
#[schemars(untagged, inline)]
#[expect(dead_code, reason = "one of the two is answered, and only the schema of both is wanted here")]
enum NotAdmittedOrAsked {
    Request(Refused),
    Question(crate::refusal::Body<'static>),
}

#[cfg(test)]
pub(super) fn describe(document: &mut crate::openapi::Document) {
    let summary = "Whether a request to an API may pass, by its facts; its proof is used up by it";
    let operation = document.operation("POST /api/v1/validate/{name}", "validate", summary);
    let operation = operation.path("name", "NAME of `[protect.NAME]`.").guarded().json::<Facts>();
    let operation = operation.answered::<Admitted<'_>>(&[200], "It may.");
    let operation =
        operation.answered::<NotAdmittedOrAsked>(&[400, 401, 403], "It may not, or the question is refused.");
    operation.answered::<Refused>(&[503], "It may not now.").done();
}

/// Verifies the request, and claims its proof: to ask twice is a replay.
pub(super) async fn validate(
    State(gates): State<Arc<Gates>>,
    Path(name): Path<String>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let facts: Facts = fields::read(request, None).await?;
    let gate = gates.named(&name).filter(|gate| caller.rights.allow_protect(&gate.name));
    let gate =
        gate.ok_or_else(|| Refusal::invalid("there is no API of this name: add a section [protect.NAME]"))?;
    let verified = facts.verify(gate).await?;
    let decided = gate.decided(&verified);
    let mut response = match verified {
        Ok(verified) => admitted(&verified),
        Err(refused) => {
            tracing::info!(gate = &*gate.name, reason = refused.reason, "not admitted");
            not_admitted(&refused)
        }
    };
    response.extensions_mut().insert(decided);
    Ok(response)
}

impl Facts {
    async fn verify(self, gate: &Gate) -> Result<Result<Verified, NotAdmitted>, Refusal> {
        let method = methods::read(&self.method);
        let method = method.ok_or_else(|| Refusal::invalid("the method is not one of HTTP, or too long"))?;
        let mut headers = HeaderMap::new();
        add(&mut headers, &AUTHORIZATION, self.authorization)?;
        add(&mut headers, &HeaderName::from_static("dpop"), self.dpop)?;
        match (self.path, self.url) {
            (Some(path), None) if path.starts_with('/') => Ok(gate.verify(&method, &path, &headers).await),
            (None, Some(url)) => Ok(gate.verify_at(&method, &url, &headers).await),
            _ => Err(Refusal::invalid("expected path, which begins with a slash, or url, and one of them")),
        }
    }
}

fn add(headers: &mut HeaderMap, name: &HeaderName, texts: Option<Texts>) -> Result<(), Refusal> {
    for text in texts.map(Texts::into_vec).unwrap_or_default() {
        let value = HeaderValue::try_from(text);
        headers.append(
            name,
            value.map_err(|_| Refusal::invalid(format!("{name}: it is not a valid header value")))?,
        );
    }
    Ok(())
}

fn admitted(verified: &Verified) -> Response {
    let caller = verified.caller();
    let nonce = verified.nonce();
    let body = Admitted {
        admitted: true,
        claims: caller.map(|caller| caller.claims().all()),
        token_type: caller.map(|caller| caller.token_type().as_str()),
        headers: nonce.map(|nonce| [("DPoP-Nonce", nonce.to_str().unwrap_or_default())].into()),
    };
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(nonce) = nonce {
        headers.insert(NONCE_HEADER, nonce.clone());
    }
    (headers, Json(body)).into_response()
}

/// With the refusal's own status, so that whoever looks at that alone lets nobody pass.
fn not_admitted(refused: &NotAdmitted) -> Response {
    let mut headers = BTreeMap::new();
    for (name, member) in [(WWW_AUTHENTICATE, "WWW-Authenticate"), (NONCE_HEADER, "DPoP-Nonce")] {
        let values = refused.headers.get_all(&name).iter().filter_map(|value| value.to_str().ok());
        let mut values: Vec<_> = values.map(str::to_owned).collect();
        let texts =
            if values.len() > 1 { Some(Texts::Several(values)) } else { values.pop().map(Texts::One) };
        headers.extend(texts.map(|texts| (member, texts)));
    }
    let status = refused.status;
    let body = Refused { admitted: false, status: status.as_u16(), rule: refused.reason, headers };
    (status, refused.answer_headers(), Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn one_challenge_is_told_as_a_text_and_several_as_a_list() {
        for (challenges, told) in [
            (&[][..], json!({})),
            (&["Bearer"], json!({ "WWW-Authenticate": "Bearer" })),
            (&["DPoP", "Bearer"], json!({ "WWW-Authenticate": ["DPoP", "Bearer"] })),
        ] {
            let values = challenges.iter().map(|text| (WWW_AUTHENTICATE, HeaderValue::from_static(text)));
            let refused = NotAdmitted {
                status: StatusCode::UNAUTHORIZED,
                headers: values.collect(),
                reason: "address",
            };
            let body = axum::body::to_bytes(not_admitted(&refused).into_body(), 4096).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            let expected = json!({ "admitted": false, "status": 401, "rule": "address", "headers": told });
            assert_eq!(body, expected);
        }
    }
}
