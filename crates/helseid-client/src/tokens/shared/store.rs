//! The trait of stores.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The future result of an operation on a store.
///
/// ```
/// use helseid_client::{StoreError, Stored};
///
/// fn in_time<'a>(asked: impl Future<Output = Option<Vec<u8>>> + Send + 'a) -> Stored<'a, Option<Vec<u8>>> {
///     let limit = std::time::Duration::from_millis(200);
///     Box::pin(async move { tokio::time::timeout(limit, asked).await.map_err(StoreError::new) })
/// }
/// ```
pub type Stored<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Where processes keep the sealed tokens that they share. Implement it for a store that you have; with the feature `redis`
/// there is `RedisStore`. If the store loses a token, a process requests a new one from the authority.
///
/// ```
/// use std::{collections::HashMap, sync::Mutex, time::Duration};
/// use helseid_client::{SharedStore, StoreError, Stored};
///
/// /// For clients within one process.
/// #[derive(Default)]
/// struct InMemory(Mutex<HashMap<String, Vec<u8>>>);
///
/// impl SharedStore for InMemory {
///     fn get<'a>(&'a self, place: &'a str) -> Stored<'a, Option<Vec<u8>>> {
///         Box::pin(async move { Ok(self.0.lock().map_err(StoreError::new)?.get(place).cloned()) })
///     }
///     fn put<'a>(&'a self, place: &'a str, sealed: Vec<u8>, _: Duration) -> Stored<'a, ()> {
///         Box::pin(async move {
///             self.0.lock().map_err(StoreError::new)?.insert(place.to_owned(), sealed);
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait SharedStore: Send + Sync + 'static {
    /// The value at `place`, if there is one.
    fn get<'a>(&'a self, place: &'a str) -> Stored<'a, Option<Vec<u8>>>;
    /// Writes a value to `place`, replacing the one that is there. The store may drop it after `lifetime`.
    fn put<'a>(&'a self, place: &'a str, sealed: Vec<u8>, lifetime: Duration) -> Stored<'a, ()>;
}

/// A store failed. The reason is one line, without anything secret.
///
/// ```
/// use helseid_client::StoreError;
///
/// let error = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
/// assert_eq!(StoreError::new(&error).to_string(), "connection refused");
/// ```
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
