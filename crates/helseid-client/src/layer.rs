//! A tower layer that gives each request a token and a fresh proof.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower::{BoxError, Layer, Service, ServiceExt as _};

use crate::call::Retry;
use crate::client::Client;
use crate::tokens::TokenRequest;

/// Sets `Authorization` and `DPoP` on each request, follows an API's nonces, and replaces a token that it refuses, as
/// [`CallBuilder::send`](crate::CallBuilder::send) does. Requests need an absolute URI. A body that is sent a second time is
/// cloned: use one that is cheap to clone, such as `Bytes`.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tower::BoxError> {
/// # use helseid_client::test_util::{TestClock, TestIssuer};
/// # let client = TestIssuer::new().client(&TestClock::new())?;
/// use tower::{Layer as _, ServiceExt as _, service_fn};
///
/// // In a program, this sends.
/// let http = service_fn(async |request: http::Request<String>| {
///     assert!(request.headers().contains_key("DPoP"));
///     Ok::<_, std::io::Error>(http::Response::new(String::new()))
/// });
/// let request = http::Request::get("https://api.example/patients").body(String::new())?;
/// let answer = client.layer().layer(http).oneshot(request).await?;
/// # drop(answer);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct AuthorizeLayer {
    client: Client,
    request: TokenRequest,
}

impl Client {
    /// A tower layer that sends requests with tokens of this client.
    #[must_use]
    pub fn layer(&self) -> AuthorizeLayer {
        AuthorizeLayer { client: self.clone(), request: self.engine().default_request.clone() }
    }
}

impl AuthorizeLayer {
    /// Requests tokens for `request` in place of the configuration's.
    #[must_use]
    pub fn token_for(mut self, request: TokenRequest) -> Self {
        self.request = request;
        self
    }
}

impl<S> Layer<S> for AuthorizeLayer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Authorize<S> {
        Authorize { inner, layer: self.clone() }
    }
}

/// A service behind [`AuthorizeLayer`].
///
/// ```
/// use helseid_client::{Authorize, Client};
/// use tower::Layer as _;
///
/// /// Keeps the service, whatever sends below it.
/// struct Upstream<S> {
///     http: Authorize<S>,
/// }
///
/// impl<S> Upstream<S> {
///     fn new(client: &Client, http: S) -> Self {
///         Self { http: client.layer().layer(http) }
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Authorize<S> {
    inner: S,
    layer: AuthorizeLayer,
}

impl<S, B, R> Service<Request<B>> for Authorize<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Clone + Send + 'static,
    R: Send,
{
    type Response = Response<R>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The service that was made ready is the one to call.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let AuthorizeLayer { client, request: token } = self.layer.clone();
        Box::pin(async move {
            let (method, url) = (request.method().clone(), request.uri().to_string());
            let mut attempts = client.attempts_for(token, method, &url)?;
            loop {
                let mut attempt = request.clone();
                attempts.headers().await?.apply(attempt.headers_mut());
                let response =
                    inner.ready().await.map_err(Into::into)?.call(attempt).await.map_err(Into::into)?;
                if attempts.learn(response.status(), response.headers())? == Retry::Done {
                    return Ok(response);
                }
            }
        })
    }
}
