//! Tokens for callers who have no time: while the authority fails, nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use helseid_client::{Client, Token, TokenRequest};
use http::StatusCode;

use crate::outcomes::Outcomes;
use crate::refusal::Refusal;

/// How long a caller waits for an authority that has not answered the last request.
const PATIENCE: Duration = Duration::from_millis(900);

/// When to try again, by then.
const AFTER: Duration = Duration::from_secs(5);

/// Whose token is wanted, and who is told what became of it.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) account: Arc<str>,
    pub(super) client: Client,
    pub(super) outcomes: Arc<Outcomes>,
}

impl Source {
    /// The kept token for `request` or a new one; a new one, whatever is kept, if `skip_cache`.
    ///
    /// The request for it goes on when its caller is not kept waiting, so that an authority that is back and slow is noticed.
    pub(super) async fn token(&self, request: &TokenRequest, skip_cache: bool) -> Result<Token, Refusal> {
        if !self.fails() {
            return Ok(self.requested(request, skip_cache).await?);
        }
        let (own, request) = (self.clone(), request.clone());
        let under_way = tokio::spawn(async move { own.requested(&request, skip_cache).await });
        match tokio::time::timeout(PATIENCE, under_way).await {
            Ok(Ok(token)) => Ok(token?),
            Ok(Err(_)) => {
                let why = "the request for a token broke off";
                Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", why))
            }
            Err(_) => {
                let why = "the authority has not answered of late, and does not now";
                Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "server_error", why).after(AFTER))
            }
        }
    }

    /// Whether the last request to the authority failed.
    pub(super) fn fails(&self) -> bool {
        self.client.failing_since().is_some()
    }

    /// What became of a token.
    pub(super) fn record<T>(&self, outcome: &Result<T, helseid_client::Error>) {
        self.outcomes.record(&self.account, outcome, self.client.clock().now());
    }

    async fn requested(
        &self,
        request: &TokenRequest,
        skip_cache: bool,
    ) -> Result<Token, helseid_client::Error> {
        let token = match skip_cache {
            true => self.client.new_token_for(request).await,
            false => self.client.token_for(request).await,
        };
        self.record(&token);
        token
    }
}
