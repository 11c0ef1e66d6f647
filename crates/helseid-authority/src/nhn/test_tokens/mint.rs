//! Makes the tokens.

use std::time::Duration;

use helseid_protocol::claims::name;
use helseid_protocol::forge::{self, BrokenProof, TokenFacts};
use helseid_protocol::id::{Audience, ClientId, JwtId};
use helseid_protocol::jose::{Algorithm, PublicJwk, SigningKey};
use helseid_protocol::random::capital_hexadecimal;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::ask::{Ask, ClientClaims, Expiration, Generation, Tenancy};
use super::proof::{Wanted, proof, stranger};
use super::{MARK, WantedStill};
use crate::domain::model::TOKEN_LIFETIME;
use crate::keys::SigningKeySet;
use crate::oauth::OAuthState;
use crate::registry::Snapshot;
use crate::registry::bootstrap::SELF_SERVICE;

/// Who a token is for when nobody says so.
const CLIENT_ID: &str = "test-token-client";

/// Since when an expired token has been so.
const EXPIRED_SINCE: Duration = Duration::from_secs(3_600);

/// A token, and the proof that goes with it if one was wanted.
pub(super) struct Minted {
    pub(super) token: String,
    pub(super) proof: Option<String>,
}

/// What goes into every token of a request.
struct Common<'a> {
    oauth: &'a OAuthState,
    registry: &'a Snapshot,
    ask: &'a Ask,
    proof: Option<Wanted>,
    /// Who signs where the signature is to be wrong.
    stranger: Option<SigningKey>,
}

/// So many tokens, each with a `jti` of its own; or what cannot be done, in one line. Ends before all are made when nobody wants
/// them any more.
pub(super) fn mint(
    (oauth, registry): (&OAuthState, &Snapshot),
    key_set: &SigningKeySet,
    ask: &Ask,
    (count, is_wanted): (usize, &WantedStill),
) -> Result<Vec<Minted>, String> {
    if let Some(name) = ask.asks_for_users() {
        return Err(format!("{name}: this authority makes machine-to-machine tokens; leave it out"));
    }
    let wrong_signature = ask.sign_jwt_with_invalid_signing_key == Some(true);
    let stranger = wrong_signature.then(|| stranger(oauth.keys.algorithm())).transpose()?;
    let common = Common { oauth, registry, ask, proof: Wanted::of(ask)?, stranger };
    (0..count).take_while(|_| is_wanted.holds()).map(|_| one(key_set, &common)).collect()
}

fn one(key_set: &SigningKeySet, common: &Common<'_>) -> Result<Minted, String> {
    let (oauth, ask, wanted) = (common.oauth, common.ask, common.proof.as_ref());
    let (now, expires) = times(ask, oauth.clock.now());
    let own = key_set
        .signing_key(oauth.keys.algorithm(), now)
        .ok_or("there is no signing key of the right kind")?;
    let audience = Audience::parse(&ask.audience).map_err(|why| format!("audience: {why}"))?;
    let none = ClientClaims::default();
    let given = ask.client_claims_parameters.as_ref().unwrap_or(&none);
    let (defaults, from_values) = generation(ask);
    let given = if from_values { given } else { &none };
    let facts = TokenFacts {
        issuer: &oauth.issuer.name,
        audience: &audience,
        client_id: &ClientId::parse(given.client_id.as_deref().unwrap_or(CLIENT_ID))
            .map_err(|why| format!("clientId: {why}"))?,
        scope: &scopes(common.registry, &audience, given, defaults)?,
        bound_to: None,
        jwt_id: &jwt_id(oauth, given)?,
        now,
    };
    let mut token = forge::access_token(own, facts);
    if let Some(x5t) = own.public().members().get("x5t") {
        token = token.header("x5t", x5t.clone());
    }
    if let Some(typ) = ask.header_parameters.as_ref().and_then(|header| header.typ.as_deref()) {
        token = token.header("typ", typ);
    }
    if !defaults && given.client_id.is_none() {
        token = token.without_claim("client_id").without_claim("client_amr");
    }
    if !defaults && given.scope.is_none() {
        token = token.without_claim("scope");
    }
    for (name, value) in claims(given, defaults) {
        token = token.claim(name, value);
    }
    for claim in ask.api_specific_claims.iter().flatten() {
        token = token.claim(&claim.name, claim.value.clone());
    }
    token = token.claim("exp", expires.seconds());
    if ask.set_invalid_issuer == Some(true) {
        token = token.claim("iss", "https://invalid-issuer.example");
    }
    if ask.set_invalid_audience == Some(true) {
        token = token.claim("aud", "invalid:audience");
    }
    if let Some(thumbprint) = bound_to(given, wanted)? {
        token = token.claim("cnf", json!({ "jkt": thumbprint }));
    }
    if token.claim_of("aud").is_some_and(names_our_own_api) {
        return Err(format!(
            "audience: {SELF_SERVICE} is this authority's own API, where a token for a client may change that client; \
             test tokens are for other APIs. Ask the token endpoint for one, as the client"
        ));
    }
    token = token.claim(MARK, true);
    // Where a stranger signs, the key that the header names has another signature.
    let token = token.sign(common.stranger.as_ref().unwrap_or(own));
    let proof = wanted.map(|wanted| proof(oauth, wanted, &token)).transpose()?;
    Ok(Minted { token, proof })
}

/// Whether an `aud`, a text or a list of them, names an API that the authority serves itself.
fn names_our_own_api(audience: &Value) -> bool {
    match audience {
        Value::String(name) => name == SELF_SERVICE,
        Value::Array(names) => names.iter().any(names_our_own_api),
        _ => false,
    }
}

/// Whether default claims are made, and whether those of the parameters are.
fn generation(ask: &Ask) -> (bool, bool) {
    match ask.client_claims_parameters_generation {
        Some(Generation::GenerateNone) => (false, false),
        Some(Generation::GenerateOnlyDefault) => (true, false),
        Some(Generation::GenerateOnlyFromNonEmptyParameterValues) => (false, true),
        Some(Generation::GenerateDefaultWithClaimsFromNonEmptyParameterValues) => (true, true),
        None => (ask.without_default_client_claims != Some(true), true),
    }
}

fn scopes(
    registry: &Snapshot,
    audience: &Audience,
    given: &ClientClaims,
    defaults: bool,
) -> Result<ScopeSet, String> {
    match &given.scope {
        Some(scopes) => ScopeSet::parse(&scopes.join(" ")).map_err(|why| format!("scope: {why}")),
        None if defaults => {
            let api = registry.apis.get(audience).map(|api| api.scopes.clone());
            Ok(api.unwrap_or_default())
        }
        None => Ok(ScopeSet::default()),
    }
}

fn jwt_id(oauth: &OAuthState, given: &ClientClaims) -> Result<JwtId, String> {
    let own = || capital_hexadecimal(&*oauth.random);
    JwtId::parse(&given.jti.clone().unwrap_or_else(own)).map_err(|why| format!("jti: {why}"))
}

/// The claims about the client, beyond those of every token.
fn claims(given: &ClientClaims, defaults: bool) -> Vec<(&'static str, Value)> {
    let tenancy = match (given.client_tenancy_type, given.client_tenancy) {
        (Some(Tenancy::MultiTenant) | None, Some(true)) => Some("multi-tenant"),
        (Some(Tenancy::SingleTenant), Some(true)) => Some("single-tenant"),
        (Some(Tenancy::None), Some(true)) => Some("none"),
        // The type counts only where a tenancy is asked for.
        (_, Some(false) | None) => defaults.then_some("none"),
    };
    let name = given.client_name.as_deref().or_else(|| defaults.then_some("Test token client"));
    let texts = [
        (name::CLIENT_NAME, name),
        (name::CLIENT_TENANCY, tenancy),
        (name::ORGNR_PARENT, given.orgnr_parent.as_deref()),
        (name::ORGNR_CHILD, given.orgnr_child.as_deref()),
        (name::ORGNR_SUPPLIER, given.orgnr_supplier.as_deref()),
        (name::SFM_JOURNAL_ID, given.sfm_journal_id.as_deref()),
        ("client_amr", given.client_authentication_methods_references.as_deref()),
    ];
    let mut claims: Vec<_> =
        texts.into_iter().filter_map(|(name, text)| Some((name, Value::from(text?)))).collect();
    if let Some(methods) = &given.authentication_methods_references {
        claims.push(("amr", methods.as_slice().into()));
    }
    claims
}

/// When the token begins and ends: now and 600 s later, unless the request says otherwise. An expired one was good until an
/// hour ago, so that it is nothing but expired.
fn times(ask: &Ask, now: Timestamp) -> (Timestamp, Timestamp) {
    let none = Expiration::default();
    let wanted = ask.expiration_parameters.as_ref().unwrap_or(&none);
    let days = wanted.expiration_time_in_days.map(|days| Duration::from_secs(u64::from(days) * 86_400));
    let seconds = wanted.expiration_time_in_seconds.map(|seconds| Duration::from_secs(seconds.into()));
    let lifetime = seconds.or(days).unwrap_or(TOKEN_LIFETIME);
    if wanted.set_expiration_time_as_expired == Some(true) {
        let end = now.minus(EXPIRED_SINCE);
        return (end.minus(lifetime), end);
    }
    (now, now.plus(lifetime))
}

/// The key that the token is bound to: the proof's own, or one that the caller makes proofs with.
fn bound_to(given: &ClientClaims, wanted: Option<&Wanted>) -> Result<Option<String>, String> {
    if let Some(wanted) = wanted {
        return Ok(Some(match wanted.broken {
            Some(BrokenProof::TokenJkt) => stranger(Algorithm::ES256)?.public().thumbprint().to_string(),
            _ => wanted.key.public().thumbprint().to_string(),
        }));
    }
    match (&given.cnf_jkt, &given.cnf_public_key) {
        (Some(thumbprint), _) => Ok(Some(thumbprint.clone())),
        (None, Some(jwk)) => {
            let key = PublicJwk::read(jwk.as_bytes()).map_err(|why| format!("cnfPublicKey: {why}"))?;
            Ok(Some(key.thumbprint().to_string()))
        }
        (None, None) => Ok(None),
    }
}
