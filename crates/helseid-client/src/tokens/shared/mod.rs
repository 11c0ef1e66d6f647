//! Tokens that several processes of one client share: requested by one, used by all.
//!
//! A token is useless without the key that it is bound to, so all processes must make their proofs with one key:
//! [`ClientBuilder::prove_with_client_key`](crate::ClientBuilder::prove_with_client_key) or
//! [`ClientBuilder::prove_with`](crate::ClientBuilder::prove_with). Building a client with a shared cache and a proof key that
//! only this process has is an error.
//!
//! Values are sealed (AES-256-GCM) with a key that the store never sees, each for its own place: a value that was moved or
//! changed is not accepted. A place is a hash over issuer, client, signing key, proof key and what is requested. When the store
//! fails or is slow, the token comes from the authority, and no call fails.

mod cache;
mod key;
#[cfg(feature = "redis")]
mod redis;
mod store;

pub(crate) use cache::SharedCache;
pub(super) use cache::place;
pub use key::{InvalidSharedKey, SharedKey};
#[cfg(feature = "redis")]
pub use redis::RedisStore;
pub use store::{SharedStore, StoreError, Stored};
