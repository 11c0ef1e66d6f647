//! The trait of stores.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The future result of an operation on a store.
pub type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Where processes keep the sealed tokens that they share. Implement it for a store that you have; with the feature `redis`
/// there is `RedisStore`. If the store loses a token, a process requests a new one from the authority.
pub trait SharedStore: Send + Sync + 'static {
    /// The value at `place`, if there is one.
    fn get<'a>(&'a self, place: &'a str) -> Stored<'a, Option<Vec<u8>>>;
    /// Writes a value to `place`, replacing the one that is there. The store may drop it after `lifetime`.
    fn put<'a>(&'a self, place: &'a str, sealed: Vec<u8>, lifetime: Duration) -> Stored<'a, ()>;
}

/// A store failed. The reason is one line, without anything secret.
#[derive(Debug, Clone)]
pub struct StoreError(String);

impl StoreError {
    /// With this reason.
    pub fn new(why: impl fmt::Display) -> Self {
        Self(why.to_string())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for StoreError {}
