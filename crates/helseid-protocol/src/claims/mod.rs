//! What an access token claims, as types.

mod access_token;
mod client;
pub mod name;
mod person;

pub use access_token::AccessTokenClaims;
pub use client::ClientTenancy;
pub use person::SecurityLevel;
pub(crate) use person::claims_of_a_person;
