//! What the API says of itself: protected resource metadata (RFC 9728).

use axum::Router;
use axum::routing::get;
use helseid_protocol::dpop::Target;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::resource::{Policy, Scheme};
use helseid_protocol::scope::ScopeSet;
use http::header::CONTENT_TYPE;
use serde_json::json;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The document, and where it belongs: the well-known path stands before the path of the public address (RFC 9728
/// section 3.1).
#[derive(Debug, Clone)]
pub struct ResourceMetadata {
    url: String,
    path: String,
    json: String,
}

impl ResourceMetadata {
    pub(crate) fn new(public: &Target, policy: &Policy, scopes: &ScopeSet) -> Self {
        let resource = public.as_str().trim_end_matches('/');
        let host_end = resource.find("://").map_or(0, |at| at + 3);
        let (origin, path) = match resource.get(host_end..).and_then(|rest| rest.find('/')) {
            Some(slash) => resource.split_at(host_end + slash),
            None => (resource, ""),
        };
        let path = format!("{WELL_KNOWN}{path}");
        let mut document = json!({
            "resource": resource,
            "authorization_servers": policy.issuers,
            "bearer_methods_supported": ["header"],
        });
        if policy.scheme != Scheme::Bearer {
            let names: Vec<_> = Algorithm::HELSEID.iter().map(|algorithm| algorithm.name()).collect();
            document["dpop_signing_alg_values_supported"] = names.into();
        }
        document["dpop_bound_access_tokens_required"] = (policy.scheme == Scheme::Dpop).into();
        if !scopes.is_empty() {
            document["scopes_supported"] = json!(scopes);
        }
        Self { url: format!("{origin}{path}"), path, json: document.to_string() }
    }

    /// Where callers find it; what challenges name as `resource_metadata`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The path of [`ResourceMetadata::url`].
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The document, of type `application/json`.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// A router that serves it, to be merged outside of the protection.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let json = self.json.clone();
        let answer = move || async move { ([(CONTENT_TYPE, "application/json")], json) };
        Router::new().route(&self.path, get(answer))
    }
}
