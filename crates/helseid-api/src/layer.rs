//! The tower layer.

use std::sync::Arc;
use std::task::{Context, Poll};

use helseid_protocol::claims::{AccessTokenClaims, ClientTenancy, SecurityLevel};
use helseid_protocol::resource::{AttestationAge, Caller};
use helseid_protocol::rule::Trail;
use helseid_protocol::scope::InvalidScope;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use tower::{Layer, Service};

use crate::answering::{AnswerBody, Answering};
use crate::facts::RequestFacts;
use crate::pipeline::AdmittedBy;
use crate::protection::ApiProtection;
use crate::refused::Refused;
use crate::requirement::{Requirement, scopes};
use crate::verifier::{Anonymous, RequestVerifier};
use crate::wait_mode::{AlwaysWait, NeverWait, Stop, WaitMode, WouldBlock, poll_once};

/// Passes valid requests on to the inner service, and refuses the others.
///
/// Each method adds a requirement; all must be met.
///
/// ```
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
/// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
/// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
/// use axum::{Router, routing::get};
/// use helseid_api::ClientTenancy;
///
/// let read = protection.require_scopes_all(["nhn:my-api/read"])?;
/// let write = protection
///     .require_scopes_any(["nhn:my-api/write", "nhn:my-api/admin"])?
///     .tenancy([ClientTenancy::SingleTenant])
///     .organisation();
/// let app: Router = Router::new()
///     .route("/patients", get("all of them").layer(read))
///     .route("/notes", axum::routing::post("written").layer(write));
/// # drop(app);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ProtectionLayer(RequestVerifier);

/// A protected service.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
/// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
/// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
/// use helseid_api::ProtectionService;
/// use http::{Request, Response, StatusCode};
/// use tower::{Layer as _, ServiceExt as _, service_fn};
///
/// let inner = service_fn(async |_: Request<String>| Ok::<_, std::io::Error>(Response::new(String::new())));
/// let service: ProtectionService<_> = protection.layer().layer(inner);
/// let answer = service.oneshot(Request::get("/patients").body(String::new())?).await?;
/// assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct ProtectionService<S> {
    inner: S,
    layer: Arc<ProtectionLayer>,
}

/// The layers of an API, and its verifiers.
impl ApiProtection {
    /// Admits every caller with a valid token, whatever its scopes. Add requirements to it.
    #[must_use]
    pub fn layer(&self) -> ProtectionLayer {
        ProtectionLayer(RequestVerifier::new(self.0.clone(), Anonymous::Refused))
    }

    /// Admits requests without credentials too, for routes that serve everyone and know some. Credentials that are sent must be
    /// valid, and requirements apply to those who send them.
    ///
    /// ```
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
    /// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
    /// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
    /// use axum::{Router, routing::get};
    /// use helseid_api::Caller;
    ///
    /// async fn opening_hours(caller: Option<Caller>) -> &'static str {
    ///     if caller.is_some() { "by day, and for you at night" } else { "by day" }
    /// }
    /// let app: Router = Router::new().route("/hours", get(opening_hours)).layer(protection.optional());
    /// # drop(app);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn optional(&self) -> ProtectionLayer {
        ProtectionLayer(RequestVerifier::new(self.0.clone(), Anonymous::Admitted))
    }

    /// Admits callers whose token has all of these scopes.
    pub fn require_scopes_all<'a>(
        &self,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Result<ProtectionLayer, InvalidScope> {
        self.layer().scopes_all(scopes)
    }

    /// Admits callers whose token has at least one of these scopes.
    pub fn require_scopes_any<'a>(
        &self,
        scopes: impl IntoIterator<Item = &'a str>,
    ) -> Result<ProtectionLayer, InvalidScope> {
        self.layer().scopes_any(scopes)
    }

    /// Verifies requests by their facts, without a layer. For requirements see [`ProtectionLayer::into_verifier`].
    #[must_use]
    pub fn verifier(&self) -> RequestVerifier {
        self.layer().into_verifier()
    }
}

impl ProtectionLayer {
    /// Verifies requests by their facts, as this layer does, with its requirements.
    #[must_use]
    pub fn into_verifier(self) -> RequestVerifier {
        self.0
    }

    pub(crate) fn require(mut self, requirement: Requirement) -> Self {
        self.0.require(requirement);
        self
    }

    /// Requires all of these scopes in the token.
    pub fn scopes_all<'a>(self, all: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidScope> {
        Ok(self.require(Requirement::ScopesAll(scopes(all)?)))
    }

    /// Requires at least one of these scopes in the token.
    pub fn scopes_any<'a>(self, any: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidScope> {
        Ok(self.require(Requirement::ScopesAny(scopes(any)?)))
    }

    /// Requires a user who is logged in at this level or a higher one. Others get the challenge of RFC 9470.
    #[must_use]
    pub fn security_level(self, least: SecurityLevel) -> Self {
        self.require(Requirement::SecurityLevel(least))
    }

    /// Requires that the client has one of these tenancies.
    #[must_use]
    pub fn tenancy(self, one_of: impl IntoIterator<Item = ClientTenancy>) -> Self {
        self.require(Requirement::Tenancy(one_of.into_iter().collect()))
    }

    /// Requires that the token names the organisation that the client acts for.
    #[must_use]
    pub fn organisation(self) -> Self {
        self.require(Requirement::Organisation)
    }

    /// Requires a person who is logged in, however strongly: no machine-to-machine token.
    #[must_use]
    pub fn person(self) -> Self {
        self.require(Requirement::Person)
    }

    /// Requires that the person is health personnel: the token has an HPR number.
    #[must_use]
    pub fn health_personnel(self) -> Self {
        self.require(Requirement::HprNumber)
    }

    /// Requires an attestation of the trust framework that is not too old: 60 minutes with `AttestationAge::default()`.
    #[must_use]
    pub fn attestation(self, age: AttestationAge) -> Self {
        self.require(Requirement::Attestation(age))
    }

    /// Requires what a function of the claims decides. `expected` is what a refused caller reads.
    ///
    /// ```
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
    /// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
    /// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
    /// # let layer = protection.layer();
    /// let layer = layer.check("a token of the client my-client", |claims| {
    ///     claims.client_id().is_some_and(|id| id.as_str() == "my-client")
    /// });
    /// # drop(layer);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn check(
        self,
        expected: &str,
        holds: impl Fn(&AccessTokenClaims) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.require(Requirement::Claims(expected.into(), Arc::new(holds)))
    }

    fn admit_without_waiting(
        &self,
        parts: &mut Parts,
    ) -> Result<Option<HeaderValue>, Stop<Refused, WouldBlock>> {
        if self.0.may_wait_for_claims() {
            return Err(Stop::WouldBlock(WouldBlock));
        }
        poll_once(self.admit::<NeverWait>(parts))
    }

    /// The nonce for the response, if the request is admitted. The caller is put into its extensions.
    async fn admit<W: WaitMode>(
        &self,
        parts: &mut Parts,
    ) -> Result<Option<HeaderValue>, Stop<Refused, W::WouldBlock>> {
        let pipeline = &self.0.pipeline;
        // A layer of the same protection inside another: the outer one has claimed the proof.
        let by_us = parts.extensions.get::<AdmittedBy>().is_some_and(|by| Arc::ptr_eq(&by.0, pipeline));
        if let Some(caller) = parts.extensions.get::<Caller>().filter(|_| by_us) {
            self.0.meets_requirements(caller, &mut Trail::new()).map_err(Stop::Refused)?;
            return Ok(None);
        }
        let mut facts = RequestFacts::from(&*parts);
        facts.peer = pipeline.address.proxies.as_ref().and_then(|proxies| proxies.peer(&parts.extensions));
        let verified = self.0.verify_in::<W>(&facts).await?;
        match verified.caller {
            Some(caller) => drop(parts.extensions.insert(caller)),
            // What another layer has admitted is not ours to pass on.
            None => drop(parts.extensions.remove::<Caller>()),
        }
        parts.extensions.insert(AdmittedBy(pipeline.clone()));
        Ok(verified.nonce)
    }
}

impl std::fmt::Debug for ProtectionLayer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let requirements = self.0.requirements();
        out.debug_struct("ProtectionLayer").field("requirements", &requirements).finish_non_exhaustive()
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
        match self.layer.admit_without_waiting(&mut parts) {
            Ok(nonce) => Answering::inside(self.inner.call(Request::from_parts(parts, body)), nonce),
            Err(Stop::Refused(refused)) => Answering::refused(refused),
            Err(Stop::WouldBlock(WouldBlock)) => {
                // The service that is ready is used, and a clone takes its place for the next request.
                let clone = self.inner.clone();
                let mut inner = std::mem::replace(&mut self.inner, clone);
                let layer = self.layer.clone();
                Answering::later(async move {
                    match layer.admit::<AlwaysWait>(&mut parts).await {
                        Ok(nonce) => {
                            Answering::inside(inner.call(Request::from_parts(parts, body)), nonce).await
                        }
                        Err(Stop::Refused(refused)) => Answering::<S::Future, _, _>::refused(refused).await,
                    }
                })
            }
        }
    }
}
