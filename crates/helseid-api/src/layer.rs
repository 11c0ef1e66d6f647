//! The tower layer.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use helseid_protocol::resource::Caller;
use helseid_protocol::rule::{Rule, Trail};
use helseid_protocol::scope::ScopeSet;
use http::Request;
use http::request::Parts;
use tower::{Layer, Service};

use crate::Rejection;
use crate::verifier::Verifier;

/// Which scopes are asked for.
#[derive(Debug, Clone)]
pub(crate) enum Guard {
    None,
    All(ScopeSet),
    Any(ScopeSet),
}

impl Guard {
    const fn scopes(&self) -> Option<&ScopeSet> {
        match self {
            Self::None => None,
            Self::All(scopes) | Self::Any(scopes) => Some(scopes),
        }
    }
}

/// Lets valid callers through to the service inside; answers the others itself.
#[derive(Clone)]
pub struct ProtectionLayer {
    verifier: Arc<Verifier>,
    guard: Arc<Guard>,
}

/// A protected service.
#[derive(Clone)]
pub struct ProtectionService<S> {
    inner: S,
    verifier: Arc<Verifier>,
    guard: Arc<Guard>,
}

impl ProtectionLayer {
    pub(crate) fn new(verifier: Arc<Verifier>, guard: Guard) -> Self {
        Self { verifier, guard: Arc::new(guard) }
    }
}

impl<S> Layer<S> for ProtectionLayer {
    type Service = ProtectionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ProtectionService { inner, verifier: self.verifier.clone(), guard: self.guard.clone() }
    }
}

impl<S> Service<Request<Body>> for ProtectionService<S>
where
    S: Service<Request<Body>, Response = Response> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        // The service that is ready, and a clone for the next request.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let (verifier, guard) = (self.verifier.clone(), self.guard.clone());
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match admitted(&verifier, &guard, &parts).await {
                Ok(caller) => {
                    parts.extensions.insert(caller);
                    parts.extensions.insert(AdmittedBy(verifier));
                    inner.call(Request::from_parts(parts, body)).await
                }
                Err(rejection) => {
                    let wants_nonce = rejection.rule() == Some(Rule::DpopNonce);
                    let nonces = verifier.nonces.as_ref().filter(|_| wants_nonce);
                    let nonce = nonces.map(|nonces| nonces.issue(verifier.clock.now()));
                    Ok(rejection.answer(&verifier.policy, guard.scopes(), nonce.as_ref()))
                }
            }
        })
    }
}

/// Whose check the caller in the extensions has passed.
#[derive(Clone)]
struct AdmittedBy(Arc<Verifier>);

async fn admitted(verifier: &Arc<Verifier>, guard: &Guard, parts: &Parts) -> Result<Caller, Rejection> {
    let trail = &mut Trail::new();
    // A layer of the same protection inside another: the proof was claimed by the outer one.
    let by_us = parts.extensions.get::<AdmittedBy>().is_some_and(|by| Arc::ptr_eq(&by.0, verifier));
    let caller = match parts.extensions.get::<Caller>().filter(|_| by_us) {
        Some(caller) => caller.clone(),
        None => verifier.caller(parts, trail).await?,
    };
    match guard {
        Guard::None => {}
        Guard::All(scopes) => caller.require_scopes_all(scopes, trail)?,
        Guard::Any(scopes) => caller.require_scopes_any(scopes, trail)?,
    }
    for (rule, facts) in trail.warnings() {
        tracing::info!(
            rule = rule.id(),
            expected = facts.expected,
            got = facts.got,
            "let pass with a warning"
        );
    }
    Ok(caller)
}
