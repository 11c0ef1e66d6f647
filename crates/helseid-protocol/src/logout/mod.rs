//! Logout at the clients of a session that has ended: logout tokens (OpenID Connect Back-Channel Logout 1.0) and front-channel
//! logout (OpenID Connect Front-Channel Logout 1.0).
//!
//! ```text
//! read_body(content type, body)                    logout_token.form
//! PresentedLogoutToken::read(text, expectations)   logout_token.form  logout_token.typ  logout_token.alg  logout_token.iss
//!   .check(key, expectations)                      logout_token.kid  logout_token.signature  logout_token.aud
//!                                                  logout_token.iat  logout_token.exp  logout_token.subject
//!                                                  logout_token.events  logout_token.nonce  logout_token.jti
//!   the caller                                     logout_token.jti_once
//! FrontChannelLogout::read(query, issuer)          frontchannel.iss_sid
//! ```

mod check;
mod form;
mod front_channel;
mod look;
mod make;
#[cfg(test)]
mod tests;

pub use check::{Expectations, LogoutToken, PresentedLogoutToken};
pub use form::{body, read_body};
pub use front_channel::{FrontChannelLogout, front_channel_address};
pub use look::breaches;
pub use make::{LogoutRequest, claims};

/// `typ` of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4).
pub const TYP: &str = "logout+jwt";

/// The member of `events` that says what the token is for.
pub const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The most bytes of a logout token that are read: 8 KiB.
pub const MAX_BYTES: usize = 8 * 1024;
