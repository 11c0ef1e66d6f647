//! The introspection endpoint (RFC 7662): an API asks its authority whether a token is good. Whatever is wrong with a token,
//! the answer is `{"active":false}` and no more (section 2.2).

use std::fmt;

use http::Method;
use serde_json::Value;

use crate::claims::AccessTokenClaims;
use crate::id::Audience;
use crate::jose::json::{self, Object};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::secret::AccessToken;

/// Where the endpoint is, below the issuer.
pub const PATH: &str = "/connect/introspect";

/// Checks the method (RFC 7662 section 2.1).
pub fn require_method(method: &Method, trail: &mut Trail) -> Result<(), Fault> {
    let finding = if method == Method::POST { Ok(()) } else { Err(Facts::value("POST", method)) };
    trail.require(Rule::IntrospectionMethod, finding)
}

/// The token of a request whose form has this `token`. `token_type_hint` is not looked at.
pub fn token(token: Option<&str>, trail: &mut Trail) -> Result<AccessToken, Fault> {
    let token = token.map(AccessToken::new).ok_or_else(|| Facts::missing("token"));
    trail.require(Rule::IntrospectionToken, token)
}

/// Checks that the client is an API that the token is for. The fault is for the trace alone: its sender gets
/// [`IntrospectionAnswer::Inactive`].
pub fn require_audience(
    claims: &AccessTokenClaims,
    own: &[Audience],
    trail: &mut Trail,
) -> Result<(), Fault> {
    let finding = match claims.audiences().iter().any(|audience| own.contains(audience)) {
        true => Ok(()),
        false => Err(Facts::new("a token for an API of this client", "a token for other APIs")),
    };
    trail.require(Rule::IntrospectionAudience, finding)
}

/// What the endpoint answers. `Debug` shows no claim.
///
/// ```
/// use helseid_protocol::endpoint::introspection::{IntrospectionAnswer, UnreadableIntrospection};
///
/// let answer = IntrospectionAnswer::read(br#"{"active": true, "scope": "nhn:kjernejournal/read"}"#)?;
/// let IntrospectionAnswer::Active(claims) = answer else { panic!("a good token") };
/// assert_eq!(claims["scope"], "nhn:kjernejournal/read");
/// // Nothing is said of a token that is not good.
/// assert_eq!(IntrospectionAnswer::Inactive.to_json(), r#"{"active":false}"#);
/// # Ok::<(), UnreadableIntrospection>(())
/// ```
#[derive(Clone, PartialEq)]
pub enum IntrospectionAnswer {
    /// The token is not good, or not for the one who asks.
    Inactive,
    /// The token is good; with its claims, of which `scope` is a text.
    Active(Object),
}

impl IntrospectionAnswer {
    /// The answer for a token that was found to be good. It is bound to a key by `cnf`, which whoever asks must check.
    #[must_use]
    pub fn active(claims: &AccessTokenClaims) -> Self {
        let mut members = claims.all().clone();
        members.insert("scope".into(), claims.scopes().to_string().into());
        let token_type = if claims.bound_to().is_some() { "DPoP" } else { "Bearer" };
        members.insert("token_type".into(), token_type.into());
        Self::Active(members)
    }

    /// As the authority answers it.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut members = Object::new();
        match self {
            Self::Inactive => members.insert("active".into(), false.into()),
            Self::Active(claims) => {
                members.extend(claims.clone());
                members.insert("active".into(), true.into())
            }
        };
        Value::Object(members).to_string()
    }

    /// Reads a success of the endpoint. Without a true `active` the token is not good.
    pub fn read(body: &[u8]) -> Result<Self, UnreadableIntrospection> {
        let mut members = json::read_object(body)?;
        match members.remove("active") {
            Some(Value::Bool(true)) => Ok(Self::Active(members)),
            Some(Value::Bool(false)) => Ok(Self::Inactive),
            _ => Err(UnreadableIntrospection::Active),
        }
    }
}

impl fmt::Debug for IntrospectionAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Inactive => "Inactive",
            Self::Active(_) => "Active(hidden)",
        })
    }
}

/// The answer is none that the endpoint may give. Never repeats the answer.
///
/// ```
/// use helseid_protocol::endpoint::introspection::{IntrospectionAnswer, UnreadableIntrospection};
///
/// // A token is not good because nothing says the contrary.
/// let read = IntrospectionAnswer::read(br#"{"scope": "nhn:kjernejournal/read"}"#);
/// assert_eq!(read, Err(UnreadableIntrospection::Active));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableIntrospection {
    /// Not a strict JSON object.
    #[error("a body that is not an introspection response: {0}")]
    Json(#[from] json::InvalidJson),
    /// `active` is missing, or not true or false.
    #[error("a body that is not an introspection response: active is neither true nor false")]
    Active,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims() -> AccessTokenClaims {
        let Value::Object(claims) = json!({
            "iss": "https://sts.example", "aud": ["nhn:a", "nhn:b"], "exp": 1_790_000_600, "sub": "the-person",
            "scope": ["openid", "nhn:a/read"], "client_id": "c", "jti": "1",
            "cnf": { "jkt": "aoezvIe32RdFpTP4FIxwBYb6VGX0dp3ecvoVjFkdXQk" },
        }) else {
            unreachable!("an object")
        };
        AccessTokenClaims::read(claims).unwrap()
    }

    #[test]
    fn what_is_not_active_says_nothing_else() {
        assert_eq!(IntrospectionAnswer::Inactive.to_json(), r#"{"active":false}"#);
        let read = IntrospectionAnswer::read(br#"{"active":false,"scope":"a"}"#);
        assert_eq!(read, Ok(IntrospectionAnswer::Inactive));
    }

    #[test]
    fn an_active_token_is_read_as_it_was_written() {
        let answer = IntrospectionAnswer::active(&claims());
        let json = answer.to_json();
        let read: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            (&read["active"], &read["token_type"], &read["sub"]),
            (&json!(true), &json!("DPoP"), &json!("the-person"))
        );
        assert_eq!((&read["scope"], &read["aud"]), (&json!("nhn:a/read openid"), &json!(["nhn:a", "nhn:b"])));
        assert_eq!(IntrospectionAnswer::read(json.as_bytes()), Ok(answer.clone()));
        assert_eq!(format!("{answer:?}"), "Active(hidden)");
        for body in [
            &b"{}"[..],
            b"{\"active\":\"true\"}",
            b"{\"active\":1}",
            b"[]",
            b"{\"active\":true,\"active\":true}",
        ] {
            assert!(IntrospectionAnswer::read(body).is_err(), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn each_breach_has_its_rule() {
        let own =
            |names: &[&str]| names.iter().map(|name| Audience::parse(name).unwrap()).collect::<Vec<_>>();
        let mut trail = Trail::new();
        require_method(&Method::POST, &mut trail).unwrap();
        require_audience(&claims(), &own(&["nhn:x", "nhn:b"]), &mut trail).unwrap();
        assert_eq!(token(Some("a.b.c"), &mut trail).unwrap().expose(), "a.b.c");
        assert_eq!(require_method(&Method::GET, &mut trail).unwrap_err().rule(), Rule::IntrospectionMethod);
        assert_eq!(token(None, &mut trail).unwrap_err().rule(), Rule::IntrospectionToken);
        for others in [own(&[]), own(&["nhn:c"])] {
            let fault = require_audience(&claims(), &others, &mut trail).unwrap_err();
            assert_eq!(fault.rule(), Rule::IntrospectionAudience);
            assert!(!fault.description().contains("nhn:a"), "{}", fault.description());
        }
    }
}
