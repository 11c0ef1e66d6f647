//! From a caller's request to what the API answered.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use helseid_client::{Challenge, Retry};
use helseid_http::{AnswerBody, Body};
use http::{HeaderMap, Method, StatusCode};
use tokio::time::Instant;

use super::answer;
use super::attempt::send;
use super::body::{CallBody, Incoming, Progress};
use super::passed;
use super::request::{may_be_sent, organisation_named, split, user_token};
use super::stream::Bounds;
use crate::callers::Caller;
use crate::methods;
use crate::metrics::Called;
use crate::outbound::api::{Api, OnBehalf, Prepared};
use crate::outbound::calls::Calls;
use crate::refusal::Refusal;

#[cfg(test)]
pub(crate) fn describe(document: &mut crate::openapi::Document) {
    let own = ("", &["X-HelseID-Sidecar"][..]);
    let what = "What the API answered. A refusal of the sidecar's own, as elsewhere, has X-HelseID-Sidecar: refusal.";
    for (route, id) in [
        ("ANY /call/{name}", "callBase"),
        ("ANY /call/{name}/", "callSlash"),
        ("ANY /call/{name}/{*rest}", "call"),
    ] {
        let operation =
            document.operation(route, id, "The request, sent to the API with a token and a proof");
        let operation = operation.path("name", "NAME of `[api.NAME]`.").answered_with("default", what, own);
        let operation = match id {
            "call" => {
                operation.path("rest", "What follows `url` of the section, with any number of slashes.")
            }
            _ => operation,
        };
        let organisation = "For whom the client acts: one of `organisations` of the section.";
        let operation = operation.header("X-HelseID-Organisation-Parent", organisation);
        let operation = operation.header("X-HelseID-Organisation-Child", organisation);
        let subject = "The token of somebody who called an API of yours, and was admitted here with its proof: the call is made on that \
                       caller's behalf.";
        operation.header("X-HelseID-User-Token", subject).done();
    }
}

/// Calls the API of this name.
pub(crate) async fn call(
    State(calls): State<Arc<Calls>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    // What a refusal leaves of the body is read, too.
    let body = Incoming::new(body);
    let found = split(parts.uri.path()).and_then(|(name, rest)| Some((calls.api_of(name, &caller)?, rest)));
    let Some((api, rest)) = found else {
        let why = calls.no_such_api(&caller);
        return Refusal::new(StatusCode::NOT_FOUND, "not_found", why).into_response();
    };
    let outcome = async {
        may_be_sent(&parts)?;
        let organisation = organisation_named(&parts.headers)?;
        let subject = match user_token(&parts.headers)? {
            Some(token) => Some(calls.subject(token, &caller).await?),
            None => None,
        };
        let wish = api.wish(OnBehalf { organisation, subject })?;
        let url = api.address_of(rest, parts.uri.query());
        let prepared = api.attempts(wish, parts.method.clone(), &url)?;
        let headers = passed::to_api(&parts.headers);
        Call { api, prepared, headers }.send(body).await
    };
    let mut response = outcome.await.unwrap_or_else(Refusal::into_response);
    let (method, status) = (methods::known(&parts.method), response.status().as_u16());
    tracing::info!(api = &*api.name, method, status, "called");
    response.extensions_mut().insert(Called(api.name.clone()));
    response
}

/// A call that may be made, from its first attempt to its last.
struct Call<'a> {
    api: &'a Api,
    prepared: Prepared,
    headers: HeaderMap,
}

impl Call<'_> {
    /// Sends it, once more for each challenge that the API may make if the body is held.
    async fn send(mut self, body: Incoming) -> Result<Response, Refusal> {
        let mut body = Some(body.hold().await?);
        if matches!(body, Some(CallBody::Streamed(..))) && self.api.wants_nonce() {
            self.learn_nonce().await?;
        }
        loop {
            let progress = Progress::new();
            let again = body.as_ref().and_then(CallBody::again);
            let is_held = again.is_some();
            let next = again.or_else(|| body.take().map(|body| body.once(&progress)));
            let answer = self.attempt(next.unwrap_or_default(), &progress).await?;
            match self.api.learn(&mut self.prepared, answer.status(), answer.headers())? {
                Retry::Done => return Ok(self.hand_on(answer, &progress)),
                Retry::Again(challenge) if !is_held => {
                    return Ok(answer::refused(challenge, answer.headers()));
                }
                Retry::Again(Challenge::Nonce | Challenge::NewToken) => {}
            }
        }
    }

    async fn attempt(
        &mut self,
        body: Body,
        progress: &Arc<Progress>,
    ) -> Result<http::Response<AnswerBody>, Refusal> {
        let headers = self.api.headers(&mut self.prepared).await?;
        let attempts = &self.prepared.attempts;
        let mut request = http::Request::new(body);
        *request.method_mut() = attempts.method().clone();
        *request.uri_mut() =
            attempts.url().as_str().parse().map_err(|_| Refusal::invalid("the address is not valid"))?;
        *request.headers_mut() = self.headers.clone();
        headers.apply(request.headers_mut());
        let began = Instant::now();
        let answer = send(self.api.outbound(), request, &self.bounds(progress)).await;
        self.api.took(began.elapsed());
        answer
    }

    /// Learns the API's nonce, and whether it takes the token, by a request without a body: what follows can be sent only once.
    async fn learn_nonce(&self) -> Result<(), Refusal> {
        let api = self.api;
        let wish = self.prepared.wish.clone();
        let prepared = api.attempts(wish, Method::HEAD, &api.address_of("", None))?;
        let mut ahead = Call { api, prepared, headers: HeaderMap::new() };
        let answer = ahead.attempt(Body::default(), &Progress::new()).await?;
        // Whatever it says: the call itself is answered next.
        let _ = api.learn(&mut ahead.prepared, answer.status(), answer.headers());
        Ok(())
    }

    fn hand_on(&self, answer: http::Response<AnswerBody>, progress: &Arc<Progress>) -> Response {
        answer::handed_on(self.prepared.attempts.method(), answer, self.bounds(progress))
    }

    /// When the attempt that has been begun ends at the latest.
    fn bounds(&self, progress: &Arc<Progress>) -> Bounds {
        let until = self.prepared.attempts.token_expires().map(|expires| expires.plus(self.api.grace));
        Bounds { clock: self.api.clock(), until, idle: self.api.idle, progress: progress.clone() }
    }
}
