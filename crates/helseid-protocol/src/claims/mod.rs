//! What a JWT claims: members taken out of a JSON object, and the access token's as types.

mod access_token;
mod client;
pub(crate) mod member;
pub mod name;
mod person;

pub use access_token::AccessTokenClaims;
pub use client::ClientTenancy;
pub use person::SecurityLevel;
