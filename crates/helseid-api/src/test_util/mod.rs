//! For the tests of an API: valid requests, and requests with exactly one thing broken, without a network.
//!
//! ```
//! use axum::{Router, body::Body, routing::get};
//! use helseid_api::test_util::{Broken, TestIssuer};
//! use helseid_api::{ApiProtection, Caller};
//! use http::{Method, StatusCode};
//! use tower::ServiceExt as _;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = TestIssuer::new("https://sts.example");
//! let protection = ApiProtection::builder(issuer.name(), "nhn:my-api")
//!     .keys(issuer.keys())
//!     .public_url("https://api.example")
//!     .build()?;
//! let router = Router::new()
//!     .route("/patients", get(|_: Caller| async { "patients" }))
//!     .layer(protection.require_scopes_all(["nhn:my-api/read"])?);
//!
//! let client = issuer.client("nhn:my-api").scope("nhn:my-api/read");
//! let valid = client.request(&Method::GET, "https://api.example/patients");
//! let answer = router.clone().oneshot(valid.build(Body::empty())).await?;
//! assert_eq!(answer.status(), StatusCode::OK);
//!
//! for broken in Broken::ALL {
//!     let request = client.request(&Method::GET, "https://api.example/patients").broken(broken);
//!     let answer = router.clone().oneshot(request.build(Body::empty())).await?;
//!     assert!(answer.status().is_client_error(), "{broken:?} breaks the rule {}", broken.rule().id());
//! }
//! # Ok(()) }
//! ```

mod broken;
mod client;
mod issuer;
mod request;

pub use broken::Broken;
pub use client::TestClient;
pub use issuer::TestIssuer;
pub use request::{Signer, TestRequest};

pub use helseid_protocol::forge::Jwt;
