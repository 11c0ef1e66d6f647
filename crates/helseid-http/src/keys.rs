//! An issuer's keys, kept fresh.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use helseid_protocol::id::{Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, InvalidJwk, JwkSet, VerifyKey};
use helseid_protocol::key_cache::{IssuerKeys, REFRESH_EVERY, RefetchBudget};
use helseid_protocol::time::{Clock, Timestamp};
use http::StatusCode;
use tokio::sync::watch;

use crate::{FetchError, HttpError, HttpErrorKind, IssuerMetadata, Outbound};

/// How long after a failed fetch the next may begin.
const PAUSE: Duration = Duration::from_secs(5);

/// How long keys serve that cannot be refreshed, unless set: 24 h.
pub const MAX_KEY_AGE: Duration = Duration::from_secs(24 * 3600);

/// How long a request waits for new keys when the kept ones are old.
const PATIENCE: Duration = Duration::from_secs(2);

/// The keys that an issuer publishes. Reading takes no lock; a new set replaces the old one whole.
///
/// The keys are fetched at the first use, and again by the first use after 10 minutes: in the background, so that no
/// request waits; after 20 minutes that request waits for 2 s. While the issuer does not answer, the kept keys serve on
/// until they are [`MAX_KEY_AGE`] old, and nobody waits; then there are none until it answers: a key that the issuer took
/// away must not live on because somebody keeps us from hearing of it. A `kid` that is not known asks the issuer again, within a budget, since strangers choose it.
///
/// ```no_run
/// # async fn example(outbound: std::sync::Arc<helseid_http::Outbound>) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_http::{IssuerKeyRing, system_clock};
/// use helseid_protocol::{id::{Issuer, KeyId}, jose::Algorithm};
/// use std::sync::Arc;
///
/// let issuer = Issuer::parse("https://helseid-sts.test.nhn.no")?;
/// let keys = IssuerKeyRing::new(issuer, outbound, Arc::new(system_clock));
/// let key = keys.find(&KeyId::parse("1A2B")?, Algorithm::RS256).await?;
/// println!("{}", if key.is_some() { "published" } else { "unknown" });
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct IssuerKeyRing(Arc<Ring>);

struct Ring {
    metadata: IssuerMetadata,
    outbound: Arc<Outbound>,
    clock: Arc<dyn Clock>,
    max_age: Duration,
    kept: ArcSwapOption<Kept>,
    /// Held for moments, and never while anyone waits: strangers come here too.
    fetching: Mutex<Fetching>,
}

struct Kept {
    keys: IssuerKeys,
    fetched: Timestamp,
}

impl Kept {
    /// Of keys that were fetched in the future nobody knows how old they are: they are too old.
    fn age(&self, now: Timestamp) -> Duration {
        now.checked_since(self.fetched).unwrap_or(Duration::MAX)
    }
}

struct Fetching {
    budget: RefetchBudget,
    failed: Option<(Timestamp, FetchError)>,
    on_its_way: Option<Arrival>,
}

/// A fetch that goes on whether or not anyone waits for it.
#[derive(Clone)]
struct Arrival {
    began: Timestamp,
    outcome: watch::Receiver<Option<Outcome>>,
}

type Outcome = Result<Arc<Kept>, FetchError>;

impl Fetching {
    fn is_pausing(&self, now: Timestamp) -> bool {
        self.failed.as_ref().is_some_and(|(when, _)| when.plus(PAUSE).is_pending(PAUSE, now))
    }
}

impl IssuerKeyRing {
    /// Fetches nothing yet.
    #[must_use]
    pub fn new(issuer: Issuer, outbound: Arc<Outbound>, clock: Arc<dyn Clock>) -> Self {
        Self::with_max_age(issuer, outbound, clock, MAX_KEY_AGE)
    }

    /// The same with keys that serve for another time than [`MAX_KEY_AGE`] while the issuer does not answer; at least for
    /// 10 minutes.
    #[must_use]
    pub fn with_max_age(
        issuer: Issuer,
        outbound: Arc<Outbound>,
        clock: Arc<dyn Clock>,
        max_age: Duration,
    ) -> Self {
        let fetching = Fetching { budget: RefetchBudget::new(clock.now()), failed: None, on_its_way: None };
        Self(Arc::new(Ring {
            metadata: IssuerMetadata::new(issuer, outbound.clone(), clock.clone()),
            outbound,
            clock,
            max_age: max_age.max(REFRESH_EVERY),
            kept: ArcSwapOption::empty(),
            fetching: Mutex::new(fetching),
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
        let kept = kept.as_ref().filter(|kept| kept.age(self.0.clock.now()) < REFRESH_EVERY)?;
        kept.keys.find(kid, algorithm).cloned()
    }

    /// The key named `kid` for `algorithm`, if the issuer publishes one. Fails only if no keys are there, or none that are
    /// young enough to be believed.
    pub async fn find(
        &self,
        kid: &KeyId,
        algorithm: Algorithm,
    ) -> Result<Option<Arc<VerifyKey>>, FetchError> {
        Ok(self.holding(kid, algorithm).await?.keys.find(kid, algorithm).cloned())
    }

    /// All keys that [`IssuerKeyRing::find`] could give: names need not be unique.
    pub async fn find_all(
        &self,
        kid: &KeyId,
        algorithm: Algorithm,
    ) -> Result<Vec<Arc<VerifyKey>>, FetchError> {
        let kept = self.holding(kid, algorithm).await?;
        Ok(kept.keys.candidates(Some(kid), algorithm).cloned().collect())
    }

    /// The kept keys of this name and for this algorithm beside the one that [`IssuerKeyRing::find`] gives.
    #[must_use]
    pub fn others(&self, kid: &KeyId, algorithm: Algorithm) -> Vec<Arc<VerifyKey>> {
        let kept = self.0.kept.load();
        kept.iter().flat_map(|kept| kept.keys.candidates(Some(kid), algorithm).skip(1)).cloned().collect()
    }

    /// Why some of the kept keys cannot be used.
    #[must_use]
    pub fn passed_over(&self) -> Vec<InvalidJwk> {
        self.0.kept.load().iter().flat_map(|kept| kept.keys.passed_over()).cloned().collect()
    }

    /// The keys, fetched again if none of them is this one.
    async fn holding(&self, kid: &KeyId, algorithm: Algorithm) -> Outcome {
        let kept = self.up_to_date().await?;
        if kept.keys.find(kid, algorithm).is_some() || kept.keys.names(kid) {
            return Ok(kept);
        }
        Ok(self.0.refetched(&kept).await.unwrap_or(kept))
    }

    /// Fetches the keys if none are there, so that the first request need not wait.
    pub async fn warm_up(&self) -> Result<(), FetchError> {
        self.up_to_date().await.map(drop)
    }

    async fn up_to_date(&self) -> Result<Arc<Kept>, FetchError> {
        let Some(kept) = self.0.kept.load_full() else { return self.0.other_than(None).await };
        let now = self.0.clock.now();
        let age = kept.age(now);
        if age < REFRESH_EVERY {
            return Ok(kept);
        }
        if age >= self.0.max_age {
            return self.0.other_than(Some(&kept)).await;
        }
        let was_failing = self.0.fetching().failed.is_some();
        let Some(arrival) = self.0.fetch(|_, _| self.0.newer(Some(&kept)).is_none()) else {
            return Ok(self.0.newer(Some(&kept)).unwrap_or(kept));
        };
        if age < REFRESH_EVERY * 2 || was_failing || now.since(arrival.began) > PATIENCE {
            return Ok(kept);
        }
        match tokio::time::timeout(PATIENCE, self.0.arrived(arrival)).await {
            Ok(Ok(newer)) => Ok(newer),
            _ => Ok(kept),
        }
    }
}

impl Ring {
    fn fetching(&self) -> MutexGuard<'_, Fetching> {
        self.fetching.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was fetched since.
    fn newer(&self, known: Option<&Arc<Kept>>) -> Option<Arc<Kept>> {
        self.kept.load_full().filter(|newer| known.is_none_or(|known| !Arc::ptr_eq(newer, known)))
    }

    /// The fetch that is on its way; or a new one, unless the last one failed just now or `may_begin` says no. Between its
    /// word and the fetch nothing else is kept.
    fn fetch(self: &Arc<Self>, may_begin: impl FnOnce(&mut Fetching, Timestamp) -> bool) -> Option<Arrival> {
        let now = self.clock.now();
        let mut fetching = self.fetching();
        // One whose runtime has ended never arrives.
        let on_its_way = fetching.on_its_way.as_ref();
        if let Some(arrival) = on_its_way.filter(|arrival| arrival.outcome.has_changed().is_ok()) {
            return Some(arrival.clone());
        }
        if fetching.is_pausing(now) || !may_begin(&mut fetching, now) {
            return None;
        }
        let (sender, outcome) = watch::channel(None);
        let arrival = Arrival { began: now, outcome };
        fetching.on_its_way = Some(arrival.clone());
        let ring = self.clone();
        tokio::spawn(async move {
            let outcome = ring.fetch_keys().await.map(|keys| Arc::new(Kept { keys, fetched: now }));
            ring.keep(&outcome, now);
            let _ = sender.send(Some(outcome));
        });
        Some(arrival)
    }

    fn keep(&self, outcome: &Outcome, began: Timestamp) {
        let mut fetching = self.fetching();
        fetching.on_its_way = None;
        match outcome {
            Ok(kept) => {
                fetching.failed = None;
                self.kept.store(Some(kept.clone()));
            }
            Err(error) => {
                let (issuer, now) = (self.metadata.issuer(), self.clock.now());
                if self.kept.load().as_ref().is_some_and(|kept| kept.age(now) >= self.max_age) {
                    tracing::error!(
                        %issuer,
                        %error,
                        max_age_seconds = self.max_age.as_secs(),
                        "the issuer's keys could not be fetched, and the kept ones are too old to be believed: \
                         no token of this issuer is taken until it answers"
                    );
                } else {
                    tracing::warn!(%issuer, %error, "the issuer's keys could not be fetched");
                }
                fetching.failed = Some((began, error.clone()));
            }
        }
    }

    async fn arrived(&self, mut arrival: Arrival) -> Outcome {
        let outcome = arrival.outcome.wait_for(Option::is_some).await;
        outcome.ok().and_then(|outcome| outcome.clone()).unwrap_or_else(|| {
            let (issuer, why) = (self.metadata.issuer().as_str(), "the fetch was broken off");
            Err(HttpError::new(HttpErrorKind::Broken, issuer, why).into())
        })
    }

    /// The keys in the place of those that are too old, or of none: whoever asks waits for them.
    async fn other_than(self: &Arc<Self>, old: Option<&Arc<Kept>>) -> Outcome {
        if let Some(arrival) = self.fetch(|_, _| self.newer(old).is_none()) {
            return self.arrived(arrival).await;
        }
        let failed = self.fetching().failed.as_ref().map(|(_, error)| error.clone());
        match (self.newer(old), failed) {
            (Some(kept), _) => Ok(kept),
            (None, Some(error)) => Err(error),
            (None, None) => Err(HttpError::new(HttpErrorKind::Broken, "", "no fetch was begun").into()),
        }
    }

    /// The keys after another fetch, if the budget has one left; those that were fetched meanwhile.
    async fn refetched(self: &Arc<Self>, known: &Arc<Kept>) -> Option<Arc<Kept>> {
        let newer = || self.newer(Some(known));
        if let Some(newer) = newer() {
            return Some(newer);
        }
        let is_granted =
            |fetching: &mut Fetching, now| newer().is_none() && fetching.budget.take(now).is_ok();
        match self.fetch(is_granted) {
            Some(arrival) => self.arrived(arrival).await.ok(),
            None => newer(),
        }
    }

    async fn fetch_keys(&self) -> Result<IssuerKeys, FetchError> {
        let url = self.metadata.get().await?.jwks_uri;
        let url = url.ok_or_else(|| FetchError::NoKeysAddress { issuer: self.metadata.issuer().clone() })?;
        let answer = self.outbound.get(&url).await?;
        if answer.status() != StatusCode::OK {
            return Err(FetchError::Status { url, status: answer.status() });
        }
        let set = JwkSet::read(answer.body()).map_err(|why| FetchError::Keys { url: url.clone(), why })?;
        let keys = IssuerKeys::new(&set);
        if keys.is_empty() {
            return Err(FetchError::NoKeys { url });
        }
        for (key, source) in keys.published() {
            tracing::warn!(%url, key = %key.thumbprint(), source, "anyone can sign with this key of the issuer's: its private half is published");
        }
        for why in keys.passed_over() {
            tracing::debug!(%url, %why, "a key of the issuer cannot be used");
        }
        Ok(keys)
    }
}

impl std::fmt::Debug for IssuerKeyRing {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("IssuerKeyRing").field("issuer", self.issuer()).finish_non_exhaustive()
    }
}
