//! A middleware for the crate `reqwest-middleware`.

use http::Extensions;
use reqwest_middleware::reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::turn::{Turn, Turns};
use crate::{Client, TokenRequest};

/// Sets `Authorization` and `DPoP` on each request, follows an API's nonces, and renews a token that it refuses. A request
/// whose body is a stream cannot be sent twice: it gets the API's first answer.
#[derive(Debug, Clone)]
pub struct HelseIdMiddleware {
    client: Client,
    request: TokenRequest,
}

impl Client {
    /// A middleware that sends requests with tokens of this client. The `reqwest` client below must not follow redirects,
    /// which would take the headers along.
    #[must_use]
    pub fn middleware(&self) -> HelseIdMiddleware {
        HelseIdMiddleware { client: self.clone(), request: self.0.usual.clone() }
    }
}

impl HelseIdMiddleware {
    /// Asks for tokens for `request` in place of the configuration's.
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
        let turns = Turns::new(self.client.clone(), self.request.clone(), method, request.url().as_str());
        let mut turns = turns.map_err(Error::middleware)?;
        let mut request = Some(request);
        while let Some(mut attempt) = request.take() {
            let again = attempt.try_clone();
            attempt.headers_mut().extend(turns.headers().await.map_err(Error::middleware)?);
            let answer = next.clone().run(attempt, extensions).await?;
            let turn = turns.learn(answer.status(), answer.headers()).map_err(Error::middleware)?;
            match again {
                Some(again) if turn == Turn::Again => request = Some(again),
                _ => return Ok(answer),
            }
        }
        Err(Error::middleware(std::io::Error::other("no request is left to send")))
    }
}
