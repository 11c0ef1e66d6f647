//! Logs people in with HelseID, in axum apps and in native programs.
//!
//! ```no_run
//! # #[cfg(feature = "web")]
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use axum::{Router, routing::get};
//! use helseid_client::Config;
//! use helseid_login::{Login, User};
//!
//! async fn home(user: User) -> String {
//!     format!("Hello, {}", user.name().unwrap_or("whoever you are"))
//! }
//!
//! let login = Login::builder(Config::load()?).public_url("http://localhost:3000").build()?;
//! let app: Router = login.around(Router::new().route("/", get(home)));
//! # Ok(()) }
//! ```
//!
//! | module | what |
//! | --- | --- |
//! | `web` | the router, the extractors and the pages of a web app |
//! | `native` | a login at a terminal, by the browser of the machine |
//! | `person` | calls of APIs on behalf of a person |
//! | [`session`] | the session of a person: created, sealed, opened, refreshed, ended |
//! | [`store`] | where sessions are kept |
//! | `keys` | the keys that seal sessions and cookies |
//! | [`flow`] | one login, from the pushed request to the verified ID token, as a chain of types |
//! | [`protocol`] | the types of `helseid-protocol` in this crate's public functions, and what creates their values; depend on that crate for anything else |

pub mod flow;
mod keys;
#[cfg(feature = "native")]
pub mod native;
mod person;
pub mod protocol;
pub mod session;
pub mod store;
#[cfg(feature = "test-util")]
pub mod test_util;
#[cfg(feature = "web")]
mod web;

pub use keys::{InvalidKeys, SealingKeys};
pub use person::{
    AttestedCall, AttestedClient, Attesting, PersonCall, PersonClient, PersonError, StepUpRequired,
};
#[cfg(feature = "web")]
pub use web::{
    Arrival, Decision, InvalidLogin, Login, LoginBuilder, NotLoggedIn, Required, RequiredService,
    SessionChanged, User, demand,
};

/// The guide's programs compile.
#[cfg(all(doctest, feature = "web", feature = "test-util"))]
#[doc = include_str!("../../../docs/guides/log-in.md")]
struct Guide;
