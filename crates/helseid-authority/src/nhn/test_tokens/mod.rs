//! The double of NHN's test token service (HelseID: test token service): tokens of our own key with any claims, and
//! tokens and proofs with exactly one thing wrong, for the tests of an API.

mod ask;
mod mint;
mod proof;

use std::sync::{Arc, Weak};

use ::http::{HeaderMap, StatusCode};
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use helseid_admin_api::KeyPurpose;
use helseid_protocol::claims::AccessTokenClaims;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::nhn::NhnState;
use crate::registry::access_keys;
use crate::web::body;
use crate::web::problem::ProblemResponse;
use ask::Ask;
use mint::{Known, Minted, mint};

/// The most bytes of a request.
const MAX_BYTES: usize = 64 * 1024;

/// The most tokens of one request.
const MAX_TOKENS: usize = 10_000;

/// The claim that every token of the double has, and no other token: our own APIs and endpoints refuse it.
pub(crate) const MARK: &str = crate::oauth::TEST_TOKEN_MARK;

/// Whether the double made this token.
pub(crate) fn is_test_token(claims: &AccessTokenClaims) -> bool {
    claims.all().contains_key(MARK)
}

/// How many tokens are wanted; one, in NHN's own form, unless this says so.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bulk {
    count: Option<usize>,
}

/// The routes, below the issuer's path.
pub(crate) fn routes() -> Router<NhnState> {
    // The other two are those of NHN's first version, which takes the audience as a header.
    Router::new()
        .route("/v2/create-test-token-with-key", post(create))
        .route("/create-test-token-with-key", post(create))
        .route("/create-test-token", post(create))
}

async fn create(
    State(state): State<NhnState>,
    Query(bulk): Query<Bulk>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // First all of it, then whose it is: a key may be removed meanwhile.
    let body = match body::read(body, MAX_BYTES).await {
        Ok(body) => body,
        Err(why) => return why.into_response(),
    };
    let NhnState { oauth, policy, .. } = state;
    let registry = oauth.registry.now();
    if !registry.access_keys.values().any(|key| key.entry.purpose == KeyPurpose::TestTokens) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let sent = headers.get("x-auth-key").and_then(|value| value.to_str().ok());
    let key = sent.and_then(|sent| access_keys::find(&registry, KeyPurpose::TestTokens, sent));
    let Some(key) = key else {
        let why = "expected the header X-Auth-Key with a key of helseid access-key make test-tokens";
        return refused(StatusCode::UNAUTHORIZED, why);
    };
    if !oauth.limits.access_key(&key.id, oauth.clock.now()) {
        return ProblemResponse::too_many_requests().into_response();
    }
    let count = bulk.count.unwrap_or(1);
    if !(1..=MAX_TOKENS).contains(&count) {
        return refused(
            StatusCode::BAD_REQUEST,
            &format!("expected a count of 1 to {MAX_TOKENS}, got {count}"),
        );
    }
    let audience = headers.get("audience").and_then(|value| value.to_str().ok());
    let ask: Ask = match Ask::read(&body, audience) {
        Ok(ask) => ask,
        Err(why) => return refused(StatusCode::BAD_REQUEST, &why),
    };
    tracing::info!(access_key = key.name, count, "test tokens");
    let Ok(key_set) = oauth.keys.wait().await else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "the signing key is being made");
    };
    // Ten thousand RSA signatures take seconds, in which others want their answers.
    let wanted = Asking::default();
    let still = wanted.still();
    let minted = tokio::task::spawn_blocking(move || {
        let known = Known { registry: &registry, month: policy.synthetic_month };
        mint((&oauth, known), &key_set, &ask, (count, &still))
    });
    let minted = minted.await;
    drop(wanted);
    match minted {
        Ok(Ok(minted)) => answer(&minted, bulk.count.is_some()),
        Ok(Err(why)) => refused(StatusCode::BAD_REQUEST, &why),
        Err(_) => refused(StatusCode::INTERNAL_SERVER_ERROR, "the tokens could not be made"),
    }
}

/// A request whose sender waits for its answer. Dropped when the sender has gone, or when the authority stops.
#[derive(Debug, Default)]
struct Asking(Arc<()>);

/// Whether somebody still waits for what is being made.
#[derive(Debug)]
struct WantedStill(Weak<()>);

impl Asking {
    fn still(&self) -> WantedStill {
        WantedStill(Arc::downgrade(&self.0))
    }
}

impl WantedStill {
    fn holds(&self) -> bool {
        self.0.strong_count() > 0
    }
}

/// NHN's form for one; a list for several.
fn answer(minted: &[Minted], bulk: bool) -> Response {
    let shown = |one: &Minted| {
        let nhns = [("accessTokenJwt", json!(one.token)), ("dPoPProof", json!(one.proof))];
        let id_token = one.id_token.as_ref().map(|token| ("idTokenJwt", json!(token)));
        let members = nhns.into_iter().chain(id_token).map(|(name, value)| (name.to_owned(), value));
        Value::Object(members.collect())
    };
    let all: Vec<_> = minted.iter().map(shown).collect();
    let body = match bulk {
        true => json!({ "isError": false, "successResponses": all, "errorResponse": null }),
        false => json!({ "isError": false, "successResponse": all.first(), "errorResponse": null }),
    };
    let no_store = [(::http::header::CACHE_CONTROL, "no-store")];
    (no_store, Json(body)).into_response()
}

fn refused(status: StatusCode, why: &str) -> Response {
    let body = json!({ "isError": true, "successResponse": null, "errorResponse": { "errorMessage": why } });
    (status, Json(body)).into_response()
}
