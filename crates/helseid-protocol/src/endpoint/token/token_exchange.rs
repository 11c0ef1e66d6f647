//! The exchange of a token (RFC 8693, by HelseID's profile): an API that was called with a token gets one by which it calls the
//! next API, for the same person or machine. As a client writes it, as an authority reads it and holds it against the token.

use super::{TokenForm, request};
use crate::claims::AccessTokenClaims;
use crate::grant::GrantType;
use crate::id::{Audience, ClientId};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::scope::ScopeSet;
use crate::secret::{AccessToken, ClientAssertion};
use crate::time::Timestamp;

/// The one kind of token that is exchanged and given: an access token (RFC 8693 section 3).
pub const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// How often a token may be exchanged, one exchange after the other.
pub const MAX_EXCHANGES: usize = 3;

/// The most bytes of a subject token: as many as an API takes.
const MAX_SUBJECT_TOKEN_BYTES: usize = 8 * 1024;

/// What a client sends to exchange a token.
///
/// ```
/// use helseid_protocol::endpoint::token::ExchangeRequest;
/// use helseid_protocol::secret::{AccessToken, ClientAssertion};
/// use helseid_protocol::{id::ClientId, scope::ScopeSet};
///
/// let request = ExchangeRequest {
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     subject_token: &AccessToken::new("eyJhbGciOi"),
///     scope: &ScopeSet::parse("nhn:kjernejournal/read")?,
///     resource: None,
/// };
/// assert!(request.body(&ClientAssertion::new("eyJhbGciOi")).contains("&subject_token=eyJhbGciOi&"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ExchangeRequest<'a> {
    /// Who exchanges: the actor.
    pub client_id: &'a ClientId,
    /// The token that its API was called with.
    pub subject_token: &'a AccessToken,
    /// What the new token is for.
    pub scope: &'a ScopeSet,
    /// The one API that it is for, where the scopes belong to several (RFC 8707).
    pub resource: Option<&'a Audience>,
}

impl ExchangeRequest<'_> {
    /// The request's body, a form. Holds the subject token and the assertion: not for logs.
    #[must_use]
    pub fn body(&self, assertion: &ClientAssertion) -> String {
        let mut form = request::authenticated(GrantType::TokenExchange, self.client_id, assertion);
        form.append_pair("subject_token", self.subject_token.expose())
            .append_pair("subject_token_type", ACCESS_TOKEN_TYPE);
        request::finished(form, self.scope, self.resource)
    }
}

/// The same as an authority reads it.
///
/// ```
/// use helseid_protocol::endpoint::token::{CONTENT_TYPE, ExchangeForm, TokenForm};
/// use helseid_protocol::rule::{Fault, Trail};
///
/// let body = b"subject_token=eyJhbGciOi&subject_token_type=urn:ietf:params:oauth:token-type:access_token\
///     &scope=nhn:kjernejournal/read&client_assertion=eyJhbGciOi\
///     &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// let trail = &mut Trail::new();
/// let exchange = ExchangeForm::read(&TokenForm::read(Some(CONTENT_TYPE), body, trail)?, trail)?;
/// // To be checked as any other access token of this authority.
/// assert_eq!(exchange.subject_token().expose(), "eyJhbGciOi");
/// # Ok::<(), Fault>(())
/// ```
#[derive(Debug)]
pub struct ExchangeForm {
    subject_token: AccessToken,
}

/// Who exchanges a token, and whose it is, as the authority has them registered.
///
/// ```
/// use helseid_protocol::claims::AccessTokenClaims;
/// use helseid_protocol::endpoint::token::{ExchangeForm, Exchanging, MAX_EXCHANGES};
/// use helseid_protocol::id::{Audience, ClientId};
/// use helseid_protocol::rule::{Fault, Trail};
///
/// /// Whether the API `actor` may exchange a token of a client that lists `may_be_exchanged_by`.
/// fn may_exchange(
///     form: &ExchangeForm, token: &AccessTokenClaims, (actor, own): (&ClientId, &Audience), listed: &[ClientId],
/// ) -> Result<(), Fault> {
///     let own_audiences = std::slice::from_ref(own);
///     let exchanging = Exchanging { actor, own_audiences, may_be_exchanged_by: listed, max_exchanges: MAX_EXCHANGES };
///     form.check(token, exchanging, &mut Trail::new())
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Exchanging<'a> {
    /// The client that exchanges.
    pub actor: &'a ClientId,
    /// The APIs that it is itself.
    pub own_audiences: &'a [Audience],
    /// The clients that may exchange tokens of the client that the subject token was issued to.
    pub may_be_exchanged_by: &'a [ClientId],
    /// How often a token may be exchanged: [`MAX_EXCHANGES`] times, unless the authority says otherwise.
    pub max_exchanges: usize,
}

impl ExchangeForm {
    /// Reads what `form` asks for.
    pub fn read(form: &TokenForm<'_>, trail: &mut Trail) -> Result<Self, Fault> {
        let token = token_is_sent(form.parameter("subject_token"));
        let token = match token {
            Ok(token) => AccessToken::new(token),
            Err(facts) => return Err(Fault::new(Rule::ExchangeSubjectToken, facts)),
        };
        let kind = subject_token_is_an_access_token(form.parameter("subject_token_type"));
        trail.require_or_note(Rule::ExchangeSubjectTokenType, kind)?;
        let wanted = an_access_token_is_requested(form.parameter("requested_token_type"));
        trail.require_or_note(Rule::ExchangeRequestedTokenType, wanted)?;
        let actor =
            ["actor_token", "actor_token_type"].into_iter().find(|name| form.parameter(name).is_some());
        trail.require_or_note(Rule::ExchangeActorToken, there_is_no_actor_token(actor))?;
        trail.require(Rule::ExchangeScope, scope_is_sent(form.parameter("scope")))?;
        Ok(Self { subject_token: token })
    }

    /// The subject token, of which nothing is checked yet.
    #[must_use]
    pub const fn subject_token(&self) -> &AccessToken {
        &self.subject_token
    }

    /// The claims of the subject token, if the authority has `found` it to be one of its own that is good. A token that ends now
    /// is not: the new one would be good for no time.
    pub fn require_good(
        &self,
        found: Result<AccessTokenClaims, Fault>,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<AccessTokenClaims, Fault> {
        let found = found.map_err(|fault| {
            let (facts, happened) = (fault.facts(), fault.happened());
            let happened = happened.trim_end_matches('.');
            Facts::new(&facts.expected, &facts.got).saying(format_args!("invalid subject_token - {happened}"))
        });
        let claims = found.and_then(|claims| token_goes_on(&claims, now).map(|()| claims));
        trail.require(Rule::ExchangeSubjectToken, claims)
    }

    /// Checks that all `clients` of the subject token, by their ids, are registered and enabled: the one that it was issued to, and
    /// the one that got the first of them. None of them is named to the actor.
    pub fn require_clients<T>(&self, clients: Option<T>, trail: &mut Trail) -> Result<T, Fault> {
        let enabled = clients.ok_or_else(|| {
            Facts::new("a token whose clients are registered and enabled", "one of another client").saying(
                "invalid subject_token - A client that it was issued to is not registered, or disabled",
            )
        });
        trail.require(Rule::ExchangeSubjectToken, enabled)
    }

    /// Checks that this client may exchange this token. Who acted before plays no part, but for how many there are (RFC 8693
    /// section 4.1).
    ///
    /// Not checked: whether the person is still logged in, see [`ExchangeForm::require_live_login`]; and what the new token is for,
    /// which is read and checked as with client credentials.
    pub fn check(
        &self,
        subject: &AccessTokenClaims,
        exchanging: Exchanging<'_>,
        trail: &mut Trail,
    ) -> Result<(), Fault> {
        trail.require_or_note(Rule::ExchangeAudience, token_is_for_the_actors_api(subject, exchanging))?;
        trail.require_or_note(Rule::ExchangePermitted, subject_client_lists_the_actor(exchanging))?;
        trail.require_or_note(
            Rule::ExchangeCount,
            token_was_not_exchanged_too_often(subject, exchanging.max_exchanges),
        )
    }

    /// Checks that the login of the person has not been ended, where the token is a person's.
    pub fn require_live_login(&self, is_alive: bool, trail: &mut Trail) -> Result<(), Fault> {
        let finding = if is_alive {
            Ok(())
        } else {
            Err(Facts::new("a login that has not ended", "one that was ended"))
        };
        trail.require(Rule::ExchangeSession, finding)
    }
}

/// RFC 8693 section 2.1. The token is bounded before it is looked at.
fn token_is_sent(token: Option<&str>) -> Result<&str, Facts> {
    match token {
        Some(token) if token.len() <= MAX_SUBJECT_TOKEN_BYTES => Ok(token),
        Some(token) => {
            let expected = format_args!("at most {MAX_SUBJECT_TOKEN_BYTES} bytes");
            Err(Facts::new(expected, format_args!("{} bytes", token.len())))
        }
        None => Err(Facts::missing("subject_token")),
    }
}

/// RFC 8693 section 2.1.
fn subject_token_is_an_access_token(kind: Option<&str>) -> Result<(), Facts> {
    match kind {
        Some(ACCESS_TOKEN_TYPE) => Ok(()),
        Some(other) => Err(Facts::value(ACCESS_TOKEN_TYPE, other)),
        None => Err(Facts::missing(ACCESS_TOKEN_TYPE)),
    }
}

/// RFC 8693 section 2.1.
fn an_access_token_is_requested(kind: Option<&str>) -> Result<(), Facts> {
    match kind {
        None | Some(ACCESS_TOKEN_TYPE) => Ok(()),
        Some(other) => Err(Facts::value(format_args!("{ACCESS_TOKEN_TYPE}, or nothing"), other)),
    }
}

/// RFC 8693 section 2.1, HelseID: profile for token exchange.
fn there_is_no_actor_token(sent: Option<&str>) -> Result<(), Facts> {
    sent.map_or(Ok(()), |name| Err(Facts::new("only the client's own authentication", name)))
}

/// HelseID: profile for token exchange.
fn scope_is_sent(scope: Option<&str>) -> Result<(), Facts> {
    if scope.is_some_and(|scope| !scope.trim().is_empty()) { Ok(()) } else { Err(Facts::missing("scope")) }
}

/// HelseID: profile for token exchange: the new token ends no later than this one.
fn token_goes_on(claims: &AccessTokenClaims, now: Timestamp) -> Result<(), Facts> {
    if claims.expires() > now {
        return Ok(());
    }
    let facts = Facts::new(format_args!("exp after {now}"), claims.expires());
    Err(facts.saying("invalid subject_token - The access token has expired"))
}

/// HelseID: profile for token exchange.
fn token_is_for_the_actors_api(subject: &AccessTokenClaims, exchanging: Exchanging<'_>) -> Result<(), Facts> {
    if subject.audiences().iter().any(|audience| exchanging.own_audiences.contains(audience)) {
        return Ok(());
    }
    let own: Vec<_> = exchanging.own_audiences.iter().map(Audience::as_str).collect();
    let expected =
        if own.is_empty() { "an API of this client, which has none".to_owned() } else { own.join(" or ") };
    let audiences: Vec<_> = subject.audiences().iter().map(Audience::as_str).collect();
    Err(Facts::value(expected, audiences.join(" ")))
}

/// HelseID: profile for token exchange.
fn subject_client_lists_the_actor(exchanging: Exchanging<'_>) -> Result<(), Facts> {
    let Exchanging { actor, may_be_exchanged_by, .. } = exchanging;
    if may_be_exchanged_by.contains(actor) {
        return Ok(());
    }
    let facts =
        Facts::new(format_args!("a client that lists {actor} in may_be_exchanged_by"), "one that does not");
    Err(facts.saying(format_args!("not permitted - The client of the subject_token does not list '{actor}'")))
}

/// HelseID: profile for token exchange.
fn token_was_not_exchanged_too_often(subject: &AccessTokenClaims, most: usize) -> Result<(), Facts> {
    match subject.actors().count() {
        times if times < most => Ok(()),
        times => {
            let facts = Facts::new(format_args!("at most {most} exchanges"), format_args!("{times} before"));
            Err(facts.saying(format_args!("subject_token exchanged too many times ({most})")))
        }
    }
}

#[cfg(test)]
mod tests;
