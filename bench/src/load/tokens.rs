//! Requests to a token endpoint.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use helseid_protocol::assertion::AssertionRequest;
use helseid_protocol::dpop::{Nonce, ProofKey, ProofRequest, Target};
use helseid_protocol::endpoint::token::TokenRequest;
use helseid_protocol::forge;
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::jws::{MAX_BYTES, Unverified};
use helseid_protocol::jose::{JwkSet, SigningKey, VerifyKey};
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::ClientAssertion;
use serde_json::Value;

use super::answer::exchange;
use super::calls::proof_keys;
use crate::machine::Server;
use crate::timestamp;

/// How long the assertions live: as long as HelseID takes them, because they are made in advance.
pub(super) const LIFETIME: Duration = Duration::from_secs(60);

/// How many keys the clients prove with, by turns.
const PROOF_KEYS: usize = 16;

/// A registered client.
pub(crate) struct AskingClient {
    pub(crate) id: ClientId,
    pub(crate) key: SigningKey,
}

/// Clients that ask one authority for tokens.
pub(crate) struct Asking<'a> {
    clients: &'a [AskingClient],
    issuer: Issuer,
    address: SocketAddr,
    scope: ScopeSet,
    endpoint: Target,
    jwks_uri: String,
    proofs: Vec<ProofKey>,
    nonce: Option<Nonce>,
}

impl<'a> Asking<'a> {
    /// Reads the authority's metadata.
    pub(crate) fn new(clients: &'a [AskingClient], server: &Server, dpop: bool) -> Self {
        let address = server.address;
        let issuer = Issuer::parse(&server.issuer).unwrap();
        let metadata = get(address, "/.well-known/openid-configuration");
        assert_eq!(metadata["issuer"], issuer.as_str(), "the server is another issuer than it says");
        let endpoint = Target::parse(metadata["token_endpoint"].as_str().unwrap()).unwrap();
        let mut asking = Self {
            clients,
            issuer,
            address,
            scope: ScopeSet::parse(super::SCOPE).unwrap(),
            endpoint,
            jwks_uri: metadata["jwks_uri"].as_str().unwrap().to_owned(),
            proofs: if dpop { proof_keys(PROOF_KEYS) } else { Vec::new() },
            nonce: None,
        };
        asking.renew_nonce();
        asking
    }

    /// Asks for a nonce. An authority that wants none gives a token in its place.
    pub(crate) fn renew_nonce(&mut self) {
        self.nonce = None;
        let answer = exchange(self.address, &self.request(0)).unwrap();
        let said = String::from_utf8_lossy(&answer.body);
        match (answer.status, answer.nonce) {
            (400, Some(nonce)) => self.nonce = Nonce::parse(&nonce).ok(),
            (200, None) => {}
            (status, _) => panic!("neither a nonce nor a token: {status} {said}"),
        }
    }

    /// A request of the client whose turn it is.
    pub(crate) fn request(&self, n: usize) -> Bytes {
        let client = self.clients.get(n % self.clients.len()).unwrap();
        let now = timestamp();
        let request = AssertionRequest {
            client_id: &client.id,
            issuer: &self.issuer,
            jwt_id: &jwt_id(&SystemRandom),
            now,
            details: None,
        };
        let assertion = forge::assertion(&client.key, request).claim("exp", now.plus(LIFETIME).seconds());
        let assertion = ClientAssertion::new(assertion.sign(&client.key));
        let form =
            TokenRequest { client_id: &client.id, scope: &self.scope, resource: None }.body(&assertion);
        let proof = match self.proofs.get(n % PROOF_KEYS) {
            None => String::new(),
            Some(key) => format!("DPoP: {}\r\n", self.proof(key)),
        };
        let (path, address) = (path(self.endpoint.as_str()), self.address);
        Bytes::from(format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Accept: application/json\r\n{proof}Content-Length: {}\r\n\r\n{form}",
            form.len()
        ))
    }

    fn proof(&self, key: &ProofKey) -> String {
        let request = ProofRequest {
            method: &http::Method::POST,
            target: &self.endpoint,
            nonce: self.nonce.as_ref(),
            access_token: None,
            jwt_id: &jwt_id(&SystemRandom),
            now: timestamp(),
        };
        key.make(request).expose().to_owned()
    }

    /// The authority's keys.
    pub(crate) fn keys(&self) -> Vec<VerifyKey> {
        keys_at(self.address, &self.jwks_uri)
    }
}

/// The keys that an authority publishes there.
pub(super) fn keys_at(address: SocketAddr, jwks_uri: &str) -> Vec<VerifyKey> {
    let set = JwkSet::read(get(address, path(jwks_uri)).to_string().as_bytes()).unwrap();
    set.keys().iter().map(|key| VerifyKey::new(key.clone()).unwrap()).collect()
}

/// Of the bodies of answers: each has another token, and the signature of every `step`th is by one of the keys.
pub(crate) fn verify_tokens(bodies: &[Bytes], keys: &[VerifyKey], step: usize) {
    let tokens: HashSet<String> = bodies.iter().map(|body| token(body)).collect();
    assert_eq!(tokens.len(), bodies.len(), "a token was given twice");
    for token in tokens.iter().step_by(step.max(1)) {
        let token = Unverified::parse(token, MAX_BYTES).unwrap();
        let algorithm = token.header().algorithm().unwrap();
        assert!(keys.iter().any(|key| token.is_signed_by(key, algorithm)), "a token that nobody signed");
    }
}

fn token(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap();
    answer["access_token"].as_str().unwrap_or_else(|| panic!("no token in {answer}")).to_owned()
}

pub(super) fn get(address: SocketAddr, path: &str) -> Value {
    let answer =
        exchange(address, format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").as_bytes()).unwrap();
    serde_json::from_slice(&answer.body).unwrap()
}

pub(super) fn path(url: &str) -> &str {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    authority.find('/').and_then(|at| authority.get(at..)).unwrap_or("/")
}
