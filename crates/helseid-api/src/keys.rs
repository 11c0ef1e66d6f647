//! Where the issuer's keys come from.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use helseid_http::IssuerKeyRing;
use helseid_protocol::id::KeyId;
use helseid_protocol::jose::{Algorithm, VerifyKey};
use helseid_protocol::key_cache::IssuerKeys;

/// No keys are there at all: the issuer has not answered yet.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the issuer's keys cannot be had: {0}")]
pub struct KeysUnavailable(pub String);

/// A key that was found, or none, sooner or later.
pub type Found<'a> =
    Pin<Box<dyn Future<Output = Result<Option<Arc<VerifyKey>>, KeysUnavailable>> + Send + 'a>>;

/// Finds the issuer's keys. Implemented for keys fetched over HTTP ([`IssuerKeyRing`]) and for fixed ones.
pub trait KeySource: Send + Sync + 'static {
    /// The key named `kid` that `algorithm` takes, if the issuer publishes one.
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a>;
}

impl KeySource for IssuerKeyRing {
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a> {
        Box::pin(async move {
            Self::find(self, kid, algorithm).await.map_err(|why| KeysUnavailable(why.to_string()))
        })
    }
}

impl KeySource for IssuerKeys {
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a> {
        let found = Self::find(self, kid, algorithm).cloned();
        Box::pin(std::future::ready(Ok(found)))
    }
}
