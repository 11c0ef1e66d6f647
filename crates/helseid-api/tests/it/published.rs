//! An issuer that publishes its keys on the loopback, as the test says.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use helseid_api::test_util::TestIssuer;
use helseid_protocol::jose::JwkSet;
use http::StatusCode;
use tokio::sync::{Notify, RwLock};

use crate::wire::serve;

/// Metadata and keys, which the test changes while they are fetched.
#[derive(Default)]
pub(crate) struct PublishedKeys {
    issuers: RwLock<Vec<TestIssuer>>,
    mood: RwLock<Mood>,
    fetches: AtomicUsize,
    moved: Notify,
}

/// What becomes of who fetches the keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    #[default]
    Well,
    Failing,
    Silent,
}

/// Serves an issuer that publishes no key yet.
pub(crate) async fn published() -> (Arc<PublishedKeys>, TestIssuer) {
    let keys = Arc::new(PublishedKeys::default());
    let name = serve(|address| keys.router(address)).await;
    (keys, TestIssuer::new(&name))
}

impl PublishedKeys {
    /// Publishes the keys of these, and no others.
    pub(crate) async fn publish(&self, issuers: &[&TestIssuer]) {
        *self.issuers.write().await = issuers.iter().copied().cloned().collect();
    }

    pub(crate) async fn becomes(&self, mood: Mood) {
        *self.mood.write().await = mood;
        self.moved.notify_waiters();
    }

    /// How often the keys were fetched.
    pub(crate) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    async fn jwks(&self) -> Result<String, StatusCode> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        loop {
            let moved = self.moved.notified();
            let mood = *self.mood.read().await;
            match mood {
                Mood::Well => break,
                Mood::Failing => return Err(StatusCode::SERVICE_UNAVAILABLE),
                Mood::Silent => moved.await,
            }
        }
        let issuers = self.issuers.read().await;
        let keys = issuers.iter().flat_map(|issuer| issuer.key_set().keys().to_vec()).collect();
        Ok(JwkSet::new(keys).to_json())
    }

    fn router(self: &Arc<Self>, address: &str) -> Router {
        let metadata = format!(
            r#"{{"issuer":"{address}","jwks_uri":"{address}/jwks","token_endpoint":"{address}/token"}}"#
        );
        let keys = self.clone();
        Router::new()
            .route("/.well-known/openid-configuration", get(move || async move { metadata }))
            .route("/jwks", get(move || async move { keys.jwks().await }))
    }
}
