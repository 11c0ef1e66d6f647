//! A local HelseID that applies the rules that HelseID documents, and tells clients which one they broke.
//!
//! ```no_run
//! # async fn run() -> Result<(), helseid_authority::Error> {
//! use helseid_authority::{Authority, Config};
//! use std::net::Ipv4Addr;
//!
//! let authority = Authority::start(Config::in_memory().listen([(Ipv4Addr::LOCALHOST, 0).into()])).await?;
//! println!("{}", authority.issuer());
//! authority.shut_down().await;
//! # Ok(()) }
//! ```
//!
//! `endpoint -> AuthenticatedClient -> Binding (DPoP) -> Granted -> claims -> token -> response`
//!
//! | module | what |
//! | --- | --- |
//! | `config`, `assemble`, `running` | how it is configured, put together, and controlled while it runs |
//! | `nhn` | stand-ins for NHN's services: self-service and the test token service |
//! | `admin` | the JSON API of the registry, and its pages, over one service |
//! | `oauth` | the endpoints of an issuer: the steps above, with a type for each, and the state that they share |
//! | `login` | where people log in: the page with the persons, the browser's session |
//! | `conformance` | separate issuers that report what a client does |
//! | `replica` | one of several over PostgreSQL and Redis |
//! | `registry` | clients, APIs and organisations in memory; the rules of registration; the contents of a new registry |
//! | `keys` | the keys that sign tokens |
//! | `storage` | the registry in SQL; used assertions and proofs, and other short-lived state; the secret that replicas share |
//! | `outgoing` | what is sent to clients: notices of a logout |
//! | `issuer` | an issuer that is served: its name, its addresses, its profile |
//! | `faults` | simulated faults, as a layer around an issuer's endpoints |
//! | `trace` | how the newest requests ended |
//! | `web` | the server: connections, bodies, rate limits, and the forms of responses |
//! | `domain` | clients, APIs and organisations, and changes to them: plain data |
//! | `maintenance` | backup, key rotation and dry runs, for the command line |
//! | `test_authority` | an authority inside a user's own test |

mod admin;
mod assemble;
mod config;
mod conformance;
mod domain;
mod faults;
mod issuer;
mod keys;
mod login;
mod maintenance;
#[cfg(feature = "nhn")]
mod nhn;
mod oauth;
mod outgoing;
mod registry;
mod replica;
mod running;
mod storage;
mod test_authority;
mod trace;
mod web;

pub use assemble::Authority;
pub use config::{Config, Error};
pub use conformance::NotOpened;
pub use helseid_tls::{CaFiles, Tls, TlsError};
pub use registry::registration::{
    InsecureHost, InvalidInsecureHost, NotRegistered, Seed, SeedAction, SeedStep,
};
#[cfg(all(feature = "postgres", feature = "redis"))]
pub use replica::{InvalidAddress, Shared};
pub use running::Running;
pub use storage::registry::StoreError;
#[cfg(all(feature = "postgres", feature = "redis"))]
pub use storage::sealing::{InvalidSecret, SharedSecret};
pub use test_authority::{PersonLogin, TestAuthority, TestAuthorityBuilder, TestClock};
pub use web::network::{InvalidNetwork, Network};
