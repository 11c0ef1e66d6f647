//! The layer that injects faults around an issuer's endpoints. The endpoints know nothing of it, except by how much the clock
//! is off for a request, which is an extension of the request.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::authorize::PAR_PATH;
use helseid_protocol::dpop::Nonce;
use helseid_protocol::endpoint::keys;
use helseid_protocol::endpoint::token::{self, MAX_BYTES, NONCE_HEADER};
use helseid_protocol::endpoint::{introspection, revocation};
use helseid_protocol::rule::{Facts, Fault, Rule};
use helseid_protocol::time::{Clock, Timestamp};
use tower::{Layer, Service};

use super::response::{kind, truncated, with_token_type};
use super::{Faults, OnRequest, OnResponse, ResponseKind, TOO_MANY, has_nonce};
use crate::web::header::single;
use crate::web::{Peer, body, http_date, oauth_error};

/// The endpoints whose requests have a client assertion, which tells whose faults they have. They look for [`RequestFaults`].
/// Requests of others pass, and are counted by their endpoints.
const SIGNED: [&str; 4] = [token::PATH, PAR_PATH, revocation::PATH, introspection::PATH];

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// What the layer decided about a request, as an extension of it. The rate limit of its address has counted a request that has
/// this.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestFaults {
    /// By how many seconds the clock is ahead for this request.
    pub(crate) clock_skew_seconds: i64,
}

type Rotated = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What the faults need from the issuer.
pub(crate) struct Hooks {
    pub(crate) clock: Arc<dyn Clock>,
    /// Counts a request from this address, and tells whether it is within the limit.
    pub(crate) admits: Box<dyn Fn(IpAddr) -> bool + Send + Sync>,
    /// Issues a nonce, as of this time.
    pub(crate) issue_nonce: Box<dyn Fn(Timestamp) -> Nonce + Send + Sync>,
    /// Rotates the signing key.
    pub(crate) rotate: Box<dyn Fn() -> Rotated + Send + Sync>,
}

/// Injects faults around endpoints.
#[derive(Clone)]
pub(crate) struct FaultLayer {
    faults: Arc<Faults>,
    hooks: Arc<Hooks>,
}

/// Endpoints with faults around them.
#[derive(Clone)]
pub(crate) struct FaultService<S> {
    inner: S,
    layer: FaultLayer,
}

impl FaultLayer {
    pub(crate) fn new(faults: Arc<Faults>, hooks: Hooks) -> Self {
        Self { faults, hooks: Arc::new(hooks) }
    }
}

impl<S> Layer<S> for FaultLayer {
    type Service = FaultService<S>;

    fn layer(&self, inner: S) -> FaultService<S> {
        FaultService { inner, layer: self.clone() }
    }
}

impl<S> Service<Request<Body>> for FaultService<S>
where
    S: Service<Request<Body>, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let next = self.inner.clone();
        // The service that is ready must handle the request, not its clone.
        let inner = std::mem::replace(&mut self.inner, next);
        let layer = self.layer.clone();
        Box::pin(async move {
            if request.method() == Method::POST && SIGNED.contains(&request.uri().path()) {
                layer.around_post(inner, request).await
            } else {
                layer.around_get(inner, request).await
            }
        })
    }
}

impl FaultLayer {
    /// Whatever clients do not sign: of these, the keys can be cut.
    async fn around_get<S>(&self, mut inner: S, request: Request<Body>) -> Result<Response, S::Error>
    where
        S: Service<Request<Body>, Response = Response>,
    {
        let is_jwks = request.uri().path() == keys::PATH;
        let response = inner.call(request).await?;
        Ok(if is_jwks && self.faults.truncates_jwks() { truncated(response).await } else { response })
    }

    /// Requests of clients.
    async fn around_post<S>(&self, mut inner: S, request: Request<Body>) -> Result<Response, S::Error>
    where
        S: Service<Request<Body>, Response = Response>,
    {
        let (mut parts, body) = request.into_parts();
        // Before anything is read, as without faults.
        if let Some(Peer(address)) = parts.extensions.get()
            && !(self.hooks.admits)(*address)
        {
            return Ok(oauth_error::too_many());
        }
        parts.extensions.insert(RequestFaults { clock_skew_seconds: 0 });
        let body = match body::read(body, MAX_BYTES).await {
            Ok(body) => body,
            // The endpoint reports what is wrong with it.
            Err(why) => return inner.call(Request::from_parts(parts, body::failing(why))).await,
        };
        let path = parts.uri.path();
        let (is_token_endpoint, takes_nonce) = (path == token::PATH, [token::PATH, PAR_PATH].contains(&path));
        let brings_nonce =
            takes_nonce && single(&parts.headers, DPOP).is_some_and(|proof| has_nonce(proof.as_bytes()));
        let met = self.faults.on_request(&body, brings_nonce);
        if met.delay_milliseconds > 0 {
            tokio::time::sleep(Duration::from_millis(met.delay_milliseconds.into())).await;
        }
        if met.server_error == Some(TOO_MANY) {
            return Ok(oauth_error::too_many());
        }
        if let Some(status) = met.server_error.and_then(|status| StatusCode::from_u16(status).ok()) {
            return Ok((status, "a fault on request\n").into_response());
        }
        parts.extensions.insert(RequestFaults { clock_skew_seconds: met.clock_skew_seconds });
        // A code or a refresh token of a request that is refused is not used up: the client is to send it again.
        let response = if met.nonce_refused {
            self.another_nonce(self.now(&met))
        } else {
            inner.call(Request::from_parts(parts, body.into())).await?
        };
        let kind = kind(&response, is_token_endpoint);
        Ok(self.changed(response, &met, kind).await)
    }

    /// The response with its faults.
    async fn changed(&self, response: Response, met: &OnRequest, kind: ResponseKind) -> Response {
        let OnResponse { nonce_dropped, rollover, token_type } = self.faults.on_response(met, kind);
        if rollover {
            (self.hooks.rotate)().await;
        }
        let mut response = if let Some(token_type) = token_type {
            with_token_type(response, token_type).await
        } else {
            response
        };
        if nonce_dropped {
            response.headers_mut().remove(NONCE_HEADER);
        }
        if met.clock_skew_seconds != 0
            && let Some(date) = http_date(self.now(met))
        {
            response.headers_mut().insert(header::DATE, date);
        }
        response
    }

    /// The time that the request is told.
    fn now(&self, met: &OnRequest) -> Timestamp {
        let now = self.hooks.clock.now();
        Timestamp::from_seconds(now.seconds().saturating_add(met.clock_skew_seconds))
    }

    /// A demand for another nonce.
    fn another_nonce(&self, now: Timestamp) -> Response {
        let fault = Fault::new(Rule::DpopNonce, Facts::new("another nonce", "a fault on request"));
        let mut response = oauth_error::refused(StatusCode::BAD_REQUEST, &fault, None);
        if let Ok(nonce) = HeaderValue::from_str((self.hooks.issue_nonce)(now).as_str()) {
            response.headers_mut().insert(NONCE_HEADER, nonce);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::net::Ipv4Addr;
    use std::sync::atomic::{AtomicU32, Ordering};

    use helseid_admin_api::ClientFaults;
    use helseid_protocol::dpop::NonceKey;
    use helseid_protocol::id::ClientId;
    use helseid_protocol::jose::base64url;
    use tower::ServiceExt as _;

    use super::*;

    fn layer(admits: bool) -> FaultLayer {
        let nonces = NonceKey::new(&[7; 32]);
        let hooks = Hooks {
            clock: Arc::new(|| Timestamp::from_seconds(1_790_000_000)),
            admits: Box::new(move |_| admits),
            issue_nonce: Box::new(move |now| nonces.issue(now)),
            rotate: Box::new(|| Box::pin(async { panic!("no token was issued") })),
        };
        let faults = Faults::default();
        let given = ClientFaults {
            nonces_refused: 1,
            rollover_after: Some(1),
            token_type: Some("MAC".to_owned()),
            ..ClientFaults::default()
        };
        faults.put(ClientId::parse("one").unwrap(), given);
        FaultLayer::new(Arc::new(faults), hooks)
    }

    /// A request of the client with faults, whose proof has these claims.
    fn request(path: &str, proof: &str) -> Request<Body> {
        let jwt = |claims: &str| format!("e30.{}.AA", base64url::encode(claims.as_bytes()));
        let body = format!("client_assertion={}", jwt(r#"{"iss":"one"}"#));
        let mut request = Request::post(path).header(DPOP, jwt(proof)).body(Body::from(body)).unwrap();
        request.extensions_mut().insert(Peer(Ipv4Addr::LOCALHOST.into()));
        request
    }

    #[tokio::test]
    async fn an_address_that_asks_too_often_is_turned_away_before_its_body_is_read() {
        let endpoint = tower::service_fn(async |_: Request<Body>| -> Result<Response, Infallible> {
            panic!("the endpoint is not reached")
        });
        // It never ends, so that a reader would wait for ever.
        let body = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, Infallible>>());
        let mut request = Request::post("/connect/token").body(body).unwrap();
        request.extensions_mut().insert(Peer(Ipv4Addr::LOCALHOST.into()));
        let answer = layer(false).layer(endpoint).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    }

    #[tokio::test]
    async fn a_nonce_is_refused_before_the_endpoint_uses_anything_up() {
        for path in [token::PATH, PAR_PATH] {
            let called = Arc::new(AtomicU32::new(0));
            let counted = called.clone();
            let service = layer(true).layer(tower::service_fn(move |_: Request<Body>| {
                counted.fetch_add(1, Ordering::Relaxed);
                std::future::ready(Ok::<_, Infallible>(StatusCode::BAD_REQUEST.into_response()))
            }));
            let send = |proof| service.clone().oneshot(request(path, proof));
            send("{}").await.unwrap();
            assert_eq!(called.load(Ordering::Relaxed), 1, "without a nonce there is none to refuse");
            let refused = send(r#"{"nonce":"a"}"#).await.unwrap();
            assert!(refused.headers().contains_key(NONCE_HEADER), "{path}");
            assert_eq!(called.load(Ordering::Relaxed), 1, "{path}");
            send(r#"{"nonce":"a"}"#).await.unwrap();
            assert_eq!(called.load(Ordering::Relaxed), 2, "once, as it was asked for");
        }
    }

    #[tokio::test]
    async fn answers_of_other_endpoints_are_no_tokens_and_their_nonces_are_not_refused() {
        for path in [revocation::PATH, introspection::PATH] {
            let service = layer(true)
                .layer(tower::service_fn(async |_: Request<Body>| Ok::<_, Infallible>("{}".into_response())));
            let answer = service.oneshot(request(path, r#"{"nonce":"a"}"#)).await.unwrap();
            assert_eq!(&axum::body::to_bytes(answer.into_body(), 100).await.unwrap()[..], b"{}", "{path}");
        }
    }

    #[tokio::test]
    async fn endpoints_that_know_no_faults_count_their_requests_themselves() {
        for path in ["/connect/authorize", "/connect/userinfo", "/connect/endsession"] {
            let service = layer(false).layer(tower::service_fn(async |request: Request<Body>| {
                assert!(request.extensions().get::<RequestFaults>().is_none());
                Ok::<_, Infallible>("reached".into_response())
            }));
            assert_eq!(
                service.oneshot(request(path, "{}")).await.unwrap().status(),
                StatusCode::OK,
                "{path}"
            );
        }
    }
}
