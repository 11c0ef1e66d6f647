//! Makes request objects.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::TYP;
use crate::assertion;
use crate::details::OLD_CLAIM;
use crate::id::{ClientId, Issuer, JwtId, KeyId};
use crate::jose::Algorithm;
use crate::jose::json::Object;
use crate::jose::jws::Draft;
use crate::time::Timestamp;

/// How long ours live: 30 s, half of what HelseID allows.
pub const LIFETIME: Duration = Duration::from_secs(30);

/// What a request object says. `Debug` shows the names of its parameters alone: they hold persons, tokens, and what is attested.
///
/// ```
/// use helseid_protocol::authorize::{RequestObject, request_object_draft};
/// use helseid_protocol::id::{ClientId, Issuer};
/// use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey};
/// use helseid_protocol::random::{SystemRandom, jwt_id};
///
/// let parameters = [("scope", "openid nhn:my-api/read".to_owned()), ("max_age", "600".to_owned())];
/// let object = RequestObject {
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     issuer: &Issuer::parse("https://helseid-sts.nhn.no")?,
///     jwt_id: &jwt_id(&SystemRandom),
///     now: std::time::SystemTime::now().into(),
///     parameters: &parameters,
///     details: None,
/// };
/// let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))?;
/// let request = request_object_draft(Algorithm::ES256, None, object).sign(&key);
/// assert_eq!(request.split('.').count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct RequestObject<'a> {
    /// Who asks.
    pub client_id: &'a ClientId,
    /// Whom: the issuer, as its metadata names it.
    pub issuer: &'a Issuer,
    /// New for each object.
    pub jwt_id: &'a JwtId,
    /// The time now.
    pub now: Timestamp,
    /// The parameters of the authorization request; of `resource` there may be several.
    pub parameters: &'a [(&'static str, String)],
    /// `authorization_details`: one structure, or an array of several.
    pub details: Option<&'a Value>,
}

impl fmt::Debug for RequestObject<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.parameters.iter().map(|(name, _)| *name).collect();
        let mut shown = out.debug_struct("RequestObject");
        shown.field("client_id", &self.client_id).field("parameters", &names);
        shown.field("has_details", &self.details.is_some()).finish_non_exhaustive()
    }
}

/// A request object (RFC 9101 section 4) before its signature. Good for one request within [`LIFETIME`]. It has no `sub`, so that it passes
/// for no client assertion (section 10.8).
#[must_use]
pub fn draft(algorithm: Algorithm, key_id: Option<&KeyId>, object: RequestObject<'_>) -> Draft {
    let mut header = assertion::header(algorithm, key_id);
    header.insert("typ".into(), TYP.into());
    Draft::new(&header, &claims(object))
}

fn claims(object: RequestObject<'_>) -> Object {
    let RequestObject { client_id, issuer, jwt_id, now, parameters, details } = object;
    let mut claims = Object::new();
    let mut resources = Vec::new();
    for (name, value) in parameters {
        match *name {
            "resource" => resources.push(Value::from(value.as_str())),
            // A number in JSON (OpenID Connect Core 1.0 section 6.1).
            "max_age" => {
                let number = value.parse::<u64>().map_or_else(|_| value.as_str().into(), Value::from);
                claims.insert("max_age".into(), number);
            }
            name => {
                claims.insert(name.into(), value.as_str().into());
            }
        }
    }
    if !resources.is_empty() {
        claims.insert("resource".into(), Value::Array(resources));
    }
    if let Some(details) = details {
        claims.insert(OLD_CLAIM.into(), details.clone());
    }
    // No parameter takes the place of these.
    claims.insert("iss".into(), client_id.as_str().into());
    claims.insert("client_id".into(), client_id.as_str().into());
    claims.insert("aud".into(), issuer.as_str().into());
    claims.insert("iat".into(), now.seconds().into());
    claims.insert("nbf".into(), now.seconds().into());
    claims.insert("exp".into(), now.plus(LIFETIME).seconds().into());
    claims.insert("jti".into(), jwt_id.as_str().into());
    claims
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_shows_no_person_and_no_token() {
        let (client, issuer) =
            (ClientId::parse("the-client").unwrap(), Issuer::parse("https://helseid.example").unwrap());
        let details = json!({ "patient": "13899525781" });
        let parameters = [("login_hint", "pid:13899525781".to_owned()), ("id_token_hint", "eyJ0".to_owned())];
        let object = RequestObject {
            client_id: &client,
            issuer: &issuer,
            jwt_id: &JwtId::parse("the-jti").unwrap(),
            now: Timestamp::from_seconds(1),
            parameters: &parameters,
            details: Some(&details),
        };
        let shown = format!("{object:?}");
        assert!(shown.contains("the-client") && shown.contains("login_hint"), "{shown}");
        assert!(!shown.contains("13899525781") && !shown.contains("eyJ0"), "{shown}");
    }
}
