//! Makes the tokens.

mod attestation;
mod client;
mod user;

use std::time::Duration;

use helseid_protocol::claims::{ACT, SecurityLevel, name};
use helseid_protocol::details::attestation::ATTESTATION_TYPE;
use helseid_protocol::forge::{self, BrokenProof, Jwt, TokenFacts};
use helseid_protocol::id::Audience;
use helseid_protocol::id_token;
use helseid_protocol::jose::json::Object;
use helseid_protocol::jose::{Algorithm, PublicJwk, SigningKey};
use helseid_protocol::person::SyntheticMonth;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::ask::{Ask, ClientClaims, Exchange, Expiration};
use super::proof::{Wanted, proof, stranger};
use super::{MARK, WantedStill};
use crate::domain::model::TOKEN_LIFETIME;
use crate::keys::SigningKeySet;
use crate::oauth::OAuthState;
use crate::registry::Snapshot;
use crate::registry::bootstrap::SELF_SERVICE;
use client::Client;
use user::User;

/// Since when an expired token has been so.
const EXPIRED_SINCE: Duration = Duration::from_secs(3_600);

/// The most bytes of all tokens of a request.
const MAX_MINTED_BYTES: usize = 64 * 1024 * 1024;

/// A token, and what goes with it if it was wanted.
pub(super) struct Minted {
    pub(super) token: String,
    pub(super) proof: Option<String>,
    pub(super) id_token: Option<String>,
}

/// What is known of those who are named.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) registry: &'a Snapshot,
    /// Which numbers are of synthetic persons.
    pub(super) month: SyntheticMonth,
}

/// What goes into every token of a request.
struct Common<'a> {
    oauth: &'a OAuthState,
    known: Known<'a>,
    ask: &'a Ask,
    proof: Option<Wanted>,
    /// Who signs where the signature is to be wrong.
    stranger: Option<SigningKey>,
}

/// So many tokens, each with a `jti` of its own; or what cannot be done, in one line. Ends before all are made when nobody wants
/// them any more.
pub(super) fn mint(
    (oauth, known): (&OAuthState, Known<'_>),
    key_set: &SigningKeySet,
    ask: &Ask,
    (count, is_wanted): (usize, &WantedStill),
) -> Result<Vec<Minted>, String> {
    let wrong_signature = ask.sign_jwt_with_invalid_signing_key == Some(true);
    let stranger = wrong_signature.then(|| stranger(oauth.keys.algorithm())).transpose()?;
    let common = Common { oauth, known, ask, proof: Wanted::of(ask)?, stranger };
    let (mut minted, mut bytes) = (Vec::new(), 0_usize);
    for _ in (0..count).take_while(|_| is_wanted.holds()) {
        let one = common.one(key_set)?;
        bytes = bytes.saturating_add(one.bytes());
        if bytes > MAX_MINTED_BYTES {
            return Err(format!(
                "all tokens of a request have at most {MAX_MINTED_BYTES} bytes: ask for fewer"
            ));
        }
        minted.push(one);
    }
    Ok(minted)
}

impl Minted {
    fn bytes(&self) -> usize {
        [&self.proof, &self.id_token].into_iter().flatten().map(String::len).sum::<usize>() + self.token.len()
    }
}

impl Common<'_> {
    fn one(&self, key_set: &SigningKeySet) -> Result<Minted, String> {
        let (oauth, ask, wanted) = (self.oauth, self.ask, self.proof.as_ref());
        let when = times(ask, oauth.clock.now());
        let own = key_set.signing_key(oauth.keys.algorithm(), when.0);
        let own = own.ok_or("there is no signing key of the right kind")?;
        let audience = Audience::parse(&ask.audience).map_err(|why| format!("audience: {why}"))?;
        let none = ClientClaims::default();
        let client = Client::of(ask, &none, (self.known.registry, &audience))?;
        let user = User::of(ask, self.known, (&*oauth.random, when.0))?;
        let facts = TokenFacts {
            issuer: &oauth.issuer.name,
            audience: &audience,
            client_id: &client.id,
            scope: &client.scopes,
            bound_to: None,
            jwt_id: &client.jwt_id(oauth)?,
            now: when.0,
        };
        let mut token = with_x5t(forge::access_token(own, facts), own);
        if let Some(typ) = ask.header_parameters.as_ref().and_then(|header| header.typ.as_deref()) {
            token = token.header("typ", typ);
        }
        token = client.claims(token);
        token = user.claims().iter().fold(token, |token, (name, value)| token.claim(name, value.clone()));
        if ask.create_tillitsrammeverk_claims == Some(true) {
            token =
                token.claim(ATTESTATION_TYPE, attestation::of(ask, (&user, &client), self.known.registry)?);
            token = token.claim(name::ATTESTED_AT, when.0.seconds());
        }
        if ask.create_token_exchange_claims == Some(true) {
            token = token.claim(ACT, act(ask.token_exchange_parameters.as_ref())?);
        }
        for claim in ask.api_specific_claims.iter().flatten() {
            token = token.claim(&claim.name, claim.value.clone());
        }
        if let Some(thumbprint) = bound_to(ask, wanted)? {
            token = token.claim("cnf", json!({ "jkt": thumbprint }));
        }
        token = broken(ask, token.claim("exp", when.1.seconds()));
        if token.claim_of("aud").is_some_and(names_our_own_api) {
            return Err(format!(
                "audience: {SELF_SERVICE} is this authority's own API, where a token for a client may change that client; \
                 test tokens are for other APIs. Ask the token endpoint for one, as the client"
            ));
        }
        // Where a stranger signs, the key that the header names has another signature.
        let signer = self.stranger.as_ref().unwrap_or(own);
        let token = token.claim(MARK, true).sign(signer);
        let proof = wanted.map(|wanted| proof(oauth, wanted, &token)).transpose()?;
        let id_token = match ask.create_id_token {
            Some(true) => {
                let claims =
                    self.id_token_claims((&user, &client), &AccessToken::new(&*token), (own, when))?;
                let id_token = broken(ask, with_x5t(forge::token(own, id_token::TYP, claims), own));
                Some(id_token.claim(MARK, true).sign(signer))
            }
            _ => None,
        };
        Ok(Minted { token, proof, id_token })
    }

    /// OpenID Connect Core 1.0 section 2: the claims of an ID token of the same login. It has all that the access token says of the
    /// person, and no `scope`.
    fn id_token_claims(
        &self,
        (user, client): (&User, &Client<'_>),
        token: &AccessToken,
        (key, (now, expires)): (&SigningKey, (Timestamp, Timestamp)),
    ) -> Result<Object, String> {
        let mut claims = user.claims().clone();
        if !claims.contains_key("sub") {
            return Err("createIdToken: an ID token is of a person; let userClaimsParametersGeneration make default claims, or set \
                        setSubject or subject"
                .to_owned());
        }
        let levels = [SecurityLevel::Low, SecurityLevel::Substantial, SecurityLevel::High];
        let level = claims.get(name::SECURITY_LEVEL).and_then(Value::as_str);
        if let Some(level) = levels.into_iter().find(|known| Some(known.name()) == level) {
            claims.insert("acr".to_owned(), level.acr().into());
        }
        claims.entry("auth_time").or_insert_with(|| now.seconds().into());
        let nonce = self.ask.id_token_parameters.as_ref().and_then(|parameters| parameters.nonce.as_deref());
        let ours = [
            ("iss", Some(self.oauth.issuer.name.as_str().into())),
            ("aud", Some(client.id.as_str().into())),
            ("nbf", Some(now.seconds().into())),
            ("iat", Some(now.seconds().into())),
            ("exp", Some(expires.seconds().into())),
            ("nonce", nonce.map(Value::from)),
            ("at_hash", Some(id_token::at_hash(token, key.algorithm()).into())),
        ];
        claims.extend(ours.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Ok(claims)
    }
}

/// As all tokens of this authority have it.
fn with_x5t(token: Jwt, key: &SigningKey) -> Jwt {
    match key.public().members().get("x5t") {
        Some(x5t) => token.header("x5t", x5t.clone()),
        None => token,
    }
}

/// Another issuer or audience, where that is to be wrong.
fn broken(ask: &Ask, mut token: Jwt) -> Jwt {
    if ask.set_invalid_issuer == Some(true) {
        token = token.claim("iss", "https://invalid-issuer.example");
    }
    if ask.set_invalid_audience == Some(true) {
        token = token.claim("aud", "invalid:audience");
    }
    token
}

/// Whether an `aud`, a text or a list of them, names an API that the authority serves itself.
fn names_our_own_api(audience: &Value) -> bool {
    match audience {
        Value::String(name) => name == SELF_SERVICE,
        Value::Array(names) => names.iter().any(names_our_own_api),
        _ => false,
    }
}

/// RFC 8693 section 4.1: who exchanged the token.
fn act(given: Option<&Exchange>) -> Result<Value, String> {
    let none = Exchange::default();
    let given = given.unwrap_or(&none);
    let members =
        [("iss", &given.issuer), ("client_id", &given.client_id), (name::ORGNR_PARENT, &given.orgnr_parent)];
    let members =
        members.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.as_deref()?.into())));
    let members: Object = members.collect();
    if members.is_empty() {
        return Err(
            "createTokenExchangeClaims: expected issuer, clientId or orgnrParent in tokenExchangeParameters"
                .to_owned(),
        );
    }
    Ok(Value::Object(members))
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
fn bound_to(ask: &Ask, wanted: Option<&Wanted>) -> Result<Option<String>, String> {
    if let Some(wanted) = wanted {
        return Ok(Some(match wanted.broken {
            Some(BrokenProof::TokenJkt) => stranger(Algorithm::ES256)?.public().thumbprint().to_string(),
            _ => wanted.key.public().thumbprint().to_string(),
        }));
    }
    let Some(given) = client::given(ask) else { return Ok(None) };
    match (&given.cnf_jkt, &given.cnf_public_key) {
        (Some(thumbprint), _) => Ok(Some(thumbprint.clone())),
        (None, Some(jwk)) => {
            let key = PublicJwk::read(jwk.as_bytes()).map_err(|why| format!("cnfPublicKey: {why}"))?;
            Ok(Some(key.thumbprint().to_string()))
        }
        (None, None) => Ok(None),
    }
}
