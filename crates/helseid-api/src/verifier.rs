//! Verifies requests by their facts, for the layer and for programs without one.

use std::sync::Arc;

use helseid_protocol::resource::{Caller, Scheme};
use helseid_protocol::rule::{Fault, Trail};
use http::HeaderValue;

use crate::facts::RequestFacts;
use crate::pipeline::Pipeline;
use crate::refused::Refused;
use crate::rejection::Rejection;
use crate::requirement::Requirement;
use crate::wait_mode::{AlwaysWait, Stop, WaitMode};

/// Verifies requests by their facts, without a tower layer around a service: for a gateway that answers a proxy's forward-auth
/// requests, a sidecar, or a server that is not built on tower. It decides as the [`ProtectionLayer`](crate::ProtectionLayer)
/// that it is made of, by the same code.
///
/// ```
/// # use helseid_api::test_util::TestIssuer; use http::Method;
/// use helseid_api::{ApiProtection, RequestFacts};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let issuer = TestIssuer::new("https://sts.example");
/// # let client = issuer.client("nhn:my-api").scope("nhn:my-api/read");
/// # let headers = client.request(&Method::GET, "https://api.example/patients").headers();
/// let protection = ApiProtection::builder("https://sts.example", "nhn:my-api")
///     .public_url("https://api.example")
/// #   .keys(issuer.keys())
///     .build()?;
/// let verifier = protection.require_scopes_all(["nhn:my-api/read"])?.into_verifier();
///
/// match verifier.verify(RequestFacts::new(&Method::GET, "/patients", &headers)).await {
///     Ok(verified) => println!("admitted: {:?}", verified.caller().map(|caller| caller.claims().client_id())),
///     // Status and headers, ready to be sent.
///     Err(refused) => println!("{}: {:?}", refused.status(), refused.headers()),
/// }
/// # assert!(verifier.verify(RequestFacts::new(&Method::GET, "/patients", &headers)).await.is_err(), "used before");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct RequestVerifier {
    pub(crate) pipeline: Arc<Pipeline>,
    requirements: Vec<Requirement>,
    anonymous: Anonymous,
}

/// What becomes of a request without credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anonymous {
    Refused,
    Admitted,
}

/// A request that is admitted.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let issuer = helseid_api::test_util::TestIssuer::new("https://sts.example");
/// # let protection = helseid_api::ApiProtection::builder(issuer.name(), "nhn:my-api")
/// #     .keys(issuer.keys()).public_url("https://api.example").build()?;
/// # let request = issuer.client("nhn:my-api").request(&http::Method::GET, "https://api.example/patients");
/// # let headers = request.headers();
/// # let facts = helseid_api::RequestFacts::new(&http::Method::GET, "/patients", &headers);
/// let verified = protection.verifier().verify(facts).await.map_err(|refused| refused.status().to_string())?;
/// let mut answer = http::Response::new("all of them");
/// if let Some(nonce) = verified.nonce() {
///     answer.headers_mut().insert("DPoP-Nonce", nonce.clone());
/// }
/// assert!(verified.caller().is_some());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Verified {
    pub(crate) caller: Option<Caller>,
    pub(crate) nonce: Option<HeaderValue>,
}

impl Verified {
    /// The caller; nothing for a request without credentials where they are optional.
    #[must_use]
    pub const fn caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// The `DPoP-Nonce` that the response must have, if it must have one (RFC 9449 section 8.2).
    #[must_use]
    pub const fn nonce(&self) -> Option<&HeaderValue> {
        self.nonce.as_ref()
    }
}

impl RequestVerifier {
    pub(crate) const fn new(pipeline: Arc<Pipeline>, anonymous: Anonymous) -> Self {
        Self { pipeline, requirements: Vec::new(), anonymous }
    }

    pub(crate) fn require(&mut self, requirement: Requirement) {
        self.requirements.push(requirement);
    }

    pub(crate) fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Verifies a request, and claims its proof as used: to verify the same request again is a replay.
    ///
    /// # Errors
    /// The response to send, with status, challenges and the reason.
    pub async fn verify(&self, facts: RequestFacts<'_>) -> Result<Verified, Refused> {
        self.verify_in::<AlwaysWait>(&facts).await.map_err(|stop| match stop {
            Stop::Refused(refused) => refused,
        })
    }

    /// The response to a request whose caller did not meet a demand of the program's own, such as
    /// [`CallerClaims::require_same_person`](crate::CallerClaims::require_same_person).
    #[must_use]
    pub fn refuse(&self, fault: Fault) -> Refused {
        self.pipeline.refuse(Rejection::Fault(fault), None)
    }

    /// Whether a request may have to wait until its proof is claimed. Then it is not begun without waiting: the proof would be
    /// checked twice.
    pub(crate) fn may_wait_for_claims(&self) -> bool {
        self.pipeline.policy.scheme != Scheme::Bearer && !self.pipeline.replay.answers_at_once()
    }

    pub(crate) async fn verify_in<W: WaitMode>(
        &self,
        facts: &RequestFacts<'_>,
    ) -> Result<Verified, Stop<Refused, W::WouldBlock>> {
        let trail = &mut Trail::new();
        match self.pipeline.caller::<W>(facts, trail).await {
            Ok(admitted) => {
                self.meets_requirements(&admitted.caller, trail).map_err(Stop::Refused)?;
                self.pipeline.telemetry.admitted((&admitted.caller, admitted.token), trail);
                Ok(Verified { caller: Some(admitted.caller), nonce: admitted.nonce })
            }
            Err(Stop::Refused(Rejection::NoCredentials)) if self.anonymous == Anonymous::Admitted => {
                Ok(Verified { caller: None, nonce: None })
            }
            Err(Stop::Refused(rejection)) => {
                Err(Stop::Refused(self.pipeline.refuse(rejection, self.requirements.first())))
            }
            Err(Stop::WouldBlock(would_block)) => Err(Stop::WouldBlock(would_block)),
        }
    }

    /// Checks the requirements alone, of a caller that is verified already.
    pub(crate) fn meets_requirements(&self, caller: &Caller, trail: &mut Trail) -> Result<(), Refused> {
        self.requirements.iter().try_for_each(|requirement| self.pipeline.require(requirement, caller, trail))
    }
}

impl std::fmt::Debug for RequestVerifier {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RequestVerifier").field("requirements", &self.requirements).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::{Claimed, MemoryReplayGuard, ProofUse, ReplayGuard};
    use crate::{ApiProtection, ApiProtectionBuilder};

    /// A guard that may tell later.
    struct Elsewhere(MemoryReplayGuard);

    impl ReplayGuard for Elsewhere {
        fn claim(&self, proof: ProofUse) -> Claimed<'_> {
            self.0.claim(proof)
        }
    }

    fn builder() -> ApiProtectionBuilder {
        ApiProtection::builder("https://sts.example", "nhn:api").public_url("https://api.example")
    }

    #[test]
    fn only_proofs_and_only_a_guard_that_tells_later_are_waited_for() {
        for scheme in [Scheme::Dpop, Scheme::Transition, Scheme::Bearer] {
            let at_once = builder().scheme(scheme).build().unwrap().verifier();
            assert!(!at_once.may_wait_for_claims(), "{scheme:?}");
            let later = builder().scheme(scheme).replay_guard(Elsewhere(MemoryReplayGuard::default()));
            let later = later.build().unwrap().verifier();
            assert_eq!(later.may_wait_for_claims(), scheme != Scheme::Bearer, "{scheme:?}");
        }
    }

    #[test]
    fn a_layer_and_a_verifier_show_what_they_require() {
        let layer = builder().build().unwrap().require_scopes_all(["nhn:api/a", "nhn:api/b"]).unwrap();
        let layer = layer.person().health_personnel().organisation().check("a friend", |_| true);
        let shown = "requirements: [all of nhn:api/a nhn:api/b, a person, an HPR number, an organisation, a friend], ..";
        assert_eq!(format!("{layer:?}"), format!("ProtectionLayer {{ {shown} }}"));
        assert_eq!(format!("{:?}", layer.into_verifier()), format!("RequestVerifier {{ {shown} }}"));
    }
}
