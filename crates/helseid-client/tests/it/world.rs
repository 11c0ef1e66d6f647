use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use helseid_client::protocol::jose::json::Object;
use helseid_client::protocol::jose::{Algorithm, PrivateJwk, PublicJwk, RsaSize};
use helseid_client::protocol::time::{Clock, Timestamp};
use helseid_client::{Client, ClientBuilder, Config, KeyLocation};
use helseid_protocol::jose::jws::Unverified;
use tokio::sync::Notify;

/// What a server answers; the last one again and again.
#[derive(Clone)]
pub(crate) enum Reply {
    /// Status, headers, body.
    Plain(u16, Vec<(&'static str, &'static str)>, String),
    /// A response that breaks off.
    Broken,
    /// Nothing, ever.
    Silence,
}

/// What a server was sent.
pub(crate) struct Seen {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

#[derive(Default)]
pub(crate) struct Server {
    hangs: tokio::sync::watch::Sender<bool>,
    replies: Mutex<VecDeque<Reply>>,
    seen: Mutex<Vec<Seen>>,
    came: Notify,
}

pub(crate) struct World {
    pub(crate) address: String,
    pub(crate) authority: Arc<Server>,
    pub(crate) api: Arc<Server>,
    pub(crate) clock: Hand,
    pub(crate) client: Client,
}

/// A clock that the test moves.
#[derive(Clone, Default)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Hand {
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + self.0.load(Ordering::SeqCst))
    }
}

pub(crate) fn granted(token: &str, lifetime: u64) -> Reply {
    typed(token, lifetime, "DPoP")
}

pub(crate) fn typed(token: &str, lifetime: u64, token_type: &str) -> Reply {
    let body = format!(
        r#"{{"access_token":"{token}","expires_in":{lifetime},"token_type":"{token_type}","scope":"a/read"}}"#
    );
    Reply::Plain(200, Vec::new(), body)
}

pub(crate) fn use_nonce(nonce: &'static str) -> Reply {
    Reply::Plain(400, vec![("dpop-nonce", nonce)], r#"{"error":"use_dpop_nonce"}"#.into())
}

pub(crate) fn unauthorized(challenge: &'static str, nonce: Option<&'static str>) -> Reply {
    let nonce = nonce.map(|nonce| ("dpop-nonce", nonce));
    Reply::Plain(401, [("www-authenticate", challenge)].into_iter().chain(nonce).collect(), String::new())
}

pub(crate) fn refused(status: u16, code: &str) -> Reply {
    let body =
        format!(r#"{{"error":"{code}","error_description":"because","error_uri":"https://why.example/1"}}"#);
    Reply::Plain(status, Vec::new(), body)
}

impl Server {
    pub(crate) fn will(&self, replies: impl IntoIterator<Item = Reply>) {
        *self.replies.lock().unwrap() = replies.into_iter().collect();
    }

    pub(crate) fn count(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    /// Answers nobody from now on.
    pub(crate) fn hang(&self) {
        self.hangs.send_replace(true);
    }

    /// Answers again, those who wait too.
    pub(crate) fn go_on(&self) {
        self.hangs.send_replace(false);
    }

    /// Returns once the server was asked `count` times.
    pub(crate) async fn was_asked(&self, count: usize) {
        in_time(async {
            while self.count() < count {
                self.came.notified().await;
            }
        })
        .await;
    }

    /// The claims of the proof of each request.
    pub(crate) fn proofs(&self) -> Vec<Object> {
        self.each(|seen| claims(seen.headers["dpop"].to_str().unwrap()))
    }

    /// The thumbprint of the key of each request's proof.
    pub(crate) fn proved_by(&self) -> Vec<String> {
        self.each(|seen| {
            let proof = seen.headers["dpop"].to_str().unwrap();
            let proof = Unverified::parse(proof, 16_384).unwrap();
            let jwk = proof.header().jwk().unwrap().clone();
            PublicJwk::from_object(jwk).unwrap().thumbprint().to_string()
        })
    }

    /// The `alg` of each request's proof.
    pub(crate) fn proof_algorithms(&self) -> Vec<String> {
        self.each(|seen| {
            let proof = Unverified::parse(seen.headers["dpop"].to_str().unwrap(), 16_384).unwrap();
            proof.header().alg().to_owned()
        })
    }

    /// The claims of the assertion of each request.
    pub(crate) fn assertions(&self) -> Vec<Object> {
        self.each(|seen| claims(&parameter(&seen.body, "client_assertion").unwrap()))
    }

    /// The `kid` of the assertion of each request.
    pub(crate) fn kids(&self) -> Vec<Option<String>> {
        self.each(|seen| {
            let assertion = parameter(&seen.body, "client_assertion").unwrap();
            Unverified::parse(&assertion, 16_384).unwrap().header().kid().map(ToString::to_string)
        })
    }

    /// The body of each request.
    pub(crate) fn bodies(&self) -> Vec<Vec<u8>> {
        self.each(|seen| seen.body.clone())
    }

    /// One parameter of the form of each request.
    pub(crate) fn parameters(&self, name: &str) -> Vec<Option<String>> {
        self.each(|seen| parameter(&seen.body, name))
    }

    /// Whether each request has a proof.
    pub(crate) fn has_proofs(&self) -> Vec<bool> {
        self.each(|seen| seen.headers.contains_key("dpop"))
    }

    /// `Authorization` of each request.
    pub(crate) fn authorizations(&self) -> Vec<String> {
        self.each(|seen| seen.headers["authorization"].to_str().unwrap().to_owned())
    }

    fn each<T>(&self, take: impl Fn(&Seen) -> T) -> Vec<T> {
        self.seen.lock().unwrap().iter().map(take).collect()
    }

    async fn answer(self: Arc<Self>, headers: HeaderMap, body: Bytes) -> Response {
        self.seen.lock().unwrap().push(Seen { headers, body: body.to_vec() });
        self.came.notify_one();
        let _ = self.hangs.subscribe().wait_for(|hangs| !hangs).await;
        let reply = {
            let mut replies = self.replies.lock().unwrap();
            let next = replies.front().cloned().expect("a scripted reply");
            if replies.len() > 1 {
                replies.pop_front();
            }
            next
        };
        match reply {
            Reply::Silence => std::future::pending().await,
            Reply::Broken => {
                let breaks = [Err::<Bytes, _>(std::io::Error::other("broken"))];
                axum::body::Body::from_stream(futures_util::stream::iter(breaks)).into_response()
            }
            Reply::Plain(status, headers, body) => {
                let mut response = (StatusCode::from_u16(status).unwrap(), body).into_response();
                for (name, value) in headers {
                    response.headers_mut().append(name, value.parse().unwrap());
                }
                response
            }
        }
    }
}

fn claims(jwt: &str) -> Object {
    Unverified::parse(jwt, 16_384).unwrap().unverified_claims().clone()
}

fn parameter(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

/// An authority that grants and an API that lets in, until the test says otherwise; and a client of both.
pub(crate) async fn world() -> World {
    world_named("").await
}

/// The same of an issuer whose name ends so.
pub(crate) async fn world_named(end: &str) -> World {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let issuer = format!("{address}{end}");
    let (authority, api) = (Arc::new(Server::default()), Arc::new(Server::default()));
    authority.will([granted("first", 600)]);
    api.will([Reply::Plain(200, Vec::new(), "patients".into())]);

    let metadata = format!(
        r#"{{"issuer":"{issuer}","jwks_uri":"{address}/jwks","token_endpoint":"{address}/token",
            "pushed_authorization_request_endpoint":"{address}/par",
            "introspection_endpoint":"{address}/introspect"}}"#
    );
    let (asked, called) = (authority.clone(), api.clone());
    let (pushed, introspected, listed) = (authority.clone(), authority.clone(), api.clone());
    let router = Router::new()
        .route("/.well-known/openid-configuration", get(move || async move { metadata }))
        .route("/token", any(move |headers, body| asked.clone().answer(headers, body)))
        .route("/par", any(move |headers, body| pushed.clone().answer(headers, body)))
        .route("/introspect", any(move |headers, body| introspected.clone().answer(headers, body)))
        .route("/api", any(move |headers, body| called.clone().answer(headers, body)))
        .route("/v1/client-secret", any(move |headers, body| listed.clone().answer(headers, body)));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let clock = Hand::default();
    let client = Client::builder(config(&issuer)).clock(clock.clone()).build().unwrap();
    World { address, authority, api, clock, client }
}

pub(crate) fn config(issuer: &str) -> Config {
    with_key(issuer, KeyLocation::Text(key("test").to_json()))
}

pub(crate) fn with_key(issuer: &str, key: KeyLocation) -> Config {
    Config::new(issuer.parse().unwrap(), "client".parse().unwrap(), key)
}

pub(crate) fn key(kid: &str) -> PrivateJwk {
    PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, Some(kid.parse().unwrap()))
}

impl World {
    /// A client of the same servers with settings of its own.
    pub(crate) fn client_with(&self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
        change(Client::builder(config(&self.address)).clock(self.clock.clone())).build().unwrap()
    }

    pub(crate) fn api_url(&self) -> String {
        format!("{}/api", self.address)
    }
}

/// Waits for what must happen, but not for ever: two minutes are more than a loaded machine takes.
pub(crate) async fn in_time<T>(happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(120), happens).await.expect("it happens in time")
}
