//! The tower layer.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use helseid_protocol::claims::{AccessTokenClaims, ClientTenancy, SecurityLevel};
use helseid_protocol::resource::{Caller, Scheme};
use helseid_protocol::rule::Trail;
use helseid_protocol::scope::InvalidScope;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use http_body_util::{Either, Full};
use tower::{Layer, Service};

use crate::answer::Refused;
use crate::answering::Answering;
use crate::demand::Demand;
use crate::patience::{AsLongAsItTakes, AtOnce, Halt, Later, Patience, at_once};
use crate::protection::scopes;
use crate::verifier::Verifier;
use crate::{Rejection, telemetry};

/// Lets valid callers through to the service inside; answers the others itself.
///
/// Each method adds a demand; all must hold.
#[derive(Clone)]
pub struct ProtectionLayer {
    verifier: Arc<Verifier>,
    demands: Vec<Demand>,
    anonymous: Anonymous,
}

/// What becomes of a request without credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anonymous {
    Refused,
    LetThrough,
}

/// A protected service.
#[derive(Clone)]
pub struct ProtectionService<S> {
    inner: S,
    layer: Arc<ProtectionLayer>,
}

/// The body of an answer: the service's own, or ours.
pub type AnswerBody<B> = Either<B, Full<Bytes>>;

impl ProtectionLayer {
    pub(crate) const fn new(verifier: Arc<Verifier>, anonymous: Anonymous) -> Self {
        Self { verifier, demands: Vec::new(), anonymous }
    }

    pub(crate) fn demand(mut self, demand: Demand) -> Self {
        self.demands.push(demand);
        self
    }

    /// Asks that the token has all of these scopes.
    pub fn scopes_all<'a>(self, all: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidScope> {
        Ok(self.demand(Demand::ScopesAll(scopes(all)?)))
    }

    /// Asks that the token has at least one of these scopes.
    pub fn scopes_any<'a>(self, any: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidScope> {
        Ok(self.demand(Demand::ScopesAny(scopes(any)?)))
    }

    /// Asks that a user is logged in at least this strongly; who is not gets the challenge of RFC 9470.
    #[must_use]
    pub fn security_level(self, least: SecurityLevel) -> Self {
        self.demand(Demand::SecurityLevel(least))
    }

    /// Asks that the client has one of these tenancies.
    #[must_use]
    pub fn tenancy(self, one_of: impl IntoIterator<Item = ClientTenancy>) -> Self {
        self.demand(Demand::Tenancy(one_of.into_iter().collect()))
    }

    /// Asks that the token names the organisation that the client acts for.
    #[must_use]
    pub fn organisation(self) -> Self {
        self.demand(Demand::Organisation)
    }

    /// Asks that the user is health personnel: the token has an HPR number.
    #[must_use]
    pub fn health_personnel(self) -> Self {
        self.check("a user with an HPR number", |claims| claims.hpr_number().is_some())
    }

    /// Asks whatever the claims can tell. `expected` is what callers read who do not meet it.
    #[must_use]
    pub fn check(
        self,
        expected: &str,
        holds: impl Fn(&AccessTokenClaims) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.demand(Demand::Claims(expected.into(), Arc::new(holds)))
    }

    /// Without waiting. Used proofs that may have to be waited for are not begun with: the proof would be checked twice.
    fn admit_at_once(&self, parts: &mut Parts) -> Result<Option<HeaderValue>, Halt<Refused, Later>> {
        let claims = self.verifier.policy.scheme != Scheme::Bearer;
        if claims && !self.verifier.replay.answers_at_once() {
            return Err(Halt::Later(Later));
        }
        at_once(self.admit::<AtOnce>(parts))
    }

    async fn admit<P: Patience>(
        &self,
        parts: &mut Parts,
    ) -> Result<Option<HeaderValue>, Halt<Refused, P::Later>> {
        let verifier = &self.verifier;
        let trail = &mut Trail::new();
        // A layer of the same protection inside another: the proof was claimed by the outer one.
        let by_us = parts.extensions.get::<AdmittedBy>().is_some_and(|by| Arc::ptr_eq(&by.0, verifier));
        let known = parts.extensions.get::<Caller>().filter(|_| by_us).cloned();
        let (caller, token, nonce) = match known {
            Some(caller) => (caller, None, None),
            None => match verifier.caller::<P>(parts, trail).await {
                Ok(admitted) => (admitted.caller, Some(admitted.token), admitted.nonce),
                Err(Halt::Later(later)) => return Err(Halt::Later(later)),
                Err(Halt::Refused(Rejection::NoCredentials)) if self.anonymous == Anonymous::LetThrough => {
                    // What another layer let in is not ours to hand on.
                    parts.extensions.remove::<Caller>();
                    parts.extensions.insert(AdmittedBy(verifier.clone()));
                    return Ok(None);
                }
                Err(Halt::Refused(rejection)) => {
                    return Err(Halt::Refused(Refused::by(verifier, rejection, self.demands.first())));
                }
            },
        };
        for demand in &self.demands {
            let unmet = |fault| Halt::Refused(Refused::by(verifier, Rejection::Fault(fault), Some(demand)));
            demand.check(&caller, trail).map_err(unmet)?;
        }
        if let Some(token) = token {
            telemetry::admitted(verifier, (&caller, token), trail);
            parts.extensions.insert(caller);
            parts.extensions.insert(AdmittedBy(verifier.clone()));
        }
        Ok(nonce)
    }
}

impl std::fmt::Debug for ProtectionLayer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("ProtectionLayer").field("demands", &self.demands).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for ProtectionLayer {
    type Service = ProtectionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ProtectionService { inner, layer: Arc::new(self.clone()) }
    }
}

impl<S, In, Out> Service<Request<In>> for ProtectionService<S>
where
    S: Service<Request<In>, Response = Response<Out>> + Clone + Send + 'static,
    S::Future: Send,
    In: Send + 'static,
{
    type Response = Response<AnswerBody<Out>>;
    type Error = S::Error;
    type Future = Answering<S::Future, Out, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<In>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        match self.layer.admit_at_once(&mut parts) {
            Ok(nonce) => Answering::inside(self.inner.call(Request::from_parts(parts, body)), nonce),
            Err(Halt::Refused(refused)) => Answering::refused(refused),
            Err(Halt::Later(Later)) => {
                // The service that is ready, and a clone for the next request.
                let clone = self.inner.clone();
                let mut inner = std::mem::replace(&mut self.inner, clone);
                let layer = self.layer.clone();
                Answering::later(async move {
                    match layer.admit::<AsLongAsItTakes>(&mut parts).await {
                        Ok(nonce) => {
                            Answering::inside(inner.call(Request::from_parts(parts, body)), nonce).await
                        }
                        Err(Halt::Refused(refused)) => Answering::<S::Future, _, _>::refused(refused).await,
                    }
                })
            }
        }
    }
}

/// Whose check the request has passed; what extractors answer by.
#[derive(Clone)]
pub(crate) struct AdmittedBy(pub(crate) Arc<Verifier>);
