//! Where the issuers' keys come from.

use std::sync::Arc;

use helseid_http::IssuerKeyRing;
use helseid_protocol::id::{Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, VerifyKey};
use helseid_protocol::key_cache::IssuerKeys;
use helseid_protocol::resource::PresentedToken;

use crate::maybe_ready::MaybeReady;

/// The issuer's keys are not available: it has not answered yet, or not for so long that the last keys are too old.
///
/// ```no_run
/// # async fn example(protection: helseid_api::ApiProtection) -> Result<(), Box<dyn std::error::Error>> {
/// // At the start of a program that should say early that it cannot serve.
/// if let Err(why) = protection.warm_up().await {
///     tracing::warn!("requests will be answered with 503: {why}");
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[error("the issuer's keys are not available: {0}")]
pub struct KeysUnavailable(pub String);

/// The key, if there is one, or a future of it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_api::{Found, MaybeReady};
///
/// // There is no such key, and nothing to wait for.
/// let none: Found<'_> = MaybeReady::ready(Ok(None));
/// assert!(none.await?.is_none());
/// # Ok(()) }
/// ```
pub type Found<'a> = MaybeReady<'a, Result<Option<Arc<VerifyKey>>, KeysUnavailable>>;

/// Finds an issuer's keys. Implemented for keys fetched over HTTP ([`IssuerKeyRing`]) and for fixed ones.
///
/// A key of a newer set must be another [`Arc`], even if it is the same key: cached tokens are then verified again.
///
/// ```
/// use helseid_api::{Found, KeySource, KeysUnavailable, MaybeReady};
/// use helseid_api::protocol::{id::KeyId, jose::Algorithm, key_cache::IssuerKeys};
/// use tokio::sync::watch;
///
/// /// The newest set that another part of the program has read.
/// struct Pushed(watch::Receiver<Option<IssuerKeys>>);
///
/// impl KeySource for Pushed {
///     fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a> {
///         MaybeReady::ready(match &*self.0.borrow() {
///             Some(keys) => Ok(keys.find(kid, algorithm).cloned()),
///             None => Err(KeysUnavailable("no set was pushed yet".to_owned())),
///         })
///     }
/// }
/// ```
pub trait KeySource: Send + Sync + 'static {
    /// The key named `kid` that `algorithm` takes, if the issuer publishes one.
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a>;

    /// Further keys of this name and for this algorithm, which are tried if the signature is not by the key that
    /// [`KeySource::find`] returned: names need not be unique (RFC 7517 section 4.5).
    fn others(&self, _kid: &KeyId, _algorithm: Algorithm) -> Vec<Arc<VerifyKey>> {
        Vec::new()
    }

    /// Fetches the keys, so that the first request need not wait for them.
    fn warm_up(&self) -> MaybeReady<'_, Result<(), KeysUnavailable>> {
        MaybeReady::ready(Ok(()))
    }
}

impl KeySource for IssuerKeyRing {
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a> {
        if let Some(key) = self.find_kept(kid, algorithm) {
            return MaybeReady::ready(Ok(Some(key)));
        }
        MaybeReady::later(async move {
            Self::find(self, kid, algorithm).await.map_err(|why| KeysUnavailable(why.to_string()))
        })
    }

    fn others(&self, kid: &KeyId, algorithm: Algorithm) -> Vec<Arc<VerifyKey>> {
        Self::others(self, kid, algorithm)
    }

    fn warm_up(&self) -> MaybeReady<'_, Result<(), KeysUnavailable>> {
        MaybeReady::later(
            async move { Self::warm_up(self).await.map_err(|why| KeysUnavailable(why.to_string())) },
        )
    }
}

impl KeySource for IssuerKeys {
    fn find<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Found<'a> {
        MaybeReady::ready(Ok(Self::find(self, kid, algorithm).cloned()))
    }

    fn others(&self, kid: &KeyId, algorithm: Algorithm) -> Vec<Arc<VerifyKey>> {
        self.candidates(Some(kid), algorithm).skip(1).cloned().collect()
    }
}

/// The most further keys that a token is tried with: each costs a signature check, and strangers send tokens.
const MAX_OTHERS: usize = 9;

/// Each issuer with its keys; they are few, and searched one by one.
pub(crate) struct Issuers(pub(crate) Vec<(Issuer, Arc<dyn KeySource>)>);

impl Issuers {
    /// The key, if the issuer is one of ours.
    pub(crate) fn find<'a>(
        &'a self,
        issuer: &Issuer,
        kid: Option<&'a KeyId>,
        algorithm: Algorithm,
    ) -> Found<'a> {
        match (self.of(issuer), kid) {
            (Some(keys), Some(kid)) => keys.find(kid, algorithm),
            _ => MaybeReady::ready(Ok(None)),
        }
    }

    /// The issuer's key that the token is signed with, or `first` if it is signed with none of them.
    pub(crate) fn signer(&self, first: Arc<VerifyKey>, token: &PresentedToken<'_>) -> Arc<VerifyKey> {
        match (self.of(token.issuer()), token.kid()) {
            (Some(keys), Some(kid)) => {
                let mut others = keys.others(kid, token.algorithm());
                others.truncate(MAX_OTHERS);
                token.signer(first, &others)
            }
            _ => first,
        }
    }

    fn of(&self, issuer: &Issuer) -> Option<&Arc<dyn KeySource>> {
        self.0.iter().find(|(own, _)| own == issuer).map(|(_, keys)| keys)
    }
}
