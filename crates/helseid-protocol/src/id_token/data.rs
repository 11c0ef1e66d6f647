//! What an ID token says, as types.

use std::fmt;

use serde_json::Value;

use crate::id::{InvalidId, SessionId};
use crate::jose::json::Object;
use crate::jwt::member;
use crate::person::Subject;
use crate::rule::{Facts, Fault, Rule};
use crate::time::Timestamp;

/// What an ID token says. Made from claims whose signature was checked.
///
/// ```
/// use helseid_protocol::id_token::IdTokenClaims;
///
/// /// For the head of a page.
/// fn greeting(claims: &IdTokenClaims) -> String {
///     let level = claims.security_level().map_or("unknown", |level| level.name());
///     format!("{}, logged in at level {level}", claims.name().unwrap_or("somebody"))
/// }
/// ```
#[derive(Clone, PartialEq)]
pub struct IdTokenClaims {
    issuer: String,
    subject: Subject,
    expires: Timestamp,
    issued: Timestamp,
    authenticated: Option<Timestamp>,
    session_id: Option<SessionId>,
    all: Object,
}

impl IdTokenClaims {
    /// Reads the claims and checks the types of those that every ID token needs, not their values.
    pub(super) fn read(claims: Object) -> Result<Self, Fault> {
        fn of<T>(rule: Rule, claim: Result<T, Facts>) -> Result<T, Fault> {
            claim.map_err(|facts| Fault::new(rule, facts))
        }
        Ok(Self {
            issuer: of(Rule::IdTokenIss, member::text(&claims, "iss"))?.to_owned(),
            subject: of(Rule::IdTokenSub, subject(&claims))?,
            expires: of(Rule::IdTokenExp, member::seconds(&claims, "exp"))?,
            issued: of(Rule::IdTokenIat, member::seconds(&claims, "iat"))?,
            authenticated: of(Rule::IdTokenAuthTime, member::optional_seconds(&claims, "auth_time"))?,
            session_id: of(Rule::IdTokenForm, session_id(&claims))?,
            all: claims,
        })
    }

    /// Claims that were [checked](super::PresentedIdToken::check) once, and were kept since where nobody else can write, such as
    /// in a sealed record. None if the types are not those of an ID token; nothing else is checked again, its times least of all.
    #[must_use]
    pub fn from_sealed(claims: Object) -> Option<Self> {
        Self::read(claims).ok()
    }

    /// `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `sub`: who logged in.
    #[must_use]
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// `exp`.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// `iat`.
    #[must_use]
    pub const fn issued(&self) -> Timestamp {
        self.issued
    }

    /// `auth_time`: when the person authenticated.
    #[must_use]
    pub const fn authenticated(&self) -> Option<Timestamp> {
        self.authenticated
    }

    /// `sid`: the session at the authority, which logout tokens name.
    #[must_use]
    pub const fn session_id(&self) -> Option<&SessionId> {
        self.session_id.as_ref()
    }

    /// `acr`.
    #[must_use]
    pub fn acr(&self) -> Option<&str> {
        self.text("acr")
    }

    /// `nonce`.
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.text("nonce")
    }

    /// Every claim as it came; the person's number may be among them.
    #[must_use]
    pub const fn all(&self) -> &Object {
        &self.all
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.all.get(name).and_then(Value::as_str)
    }
}

crate::claims::claims_of_a_person! { IdTokenClaims }

/// Shows nothing of the person.
impl fmt::Debug for IdTokenClaims {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("IdTokenClaims");
        shown.field("issuer", &self.issuer).field("issued", &self.issued).field("expires", &self.expires);
        shown.finish_non_exhaustive()
    }
}

/// OpenID Connect Core 1.0 section 2. What came is not repeated.
fn subject(claims: &Object) -> Result<Subject, Facts> {
    let text = member::text(claims, "sub")?;
    Subject::parse(text).map_err(|why| Facts::new("a sub", format_args!("an invalid sub: {why}")))
}

fn session_id(claims: &Object) -> Result<Option<SessionId>, Facts> {
    let parse = |text: &str| {
        SessionId::parse(text)
            .map_err(|why: InvalidId| Facts::new("a session id in sid", format_args!("an invalid id: {why}")))
    };
    claims.get("sid").map(|_| member::text(claims, "sid").and_then(parse)).transpose()
}
