//! Gets HelseID tokens, keeps them, and calls APIs with them.
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
//! - A token is asked for with a new client assertion and a new proof each time; when the authority asks for a nonce,
//!   once more, with a new assertion and a new proof.
//! - Tokens are kept until shortly before they expire; a thousand callers at once cause one request. At 80 % of the
//!   lifetime a token is renewed in the background. A failure is never kept.
//! - Every call of an API has a fresh proof. A token is never sent to an http address outside this machine, never as
//!   Bearer, and a call never goes out without its token.
//!
//! Processes that use this crate start 38 ms faster with `AWS_LC_SYS_NO_JITTER_ENTROPY=1` set when they are built.

#[cfg(feature = "blocking")]
pub mod blocking;
mod builder;
mod cache;
mod call;
mod client;
mod config;
mod error;
mod fetch;
#[cfg(feature = "tower")]
mod layer;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod nonces;
mod observer;
mod resilience;
mod rotation;
mod server_clock;
mod settings;
mod shared;
mod signer;
pub mod telemetry;
#[cfg(feature = "test-util")]
pub mod test_util;
mod token;
mod turn;

pub use builder::ClientBuilder;
pub use call::{CallBuilder, MAX_RESPONSE_BYTES, Response};
pub use client::Client;
pub use config::{Config, DEFAULT_FILE, Environment, KeyLocation};
pub use error::{Error, ErrorKind};
#[cfg(feature = "tower")]
pub use layer::{Authorize, AuthorizeLayer};
#[cfg(feature = "reqwest-middleware")]
pub use middleware::HelseIdMiddleware;
pub use observer::{Decoded, Event, Observer};
pub use resilience::RetryPolicy;
pub use rotation::{RegisteredKey, Rotated, Rotation};
pub use settings::{ApiSettings, KeyPlace, Scopes, Settings};
#[cfg(feature = "redis")]
pub use shared::RedisStore;
pub use shared::{InvalidSharedKey, SharedKey, SharedStore, StoreError, Stored};
pub use signer::{SignError, Signature, Signer};
pub use token::{Token, TokenRequest};

pub use helseid_http::{Answer, HttpError};
pub use helseid_protocol as protocol;

/// The guide's code compiles.
#[cfg(all(doctest, feature = "redis"))]
#[doc = include_str!("../../../docs/guides/client.md")]
struct Guide;
