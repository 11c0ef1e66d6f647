//! An ID token that comes back to its issuer as `id_token_hint`.

use super::check::RULES;
use super::{IdTokenClaims, MAX_BYTES};
use crate::id::{ClientId, Issuer, KeyId, SessionId};
use crate::jose::json::Object;
use crate::jose::{Algorithm, AlgorithmSet, VerifyKey};
use crate::jwt::{Accepted, IssuedJwt, IssuedRules, member};
use crate::person::Subject;
use crate::rule::{Facts, Fault, Rule, Trail};

/// An ID token that this issuer made, for one client, at any time: a hint says who was logged in, and its age does not matter
/// (OpenID Connect Core 1.0 section 3.1.2.2, RP-Initiated Logout 1.0 section 4).
///
/// ```
/// use helseid_protocol::forge;
/// use helseid_protocol::id::{Issuer, SessionId};
/// use helseid_protocol::id_token::{Hint, TYP};
/// use helseid_protocol::jose::{Algorithm, AlgorithmSet, PrivateJwk, RsaSize, SigningKey, VerifyKey, json::read_object};
///
/// let key = SigningKey::new(&PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None))?;
/// let claims = br#"{"iss": "https://sts.example", "aud": "1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4",
///     "sub": "the-person", "sid": "CC2462C2", "iat": 1790000000, "exp": 1790000300}"#;
/// let text = forge::token(&key, TYP, read_object(claims)?).sign(&key);
///
/// let (issuer, ours) = (Issuer::parse("https://sts.example")?, VerifyKey::new(key.public().clone())?);
/// let hint = Hint::read(&text, &issuer, AlgorithmSet::HELSEID, |_, _| Some(&ours));
/// // An expired hint is accepted, too.
/// assert_eq!(hint.map(|hint| hint.session_id().cloned()), Ok(Some(SessionId::parse("CC2462C2")?)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Hint {
    client_id: ClientId,
    claims: IdTokenClaims,
}

impl Hint {
    /// Reads a hint: signed by a key of `issuer`, with `typ` `JWT`, for one client. `key` finds a key of ours by name, also one
    /// that is no longer published.
    ///
    /// Not checked: its times; that the client is registered and is the one that asks; that the session is alive; and marks of
    /// test tokens, for which see [`Hint::claims`].
    pub fn read<'k>(
        text: &str,
        issuer: &Issuer,
        algorithms: AlgorithmSet,
        key: impl FnOnce(&KeyId, Algorithm) -> Option<&'k VerifyKey>,
    ) -> Result<Self, Facts> {
        Self::checked(text, issuer, algorithms, key).map_err(|fault| {
            let got = format_args!("one that breaks {}: {}", fault.rule().id(), fault.facts().got);
            Facts::new(fault.facts().expected.as_str(), got)
        })
    }

    fn checked<'k>(
        text: &str,
        issuer: &Issuer,
        algorithms: AlgorithmSet,
        key: impl FnOnce(&KeyId, Algorithm) -> Option<&'k VerifyKey>,
    ) -> Result<Self, Fault> {
        // What holds of a hint is no business of the endpoint's own trail.
        let trail = &mut Trail::new();
        let accepted = Accepted { issuers: std::slice::from_ref(issuer), algorithms, limit: MAX_BYTES };
        let jwt = IssuedJwt::read(text, &OWN, accepted, trail)?;
        let key = jwt.kid().and_then(|kid| key(kid, jwt.algorithm()));
        let claims = jwt.verify(key, trail)?;
        let client_id = trail.require(Rule::IdTokenAud, aud_is_one_client(&claims))?;
        Ok(Self { client_id, claims: IdTokenClaims::read(claims)? })
    }

    /// The client that it was issued to.
    #[must_use]
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// Who was logged in.
    #[must_use]
    pub const fn subject(&self) -> &Subject {
        self.claims.subject()
    }

    /// In which session.
    #[must_use]
    pub const fn session_id(&self) -> Option<&SessionId> {
        self.claims.session_id()
    }

    /// Everything that it says.
    #[must_use]
    pub const fn claims(&self) -> &IdTokenClaims {
        &self.claims
    }
}

/// Our own ID tokens have `typ` `JWT`: an access token or logout token of ours is no hint.
const OWN: IssuedRules = IssuedRules {
    typ_check: |header| match header.typ() {
        Some(_) if header.is_typ(super::TYP) => Ok(None),
        Some(typ) => Err(Facts::value(super::TYP, typ)),
        None => Err(Facts::missing(super::TYP)),
    },
    ..RULES
};

fn aud_is_one_client(claims: &Object) -> Result<ClientId, Facts> {
    let text = member::text(claims, "aud")?;
    ClientId::parse(text)
        .map_err(|why| Facts::new("a client id in aud", format_args!("an invalid id: {why}")))
}
