//! Gets HelseID tokens, caches them, and calls APIs with them.
//!
//! ```no_run
//! # async fn run() -> Result<(), helseid_client::Error> {
//! let config = helseid_client::Config::load()?;
//! let client = helseid_client::Client::new(config)?;
//! let patients = client.get("https://api.example/patients").send().await?;
//! println!("{}", patients.text());
//! # Ok(()) }
//! ```
//!
//! `Config -> key -> assertion -> DPoP proof -> token request (one nonce retry) -> cache -> API call with a fresh proof`
//!
//! - Each token request has a new client assertion and, except for a client that uses Bearer, a new proof. If the authority asks
//!   for a nonce, the request is sent once more with it.
//! - Tokens are cached until shortly before they expire; a thousand concurrent callers cause one request. A token that is in use is
//!   renewed in the background after about 80 % of its lifetime (or [earlier](ClientBuilder::renew_after_percent)). A refused
//!   exchange is remembered for 30 s; no other failure is cached.
//! - Each call of an API has a fresh proof, and no call is made without its token. Tokens are sent over https, to loopback, or to a
//!   host that `insecure_http` names, and as Bearer only by a client that was built with [`ClientBuilder::insecure_bearer`] and by
//!   [`Client::insecure_userinfo_by_bearer`].
//! - An API that calls another API exchanges the token that it was called with: [`Client::exchange`].
//! - An API that must know whether a token is still valid asks the authority: [`Client::active_tokens`]. [`Client::userinfo`] reads what
//!   userinfo says about a person.
//!
//! # Building blocks
//!
//! | item | what |
//! | --- | --- |
//! | [`Client::authority`] | any request to the authority, with the client's authentication, proof, nonces, retries and circuit breaker |
//! | [`AuthorityRequest`] | such a request, and whether it may be sent twice |
//! | [`Client::attempts`] | the attempts of a call that another HTTP stack makes |
//! | [`CallBuilder::stream`] | calls whose bodies are streams |
//! | [`CallBuilder::access_token`], [`CallBuilder::bound_token`] | calls with a token that was obtained in another way |
//! | [`AuthorityRequest::prove_with`] | a request whose tokens are bound to a key of their own, as those of one login are |
//!
//! # Items of the protocol
//!
//! [`protocol`] re-exports the types in this crate's public functions and what creates their values, under their paths in
//! `helseid-protocol`; depend on that crate for anything else:
//! `claims::AccessTokenClaims`, `details::{Attestation, Details, Organisation, OrganisationNumber}`,
//! `dpop::ProofKey`, `details::attestation::{CareRelationship, Coded, DecisionReference, Identified, Patient, Practitioner, Purpose}`,
//! `endpoint::Metadata`, `endpoint::token::{OAuthError, TokenGranted, TokenType}`, `grant::GrantType`,
//! `id::{Audience, ClientId, Issuer, JwtId, KeyId, Thumbprint}`,
//! `jose::{Algorithm, InvalidJwk, JwkSet, PrivateJwk, PublicJwk, RsaSize, SigningKey}`, `jose::base64url::{decode, encode}`,
//! `jose::format::Password`, `jose::json::Object`, `person::{Approval, HealthPersonnel, HprNumber, Profession, Subject}`, `random::{Random, SystemRandom}`, `scope::{Scope, ScopeSet}`,
//! `secret::{AccessToken, PrivateKeyText}`, `time::{Clock, Timestamp}`, `userinfo::UserInfo`.
//!
//! Processes that use this crate start 38 ms faster if `AWS_LC_SYS_NO_JITTER_ENTROPY=1` is set when they are built.

mod authority;
#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod call;
mod client;
mod clock;
mod config;
mod dpop;
mod engine;
mod environment;
mod error;
mod exchange;
mod introspection;
#[cfg(feature = "tower")]
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod observer;
pub mod protocol;
mod response;
mod rotation;
mod settings;
mod signer;
pub mod telemetry;
#[cfg(feature = "test-util")]
pub mod test_util;
mod tokens;
mod userinfo;

pub use authority::{Authority, AuthorityRequest, Endpoint, RequestBudget, RetryPolicy};
pub use builder::ClientBuilder;
pub use call::{CallAttempts, CallBuilder, CallHeaders, Challenge, MAX_RESPONSE_BYTES, Retry};
pub use client::Client;
pub use config::{Config, DEFAULT_FILE, KeyLocation};
pub use environment::Environment;
pub use error::{Error, ErrorKind, SignError};
pub use exchange::Exchange;
pub use introspection::{ActiveTokens, Introspection, NotActive};
#[cfg(feature = "tower")]
pub use layer::{Authorize, AuthorizeLayer};
#[cfg(feature = "reqwest-middleware")]
pub use middleware::HelseIdMiddleware;
pub use observer::{Decoded, Event, Observer};
pub use response::Response;
pub use rotation::{RegisteredKey, Rotated, Rotation};
pub use settings::{ApiSettings, KeyPlace, OtherSection, Scopes, Settings};
pub use signer::{Signature, Signer};
#[cfg(feature = "redis")]
pub use tokens::RedisStore;
pub use tokens::{InvalidSharedKey, SharedKey, SharedStore, StoreError, Stored, Token, TokenRequest};

pub use helseid_http::{Answer, Body, HttpError, HttpErrorKind, IssuerKeyRing};

/// The guide's code compiles.
#[cfg(all(doctest, feature = "redis"))]
#[doc = include_str!("../../../docs/guides/client.md")]
struct Guide;
