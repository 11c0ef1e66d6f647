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
//!
//! | what is wrong | how | of which |
//! | --- | --- | --- |
//! | something that every API must refuse | [`TestRequest::broken`] | [`Broken::ALL`], 28, of which the first [`Broken::OF_NHN`] are those of NHN's test token service |
//! | something of the person, for an API that demands it | [`TestRequest::broken_person`] | [`BrokenPerson::ALL`], 15: a level too low, no HPR number, an attestation too old, somebody else |
//! | one claim or header parameter, of your choice | [`TestRequest::token`], [`TestRequest::proof`] | whatever a [`Jwt`] can be |
//! | the signature | [`TestRequest::token_signer`], [`TestRequest::proof_signer`] | [`Signer::Stranger`] has the right key's name and kind |
//! | the text itself | [`TestRequest::token_text`], [`TestRequest::proof_text`] | what is no JWT at all |
//! | the scheme | [`TestRequest::scheme`] | `Bearer` in place of `DPoP` |
//!
//! Each of `Broken` and `BrokenPerson` breaks one rule, which its `rule()` names: a test that expects this very rule cannot be satisfied by
//! another refusal. The rule of a refusal is in the response's extensions, as a [`Rejection`](crate::Rejection).
//!
//! ```
//! use axum::{Router, body::Body, routing::get};
//! use helseid_api::test_util::{BrokenPerson, TestIssuer, TestPerson};
//! use helseid_api::{ApiProtection, AttestationAge, Rejection, SecurityLevel};
//! use http::{Method, StatusCode};
//! use tower::ServiceExt as _;
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let issuer = TestIssuer::new("https://sts.example");
//! let protection = ApiProtection::builder(issuer.name(), "nhn:my-api")
//!     .keys(issuer.keys())
//!     .public_url("https://api.example")
//!     .build()?;
//! let demands = protection.layer().security_level(SecurityLevel::High).attestation(AttestationAge::default());
//! let router = Router::new().route("/patients", get(|| async { "patients" })).layer(demands);
//!
//! // A doctor who attested, at an app whose token another API has exchanged.
//! let doctor = TestPerson::new("15849197352").hpr_number("565550846").attested();
//! let client = issuer.client("nhn:my-api").person(&doctor).exchanged_by("another-api");
//! // Each has a proof of its own, which is good once.
//! let request = || client.request(&Method::GET, "https://api.example/patients");
//! assert_eq!(router.clone().oneshot(request().build(Body::empty())).await?.status(), StatusCode::OK);
//!
//! for broken in [BrokenPerson::LevelTooLow, BrokenPerson::AttestationTooOld] {
//!     let answer = router.clone().oneshot(request().broken_person(broken).build(Body::empty())).await?;
//!     let rule = answer.extensions().get::<Rejection>().and_then(Rejection::rule);
//!     assert_eq!(rule, Some(broken.rule()));
//! }
//! // One claim of your own choice.
//! let nameless = request().token(|token| token.without_claim("client_id").claim("idp", "another"));
//! # drop(nameless); Ok(()) }
//! ```
//!
//! Persons are synthetic, and a [`TestPerson`] with a number of its own is nobody's. [`TestClient::clock`] moves the time of tokens and
//! proofs. Assertions, request objects, ID tokens and logout tokens, which no API reads, are made and broken by the feature `forge` of
//! `helseid-protocol`.

mod broken;
mod client;
mod issuer;
mod person;
mod request;

pub use broken::Broken;
pub use client::TestClient;
pub use issuer::TestIssuer;
pub use person::{BrokenPerson, TestPerson};
pub use request::{Signer, TestRequest};

pub use helseid_protocol::forge::Jwt;
