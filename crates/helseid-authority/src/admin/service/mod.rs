//! What the admin does, without HTTP: the JSON API and the pages call it alike, and each answers in its own way.

mod access_keys;
mod audit;
mod broken;
mod clients;
mod conformance;
mod error;
mod expiring;
mod faults;
mod logins;
mod persons;
mod registry;
mod resources;
mod sign_in_tokens;
mod signing_keys;
#[cfg(test)]
mod tests;
mod trace;

pub(crate) use conformance::ConformanceAdmin;
pub(super) use error::ServiceError;
pub(super) use expiring::ExpiringKey;
pub(crate) use faults::FaultAdmin;
pub(crate) use logins::LoginAdmin;
pub(crate) use registry::RegistryAdmin;
pub(super) use sign_in_tokens::{SESSION_LIFETIME, TokenHash, hash};
pub(crate) use sign_in_tokens::{SignInTokens, sign_in_link};
pub(crate) use signing_keys::SigningKeyAdmin;
pub(crate) use trace::TraceAdmin;
