//! The layer that injects faults around an issuer's endpoints. The endpoints know nothing of it, except by how much the clock
//! is off for a request, which is an extension of the request.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::{HeaderValue, Method, Request, StatusCode, header};
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::dpop::Nonce;
use helseid_protocol::endpoint::keys;
use helseid_protocol::endpoint::token::{MAX_BYTES, NONCE_HEADER};
use helseid_protocol::rule::{Facts, Fault, Rule};
use helseid_protocol::time::{Clock, Timestamp};
use tower::{Layer, Service};

use super::response::{kind, truncated, with_token_type};
use super::{Faults, OnRequest, OnResponse, TOO_MANY};
use crate::web::{Peer, body, http_date, oauth_error};

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
            if request.method() == Method::POST {
                layer.around_post(inner, request).await
            } else {
                layer.around_get(inner, request).await
            }
        })
    }
}

impl FaultLayer {
    /// Metadata and keys.
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
        let met = self.faults.on_request(&body);
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
        let response = inner.call(Request::from_parts(parts, body.into())).await?;
        Ok(self.changed(response, &met).await)
    }

    /// The response with its faults.
    async fn changed(&self, response: Response, met: &OnRequest) -> Response {
        let OnResponse { nonce_dropped, nonce_refused, rollover, token_type } =
            self.faults.on_response(met, kind(&response));
        let now = self.hooks.clock.now();
        let now = Timestamp::from_seconds(now.seconds().saturating_add(met.clock_skew_seconds));
        if rollover {
            (self.hooks.rotate)().await;
        }
        let mut response = if nonce_refused {
            self.another_nonce(now)
        } else if let Some(token_type) = token_type {
            with_token_type(response, token_type).await
        } else {
            response
        };
        if nonce_dropped {
            response.headers_mut().remove(NONCE_HEADER);
        }
        if met.clock_skew_seconds != 0
            && let Some(date) = http_date(now)
        {
            response.headers_mut().insert(header::DATE, date);
        }
        response
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

    use helseid_protocol::dpop::NonceKey;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn an_address_that_asks_too_often_is_turned_away_before_its_body_is_read() {
        let nonces = NonceKey::new(&[7; 32]);
        let hooks = Hooks {
            clock: Arc::new(|| Timestamp::from_seconds(1_790_000_000)),
            admits: Box::new(|_| false),
            issue_nonce: Box::new(move |now| nonces.issue(now)),
            rotate: Box::new(|| Box::pin(async {})),
        };
        let endpoint = tower::service_fn(async |_: Request<Body>| -> Result<Response, Infallible> {
            panic!("the endpoint is not reached")
        });
        // It never ends, so that a reader would wait for ever.
        let body = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, Infallible>>());
        let mut request = Request::post("/connect/token").body(body).unwrap();
        request.extensions_mut().insert(Peer(Ipv4Addr::LOCALHOST.into()));
        let service = FaultLayer::new(Arc::default(), hooks).layer(endpoint);
        let answer = service.oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    }
}
