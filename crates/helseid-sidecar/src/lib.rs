//! HelseID for programs in any language, over HTTP on the same machine: calls of APIs with token and proof, tokens by the contract of
//! Texas, `Authorization` and `DPoP` headers for requests that the program sends itself, and checks of the callers of its own API.
//!
//! ```no_run
//! use helseid_sidecar::{Config, ListenFlags, Listener, Sidecar, Sources};
//!
//! # async fn run() -> Result<(), helseid_sidecar::SidecarError> {
//! let config = Config::read(Sources {
//!     file: Some("helseid.toml".as_ref()),
//!     account: None,
//!     flags: Default::default(),
//!     listen: ListenFlags { socket: Some("/run/helseid/sidecar.sock".into()), ..ListenFlags::default() },
//!     variable: &|name| std::env::var(name).ok(),
//! })?;
//! let listener = Listener::bind(config.listen()).await?;
//! Sidecar::new(config)?.serve(listener, std::future::pending()).await;
//! # Ok(()) }
//! ```
//!
//! | folder | what |
//! | --- | --- |
//! | `assemble` | puts a sidecar together |
//! | `listen` | the socket or the port, and connections with limits |
//! | `operations` | `/health`, `/ready`, `/metrics`, `/openapi.json` |
//! | `outbound` | `/api/v1/token`, `/api/v1/token/exchange`, `/oauth2/token`, `/api/v1/headers`, `/api/v1/answered`, `/call/NAME/…` |
//! | `inbound` | `/api/v1/validate/NAME`, `/forward-auth/NAME`, `/api/v1/introspect` |
//! | `config` | `helseid.toml`, flags and the environment |
//! | `callers` | who may use it |
//! | `admitted` | tokens that were admitted with a proof |
//! | `texas`, `fields` | the members of a request, from JSON or a form, with Texas's names |
//! | `openapi` | generates `openapi.json` from all of this, in a test |
//! | `methods` | methods of requests, bounded and by name |
//! | `outcomes`, `metrics`, `refusal`, `error` | the foundation of the others |

mod admitted;
mod assemble;
mod callers;
mod config;
mod error;
mod fields;
mod inbound;
mod listen;
mod methods;
mod metrics;
#[cfg(test)]
mod openapi;
mod operations;
mod outbound;
mod outcomes;
mod refusal;
mod texas;

pub use assemble::Sidecar;
pub use config::{Config, Listen, ListenFlags, Sources};
pub use error::SidecarError;
pub use listen::Listener;
