//! Logins: a request is pushed, a browser comes and is sent back at once, the code is redeemed, and the tokens are refreshed.

use std::net::SocketAddr;

use bytes::Bytes;
use helseid_protocol::assertion::AssertionRequest;
use helseid_protocol::dpop::{Nonce, ProofKey, ProofRequest, Target};
use helseid_protocol::endpoint::token::ASSERTION_TYPE;
use helseid_protocol::forge;
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::VerifyKey;
use helseid_protocol::pkce::{CodeChallenge, CodeVerifier};
use helseid_protocol::random::{SystemRandom, jwt_id};
use serde_json::Value;
use url::form_urlencoded::{Serializer, parse};

use super::answer::{exchange, location};
use super::calls::proof_keys;
use super::tokens::{AskingClient, LIFETIME, get, keys_at, path};
use super::{Exchange, SCOPE};
use crate::machine::Server;
use crate::timestamp;

/// Where browsers are sent back to. Nobody follows.
pub(crate) const CALLBACK: &str = "https://app.example/callback";

/// How many keys the client proves with, by turns.
const PROOF_KEYS: usize = 16;

/// Who logs in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who {
    /// Whom the request names, as ours takes it.
    Person(&'static str),
    /// Whoever is logged in in the browser, as a peer has it.
    SignedIn,
    /// Nobody: the page is shown.
    Nobody,
}

/// A client that logs people in at one authority.
pub(crate) struct Logins<'a> {
    client: &'a AskingClient,
    issuer: Issuer,
    host: String,
    par: Target,
    authorize: String,
    token: Target,
    jwks_uri: String,
    address: SocketAddr,
    keys: Vec<ProofKey>,
    nonce: Option<Nonce>,
    who: Who,
    cookie: Option<String>,
}

/// One login, whose signatures are made.
pub(crate) struct Login {
    step: usize,
    first: Bytes,
    /// The beginning of the address that the browser comes to, and what it sends besides.
    visit: (String, String),
    /// Heads and forms of the two requests for tokens, to which what they are for is added.
    token: [(String, String); 2],
}

impl<'a> Logins<'a> {
    /// Reads the authority's metadata, and asks for a nonce, which there may be none of.
    pub(crate) fn new(client: &'a AskingClient, server: &Server, who: Who) -> Self {
        let metadata = get(server.address, "/.well-known/openid-configuration");
        let endpoint = |name: &str| metadata[name].as_str().unwrap().to_owned();
        let mut logins = Self {
            client,
            issuer: Issuer::parse(&server.issuer).unwrap(),
            host: server.issuer.split_once("://").unwrap().1.to_owned(),
            par: Target::parse(&endpoint("pushed_authorization_request_endpoint")).unwrap(),
            authorize: path(&endpoint("authorization_endpoint")).to_owned(),
            token: Target::parse(&endpoint("token_endpoint")).unwrap(),
            jwks_uri: endpoint("jwks_uri"),
            address: server.address,
            keys: proof_keys(PROOF_KEYS),
            nonce: None,
            who,
            cookie: matches!(who, Who::SignedIn).then(|| signed_in(server)),
        };
        logins.renew_nonce();
        logins
    }

    /// Asks for a nonce, which an authority may have none of.
    pub(crate) fn renew_nonce(&mut self) {
        self.nonce = None;
        let [(head, form), _] = self.login(0).token;
        let asked = exchange(self.address, &post(&head, &format!("{form}&code=none"))).unwrap();
        self.nonce = asked.nonce.and_then(|nonce| Nonce::parse(&nonce).ok());
    }

    /// A login whose keys' turn it is.
    pub(crate) fn login(&self, n: usize) -> Login {
        let key = self.keys.get(n % PROOF_KEYS).unwrap();
        let verifier = CodeVerifier::new(&SystemRandom);
        let client = self.client.id.as_str();
        let challenge = CodeChallenge::of(&verifier);
        let mut asked = self.form(&[]);
        asked.push('&');
        asked.push_str(&request(challenge.as_str()));
        if let Who::Person(person) = self.who {
            asked.push_str(&format!("&test_pid={person}"));
        }
        let (host, cookie) = (&self.host, &self.cookie);
        let cookie = cookie.as_ref().map(|cookie| format!("Cookie: {cookie}\r\n")).unwrap_or_default();
        let code = self.form(&[
            ("grant_type", "authorization_code"),
            ("redirect_uri", CALLBACK),
            ("code_verifier", verifier.expose()),
        ]);
        let refresh = self.form(&[("grant_type", "refresh_token")]);
        let head = || format!("{}DPoP: {}\r\n", self.head(&self.token), self.proof(key));
        Login {
            step: 0,
            first: post(&self.head(&self.par), &asked),
            visit: (
                format!("GET {}?client_id={client}&request_uri=", self.authorize),
                format!(" HTTP/1.1\r\nHost: {host}\r\n{cookie}\r\n"),
            ),
            token: [(head(), code), (head(), refresh)],
        }
    }

    /// The authority's keys.
    pub(crate) fn keys(&self) -> Vec<VerifyKey> {
        keys_at(self.address, &self.jwks_uri)
    }

    fn head(&self, target: &Target) -> String {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        format!("POST {} HTTP/1.1\r\nHost: {}\r\n{kind}\r\n", path(target.as_str()), self.host)
    }

    /// A form with an assertion of its own.
    fn form(&self, fields: &[(&str, &str)]) -> String {
        let (client, now) = (self.client, timestamp());
        let request = AssertionRequest {
            client_id: &client.id,
            issuer: &self.issuer,
            jwt_id: &jwt_id(&SystemRandom),
            now,
            details: None,
        };
        let assertion = forge::assertion(&client.key, request).claim("exp", now.plus(LIFETIME).seconds());
        Serializer::new(String::new())
            .append_pair("client_id", client.id.as_str())
            .append_pair("client_assertion_type", ASSERTION_TYPE)
            .append_pair("client_assertion", &assertion.sign(&client.key))
            .extend_pairs(fields)
            .finish()
    }

    fn proof(&self, key: &ProofKey) -> String {
        let request = ProofRequest {
            method: &http::Method::POST,
            target: &self.token,
            nonce: self.nonce.as_ref(),
            access_token: None,
            jwt_id: &jwt_id(&SystemRandom),
            now: timestamp(),
        };
        key.make(request).expose().to_owned()
    }
}

impl Exchange for Login {
    fn first(&mut self) -> Bytes {
        self.first.clone()
    }

    fn next(&mut self, status: u16, answer: &[u8], body: &[u8]) -> Option<Bytes> {
        self.step += 1;
        let meant = [201, 303, 200, 200].get(self.step - 1);
        assert!(meant == Some(&status), "step {}: {}", self.step, String::from_utf8_lossy(answer));
        let [(code_head, code_form), (refresh_head, refresh_form)] = &self.token;
        match self.step {
            1 => {
                let name = encoded(&text(body, "request_uri"));
                let (before, behind) = &self.visit;
                Some(Bytes::from(format!("{before}{name}{behind}")))
            }
            2 => {
                let back = location(answer).unwrap();
                let (to, query) = back.split_once('?').unwrap();
                let code = parse(query.as_bytes()).find(|(name, _)| name == "code");
                let (_, code) = code.unwrap_or_else(|| panic!("no code in {back}"));
                assert_eq!(to, CALLBACK);
                Some(post(code_head, &format!("{code_form}&code={}", encoded(&code))))
            }
            3 => {
                let token = encoded(&text(body, "refresh_token"));
                assert!(!text(body, "id_token").is_empty());
                Some(post(refresh_head, &format!("{refresh_form}&refresh_token={token}")))
            }
            _ => None,
        }
    }
}

/// What a request asks for.
fn request(challenge: &str) -> String {
    Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", CALLBACK)
        .append_pair("scope", &format!("openid offline_access {SCOPE}"))
        .append_pair("state", "the state of a client")
        .append_pair("nonce", "the nonce of a client")
        .append_pair("code_challenge", challenge)
        .append_pair("code_challenge_method", "S256")
        .finish()
}

/// A login that ends with the page that asks who logs in.
pub(crate) enum Begun {
    /// A request that its client has pushed.
    ByClient(Box<Login>),
    /// A request that a browser brings; and whether it has been sent to it by another address.
    ByStranger { first: Bytes, host: String, is_sent: bool },
}

impl Begun {
    pub(crate) fn by_client(login: Login) -> Self {
        Self::ByClient(Box::new(login))
    }

    /// In the address of the browser.
    pub(crate) fn by_address(logins: &Logins<'_>, client: &str) -> Self {
        let (path, host) = (&logins.authorize, &logins.host);
        let query = format!("client_id={client}&{}", request(&challenge()));
        let first = Bytes::from(format!("GET {path}?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        Self::ByStranger { first, host: host.clone(), is_sent: true }
    }

    /// By a form that another site's page posts.
    pub(crate) fn by_form(logins: &Logins<'_>, client: &str) -> Self {
        let (path, host) = (&logins.authorize, &logins.host);
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{kind}\r\n");
        let first = post(&head, &format!("client_id={client}&{}", request(&challenge())));
        Self::ByStranger { first, host: host.clone(), is_sent: false }
    }
}

impl Exchange for Begun {
    fn first(&mut self) -> Bytes {
        match self {
            Self::ByClient(login) => login.first(),
            Self::ByStranger { first, .. } => first.clone(),
        }
    }

    fn next(&mut self, status: u16, answer: &[u8], body: &[u8]) -> Option<Bytes> {
        match self {
            Self::ByClient(login) if login.step == 0 => login.next(status, answer, body),
            Self::ByStranger { host, is_sent: is_sent @ false, .. } => {
                assert!(status == 303, "not sent on: {}", String::from_utf8_lossy(answer));
                *is_sent = true;
                let to = location(answer).unwrap();
                Some(Bytes::from(format!("GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n", path(&to))))
            }
            Self::ByClient(_) | Self::ByStranger { .. } => {
                assert!(status == 200, "no page: {}", String::from_utf8_lossy(answer));
                None
            }
        }
    }
}

fn challenge() -> String {
    CodeChallenge::of(&CodeVerifier::new(&SystemRandom)).as_str().to_owned()
}

/// The cookies of a browser that a peer has signed in.
fn signed_in(server: &Server) -> String {
    let cookies = get(server.address, "/bench-cookies");
    cookies["cookies"].as_str().unwrap().to_owned()
}

fn post(head: &str, form: &str) -> Bytes {
    Bytes::from(format!("{head}Content-Length: {}\r\n\r\n{form}", form.len()))
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn text(body: &[u8], name: &str) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap();
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}")).to_owned()
}
