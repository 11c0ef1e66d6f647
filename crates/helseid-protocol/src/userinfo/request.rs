//! Checks requests to userinfo. Each rule is one function.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};

use crate::claims::AccessTokenClaims;
use crate::endpoint::token::TokenType;
use crate::id::{Issuer, SessionId};
use crate::person::Subject;
use crate::resource::{
    AudienceRule, BoundToken, Caller, Credentials, PROOF_WINDOW, Policy, Request, Scheme, VerifiedToken,
};
use crate::rule::{BoundAsBearer, Facts, Fault, Rule, Switches, Trail};
use crate::scope::ScopeSet;

/// A request to userinfo, before anything is known of it.
///
/// ```
/// use helseid_protocol::userinfo::{UserInfoRequest, credentials, policy};
/// use helseid_protocol::{id::Issuer, rule::{Rule, Switches, Trail}, time::TOLERANCE};
/// use http::{HeaderMap, Method};
///
/// let (method, headers) = (Method::GET, HeaderMap::new());
/// let request =
///     UserInfoRequest { method: &method, query: Some("access_token=eyJhbGciOi"), headers: &headers, form: b"" };
/// let policy = policy(&Issuer::parse("https://sts.example")?, Switches::HELSEID, TOLERANCE);
/// // An address is written to logs: no token stands in it.
/// let read = credentials(request, &policy, &mut Trail::new());
/// assert!(read.is_err_and(|fault| fault.rule() == Rule::UserInfoToken));
/// # Ok::<(), helseid_protocol::id::InvalidIssuer>(())
/// ```
#[derive(Clone, Copy)]
pub struct UserInfoRequest<'a> {
    /// Its method.
    pub method: &'a Method,
    /// Its query, without the question mark.
    pub query: Option<&'a str>,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, where it is a form; bounded by the caller.
    pub form: &'a [u8],
}

/// The URL and the headers may have the token in them.
impl fmt::Debug for UserInfoRequest<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("UserInfoRequest").field("method", self.method).finish_non_exhaustive()
    }
}

/// What the endpoint demands of tokens: those of `issuer`, whatever API they are for, with the scheme that they are bound by.
#[must_use]
pub fn policy(issuer: &Issuer, switches: Switches, tolerance: Duration) -> Policy {
    Policy {
        issuers: vec![issuer.clone()],
        // Neither is looked at: the endpoint takes the tokens of every API.
        audiences: Vec::new(),
        audience_rule: AudienceRule::AmongOthers,
        scheme: Scheme::Transition,
        switches,
        proof_window: PROOF_WINDOW,
        tolerance,
    }
}

/// The credentials of a request; none if it has no `Authorization` header, which is answered by a bare challenge.
pub fn credentials<'a>(
    request: UserInfoRequest<'a>,
    policy: &Policy,
    trail: &mut Trail,
) -> Result<Option<Credentials<'a>>, Fault> {
    trail.require(Rule::UserInfoMethod, method_is_get_or_post(request.method))?;
    trail.require(Rule::UserInfoToken, token_is_in_the_header_alone(request))?;
    Credentials::read(request.headers, policy.scheme, trail)
}

/// Checks that the sender has the key that the token is bound to. Where `bearer` says so, a bound token passes as Bearer with a
/// warning, and a proof beside it is not looked at, as HelseID's platform does it.
pub fn bind(
    token: VerifiedToken<'_>,
    request: Request<'_>,
    policy: &Policy,
    bearer: BoundAsBearer,
    trail: &mut Trail,
) -> Result<BoundToken, Fault> {
    let is_bearer = token.presented_as() == TokenType::Bearer;
    match (is_bearer, token.claims().bound_to()) {
        (true, Some(_)) => {
            let facts = Facts::new("the scheme DPoP, since the token is bound to a key", "Bearer");
            match bearer {
                BoundAsBearer::Refused => return Err(Fault::new(Rule::UserInfoDpop, facts)),
                BoundAsBearer::Warned => trail.warn(Rule::UserInfoDpop, facts),
            }
            Ok(token.into_bearers())
        }
        _ => {
            trail.holds(Rule::UserInfoDpop);
            token.bind(request, policy, trail)
        }
    }
}

/// An access token of a person, with the scope `openid`. Whether the login goes on is still open: see
/// [`PersonsToken::require_live_login`].
///
/// ```
/// use helseid_protocol::id::SessionId;
/// use helseid_protocol::{resource::Caller, rule::{Fault, Trail}, userinfo::PersonsToken};
///
/// /// Whom userinfo is asked about, if the login of the token goes on.
/// fn asked_about(caller: &Caller, goes_on: impl Fn(&SessionId) -> bool) -> Result<PersonsToken, Fault> {
///     let trail = &mut Trail::new();
///     let token = PersonsToken::of(caller, trail)?;
///     token.require_live_login(goes_on(token.session_id()), trail)?;
///     Ok(token)
/// }
/// ```
#[derive(Debug, Clone)]
pub struct PersonsToken {
    subject: Subject,
    session_id: SessionId,
    claims: Arc<AccessTokenClaims>,
}

impl PersonsToken {
    /// Checks that the caller's token is a person's, and has the scope `openid`.
    pub fn of(caller: &Caller, trail: &mut Trail) -> Result<Self, Fault> {
        let claims = caller.shared_claims();
        let (subject, session_id) = trail.require(Rule::UserInfoAccessToken, token_is_a_persons(&claims))?;
        trail.require(Rule::UserInfoScope, scopes_have_openid(claims.scopes()))?;
        Ok(Self { subject, session_id, claims })
    }

    /// Checks that the login that gave the token has not been ended.
    pub fn require_live_login(&self, is_alive: bool, trail: &mut Trail) -> Result<(), Fault> {
        let finding = if is_alive {
            Ok(())
        } else {
            Err(Facts::new("a login that has not ended", "one that was ended"))
        };
        trail.require(Rule::UserInfoAccessToken, finding)
    }

    /// Who logged in.
    #[must_use]
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// In which session.
    #[must_use]
    pub const fn session_id(&self) -> &SessionId {
        &self.session_id
    }

    /// Everything that the token says.
    #[must_use]
    pub fn claims(&self) -> &AccessTokenClaims {
        &self.claims
    }
}

/// OpenID Connect Core 1.0 section 5.3.1.
fn method_is_get_or_post(method: &Method) -> Result<(), Facts> {
    if [Method::GET, Method::POST].contains(method) {
        Ok(())
    } else {
        Err(Facts::value("GET or POST", method))
    }
}

/// RFC 6750 section 2, FAPI 2.0 Security Profile section 5.3.4. What came is not repeated.
fn token_is_in_the_header_alone(request: UserInfoRequest<'_>) -> Result<(), Facts> {
    let has_token = |form: &[u8]| form_urlencoded::parse(form).any(|(name, _)| name == "access_token");
    let place = match request.query {
        Some(query) if has_token(query.as_bytes()) => "access_token in the URL",
        _ if has_token(request.form) => "access_token in the form",
        _ => return Ok(()),
    };
    Err(Facts::new("the token only in the Authorization header", place))
}

/// OpenID Connect Core 1.0 section 5.3.1: a machine's token has no person.
fn token_is_a_persons(claims: &AccessTokenClaims) -> Result<(Subject, SessionId), Facts> {
    let subject = claims.subject().and_then(|text| Subject::parse(text).ok());
    let session_id = claims.session_id().and_then(|text| SessionId::parse(text).ok());
    subject.zip(session_id).ok_or_else(|| Facts::new("a token of a person", "one without sub or without sid"))
}

/// OpenID Connect Core 1.0 section 5.3.
fn scopes_have_openid(scopes: &ScopeSet) -> Result<(), Facts> {
    if scopes.iter().any(|scope| scope.as_str() == "openid") {
        Ok(())
    } else {
        Err(Facts::value("openid", scopes))
    }
}
