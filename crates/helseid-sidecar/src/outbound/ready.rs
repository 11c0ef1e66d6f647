//! Tokens for callers who have no time: while the authority fails, nobody waits for it. Each is requested in a task of its own, so that
//! an authority that says nothing is noticed, however soon callers hang up.

use std::sync::Arc;
use std::time::Duration;

use helseid_client::{Client, Token, TokenRequest};
use http::StatusCode;

use super::under_way::{BrokeOff, Full, UnderWay};
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
    /// Requests that were begun.
    pub(super) under_way: UnderWay,
}

impl Source {
    /// The kept token for `request` or a new one; a new one, whatever is kept, if `skip_cache`.
    pub(super) async fn token(&self, request: &TokenRequest, skip_cache: bool) -> Result<Token, Refusal> {
        if let Some(kept) = self.kept(request, skip_cache) {
            self.record(&Ok(()));
            return Ok(kept);
        }
        let token = self.new_token(request, skip_cache).await?;
        self.record(&token);
        Ok(token?)
    }

    /// Sees to it that whoever asks the client for the token next does not wait long for an authority that fails.
    pub(super) async fn ready(&self, request: &TokenRequest) -> Result<(), Refusal> {
        if self.kept(request, false).is_none() {
            let token = self.new_token(request, false).await?;
            if token.is_err() {
                self.record(&token);
                token?;
            }
        }
        Ok(())
    }

    /// The kept token, if there is one and it is wanted.
    fn kept(&self, request: &TokenRequest, skip_cache: bool) -> Option<Token> {
        let kept = if skip_cache { None } else { self.client.kept_token_for(request) };
        self.outcomes.metrics.looked_up(&self.account, kept.is_some());
        kept
    }

    /// A new token, for which its caller is not kept waiting while the authority fails. The request goes on without its callers, so
    /// that an authority that does not answer, and one that is back and slow, is noticed.
    async fn new_token(
        &self,
        request: &TokenRequest,
        skip_cache: bool,
    ) -> Result<Result<Token, helseid_client::Error>, Refusal> {
        let unavailable = |why: &str| {
            self.outcomes.record_late(&self.account);
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "server_error", why).after(AFTER)
        };
        let fails = self.fails();
        let begun = self.under_way.join((request.clone(), skip_cache), fails, || {
            let (own, request) = (self.clone(), request.clone());
            async move {
                let token = requested(&own.client, &request, skip_cache).await;
                own.outcomes.learn(&own.account, &token, own.client.clock().now());
                token
            }
        });
        let waiting = begun.map_err(|Full| {
            unavailable("too many requests wait for the authority, which has not answered of late")
        })?;
        let outcome = match fails {
            true => tokio::time::timeout(PATIENCE, waiting.outcome()).await,
            false => Ok(waiting.outcome().await),
        };
        let outcome =
            outcome.map_err(|_| unavailable("the authority has not answered of late, and does not now"))?;
        outcome.map_err(|BrokeOff| {
            let why = "the request for a token broke off";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", why)
        })
    }

    /// Whether the last request to the authority failed.
    pub(super) fn fails(&self) -> bool {
        self.client.failing_since().is_some()
    }

    /// What became of a token.
    pub(super) fn record<T>(&self, outcome: &Result<T, helseid_client::Error>) {
        self.outcomes.record(&self.account, outcome, self.client.clock().now());
    }
}

async fn requested(
    client: &Client,
    request: &TokenRequest,
    skip_cache: bool,
) -> Result<Token, helseid_client::Error> {
    match skip_cache {
        true => client.new_token_for(request).await,
        false => client.token_for(request).await,
    }
}
