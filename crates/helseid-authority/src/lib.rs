//! A local HelseID, as strict as the real one, that says which rule was broken.
//!
//! ```no_run
//! # async fn run() -> Result<(), helseid_authority::Error> {
//! use helseid_authority::{Authority, Config};
//!
//! let authority = Authority::start(Config::in_memory().listen(["127.0.0.1:0".parse().unwrap()])).await?;
//! println!("{}", authority.issuer());
//! authority.shut_down().await;
//! # Ok(()) }
//! ```
//!
//! `endpoint -> AuthenticatedClient -> Binding (DPoP) -> Granted -> claims -> token -> response`
//!
//! | module | what |
//! | --- | --- |
//! | `config`, `assemble`, `running` | how it is configured, put together, and handled while it runs |
//! | `nhn` | doubles of NHN's services: self-service and the test token service |
//! | `admin` | the JSON API of the registry, and its pages, over one service |
//! | `oauth` | the endpoints of an issuer: the line above, a type for each step, and the state that they share |
//! | `conformance` | issuers of their own that report what a client does |
//! | `replica` | one of several over PostgreSQL and Redis |
//! | `registry` | clients, APIs and organisations in memory; the rules for what is registered; what a new one holds |
//! | `keys` | the keys that sign tokens |
//! | `storage` | the registry in SQL; used assertions and proofs, and what else lives for minutes; the secret that replicas share |
//! | `outgoing` | what is sent to clients: a logout that they are to know of |
//! | `issuer` | an issuer that is served: its name, its addresses, its profile |
//! | `faults` | faults on request, as a layer around an issuer's endpoints |
//! | `trace` | what became of the newest requests |
//! | `web` | the server: connections, bodies, rate limits, and the forms of responses |
//! | `domain` | clients, APIs and organisations, and changes of them: plain data |
//! | `maintenance` | backup, rotation and plans from outside |
//! | `test_authority` | one inside a user's own test |

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
