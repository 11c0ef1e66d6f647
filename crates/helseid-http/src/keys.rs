//! An issuer's keys, kept fresh.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use helseid_protocol::id::{Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, JwkSet, VerifyKey};
use helseid_protocol::key_cache::{IssuerKeys, REFRESH_EVERY, RefetchBudget};
use helseid_protocol::time::{Clock, Timestamp};
use http::StatusCode;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::{FetchError, IssuerMetadata, Outbound};

/// How long after a failed fetch the next may begin.
const PAUSE: Duration = Duration::from_secs(5);

/// How long a request waits for keys anew when the kept ones are old.
const PATIENCE: Duration = Duration::from_secs(2);

/// The keys that an issuer publishes. Reading takes no lock; a new set replaces the old one whole.
///
/// The keys are fetched at the first use, and anew by the first use after 10 minutes: in the background, so that no
/// request waits; after 20 minutes that request waits for 2 s. While the issuer does not answer, the kept keys serve on,
/// and nobody waits. A `kid` that is not known asks the issuer again, within a budget, since strangers choose it.
#[derive(Clone)]
pub struct IssuerKeyRing(Arc<Ring>);

struct Ring {
    metadata: IssuerMetadata,
    outbound: Arc<Outbound>,
    clock: Arc<dyn Clock>,
    kept: ArcSwapOption<Kept>,
    fetching: Arc<Mutex<Fetching>>,
}

struct Kept {
    keys: IssuerKeys,
    fetched: Timestamp,
}

struct Fetching {
    budget: RefetchBudget,
    failed: Option<(Timestamp, FetchError)>,
}

impl Fetching {
    fn is_pausing(&self, now: Timestamp) -> bool {
        self.failed.as_ref().is_some_and(|(when, _)| now < when.plus(PAUSE))
    }
}

impl IssuerKeyRing {
    /// Fetches nothing yet.
    #[must_use]
    pub fn new(issuer: Issuer, outbound: Arc<Outbound>, clock: Arc<dyn Clock>) -> Self {
        let fetching = Fetching { budget: RefetchBudget::new(clock.now()), failed: None };
        Self(Arc::new(Ring {
            metadata: IssuerMetadata::new(issuer, outbound.clone(), clock.clone()),
            outbound,
            clock,
            kept: ArcSwapOption::empty(),
            fetching: Arc::new(Mutex::new(fetching)),
        }))
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        self.0.metadata.issuer()
    }

    /// The key named `kid` for `algorithm`, if it is kept and the kept keys are fresh: without waiting.
    #[must_use]
    pub fn find_kept(&self, kid: &KeyId, algorithm: Algorithm) -> Option<Arc<VerifyKey>> {
        let kept = self.0.kept.load();
        let kept = kept.as_ref().filter(|kept| self.0.clock.now().since(kept.fetched) < REFRESH_EVERY)?;
        kept.keys.find(kid, algorithm).cloned()
    }

    /// The key named `kid` for `algorithm`, if the issuer publishes one. Fails only if no keys are there at all.
    pub async fn find(
        &self,
        kid: &KeyId,
        algorithm: Algorithm,
    ) -> Result<Option<Arc<VerifyKey>>, FetchError> {
        let kept = self.up_to_date().await?;
        if let Some(key) = kept.keys.find(kid, algorithm) {
            return Ok(Some(key.clone()));
        }
        if kept.keys.names(kid) {
            return Ok(None);
        }
        Ok(self.0.refetched(&kept).await.and_then(|kept| kept.keys.find(kid, algorithm).cloned()))
    }

    /// Fetches the keys if none are there, so that the first request need not wait.
    pub async fn warm_up(&self) -> Result<(), FetchError> {
        self.up_to_date().await.map(drop)
    }

    async fn up_to_date(&self) -> Result<Arc<Kept>, FetchError> {
        let Some(kept) = self.0.kept.load_full() else { return self.0.first().await };
        let age = self.0.clock.now().since(kept.fetched);
        if age < REFRESH_EVERY {
            return Ok(kept);
        }
        let Some(refresh) = self.0.begin_refresh() else { return Ok(kept) };
        if age < REFRESH_EVERY * 2 || refresh.is_failing {
            return Ok(kept);
        }
        match tokio::time::timeout(PATIENCE, refresh.task).await {
            Ok(Ok(Ok(newer))) => Ok(newer),
            _ => Ok(kept),
        }
    }
}

/// A fetch that goes on whether or not anyone waits for it.
struct Refresh {
    task: JoinHandle<Result<Arc<Kept>, FetchError>>,
    is_failing: bool,
}

impl Ring {
    /// Begins a fetch, unless one is on its way or the last one failed just now.
    fn begin_refresh(self: &Arc<Self>) -> Option<Refresh> {
        let mut fetching = self.fetching.clone().try_lock_owned().ok()?;
        if fetching.is_pausing(self.clock.now()) {
            return None;
        }
        let (ring, is_failing) = (self.clone(), fetching.failed.is_some());
        let task = tokio::spawn(async move { ring.fetch(&mut fetching).await });
        Some(Refresh { task, is_failing })
    }

    async fn first(&self) -> Result<Arc<Kept>, FetchError> {
        let mut fetching = self.fetching.lock().await;
        match self.kept.load_full() {
            Some(kept) => Ok(kept),
            None => self.fetch(&mut fetching).await,
        }
    }

    /// The keys after another fetch, if the budget has one left; those that another request fetched meanwhile.
    async fn refetched(&self, known: &Arc<Kept>) -> Option<Arc<Kept>> {
        let mut fetching = self.fetching.lock().await;
        match self.kept.load_full() {
            Some(newer) if !Arc::ptr_eq(&newer, known) => Some(newer),
            _ if fetching.is_pausing(self.clock.now()) => None,
            _ => {
                fetching.budget.take(self.clock.now()).ok()?;
                self.fetch(&mut fetching).await.ok()
            }
        }
    }

    async fn fetch(&self, fetching: &mut Fetching) -> Result<Arc<Kept>, FetchError> {
        let now = self.clock.now();
        if let Some((_, error)) = fetching.failed.as_ref().filter(|(when, _)| now < when.plus(PAUSE)) {
            return Err(error.clone());
        }
        match self.fetch_keys().await {
            Ok(keys) => {
                fetching.failed = None;
                let kept = Arc::new(Kept { keys, fetched: now });
                self.kept.store(Some(kept.clone()));
                Ok(kept)
            }
            Err(error) => {
                tracing::warn!(issuer = %self.metadata.issuer(), %error, "the issuer's keys could not be fetched");
                fetching.failed = Some((now, error.clone()));
                Err(error)
            }
        }
    }

    async fn fetch_keys(&self) -> Result<IssuerKeys, FetchError> {
        let url = self.metadata.get().await?.jwks_uri;
        let answer = self.outbound.get(&url).await?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status { url, status: answer.status() });
        }
        let set = JwkSet::read(answer.body()).map_err(|why| FetchError::Keys { url: url.clone(), why })?;
        let keys = IssuerKeys::new(&set);
        if keys.is_empty() {
            return Err(FetchError::NoKeys { url });
        }
        if keys.unusable() > 0 {
            tracing::debug!(%url, unusable = keys.unusable(), "some of the issuer's keys cannot be used");
        }
        Ok(keys)
    }
}

impl std::fmt::Debug for IssuerKeyRing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("IssuerKeyRing").field("issuer", self.issuer()).finish_non_exhaustive()
    }
}
