//! The caller's token, as an argument of a handler that calls on.

use axum::extract::FromRequestParts;
use helseid_protocol::secret::AccessToken;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::caller::admitted;
use crate::refused::Refused;
use crate::rejection::Rejection;

/// The access token that the caller sent, verified together with its proof, for an API that exchanges it for one to the next API
/// (RFC 8693): `client.exchange(token)` of `helseid-client`. Nothing else is to be done with it: it is for this API alone, and bound
/// to a key of the caller. It does not print.
///
/// Without a [`ProtectionLayer`](crate::ProtectionLayer) around the route the response is 500, and behind an optional one a request
/// without credentials is refused. A middleware between the layer and the handler that changes `Authorization` changes what comes
/// here.
///
/// ```
/// # use helseid_api::{CallerToken, Person, protocol::secret::AccessToken};
/// async fn prescriptions(person: Person, CallerToken(token): CallerToken) -> String {
///     // let answer = client.exchange(token).get("https://next.example/prescriptions").send().await?;
///     # let _: AccessToken = token;
///     format!("those of {:?}", person.name())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct CallerToken(pub AccessToken);

impl<S: Send + Sync> FromRequestParts<S> for CallerToken {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let (_, pipeline) = admitted(parts)?;
        let sent = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        match sent.and_then(|credentials| credentials.split_once(' ')) {
            Some((_, token)) => Ok(Self(AccessToken::new(token.trim_matches(' ')))),
            None => Err(pipeline.refuse(Rejection::NoCredentials, None)),
        }
    }
}
