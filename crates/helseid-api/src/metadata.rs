//! Protected resource metadata (RFC 9728).

use axum::Router;
use axum::routing::get;
use helseid_protocol::dpop::Target;
use helseid_protocol::id::Issuer;
use helseid_protocol::resource::{Policy, Scheme};
use helseid_protocol::scope::ScopeSet;
use http::header::CONTENT_TYPE;
use serde::Serialize;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The document and its URL: the well-known path is put before the path of the public address (RFC 9728
/// section 3.1).
///
/// ```
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
/// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
/// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
/// use axum::{Router, routing::get};
///
/// let app: Router = Router::new().route("/patients", get("all of them")).layer(protection.layer());
/// // Clients find out here where to get tokens for this API, without having one.
/// let app = match protection.metadata() {
///     Some(metadata) => app.merge(metadata.router()),
///     None => app,
/// };
/// # drop(app); assert_eq!(protection.metadata().map(|it| it.path()), Some("/.well-known/oauth-protected-resource"));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct ResourceMetadata {
    url: String,
    path: String,
    json: String,
}

/// RFC 9728 section 2.
#[derive(Serialize)]
struct Document<'a> {
    resource: &'a str,
    authorization_servers: &'a [Issuer],
    #[serde(skip_serializing_if = "ScopeSet::is_empty")]
    scopes_supported: &'a ScopeSet,
    bearer_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    dpop_signing_alg_values_supported: Option<Vec<&'static str>>,
    dpop_bound_access_tokens_required: bool,
}

impl ResourceMetadata {
    #[expect(clippy::expect_used, reason = "texts are JSON")]
    pub(crate) fn new(public: &Target, policy: &Policy, scopes: &ScopeSet) -> Self {
        let resource = public.as_str().trim_end_matches('/');
        let host_end = resource.find("://").map_or(0, |at| at + 3);
        let (origin, path) = match resource.get(host_end..).and_then(|rest| rest.find('/')) {
            Some(slash) => resource.split_at(host_end + slash),
            None => (resource, ""),
        };
        let path = format!("{WELL_KNOWN}{path}");
        let names = || policy.switches.algorithms.names();
        let document = Document {
            resource,
            authorization_servers: &policy.issuers,
            scopes_supported: scopes,
            bearer_methods_supported: ["header"],
            dpop_signing_alg_values_supported: (policy.scheme != Scheme::Bearer).then(names),
            dpop_bound_access_tokens_required: policy.scheme == Scheme::Dpop,
        };
        let json = serde_json::to_string(&document).expect("metadata is JSON");
        Self { url: format!("{origin}{path}"), path, json }
    }

    /// The URL of the document, which challenges name as `resource_metadata`.
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

    /// A router that serves the document. Merge it outside of the protection.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let json = self.json.clone();
        let answer = move || async move { ([(CONTENT_TYPE, "application/json")], json) };
        Router::new().route(&self.path, get(answer))
    }
}
