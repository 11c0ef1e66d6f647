//! The protection of one API.

use std::sync::Arc;

use crate::keys::KeysUnavailable;
use crate::metadata::ResourceMetadata;
use crate::pipeline::Pipeline;

/// The protection of one API. It makes tower layers ([`ApiProtection::layer`] and others) and, for programs that have the facts of a
/// request but not the request, verifiers ([`ApiProtection::verifier`]). Cheap to clone; all clones share keys, used proofs and
/// caches.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use axum::{Router, routing::get};
/// use helseid_api::ApiProtection;
///
/// let protection = ApiProtection::builder("https://helseid-sts.test.nhn.no", "nhn:my-api")
///     .public_url("https://api.example")
///     .build()?;
/// protection.warm_up().await?;
/// let app: Router = Router::new()
///     .route("/patients", get("all of them").layer(protection.require_scopes_all(["nhn:my-api/read"])?))
///     .route("/me", get("you").layer(protection.layer().person()));
/// # drop(app);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ApiProtection(pub(crate) Arc<Pipeline>);

impl ApiProtection {
    /// Fetches the issuers' keys, so that the first request need not wait for them, or to learn at the start that they
    /// are not available. Without it they are fetched at the first request.
    pub async fn warm_up(&self) -> Result<(), KeysUnavailable> {
        for (_, keys) in &self.0.issuers.0 {
            keys.warm_up().await?;
        }
        Ok(())
    }

    /// Protected resource metadata (RFC 9728); nothing for an API without a public address.
    #[must_use]
    pub fn metadata(&self) -> Option<&ResourceMetadata> {
        self.0.metadata.as_ref()
    }
}

impl std::fmt::Debug for ApiProtection {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("ApiProtection");
        shown.field("policy", &self.0.policy).field("address", &self.0.address).finish_non_exhaustive()
    }
}
