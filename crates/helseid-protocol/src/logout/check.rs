//! Checks logout tokens at a client (OpenID Connect Back-Channel Logout 1.0 section 2.6). Each rule is one function; the use of
//! the `jti` is left to the caller.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{EVENT, MAX_BYTES, TYP};
use crate::id::{ClientId, Issuer, JwtId, KeyId, SessionId};
use crate::jose::json::Object;
use crate::jose::{Algorithm, AlgorithmSet, VerifyKey};
use crate::jwt::{
    Accepted, FormRules, IssuedJwt, IssuedRules, aud_is_the_client_alone, exp_is_not_past, iat_is_not_ahead,
    jti_is_there, member,
};
use crate::person::Subject;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::time::Timestamp;

/// What a logout token is held against.
///
/// ```
/// use helseid_protocol::id::{ClientId, Issuer};
/// use helseid_protocol::logout::{Expectations, PresentedLogoutToken};
/// # use helseid_protocol::{jose::AlgorithmSet, rule::{Rule, Trail}, time::{TOLERANCE, Timestamp}};
///
/// let expectations = Expectations {
///     issuer: &Issuer::parse("https://helseid-sts.nhn.no")?,
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     algorithms: AlgorithmSet::HELSEID,
///     tolerance: TOLERANCE,
///     now: Timestamp::from_seconds(1_790_000_000),
/// };
/// let read = PresentedLogoutToken::read("a.b.c", &expectations, &mut Trail::new());
/// assert!(read.is_err_and(|fault| fault.rule() == Rule::LogoutTokenForm));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Expectations<'a> {
    /// Whose it must be.
    pub issuer: &'a Issuer,
    /// Who we are: its only audience.
    pub client_id: &'a ClientId,
    /// The algorithms that are taken.
    pub algorithms: AlgorithmSet,
    /// How far clocks may differ.
    pub tolerance: Duration,
    /// The time now.
    pub now: Timestamp,
}

/// A logout token of the right form, said to be of our issuer; nothing says yet that it is.
///
/// ```
/// use helseid_protocol::jose::VerifyKey;
/// use helseid_protocol::logout::{Expectations, LogoutToken, PresentedLogoutToken};
/// use helseid_protocol::rule::{Fault, Trail};
///
/// /// What has ended, by a token that one of the issuer's `keys` must have signed.
/// fn ended(text: &str, expectations: &Expectations<'_>, keys: &[VerifyKey]) -> Result<LogoutToken, Fault> {
///     let trail = &mut Trail::new();
///     let token = PresentedLogoutToken::read(text, expectations, trail)?;
///     let key = keys.iter().find(|key| key.key_id() == token.kid());
///     token.check(key, expectations, trail)
/// }
/// ```
pub struct PresentedLogoutToken<'a>(IssuedJwt<'a>);

/// A logout token that our issuer made for us. It names a session, a person, or both.
///
/// Of a person alone it ends what that person began at or before [`LogoutToken::issued`].
///
/// ```
/// use helseid_protocol::logout::LogoutToken;
///
/// /// What is to be ended: one session, or all of a person.
/// fn which(token: &LogoutToken) -> String {
///     match (token.session_id(), token.subject()) {
///         (Some(session), _) => format!("the session {}", session.as_str()),
///         (None, Some(person)) => format!("all sessions of {}", person.as_str()),
///         (None, None) => "nothing".to_owned(),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct LogoutToken {
    subject: Option<Subject>,
    session_id: Option<SessionId>,
    jwt_id: JwtId,
    issued: Timestamp,
    remember_until: Timestamp,
}

impl<'a> PresentedLogoutToken<'a> {
    /// Reads a logout token as far as its header and issuer.
    pub fn read(text: &'a str, expectations: &Expectations<'a>, trail: &mut Trail) -> Result<Self, Fault> {
        let accepted = Accepted {
            issuers: std::slice::from_ref(expectations.issuer),
            algorithms: expectations.algorithms,
            limit: MAX_BYTES,
        };
        IssuedJwt::read(text, &RULES, accepted, trail).map(Self)
    }

    /// The name of the key to check it with, if it names one.
    #[must_use]
    pub fn kid(&self) -> Option<&KeyId> {
        self.0.kid()
    }

    /// The algorithm, one that is taken.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    /// Of several keys that fit, the one that the signature is by; `first` if it is by none of them.
    #[must_use]
    pub fn signer(&self, first: Arc<VerifyKey>, others: &[Arc<VerifyKey>]) -> Arc<VerifyKey> {
        self.0.signer(first, others)
    }

    /// Checks the signature by `key`, which the caller has found among the issuer's published keys, and then every claim, but
    /// not whether its `jti` was used before: see [`LogoutToken::require_first_use`].
    pub fn check(
        self,
        key: Option<&VerifyKey>,
        expectations: &Expectations<'_>,
        trail: &mut Trail,
    ) -> Result<LogoutToken, Fault> {
        let Expectations { client_id, tolerance, now, .. } = *expectations;
        let claims = self.0.verify(key, trail)?;
        trail.require(Rule::LogoutTokenAud, aud_is_the_client_alone(&claims, client_id))?;
        let issued = member::seconds(&claims, "iat");
        let issued = issued.and_then(|issued| iat_is_not_ahead(issued, tolerance, now).map(|()| issued));
        let issued = trail.require(Rule::LogoutTokenIat, issued)?;
        let expires = member::seconds(&claims, "exp");
        let expires = expires.and_then(|expires| exp_is_not_past(expires, tolerance, now).map(|()| expires));
        let expires = trail.require(Rule::LogoutTokenExp, expires)?;
        let (subject, session_id) = trail.require(Rule::LogoutTokenSubject, sub_or_sid_is_there(&claims))?;
        trail.require(Rule::LogoutTokenEvents, events_has_the_event(&claims))?;
        trail.require(Rule::LogoutTokenNonce, there_is_no_nonce(&claims))?;
        let jwt_id = trail.require(Rule::LogoutTokenJti, jti_is_there(&claims))?;
        // As long as it could pass at the clock of another replica.
        let remember_until = expires.plus(tolerance * 2).plus(Duration::from_secs(1));
        Ok(LogoutToken { subject, session_id, jwt_id, issued, remember_until })
    }
}

impl LogoutToken {
    /// The person, if it names one.
    #[must_use]
    pub const fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// The session, if it names one.
    #[must_use]
    pub const fn session_id(&self) -> Option<&SessionId> {
        self.session_id.as_ref()
    }

    /// What makes it unique at its issuer.
    #[must_use]
    pub const fn jwt_id(&self) -> &JwtId {
        &self.jwt_id
    }

    /// When it was issued.
    #[must_use]
    pub const fn issued(&self) -> Timestamp {
        self.issued
    }

    /// Until when its `jti` must be remembered.
    #[must_use]
    pub const fn remember_until(&self) -> Timestamp {
        self.remember_until
    }

    /// Checks that the `jti` was not used before, as the caller's memory says (OpenID Connect Back-Channel Logout 1.0 section
    /// 2.6 (8)).
    pub fn require_first_use(&self, used_before: bool, trail: &mut Trail) -> Result<(), Fault> {
        let finding =
            if used_before { Err(Facts::new("a new jti", "one that was used before")) } else { Ok(()) };
        trail.require(Rule::LogoutTokenJtiOnce, finding)
    }
}

impl fmt::Debug for PresentedLogoutToken<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PresentedLogoutToken").field("header", self.0.header()).finish_non_exhaustive()
    }
}

/// Shows neither person nor session.
impl fmt::Debug for LogoutToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LogoutToken").field("issued", &self.issued).finish_non_exhaustive()
    }
}

pub(super) const RULES: IssuedRules = IssuedRules {
    form: FormRules {
        form: Rule::LogoutTokenForm,
        alg: Rule::LogoutTokenAlg,
        parameters: &[("typ", Rule::LogoutTokenTyp), ("kid", Rule::LogoutTokenKid)],
    },
    typ: Rule::LogoutTokenTyp,
    typ_check: |header| match header.typ() {
        Some(_) if header.is_typ(TYP) => Ok(None),
        Some(typ) => Err(Facts::value(TYP, typ)),
        None => Err(Facts::missing(TYP)),
    },
    iss: Rule::LogoutTokenIss,
    kid: Rule::LogoutTokenKid,
    signature: Rule::LogoutTokenSignature,
};

/// OpenID Connect Back-Channel Logout 1.0 section 2.6 (5). Neither is repeated.
pub(super) fn sub_or_sid_is_there(claims: &Object) -> Result<(Option<Subject>, Option<SessionId>), Facts> {
    let text = |name| claims.contains_key(name).then(|| member::text(claims, name)).transpose();
    let subject = text("sub")?.map(Subject::parse).transpose();
    let subject = subject.map_err(|why| Facts::new("a sub", format_args!("an invalid sub: {why}")))?;
    let session_id = text("sid")?.map(SessionId::parse).transpose();
    let session_id =
        session_id.map_err(|why| Facts::new("a session id in sid", format_args!("an invalid id: {why}")))?;
    if subject.is_none() && session_id.is_none() {
        return Err(Facts::new("sub or sid", "neither"));
    }
    Ok((subject, session_id))
}

/// OpenID Connect Back-Channel Logout 1.0 section 2.6 (6): the event is there, with an object for its value.
pub(super) fn events_has_the_event(claims: &Object) -> Result<(), Facts> {
    const EXPECTED: &str = "an object in events that has the event of back-channel logout";
    match claims.get("events") {
        Some(Value::Object(events)) => match events.get(EVENT) {
            Some(Value::Object(_)) => Ok(()),
            Some(other) => Err(Facts::new(EXPECTED, member::kind(other))),
            None => Err(Facts::new(EXPECTED, format_args!("{} other events", events.len()))),
        },
        Some(other) => Err(Facts::new(EXPECTED, member::kind(other))),
        None => Err(Facts::missing(EXPECTED)),
    }
}

/// OpenID Connect Back-Channel Logout 1.0 section 2.6 (7): so that no ID token passes for a logout token.
pub(super) fn there_is_no_nonce(claims: &Object) -> Result<(), Facts> {
    if claims.contains_key("nonce") { Err(Facts::new("no nonce", "a nonce")) } else { Ok(()) }
}
