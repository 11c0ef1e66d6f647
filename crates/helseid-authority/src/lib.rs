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
//! `http -> AuthenticatedClient -> Binding (DPoP) -> Grant -> Claims -> SignedToken -> reply`
//!
//! | module | what |
//! | --- | --- |
//! | `config`, `start` | what it is told, and how it comes up and goes down |
//! | `app` | the one value that all requests share |
//! | `http` | bytes to requests and replies to bytes; decides nothing |
//! | `token` | the line above, a type for each step |
//! | `model`, `change`, `registry`, `store` | clients, APIs and organisations: plain data, read from memory, changed in the store first |
//! | `signing` | the keys that sign tokens |
//! | `fleeting` | used assertions and proofs, and what else lives for minutes |
//! | `replica`, `secret` | one of several over PostgreSQL and Redis |
//! | `trace` | what became of the newest requests |
//! | `limits`, `network`, `scenarios` | how often one may ask, and who is one; faults on request |
//! | `admin` | the JSON API of the registry |
//! | `conformance` | issuers of their own that report what a client does |
//! | `maintenance` | backup, rotation and plans from outside |
//! | `first_start` | what a new registry holds |
//! | `registering` | what may stand in the registry, whoever sends it; seed files |
//! | `self_service`, `test_tokens` | doubles of NHN's services |
//! | `test_authority` | one inside a user's own test |

mod admin;
mod app;
mod change;
mod config;
mod conformance;
mod first_start;
mod fleeting;
mod http;
mod limits;
mod maintenance;
mod model;
mod network;
mod registering;
mod registry;
mod replica;
mod scenarios;
mod secret;
mod self_service;
mod signing;
mod start;
mod store;
mod test_authority;
mod test_tokens;
mod token;
mod trace;

pub use config::{Config, Error};
pub use network::{InvalidNetwork, Network};
pub use registering::{NotRegistered, Seed, SeedAction, SeedStep};
pub use replica::{InvalidAddress, Shared};
pub use secret::{InvalidSecret, SharedSecret};
pub use start::{Authority, Running};
pub use store::StoreError;
pub use test_authority::{TestAuthority, TestClock};
