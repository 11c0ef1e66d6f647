//! Makes the headers of a request: of a good one, and of one with a fault. Its keys are of this run alone.

use helseid_http::system_clock;
use helseid_protocol::dpop::{Nonce, ProofRequest, Target};
use helseid_protocol::forge::{self, BrokenProof, Jwt};
use helseid_protocol::id::Thumbprint;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, base64url};
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::secret::AccessToken;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::Value;
use url::Url;

use super::fault::Fault;
use crate::failure::Failure;

/// Who sends: a good token, and the keys of this run.
pub(super) struct Sender {
    token: AccessToken,
    parts: Parts,
    private: PrivateJwk,
    key: SigningKey,
    stranger: SigningKey,
    target: Target,
    other_target: Target,
}

/// What a token says, and its signature.
struct Parts {
    header: Value,
    claims: Value,
    signature: String,
}

impl Sender {
    /// The key that `token` is bound to is `private`.
    pub(super) fn new(url: &Url, token: AccessToken, private: PrivateJwk) -> Result<Self, Failure> {
        let target = |url: &Url| {
            Target::of_url(url).map_err(|why| Failure::usage("the URL is wrong", why, "give an http(s) URL"))
        };
        let mut other = url.clone();
        other.set_path(&format!("{}/other", url.path().trim_end_matches('/')));
        let stranger = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        Ok(Self {
            parts: Parts::of(&token)?,
            token,
            key: signing(&private)?,
            private,
            stranger: signing(&stranger)?,
            target: target(url)?,
            other_target: target(&other)?,
        })
    }

    /// The same with another good token, which is bound to the same key.
    pub(super) fn sending(self, token: AccessToken) -> Result<Self, Failure> {
        Ok(Self { parts: Parts::of(&token)?, token, ..self })
    }

    /// A claim of the good token.
    pub(super) fn claim(&self, name: &str) -> Option<&Value> {
        self.parts.claims.get(name)
    }

    /// That of the key which a token must be bound to for this sender's proofs.
    pub(super) fn thumbprint(&self) -> Thumbprint {
        self.private.public().thumbprint()
    }

    /// The headers of a good request.
    pub(super) fn good(&self, nonce: Option<&Nonce>) -> HeaderMap {
        self.with_token(&self.token, nonce)
    }

    /// The headers of a request with another token, and a good proof for it.
    pub(super) fn with_token(&self, token: &AccessToken, nonce: Option<&Nonce>) -> HeaderMap {
        headers("DPoP", token, [self.proof(nonce, token).sign(&self.key)])
    }

    /// The headers of a request with this wrong.
    pub(super) fn broken(&self, fault: Fault, nonce: Option<&Nonce>) -> HeaderMap {
        let (token, proof) = (&self.token, self.proof(nonce, &self.token));
        let by_us = |proof: Jwt| headers("DPoP", token, [proof.sign(&self.key)]);
        let bent = |token: String| self.with_token(&AccessToken::new(token), nonce);
        match fault {
            Fault::Proof(BrokenProof::Signature) => headers("DPoP", token, [proof.sign(&self.stranger)]),
            Fault::Proof(BrokenProof::TokenJkt) => {
                let proof = self.proof_by(&self.stranger, nonce, token);
                headers("DPoP", token, [proof.sign(&self.stranger)])
            }
            Fault::Proof(broken) => by_us(broken.applied(proof, &self.private)),
            Fault::NoCredentials => HeaderMap::new(),
            Fault::NoProof => headers("DPoP", token, []),
            Fault::TwoProofs => {
                let other = self.proof(nonce, token).sign(&self.key);
                headers("DPoP", token, [proof.sign(&self.key), other])
            }
            Fault::OtherMethod => by_us(proof.claim("htm", "PATCH")),
            Fault::OtherUrl => by_us(proof.claim("htu", self.other_target.to_string())),
            Fault::OtherToken => by_us(self.proof(nonce, &AccessToken::new("another"))),
            Fault::BoundAsBearer => headers("Bearer", token, []),
            Fault::ClaimChanged => bent(self.parts.with(|_, claims| claims["client_id"] = "another".into())),
            Fault::Unsigned => bent(unsigned(&self.parts.with(|header, _| header["alg"] = "none".into()))),
            Fault::SignedByItsSender => bent(self.signed_by_us()),
            Fault::WithoutSignature => bent(unsigned(token.expose())),
            // Both are good by themselves: what is wrong is the token that is sent, or that it is sent again.
            Fault::Token(_) | Fault::ProofUsedAgain => self.good(nonce),
        }
    }

    fn proof(&self, nonce: Option<&Nonce>, token: &AccessToken) -> Jwt {
        self.proof_by(&self.key, nonce, token)
    }

    fn proof_by(&self, key: &SigningKey, nonce: Option<&Nonce>, token: &AccessToken) -> Jwt {
        let (method, target, access_token) = (&Method::GET, &self.target, Some(token));
        let (jwt_id, now) = (&jwt_id(&SystemRandom), system_clock());
        forge::proof(key, ProofRequest { method, target, nonce, access_token, jwt_id, now })
    }

    /// The token as its sender would make it, with its own key in the header.
    fn signed_by_us(&self) -> String {
        let own = Value::Object(self.stranger.public().members().clone());
        let drafted = self.parts.with(|header, _| {
            header["alg"] = "ES256".into();
            header["kid"] = "its-sender".into();
            header["jwk"] = own;
        });
        let input = drafted.rsplit_once('.').map_or("", |(input, _)| input);
        format!("{input}.{}", base64url::encode(&self.stranger.sign(input.as_bytes())))
    }
}

/// `Authorization` and each `DPoP`.
fn headers<const N: usize>(scheme: &str, token: &AccessToken, proofs: [String; N]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let texts = std::iter::once((AUTHORIZATION, format!("{scheme} {}", token.expose())))
        .chain(proofs.into_iter().map(|proof| (HeaderName::from_static("dpop"), proof)));
    for (name, text) in texts {
        if let Ok(mut value) = HeaderValue::from_str(&text) {
            value.set_sensitive(true);
            headers.append(name, value);
        }
    }
    headers
}

impl Parts {
    fn of(token: &AccessToken) -> Result<Self, Failure> {
        Self::read(token).ok_or_else(|| {
            let why = "it is not a JWT, so one thing in it cannot be broken";
            Failure::new(
                "the issuer's token cannot be used",
                why,
                "use an issuer whose access tokens are JWTs",
            )
        })
    }

    fn read(token: &AccessToken) -> Option<Self> {
        let mut parts = token.expose().split('.');
        let mut part = || {
            let bytes = base64url::decode(parts.next()?).ok()?;
            serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
        };
        let (header, claims) = (part()?, part()?);
        let signature = parts.next().filter(|_| parts.next().is_none())?.to_owned();
        Some(Self { header, claims, signature })
    }

    /// The token with another header or other claims, and its old signature.
    fn with(&self, change: impl FnOnce(&mut Value, &mut Value)) -> String {
        let (mut header, mut claims) = (self.header.clone(), self.claims.clone());
        change(&mut header, &mut claims);
        let text = |value: &Value| base64url::encode(value.to_string().as_bytes());
        format!("{}.{}.{}", text(&header), text(&claims), self.signature)
    }
}

/// A token with nothing where its signature was.
fn unsigned(token: &str) -> String {
    token.rsplit_once('.').map(|(input, _)| format!("{input}.")).unwrap_or_default()
}

/// A key that can sign.
fn signing(private: &PrivateJwk) -> Result<SigningKey, Failure> {
    SigningKey::new(private).map_err(|why| Failure::new("a key cannot be made", why, "report this as a bug"))
}
