//! Where the issuers' keys come from.

use std::sync::Arc;

use helseid_http::IssuerKeyRing;
use helseid_protocol::id::{Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, VerifyKey};
use helseid_protocol::key_cache::IssuerKeys;

use crate::Soon;

/// No keys are there: the issuer has not answered yet, or not for so long that those from before are not believed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the issuer's keys cannot be had: {0}")]
pub struct KeysUnavailable(pub String);

/// A key that was found, or none, now or later.
pub type Found<'a> = Soon<'a, Result<Option<Arc<VerifyKey>>, KeysUnavailable>>;

/// Finds an issuer's keys. Implemented for keys fetched over HTTP ([`IssuerKeyRing`]) and for fixed ones.
///
/// A key of a newer set must be another [`Arc`], also if it is the same key: tokens seen before are checked anew then.
pub trait KeySource: Send + Sync + 'static {
    /// The key named `kid` that `algorithm` takes, if the issuer publishes one.
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a>;

    /// Makes sure that keys are there, so that the first request need not wait for them.
    fn warm_up(&self) -> Soon<'_, Result<(), KeysUnavailable>> {
        Soon::now(Ok(()))
    }
}

impl KeySource for IssuerKeyRing {
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a> {
        if let Some(key) = self.find_kept(kid, algorithm) {
            return Soon::now(Ok(Some(key)));
        }
        Soon::later(async move {
            Self::find(self, kid, algorithm).await.map_err(|why| KeysUnavailable(why.to_string()))
        })
    }

    fn warm_up(&self) -> Soon<'_, Result<(), KeysUnavailable>> {
        Soon::later(async move { Self::warm_up(self).await.map_err(|why| KeysUnavailable(why.to_string())) })
    }
}

impl KeySource for IssuerKeys {
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a> {
        Soon::now(Ok(Self::find(self, kid, algorithm).cloned()))
    }
}

/// Each issuer with its keys; few, so they are looked through.
pub(crate) struct Issuers(pub(crate) Vec<(Issuer, Arc<dyn KeySource>)>);

impl Issuers {
    /// The key of that issuer's, if it is one of ours.
    pub(crate) fn find<'a>(
        &'a self,
        issuer: &Issuer,
        kid: Option<&'a KeyId>,
        algorithm: Algorithm,
    ) -> Found<'a> {
        let keys = self.0.iter().find(|(own, _)| own == issuer).map(|(_, keys)| keys);
        match (keys, kid) {
            (Some(keys), Some(kid)) => keys.find(kid, algorithm),
            _ => Soon::now(Ok(None)),
        }
    }
}
