//! `token verify`: as an API does, except the binding to a request.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use helseid_http::{IssuerKeyRing, system_clock};
use helseid_protocol::endpoint::token::TokenType;
use helseid_protocol::id::{Audience, Issuer, KeyId};
use helseid_protocol::jose::json::Object;
use helseid_protocol::jose::jws::{MAX_BYTES, Unverified};
use helseid_protocol::jose::{Algorithm, VerifyKey};
use helseid_protocol::resource::{Credentials, Policy, PresentedToken, Scheme, VerifiedToken};
use helseid_protocol::rule::{Endpoint, Facts, Family, Fault, Finding, Rule, Trail};
use helseid_protocol::scope::Scope;
use helseid_protocol::time::Timestamp;
use http::{HeaderMap, HeaderValue, header};
use serde_json::Value;

use crate::args::{Format, Global, VerifyFlags};
use crate::commands::jws;
use crate::explain::{self, Beside, Found, Kind};
use crate::failure::{Failure, NOT_VALID};
use crate::{files, output, settings, verdict};

/// Ends with 3 if a rule does not hold.
pub(super) async fn run(flags: VerifyFlags, global: &Global) -> Result<ExitCode, Failure> {
    let content = files::read_dump(&flags.file)?;
    let text = the_token(&content)?;
    let claims =
        Unverified::parse(text, MAX_BYTES).map(|jwt| jwt.unverified_claims().clone()).unwrap_or_default();
    let policy = policy(&flags, global, &claims)?;
    let headers = presented(text, &claims)?;
    let mut trail = Trail::new();
    let presented = Credentials::read(&headers, policy.scheme, &mut trail).and_then(|credentials| {
        credentials.map(|credentials| credentials.token(&policy, &mut trail)).transpose()
    });
    let outcome = match presented {
        Ok(Some(presented)) => {
            let key = key(&presented, presented.issuer(), flags.jwks.as_deref(), global).await?;
            let now = flags.at.map_or_else(system_clock, Timestamp::from_seconds);
            let checked = presented.check(key.as_deref(), &policy, now, &mut trail);
            checked.and_then(|token| scopes_are_there(&token, &flags.scope, &mut trail))
        }
        Ok(None) => Ok(()),
        Err(fault) => Err(fault),
    };
    tell(&trail, outcome.as_ref().err(), !flags.scope.is_empty(), global.format)?;
    Ok(if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(NOT_VALID) })
}

/// Whose token it should be, and for which API: as the flags say, else the configuration, else the token itself.
fn policy(flags: &VerifyFlags, global: &Global, claims: &Object) -> Result<Policy, Failure> {
    let claimed = |name: &str| claims.get(name).and_then(Value::as_str);
    let own = |text: &str| {
        Issuer::parse(text)
            .map_err(|why| Failure::usage("the issuer is wrong", why, "give another with --issuer"))
    };
    let issuer = match &flags.issuer {
        Some(issuer) => issuer.clone(),
        // Whose keys are at hand, only their owner knows.
        None if flags.jwks.is_some() => own(claimed("iss").unwrap_or_default())?,
        None => match settings::issuer(global)? {
            Some(configured) => own(&configured)?,
            None => {
                let next = "give --issuer, or its keys with --jwks";
                return Err(Failure::usage(
                    "the issuer is missing",
                    "the expected issuer is not known",
                    next,
                ));
            }
        },
    };
    let audience = match (&flags.audience, claims.get("aud")) {
        (Some(audience), _) => audience.clone(),
        (None, Some(Value::Array(several))) => api(several.first().and_then(Value::as_str))?,
        (None, _) => api(claimed("aud"))?,
    };
    Ok(Policy {
        scheme: Scheme::Transition,
        switches: *flags.profile.switches(),
        ..Policy::new(issuer, audience)
    })
}

fn api(name: Option<&str>) -> Result<Audience, Failure> {
    let parsed = name.and_then(|name| Audience::parse(name).ok());
    parsed.ok_or_else(|| {
        Failure::usage("the API is not known", "the token names no API", "give it with --audience")
    })
}

/// The access token among what was given.
pub(super) fn the_token(content: &str) -> Result<&str, Failure> {
    let now = system_clock();
    let found = explain::jwts(content);
    let is_token = |found: &&Found<'_>| {
        matches!(explain::explain(**found, Beside::default(), now).kind, Kind::AccessToken | Kind::Unknown)
    };
    found.iter().find(is_token).map(|found| found.text).ok_or_else(|| {
        let next =
            "give the token on stdin or in a file: by itself, as a header line, or as the authority's response";
        Failure::new("the input contains no access token", "expected three parts with dots", next)
    })
}

/// As a client would send it: by the scheme that it is for.
fn presented(token: &str, claims: &Object) -> Result<HeaderMap, Failure> {
    let scheme = if claims.contains_key("cnf") { TokenType::Dpop } else { TokenType::Bearer };
    let value = HeaderValue::from_str(&format!("{} {token}", scheme.as_str()))
        .map_err(|why| Failure::new("the token cannot be sent", why, "give it as the authority gave it"))?;
    Ok(HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
}

/// The key that signed the token among those that it names, from the file or as the issuer publishes them; the first of them
/// where none did.
async fn key(
    token: &PresentedToken<'_>,
    issuer: &Issuer,
    jwks: Option<&Path>,
    global: &Global,
) -> Result<Option<Arc<VerifyKey>>, Failure> {
    let Some(kid) = token.kid() else { return Ok(None) };
    let algorithm = token.algorithm();
    let keys = match jwks {
        Some(file) => {
            let keys = jws::keys(files::read_text(file)?.as_bytes()).map_err(|why| {
                Failure::new(format_args!("{} is not a JWK Set", file.display()), why, "check the file")
            })?;
            keys.candidates(Some(kid), algorithm).cloned().collect()
        }
        None => published(issuer, kid, algorithm, global).await?,
    };
    Ok(keys.split_first().map(|(first, others)| token.signer(first.clone(), others)))
}

/// The keys of this name that the issuer publishes; warns of those that cannot be used.
async fn published(
    issuer: &Issuer,
    kid: &KeyId,
    algorithm: Algorithm,
    global: &Global,
) -> Result<Vec<Arc<VerifyKey>>, Failure> {
    let outbound = Arc::new(settings::outbound(global)?);
    let ring = IssuerKeyRing::new(issuer.clone(), outbound, Arc::new(system_clock));
    let keys = ring.find_all(kid, algorithm).await.map_err(|why| {
        let next = why.next().unwrap_or("check --issuer and the network, or give its keys with --jwks");
        Failure::new(format_args!("the keys of {issuer} cannot be fetched"), why, next)
    })?;
    jws::warn_of(&ring.passed_over());
    Ok(keys)
}

/// RFC 6750 section 3.1.
fn scopes_are_there(token: &VerifiedToken<'_>, wanted: &[Scope], trail: &mut Trail) -> Result<(), Fault> {
    let own = token.claims().scopes();
    let missing = wanted.iter().find(|scope| !own.contains(scope));
    let finding = missing.map_or(Ok(()), |scope| Err(Facts::new(scope, own)));
    trail.require(Rule::ApiScope, finding)
}

fn tell(trail: &Trail, fault: Option<&Fault>, scopes: bool, format: Format) -> Result<(), Failure> {
    let verdict = trail.verdict(Endpoint::Api, fault);
    let looked_at = |finding: &&Finding| match finding.rule {
        Rule::TokenCnf => false,
        Rule::ApiSingleAudience => true,
        Rule::ApiScope => scopes,
        rule => rule.family() == Family::Token,
    };
    let findings: Vec<&Finding> = verdict.findings().iter().filter(looked_at).collect();
    match format {
        Format::Json => output::json(&findings),
        Format::Text => {
            let end = if fault.is_none() { "valid" } else { "not valid" };
            output::text(&format!("{}{end}\n", verdict::lines(findings)))
        }
    }
}
