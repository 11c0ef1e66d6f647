//! A middleware for the crate `reqwest-middleware`.

use http::Extensions;
use reqwest_middleware::reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::call::Retry;
use crate::client::Client;
use crate::tokens::TokenRequest;

/// Sets `Authorization` and `DPoP` on each request, follows an API's nonces, and replaces a token that it refuses. A request
/// whose body is a stream cannot be sent twice: the API's first response is its result.
///
/// ```no_run
/// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use reqwest::redirect;
/// use reqwest_middleware::ClientBuilder;
///
/// let http = reqwest::Client::builder().redirect(redirect::Policy::none()).build()?;
/// let http = ClientBuilder::new(http).with(client.middleware()).build();
/// println!("{}", http.get("https://api.example/patients").send().await?.text().await?);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct HelseIdMiddleware {
    client: Client,
    request: TokenRequest,
}

impl Client {
    /// A middleware that sends requests with tokens of this client. The `reqwest` client that it wraps must not follow
    /// redirects, which would take the headers along.
    #[must_use]
    pub fn middleware(&self) -> HelseIdMiddleware {
        HelseIdMiddleware { client: self.clone(), request: self.engine().default_request.clone() }
    }
}

impl HelseIdMiddleware {
    /// Requests tokens for `request` in place of the configuration's.
    #[must_use]
    pub fn token_for(mut self, request: TokenRequest) -> Self {
        self.request = request;
        self
    }
}

#[async_trait::async_trait]
impl Middleware for HelseIdMiddleware {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let method = request.method().clone();
        let attempts = self.client.attempts_for(self.request.clone(), method, request.url().as_str());
        let mut attempts = attempts.map_err(Error::middleware)?;
        let mut request = Some(request);
        while let Some(mut attempt) = request.take() {
            let again = attempt.try_clone();
            attempts.headers().await.map_err(Error::middleware)?.apply(attempt.headers_mut());
            let response = next.clone().run(attempt, extensions).await?;
            let retry = attempts.learn(response.status(), response.headers()).map_err(Error::middleware)?;
            match (again, retry) {
                (Some(again), Retry::Again(_)) => request = Some(again),
                _ => return Ok(response),
            }
        }
        Err(Error::middleware(std::io::Error::other("no request is left to send")))
    }
}
