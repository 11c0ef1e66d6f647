//! The claims of an access token (RFC 9068 section 2.2, RFC 9449 section 6.1, and HelseID's quirks).

use std::fmt;

use serde_json::Value;

use crate::id::{Audience, ClientId, JwtId, Thumbprint};
use crate::jose::json::Object;
use crate::jwt::member::{self, kind};
use crate::rule::{Facts, Fault, Rule};
use crate::scope::{Scope, ScopeSet};
use crate::time::Timestamp;

/// What an access token says. Made from claims whose signature was checked, or for showing them.
///
/// HelseID's own claims have getters of their own; whatever else the token holds is kept: [`AccessTokenClaims::all`].
///
/// ```
/// use helseid_protocol::claims::AccessTokenClaims;
/// use helseid_protocol::jose::json;
///
/// // Of claims whose signature was checked.
/// let claims = json::read_object(
///     br#"{"iss": "https://sts.example", "aud": "nhn:my-api", "exp": 1790000600, "scope": ["nhn:my-api/read"], "client_id": "my-client"}"#,
/// )?;
/// let claims = AccessTokenClaims::read(claims)?;
/// assert_eq!(claims.client_id().map(|id| id.as_str()), Some("my-client"));
/// assert_eq!(claims.scopes().to_string(), "nhn:my-api/read");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct AccessTokenClaims {
    issuer: String,
    audiences: Vec<Audience>,
    expires: Timestamp,
    not_before: Option<Timestamp>,
    issued: Option<Timestamp>,
    scopes: ScopeSet,
    client_id: Option<ClientId>,
    jwt_id: Option<JwtId>,
    bound_to: Option<Thumbprint>,
    all: Object,
}

impl AccessTokenClaims {
    /// Reads the claims and checks their types, not their values. `scope` may be an array or a text with spaces, `aud`
    /// a text or an array; `sub` is not required, since machine-to-machine tokens have none.
    ///
    /// A claim with a rule of its own breaks that rule, any other `token.claims`.
    pub fn read(claims: Object) -> Result<Self, Fault> {
        fn of<T>(rule: Rule, claim: Result<T, Facts>) -> Result<T, Fault> {
            claim.map_err(|facts| Fault::new(rule, facts))
        }
        Ok(Self {
            issuer: of(Rule::TokenIss, member::text(&claims, "iss"))?.to_owned(),
            audiences: of(Rule::TokenAud, audiences(&claims))?,
            expires: of(Rule::TokenExp, member::seconds(&claims, "exp"))?,
            not_before: of(Rule::TokenNbf, member::optional_seconds(&claims, "nbf"))?,
            issued: of(Rule::TokenClaims, member::optional_seconds(&claims, "iat"))?,
            scopes: of(Rule::TokenClaims, scopes(&claims))?,
            client_id: of(Rule::TokenClaims, id(&claims, "client_id", ClientId::parse))?,
            jwt_id: of(Rule::TokenClaims, id(&claims, "jti", JwtId::parse))?,
            bound_to: of(Rule::TokenCnf, cnf_is_jkt_alone(&claims))?,
            all: claims,
        })
    }

    /// `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `aud`, one or several.
    #[must_use]
    pub fn audiences(&self) -> &[Audience] {
        &self.audiences
    }

    /// `exp`.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// `nbf`.
    #[must_use]
    pub const fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    /// `iat`.
    #[must_use]
    pub const fn issued(&self) -> Option<Timestamp> {
        self.issued
    }

    /// `scope`; empty if there is none.
    #[must_use]
    pub const fn scopes(&self) -> &ScopeSet {
        &self.scopes
    }

    /// `client_id`.
    #[must_use]
    pub const fn client_id(&self) -> Option<&ClientId> {
        self.client_id.as_ref()
    }

    /// `jti`.
    #[must_use]
    pub const fn jwt_id(&self) -> Option<&JwtId> {
        self.jwt_id.as_ref()
    }

    /// `cnf.jkt`: the key that the token is bound to (RFC 9449 section 6.1).
    #[must_use]
    pub const fn bound_to(&self) -> Option<&Thumbprint> {
        self.bound_to.as_ref()
    }

    /// Every claim as it came.
    #[must_use]
    pub const fn all(&self) -> &Object {
        &self.all
    }
}

/// Shows nothing of a person: what [`AccessTokenClaims::all`] holds stays out.
impl fmt::Debug for AccessTokenClaims {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("AccessTokenClaims");
        shown.field("issuer", &self.issuer).field("audiences", &self.audiences);
        shown.field("client_id", &self.client_id).field("scopes", &self.scopes);
        shown.field("issued", &self.issued).field("expires", &self.expires);
        shown.finish_non_exhaustive()
    }
}

fn audiences(claims: &Object) -> Result<Vec<Audience>, Facts> {
    const EXPECTED: &str = "a string, or an array of strings, in aud";
    let parse = |text: &str| Audience::parse(text).map_err(|why| Facts::new(EXPECTED, why));
    match claims.get("aud") {
        None => Err(Facts::missing(EXPECTED)),
        Some(Value::String(one)) => parse(one).map(|one| vec![one]),
        Some(Value::Array(several)) if !several.is_empty() => several
            .iter()
            .map(|one| one.as_str().ok_or_else(|| Facts::new(EXPECTED, kind(one))).and_then(parse))
            .collect(),
        Some(other) => Err(Facts::new(EXPECTED, kind(other))),
    }
}

/// HelseID writes an array; RFC 9068 section 2.2.3 a text with spaces.
fn scopes(claims: &Object) -> Result<ScopeSet, Facts> {
    const EXPECTED: &str = "an array of scopes, or a string of scopes separated by spaces, in scope";
    match claims.get("scope") {
        None => Ok(ScopeSet::default()),
        Some(Value::String(text)) => ScopeSet::parse(text).map_err(|why| Facts::new(EXPECTED, why)),
        Some(Value::Array(several)) => {
            let mut scopes = ScopeSet::none();
            for one in several {
                let text = one.as_str().ok_or_else(|| Facts::new(EXPECTED, kind(one)))?;
                let scope = Scope::parse(text).and_then(|scope| scopes.insert(scope));
                scope.map_err(|why| Facts::new(EXPECTED, why))?;
            }
            Ok(scopes)
        }
        Some(other) => Err(Facts::new(EXPECTED, kind(other))),
    }
}

fn id<T>(
    claims: &Object,
    name: &str,
    parse: impl Fn(&str) -> Result<T, crate::id::InvalidId>,
) -> Result<Option<T>, Facts> {
    let Some(text) = member::optional_text(claims, name)? else { return Ok(None) };
    parse(text).map(Some).map_err(|why| Facts::new(format_args!("an identifier in {name}"), why))
}

/// RFC 9449 section 6.1. RFC 7800 section 3.1 lets an application pass over members that it does not know; here each is a
/// demand that this side cannot check, so it is refused: a token bound to a certificate, too, is not for its key alone.
fn cnf_is_jkt_alone(claims: &Object) -> Result<Option<Thumbprint>, Facts> {
    const EXPECTED: &str = "an object with a thumbprint in jkt and nothing else, in cnf";
    match claims.get("cnf") {
        None => Ok(None),
        Some(Value::Object(confirmation)) => {
            if let Some(other) = confirmation.keys().find(|name| *name != "jkt") {
                return Err(Facts::new(EXPECTED, format_args!("the member {other}")));
            }
            let text =
                member::text(confirmation, "jkt").map_err(|_| Facts::new(EXPECTED, "no text in jkt"))?;
            Thumbprint::parse(text).map(Some).map_err(|why| Facts::new(EXPECTED, why))
        }
        Some(other) => Err(Facts::new(EXPECTED, kind(other))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn valid() -> Value {
        json!({
            "iss": "https://helseid-sts.test.nhn.no", "aud": "nhn:example-api", "exp": 1_790_000_600,
            "nbf": 1_790_000_000, "iat": 1_790_000_000, "scope": ["nhn:example-api/read"],
            "client_id": "5b9f0c1e", "jti": "0A1B", "cnf": { "jkt": "aoezvIe32RdFpTP4FIxwBYb6VGX0dp3ecvoVjFkdXQk" },
            "helseid://claims/client/claims/orgnr_parent": "312232324", "unknown": { "kept": true },
        })
    }

    fn read(change: impl FnOnce(&mut Object)) -> Result<AccessTokenClaims, Fault> {
        let Value::Object(mut claims) = valid() else { unreachable!() };
        change(&mut claims);
        AccessTokenClaims::read(claims)
    }

    #[test]
    fn helseids_form_is_read_and_unknown_claims_are_kept() {
        let claims = read(|_| ()).expect("valid");
        assert_eq!(claims.scopes().to_string(), "nhn:example-api/read");
        assert_eq!(claims.audiences().iter().map(Audience::as_str).collect::<Vec<_>>(), ["nhn:example-api"]);
        assert_eq!(claims.orgnr_parent(), Some("312232324"));
        assert_eq!(claims.all().get("unknown"), Some(&json!({ "kept": true })));
    }

    #[test]
    fn what_is_said_of_a_person_is_not_shown() {
        let claims = read(|claims| {
            for (name, value) in
                [("sub", "the-person"), (crate::claims::name::PID, "15849197352"), ("name", "A BEVER")]
            {
                claims.insert(name.into(), value.into());
            }
        });
        let shown = format!("{:?}", claims.expect("valid"));
        assert!(shown.contains("nhn:example-api"), "{shown}");
        assert!(!shown.contains("person") && !shown.contains("15849") && !shown.contains("BEVER"), "{shown}");
    }

    #[test]
    fn scope_may_be_a_text_and_aud_an_array() {
        let claims = read(|claims| {
            claims.insert("scope".into(), "a/b c/d".into());
            claims.insert("aud".into(), json!(["a", "c"]));
        });
        let claims = claims.expect("valid");
        assert_eq!((claims.scopes().len(), claims.audiences().len()), (2, 2));
    }

    #[test]
    fn a_claim_with_a_rule_of_its_own_breaks_that_rule() {
        for (name, rule) in [
            ("iss", Rule::TokenIss),
            ("aud", Rule::TokenAud),
            ("exp", Rule::TokenExp),
            ("nbf", Rule::TokenNbf),
            ("iat", Rule::TokenClaims),
            ("cnf", Rule::TokenCnf),
        ] {
            let wrong = read(|claims| drop(claims.insert(name.into(), json!([])))).expect_err(name);
            assert_eq!(wrong.rule(), rule, "{name}");
        }
    }

    #[test]
    fn claims_of_other_types_are_refused() {
        for (name, value) in [
            ("iss", json!(1)),
            ("aud", json!([])),
            ("aud", json!([1])),
            ("aud", json!({})),
            ("exp", json!("1790000600")),
            ("exp", json!(null)),
            ("nbf", json!("soon")),
            ("scope", json!({ "a": 1 })),
            ("scope", json!([1])),
            ("scope", json!("a\"b")),
            ("client_id", json!(7)),
            ("jti", json!("")),
            ("cnf", json!("jkt")),
            ("cnf", json!({ "x5t#S256": "A" })),
            ("cnf", json!({ "jkt": 1 })),
            ("cnf", json!({})),
            ("cnf", json!({ "jkt": "A", "x5t#S256": "A" })),
            ("cnf", json!({ "jkt": "A", "jwk": {} })),
        ] {
            assert!(
                read(|claims| drop(claims.insert(name.into(), value.clone()))).is_err(),
                "{name} {value}"
            );
        }
        for name in ["iss", "aud", "exp"] {
            assert!(read(|claims| drop(claims.remove(name))).is_err(), "{name}");
        }
    }
}
