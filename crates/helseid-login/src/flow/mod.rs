//! One login, from the pushed request to the verified ID token, as a chain of types: each step can be made by the one before
//! alone, so that no code reaches the token endpoint before the callback was checked, and nobody is anybody before the ID token
//! was.
//!
//! ```text
//! LoginClient::begin(request)       a pushed request, a new DPoP key             -> PushedLogin: the address, and a PendingLogin
//! Returned::read(query)             login.transaction, if there is no state      -> Returned
//!   .recognise(found)               login.transaction  login.browser  login.once -> Recognised
//!   .answer()                       login.iss  login.error  login.code           -> Coded
//!   .redeem()                       the token request, never sent twice          -> Redeemed
//!   .verify()                       id_token.*  login.same_person                -> Verified
//!   .describe()                     userinfo.sub                                 -> LoggedIn
//!
//! LoginClient::refresh(ask)         the token request, never sent twice          -> RefreshAnswer
//!   .verify(first)                  id_token.refreshed                           -> Refreshed
//! ```
//!
//! What is asked for is always pushed (RFC 9126), with PKCE (RFC 7636), `state`, `nonce` and `dpop_jkt`; the client authenticates
//! by `private_key_jwt`. All of that is FAPI 2.0, and works at any authority that follows it.
//!
//! | file | what |
//! | --- | --- |
//! | `client` | what all steps of all logins share |
//! | `request`, `begin` | what a login asks for, and how it begins |
//! | `pending` | what is kept while the person is away, and what of it stays afterwards |
//! | `callback`, `redeem`, `verify` | the way back, step by step |
//! | `refresh` | new tokens, and what a refreshed ID token may change |
//! | `id_token`, `logout` | tokens that the issuer signed for this client |
//! | `grants`, `key` | tokens, and the key that they are bound to |
//! | `provider`, `remote` | the authority as a login sees it: a trait, and the one on the network |
//! | `error` | why somebody is not logged in |

mod begin;
mod callback;
mod client;
mod error;
mod grants;
mod id_token;
mod key;
mod logout;
mod pending;
mod provider;
mod redeem;
mod refresh;
mod remote;
mod request;
#[cfg(test)]
mod tests;
mod verify;

pub use begin::PushedLogin;
pub use callback::{Coded, Found, Recognised, Returned};
pub use client::LoginClient;
pub use error::{LoginError, LoginErrorKind};
pub use grants::{AccessGrant, RefreshGrant};
pub use key::LoginKey;
pub use pending::{PendingLogin, SpentLogin};
pub use provider::Endpoints;
pub use redeem::Redeemed;
pub use refresh::{RefreshAnswer, RefreshAsk, Refreshed};
pub use request::LoginRequest;
pub use verify::{LoggedIn, Verified};

#[cfg(feature = "test-util")]
pub(crate) use error::refused_by_token_endpoint;
#[cfg(feature = "test-util")]
pub(crate) use provider::{Grant, Provided, Provider, Push};
