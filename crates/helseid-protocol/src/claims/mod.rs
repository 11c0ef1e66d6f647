//! What an access token claims, as types.

mod access_token;
mod actor;
mod client;
pub mod name;
mod person;
mod pid;

pub use access_token::AccessTokenClaims;
pub use actor::{ACT, Actor, NewActor, exchanged};
pub use client::ClientTenancy;
pub use person::SecurityLevel;
pub(crate) use person::claims_of_a_person;
pub use pid::{InvalidPid, Pid};
