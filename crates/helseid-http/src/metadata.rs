//! An issuer's metadata, kept.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use helseid_protocol::endpoint::{Metadata, metadata};
use helseid_protocol::id::Issuer;
use helseid_protocol::time::{Clock, Timestamp};
use http::StatusCode;
use tokio::sync::Mutex;

use crate::{FetchError, Outbound};

/// How long metadata is kept: 24 h.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// Fetches an issuer's metadata once a day. Checks that it is that issuer's own (RFC 8414 section 3.3).
///
/// ```no_run
/// # async fn example(outbound: std::sync::Arc<helseid_http::Outbound>) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_http::{IssuerMetadata, system_clock};
/// use helseid_protocol::id::Issuer;
/// use std::sync::Arc;
///
/// let issuer = Issuer::parse("https://helseid-sts.test.nhn.no")?;
/// let metadata = IssuerMetadata::new(issuer, outbound, Arc::new(system_clock));
/// println!("tokens are at {}", metadata.get().await?.token_endpoint);
/// # Ok(()) }
/// ```
pub struct IssuerMetadata {
    issuer: Issuer,
    outbound: Arc<Outbound>,
    clock: Arc<dyn Clock>,
    kept: ArcSwapOption<(Metadata, Timestamp)>,
    fetching: Mutex<()>,
}

impl IssuerMetadata {
    /// Fetches nothing yet.
    #[must_use]
    pub fn new(issuer: Issuer, outbound: Arc<Outbound>, clock: Arc<dyn Clock>) -> Self {
        Self { issuer, outbound, clock, kept: ArcSwapOption::empty(), fetching: Mutex::new(()) }
    }

    /// The issuer that is asked.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The metadata; fetched by one caller if it is not there or older than a day. Older metadata serves on while the
    /// issuer does not answer.
    pub async fn get(&self) -> Result<Metadata, FetchError> {
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        let _one_at_a_time = self.fetching.lock().await;
        if let Some(fresh) = self.fresh() {
            return Ok(fresh);
        }
        match (self.fetch().await, self.kept.load_full()) {
            (Ok(metadata), _) => {
                self.kept.store(Some(Arc::new((metadata.clone(), self.clock.now()))));
                Ok(metadata)
            }
            (Err(error), Some(kept)) => {
                tracing::warn!(issuer = %self.issuer, %error, "the issuer's metadata could not be fetched again");
                Ok(kept.0.clone())
            }
            (Err(error), None) => Err(error),
        }
    }

    fn fresh(&self) -> Option<Metadata> {
        let kept = self.kept.load();
        let (metadata, fetched) = kept.as_deref()?;
        // What was fetched in the future is old.
        let age = self.clock.now().checked_since(*fetched);
        age.is_some_and(|age| age < KEPT).then(|| metadata.clone())
    }

    /// Asks OpenID Connect's address, and where nothing is there RFC 8414's.
    async fn fetch(&self) -> Result<Metadata, FetchError> {
        let openid = self.issuer.at(metadata::PATH);
        match self.fetch_from(openid).await {
            Err(FetchError::Status { url: openid, status: StatusCode::NOT_FOUND }) => {
                match self.fetch_from(self.issuer.inserted(metadata::OAUTH_PATH)).await {
                    Err(FetchError::Status { url: oauth, status: status @ StatusCode::NOT_FOUND }) => {
                        Err(FetchError::NoMetadata { openid, oauth, status })
                    }
                    other => other,
                }
            }
            other => other,
        }
    }

    async fn fetch_from(&self, url: String) -> Result<Metadata, FetchError> {
        let answer = self.outbound.get(&url).await?;
        match answer.status() {
            StatusCode::OK => Ok(Metadata::read(answer.body(), &self.issuer)?),
            status => Err(FetchError::Status { url, status }),
        }
    }
}

impl std::fmt::Debug for IssuerMetadata {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("IssuerMetadata").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
