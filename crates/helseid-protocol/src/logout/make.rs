//! Makes the claims of logout tokens.

use std::time::Duration;

use super::EVENT;
use crate::id::{ClientId, Issuer, JwtId, SessionId};
use crate::jose::json::Object;
use crate::person::Subject;
use crate::time::Timestamp;

/// What a logout token says.
///
/// ```
/// use helseid_protocol::id::{ClientId, Issuer, SessionId};
/// use helseid_protocol::logout::{LogoutRequest, claims};
/// # use helseid_protocol::{random::{SystemRandom, jwt_id}, time::Timestamp};
/// # use std::time::Duration;
///
/// let claims = claims(LogoutRequest {
///     issuer: &Issuer::parse("https://sts.example")?,
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     subject: None,
///     session_id: &SessionId::parse("CC2462C2")?,
///     jwt_id: &jwt_id(&SystemRandom),
///     lifetime: Duration::from_secs(120),
///     now: Timestamp::from_seconds(1_790_000_000),
/// });
/// assert_eq!(claims["sid"], "CC2462C2");
/// assert_eq!(claims["exp"], 1_790_000_120);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LogoutRequest<'a> {
    /// Who issues it.
    pub issuer: &'a Issuer,
    /// The client that it is for.
    pub client_id: &'a ClientId,
    /// Whose session has ended, if that is known.
    pub subject: Option<&'a Subject>,
    /// Which session.
    pub session_id: &'a SessionId,
    /// New for each token.
    pub jwt_id: &'a JwtId,
    /// How long it is good; two minutes at most (OpenID Connect Back-Channel Logout 1.0 section 2.4).
    pub lifetime: Duration,
    /// The time now.
    pub now: Timestamp,
}

/// The claims of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4), to be signed with [`typ`](super::TYP)
/// `logout+jwt`.
#[must_use]
pub fn claims(request: LogoutRequest<'_>) -> Object {
    let mut claims = Object::new();
    claims.insert("iss".into(), request.issuer.as_str().into());
    if let Some(subject) = request.subject {
        claims.insert("sub".into(), subject.as_str().into());
    }
    claims.insert("aud".into(), request.client_id.as_str().into());
    claims.insert("iat".into(), request.now.seconds().into());
    claims.insert("exp".into(), request.now.plus(request.lifetime).seconds().into());
    claims.insert("jti".into(), request.jwt_id.as_str().into());
    claims.insert("events".into(), serde_json::json!({ EVENT: {} }));
    claims.insert("sid".into(), request.session_id.as_str().into());
    claims
}
