//! What an ID token answers: a login, of which it must give what was asked for, or a refresh, at which nothing may change.

use std::time::Duration;

use super::IdTokenClaims;
use crate::claims::SecurityLevel;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::time::Timestamp;

/// What an ID token answers.
///
/// ```
/// use helseid_protocol::id_token::{IdTokenClaims, Occasion, Requested};
///
/// /// A refresh may give an ID token too, which is held against the first, that of the login.
/// fn occasion<'a>(requested: Requested<'a>, first: Option<&'a IdTokenClaims>) -> Occasion<'a> {
///     first.map_or(Occasion::Login(requested), Occasion::Refresh)
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Occasion<'a> {
    /// A login.
    Login(Requested<'a>),
    /// A refresh; with what the ID token of the login said (OpenID Connect Core 1.0 section 12.2).
    Refresh(&'a IdTokenClaims),
}

/// What the login asked for, which an answer must show to have been done.
///
/// ```
/// use helseid_protocol::claims::SecurityLevel;
/// use helseid_protocol::id_token::Requested;
///
/// let step_up = Requested { nonce: Some("7F3A"), level: Some(SecurityLevel::High), ..Requested::default() };
/// // What was not asked for is not looked for.
/// assert_eq!((step_up.identity_provider, step_up.authenticated_since), (None, None));
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Requested<'a> {
    /// The `nonce` that was sent.
    pub nonce: Option<&'a str>,
    /// Since when the person must have authenticated: for `max_age` the time now less that, for `prompt=login` the time of
    /// the request.
    pub authenticated_since: Option<Timestamp>,
    /// The lowest level.
    pub level: Option<SecurityLevel>,
    /// The identity provider, such as `testidp-oidc`.
    pub identity_provider: Option<&'a str>,
    /// Values of `acr`, one of which must have been reached. HelseID's levels are asked for by `level`.
    pub acr: &'a [&'a str],
}

impl Occasion<'_> {
    pub(super) fn check(
        self,
        claims: &IdTokenClaims,
        tolerance: Duration,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<(), Fault> {
        match self {
            Self::Login(requested) => {
                trail.require(Rule::IdTokenNonce, nonce_is_the_logins(claims, requested.nonce))?;
                let since = requested.authenticated_since;
                trail.require(Rule::IdTokenAuthTime, auth_time_is_recent(claims, since, tolerance, now))?;
                trail.require(Rule::IdTokenLevel, level_is_reached(claims, requested.level))?;
                trail.require(Rule::IdTokenIdp, idp_is_the_requested(claims, requested.identity_provider))?;
                trail.require(Rule::IdTokenAcr, acr_is_requested(claims, requested.acr))
            }
            Self::Refresh(first) => {
                trail.require(Rule::IdTokenNonce, nonce_is_the_first_ones_if_there(claims, first))?;
                trail.require(Rule::IdTokenRefreshed, it_is_of_the_same_login(claims, first, tolerance))
            }
        }
    }
}

/// OpenID Connect Core 1.0 section 3.1.3.7 (11). A nonce is not repeated.
fn nonce_is_the_logins(claims: &IdTokenClaims, sent: Option<&str>) -> Result<(), Facts> {
    const EXPECTED: &str = "the nonce of the login";
    match (sent, claims.nonce()) {
        (None, _) => Ok(()),
        (Some(sent), Some(nonce)) if sent == nonce => Ok(()),
        (Some(_), Some(_)) => Err(Facts::new(EXPECTED, "another nonce")),
        (Some(_), None) => Err(Facts::missing(EXPECTED)),
    }
}

/// OpenID Connect Core 1.0 section 12.2.
fn nonce_is_the_first_ones_if_there(claims: &IdTokenClaims, first: &IdTokenClaims) -> Result<(), Facts> {
    match claims.nonce() {
        Some(nonce) if first.nonce() != Some(nonce) => {
            Err(Facts::new("no nonce, or that of the login", "another nonce"))
        }
        _ => Ok(()),
    }
}

/// OpenID Connect Core 1.0 section 3.1.3.7 (13). One in the future is refused, whether it was asked for or not.
pub(super) fn auth_time_is_recent(
    claims: &IdTokenClaims,
    since: Option<Timestamp>,
    tolerance: Duration,
    now: Timestamp,
) -> Result<(), Facts> {
    match (claims.authenticated(), since) {
        (Some(at), _) if at > now.plus(tolerance) => {
            Err(Facts::new(format_args!("auth_time at {now} or before"), at))
        }
        (Some(at), Some(since)) if at < since.minus(tolerance) => {
            Err(Facts::new(format_args!("auth_time at {since} or after"), at))
        }
        (None, Some(since)) => Err(Facts::missing(format_args!("auth_time at {since} or after"))),
        _ => Ok(()),
    }
}

/// HelseID: validation of ID tokens. Where the claim is missing, an `acr` such as `Level4` says it too.
fn level_is_reached(claims: &IdTokenClaims, least: Option<SecurityLevel>) -> Result<(), Facts> {
    let Some(least) = least else { return Ok(()) };
    let by_acr = || {
        let levels = [SecurityLevel::Low, SecurityLevel::Substantial, SecurityLevel::High];
        levels.into_iter().find(|level| claims.acr() == Some(level.acr()))
    };
    match claims.security_level().or_else(by_acr) {
        Some(level) if level >= least => Ok(()),
        Some(level) => Err(Facts::new(format_args!("at least {least}"), level)),
        None => Err(Facts::missing(format_args!("at least {least}"))),
    }
}

/// HelseID: control of the login.
fn idp_is_the_requested(claims: &IdTokenClaims, requested: Option<&str>) -> Result<(), Facts> {
    match (requested, claims.identity_provider()) {
        (None, _) => Ok(()),
        (Some(requested), Some(idp)) if requested == idp => Ok(()),
        (Some(requested), Some(other)) => Err(Facts::value(requested, other)),
        (Some(requested), None) => Err(Facts::missing(requested)),
    }
}

/// OpenID Connect Core 1.0 section 3.1.3.7 (12).
fn acr_is_requested(claims: &IdTokenClaims, requested: &[&str]) -> Result<(), Facts> {
    match claims.acr() {
        _ if requested.is_empty() => Ok(()),
        Some(acr) if requested.contains(&acr) => Ok(()),
        Some(other) => Err(Facts::value(requested.join(" or "), other)),
        None => Err(Facts::missing(requested.join(" or "))),
    }
}

/// OpenID Connect Core 1.0 section 12.2: the same issuer, person, audience and time of authentication, and not older. The
/// audience was checked by itself, and is the same client. A later `auth_time` is another login.
fn it_is_of_the_same_login(
    claims: &IdTokenClaims,
    first: &IdTokenClaims,
    tolerance: Duration,
) -> Result<(), Facts> {
    if claims.issuer() != first.issuer() {
        return Err(Facts::new("the issuer of the login's ID token", "another issuer"));
    }
    if claims.subject() != first.subject() {
        return Err(Facts::new("the person who logged in", "another person"));
    }
    let time =
        |time: Option<Timestamp>| time.map_or_else(|| "no auth_time".to_owned(), |time| time.to_string());
    if claims.authenticated().is_some() && claims.authenticated() != first.authenticated() {
        let expected = format!("no auth_time, or {}", time(first.authenticated()));
        return Err(Facts::new(expected, time(claims.authenticated())));
    }
    if claims.issued() < first.issued().minus(tolerance) {
        return Err(Facts::new(format_args!("iat at {} or after", first.issued()), claims.issued()));
    }
    Ok(())
}
