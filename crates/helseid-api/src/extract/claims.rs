//! Claims as a type of the API's own.

use axum::extract::FromRequestParts;
use helseid_protocol::rule::{Facts, Fault, Rule};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::caller::admitted;
use crate::refused::Refused;
use crate::rejection::Rejection;

/// The token's claims, read as `T`: for an API with claims of its own.
///
/// A token whose claims are not of that form is refused with 403 (rule `api.claims`). The response does not tell what they are.
///
/// ```
/// # use helseid_api::Claims;
/// #[derive(serde::Deserialize)]
/// struct Mine {
///     #[serde(rename = "nhn:my-api/client/claims/department")]
///     department: String,
/// }
///
/// async fn handler(Claims(mine): Claims<Mine>) -> String {
///     mine.department
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Claims<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Claims<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let (caller, pipeline) = admitted(parts)?;
        // A copy, since another extractor may want the claims too.
        match T::deserialize(serde_json::Value::Object(caller.claims().all().clone())) {
            Ok(claims) => Ok(Self(claims)),
            // What serde says may hold a claim's value, which is nobody's business.
            Err(_) => {
                tracing::debug!(
                    wanted = std::any::type_name::<T>(),
                    "the claims are not of the handler's form"
                );
                let facts = Facts::new("the claims that this resource reads", "other claims");
                let fault = Fault::new(Rule::ApiClaims, facts);
                Err(pipeline.refuse(Rejection::Fault(fault), None))
            }
        }
    }
}
