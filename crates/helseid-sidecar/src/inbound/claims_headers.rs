//! What the API is told of the caller: a fixed list of headers, of which each is there, so that each takes the place of whatever
//! the caller sent under its name (threat B3).

use helseid_protocol::claims::AccessTokenClaims;
use helseid_protocol::jose::base64url;
use helseid_protocol::resource::Caller;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

type Told = fn(&Caller) -> Option<String>;

/// The list. A value that a header cannot hold is empty, and stands in the last one.
const LIST: [(&str, Told); 12] = [
    ("x-helseid-client-id", |caller| caller.claims().client_id().map(|id| id.as_str().to_owned())),
    ("x-helseid-scope", |caller| Some(caller.claims().scopes().to_string())),
    ("x-helseid-client-tenancy", |caller| {
        caller.claims().client_tenancy().map(|tenancy| tenancy.name().to_owned())
    }),
    ("x-helseid-orgnr-parent", |caller| of(caller, AccessTokenClaims::orgnr_parent)),
    ("x-helseid-orgnr-child", |caller| of(caller, AccessTokenClaims::orgnr_child)),
    ("x-helseid-orgnr-supplier", |caller| of(caller, AccessTokenClaims::orgnr_supplier)),
    ("x-helseid-subject", |caller| of(caller, AccessTokenClaims::subject)),
    ("x-helseid-pid", |caller| of(caller, AccessTokenClaims::pid)),
    ("x-helseid-hpr-number", |caller| of(caller, AccessTokenClaims::hpr_number)),
    ("x-helseid-security-level", |caller| {
        caller.claims().security_level().map(|level| level.name().to_owned())
    }),
    ("x-helseid-token-type", |caller| Some(caller.token_type().as_str().to_owned())),
    ("x-helseid-expires", |caller| Some(caller.claims().expires().to_string())),
];

/// Every claim, as base64url of JSON: names with letters beyond ASCII survive.
const CLAIMS: &str = "x-helseid-claims";

fn of(caller: &Caller, claim: fn(&AccessTokenClaims) -> Option<&str>) -> Option<String> {
    claim(caller.claims()).map(str::to_owned)
}

/// All of them.
pub(super) fn claims_headers(caller: &Caller) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, told) in LIST {
        let text = told(caller).filter(|text| text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        let value = text.and_then(|text| HeaderValue::try_from(text).ok());
        headers.insert(HeaderName::from_static(name), value.unwrap_or(HeaderValue::from_static("")));
    }
    let all = Value::Object(caller.claims().all().clone()).to_string();
    let all = HeaderValue::try_from(base64url::encode(all.as_bytes()));
    headers.insert(HeaderName::from_static(CLAIMS), all.unwrap_or(HeaderValue::from_static("")));
    headers
}

/// Their names.
#[cfg(test)]
pub(super) fn names() -> Vec<&'static str> {
    LIST.iter().map(|(name, _)| *name).chain([CLAIMS]).collect()
}
