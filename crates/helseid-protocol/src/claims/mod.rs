//! What a JWT claims: members taken out of a JSON object, and the access token's as types.

mod access_token;
mod helseid;
pub(crate) mod member;
pub mod name;

pub use access_token::AccessTokenClaims;
pub use helseid::{ClientTenancy, SecurityLevel};
