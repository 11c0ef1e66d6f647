//! An issuer whose tokens are made in advance. APIs learn its keys from it at their start, and ask no more; whoever requests a token
//! of it gets one, unasked who it is.

use std::net::Ipv4Addr;

use axum::Router;
use axum::routing::{get, post};
use helseid_protocol::dpop::ProofKey;
use helseid_protocol::forge::{self, TokenFacts};
use helseid_protocol::id::{Audience, ClientId, Issuer};
use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize, SigningKey};
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::AccessToken;
use serde_json::json;

use crate::timestamp;

/// The API of all loads.
pub(crate) const AUDIENCE: &str = "norsk-helsenett:python-sample-api";

/// Its scope.
pub(crate) const SCOPE: &str = "norsk-helsenett:python-sample-api/read";

/// An issuer in this process; it ends with it.
pub(crate) struct BenchIssuer {
    pub(crate) name: Issuer,
    key: SigningKey,
}

impl BenchIssuer {
    /// Starts it, with an RSA key of 2048 bits.
    pub(crate) fn start() -> Self {
        let key = PrivateJwk::generate(Algorithm::RS256, RsaSize::Bits2048, None);
        let keys = JwkSet::new(vec![key.public().clone()]).to_json();
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let name = format!("http://{}", listener.local_addr().unwrap());
        let metadata = json!({
            "issuer": name,
            "jwks_uri": format!("{name}/jwks"),
            "token_endpoint": format!("{name}/token"),
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        });
        let issuer = Self { name: Issuer::parse(&name).unwrap(), key: SigningKey::new(&key).unwrap() };
        let token = json!({
            "access_token": issuer.token(None).expose(),
            "token_type": "DPoP",
            "expires_in": 3_600,
            "scope": SCOPE,
        });
        std::thread::spawn(move || serve(listener, metadata.to_string(), keys, token.to_string()));
        issuer
    }

    /// A token for the API, as long as HelseID's; bound to `key`, if there is one.
    pub(crate) fn token(&self, key: Option<&ProofKey>) -> AccessToken {
        let facts = TokenFacts {
            issuer: &self.name,
            audience: &Audience::parse(AUDIENCE).unwrap(),
            client_id: &ClientId::parse("4f8f3a52-6f0d-4b57-8f0e-3c9b7c9b1c11").unwrap(),
            scope: &ScopeSet::parse(SCOPE).unwrap(),
            bound_to: key.map(ProofKey::thumbprint),
            jwt_id: &jwt_id(&SystemRandom),
            now: timestamp(),
        };
        let token = forge::access_token(&self.key, facts)
            .claim("helseid://claims/client/claims/orgnr_parent", "999977774")
            .claim("helseid://claims/client/claims/orgnr_child", "999977776")
            .claim("helseid://claims/client/claims/client_name", "A client of the bench")
            .claim("helseid://claims/client/claims/client_tenancy", "single-tenant");
        AccessToken::new(token.sign(&self.key))
    }
}

fn serve(listener: std::net::TcpListener, metadata: String, keys: String, token: String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let document = |text: String| get(async move || ([("content-type", "application/json")], text));
    let router = Router::new()
        .route("/.well-known/openid-configuration", document(metadata))
        .route("/jwks", document(keys))
        .route("/token", post(async move || ([("content-type", "application/json")], token)));
    runtime.block_on(async {
        axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await.unwrap();
    });
}
