//! The ID token: how an authority tells a client who logged in (OpenID Connect Core 1.0 section 2, and HelseID's own claims).
//!
//! An authority makes the claims with [`claims`]. A client checks what came, rule by rule:
//!
//! ```text
//! PresentedIdToken::read(text, expectations)   id_token.form  id_token.typ  id_token.alg  id_token.iss
//!   .check(key, expectations)                  id_token.kid  id_token.signature  id_token.aud  id_token.azp
//!                                              id_token.sub  id_token.exp  id_token.iat  id_token.nonce
//!                                              id_token.at_hash, then by the occasion
//!                       at a login             id_token.auth_time  id_token.level  id_token.idp  id_token.acr
//!                       at a refresh           id_token.refreshed
//! ```
//!
//! An authority that is handed one back as a hint reads it as a [`Hint`].

mod at_hash;
mod check;
mod data;
mod hint;
mod look;
mod make;
mod occasion;
#[cfg(test)]
mod tests;

pub use at_hash::at_hash;
pub use check::{Expectations, PresentedIdToken};
pub use data::IdTokenClaims;
pub use hint::Hint;
pub use look::breaches;
pub use make::{IdTokenRequest, claims};
pub use occasion::{Occasion, Requested};

/// `typ` of an ID token.
pub const TYP: &str = "JWT";

/// The most bytes of an ID token that are read: 16 KiB.
pub const MAX_BYTES: usize = 16 * 1024;
