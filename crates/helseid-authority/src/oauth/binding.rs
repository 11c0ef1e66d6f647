//! The key that a token is bound to (RFC 9449 section 5).

use ::http::{HeaderMap, Method};
use helseid_protocol::dpop::{
    CachedKeys, CheckedProof, Expectations, ExpectedNonce, NONCE_LIFETIME, PresentedProof, Target,
};
use helseid_protocol::rule::{Facts, Fault, Profile, ProofRequirement, Rule, Trail};
use helseid_protocol::time::Timestamp;

use super::client_auth::AuthenticatedClient;
use super::state::OAuthState;
use crate::domain::model::{Client, lets_clients_lift};
use crate::issuer::ConformanceMode;

/// The proof whose key the token is bound to; none where the profile allows a token without one.
pub(super) struct Binding {
    pub(super) proof: Option<CheckedProof>,
}

/// Where a proof is presented.
#[derive(Clone, Copy)]
pub(super) struct ProofPlace<'a> {
    /// What its `htu` may be.
    pub(super) targets: &'a [Target],
    pub(super) requirement: ProofRequirement,
}

/// Whether the client must send a proof: as it is registered, which is more than its profile demands, or less where the profile
/// lets clients differ. A report is about the profile alone.
pub(super) fn requirement(mode: ConformanceMode, client: &Client, profile: Profile) -> ProofRequirement {
    match (mode, client.login.require_dpop) {
        (ConformanceMode::Enforce, Some(true)) => ProofRequirement::WithNonce,
        (ConformanceMode::Enforce, Some(false)) if lets_clients_lift(profile) => ProofRequirement::Optional,
        _ => profile.switches().proof,
    }
}

impl Binding {
    pub(super) fn check(
        state: &OAuthState,
        client: &AuthenticatedClient<'_>,
        (headers, place): (&HeaderMap, ProofPlace<'_>),
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let replay = &state.replay;
        let known = |part: &str| replay.proof_keys.get(part);
        let Some(proof) = PresentedProof::read_known(headers, CachedKeys::by(&known), trail)? else {
            return match place.requirement {
                ProofRequirement::Optional => Ok(Self { proof: None }),
                ProofRequirement::WithNonce => {
                    let missing = Facts::missing("a DPoP header with a proof");
                    let missing = missing.saying(match client.known.client.login.require_dpop {
                        Some(true) => {
                            "The request has no DPoP proof, which this client is registered to send"
                                .to_owned()
                        }
                        _ => format!(
                            "The request has no DPoP proof, which profile {} requires",
                            client.profile
                        ),
                    });
                    trail.require_or_note(Rule::DpopPresent, Err(missing)).map(|()| Self { proof: None })
                }
            };
        };
        trail.holds(Rule::DpopPresent);
        let expectations = Expectations {
            method: &Method::POST,
            targets: place.targets,
            nonce: ExpectedNonce::Of(&replay.nonces),
            bound_to: None,
            algorithms: client.profile.switches().algorithms,
            other_algorithm: client.profile.switches().other_algorithm,
            // A nonce bounds the age of a proof; its iat need not be nearer than that.
            window: NONCE_LIFETIME,
            tolerance: state.issuer.tolerance,
            now,
        };
        let proof = proof.check(expectations, trail)?;
        proof.require_secret_key(client.profile.switches().published_key, trail)?;
        replay.proof_keys.insert(proof.key());
        Ok(Self { proof: Some(proof) })
    }
}
