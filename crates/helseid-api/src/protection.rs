//! The protection of an API, and the layers that it makes.

use std::sync::Arc;

use helseid_protocol::scope::{InvalidScope, Scope, ScopeSet};

use crate::KeysUnavailable;
use crate::builder::ApiProtectionBuilder;
use crate::layer::{Anonymous, ProtectionLayer};
use crate::metadata::ResourceMetadata;
use crate::verifier::Verifier;

/// The protection of one API. Cheap to clone; all clones share keys, used proofs, and what is remembered.
#[derive(Clone)]
pub struct ApiProtection(pub(crate) Arc<Verifier>);

impl ApiProtection {
    /// Starts with HelseID's own demands: DPoP, the API alone in `aud`, proofs of the last 10 s.
    ///
    /// `issuer` is whose tokens are taken, `audience` the API's name.
    #[must_use]
    pub fn builder(issuer: impl Into<String>, audience: impl Into<String>) -> ApiProtectionBuilder {
        ApiProtectionBuilder::new(issuer.into(), audience.into())
    }

    /// Lets in every caller with a valid token, whatever its scopes. Add demands to it.
    #[must_use]
    pub fn layer(&self) -> ProtectionLayer {
        ProtectionLayer::new(self.0.clone(), Anonymous::Refused)
    }

    /// Also lets through who brings no credentials, as nobody: for routes that serve everyone and know some. Credentials
    /// that come must be right, and demands are made of those who bring them.
    #[must_use]
    pub fn optional(&self) -> ProtectionLayer {
        ProtectionLayer::new(self.0.clone(), Anonymous::LetThrough)
    }

    /// Lets in callers whose token has all of these scopes.
    pub fn require_scopes_all<'a>(
        &self,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Result<ProtectionLayer, InvalidScope> {
        self.layer().scopes_all(scopes)
    }

    /// Lets in callers whose token has at least one of these scopes.
    pub fn require_scopes_any<'a>(
        &self,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Result<ProtectionLayer, InvalidScope> {
        self.layer().scopes_any(scopes)
    }

    /// Fetches the issuers' keys, so that the first request need not wait for them, or to learn at the start that they
    /// cannot be had. Without it they are fetched at the first request.
    pub async fn warm_up(&self) -> Result<(), KeysUnavailable> {
        for (_, keys) in &self.0.issuers.0 {
            keys.warm_up().await?;
        }
        Ok(())
    }

    /// Protected resource metadata (RFC 9728); nothing for an API that was told no public address.
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

pub(crate) fn scopes<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Result<ScopeSet, InvalidScope> {
    let scopes = ScopeSet::of(scopes.into_iter().map(Scope::parse).collect::<Result<Vec<_>, _>>()?)?;
    // A guard that asks for nothing would let everybody in.
    if scopes.is_empty() { Err(InvalidScope::Empty) } else { Ok(scopes) }
}
