//! What a JWT claims: members taken out of a JSON object, and the access token's as types.

pub(crate) mod member;
pub mod name;
