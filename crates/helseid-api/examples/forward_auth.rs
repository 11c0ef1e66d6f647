//! A gateway in front of APIs in any language: a proxy such as nginx (`auth_request`) asks it whether a request may pass. It
//! verifies requests by their facts, which the proxy sends in headers; there is no service of its own behind it.
//!
//! ```text
//! cargo run -p helseid-api --example forward_auth
//! ```

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use helseid_api::{ApiProtection, RequestFacts, RequestVerifier};
use http::{HeaderMap, Method, StatusCode};

/// The headers in which the proxy tells method and path of the request. It must set them itself, whatever its client sends.
const METHOD: &str = "x-original-method";
const URI: &str = "x-original-uri";

async fn verify(State(verifier): State<RequestVerifier>, headers: HeaderMap) -> Response {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let method = header(METHOD).and_then(|method| Method::from_bytes(method.as_bytes()).ok());
    let (Some(method), Some(path)) = (method, header(URI)) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match verifier.verify(RequestFacts::new(&method, path, &headers)).await {
        Ok(verified) => {
            let mut admitted = StatusCode::NO_CONTENT.into_response();
            let client = verified.caller().and_then(|caller| caller.claims().client_id());
            // Sent in any case, so that the proxy replaces whatever its client sent under this name.
            let client = client.and_then(|id| id.as_str().parse().ok());
            let empty = http::HeaderValue::from_static("");
            admitted.headers_mut().insert("x-client-id", client.unwrap_or(empty));
            if let Some(nonce) = verified.nonce() {
                admitted.headers_mut().insert("dpop-nonce", nonce.clone());
            }
            admitted
        }
        // Status and challenges, for the proxy to pass on.
        Err(refused) => refused.into_response(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let protection = ApiProtection::builder("https://helseid-sts.test.nhn.no", "nhn:my-api")
        .public_url("https://api.example")
        .build()?;
    let verifier = protection.require_scopes_all(["nhn:my-api/read"])?.into_verifier();
    let router = Router::new().route("/verify", any(verify)).with_state(verifier);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 5001)).await?;
    axum::serve(listener, router).await?;
    Ok(())
}
