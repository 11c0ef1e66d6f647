//! A proof held against a request as an API does it, as far as that can be seen from here: whether its nonce is the server's
//! and whether it was used before, only the server knows.

use std::time::Duration;

use helseid_protocol::dpop::{BoundTo, Expectations, ExpectedNonce, PresentedProof, Target};
use helseid_protocol::rule::{Fault, Switches, Trail};
use helseid_protocol::time::{TOLERANCE, Timestamp};
use http::Method;

/// How old a proof may be at an API (HelseID: validation of DPoP proofs).
const WINDOW: Duration = Duration::from_secs(10);

/// The request that a proof is for.
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a Method,
    pub(crate) targets: &'a [Target],
    /// The token that goes along: its hash, and the thumbprint that it is bound to.
    pub(crate) token: Option<&'a (String, String)>,
    pub(crate) switches: &'a Switches,
    pub(crate) now: Timestamp,
}

/// RFC 9449 section 4.3.
pub(crate) fn check(proof: &str, sent: &Sent<'_>, trail: &mut Trail) -> Result<(), Fault> {
    let expectations = Expectations {
        method: sent.method,
        targets: sent.targets,
        nonce: ExpectedNonce::None,
        bound_to: sent.token.map(|(token_hash, thumbprint)| BoundTo { token_hash, thumbprint }),
        algorithms: sent.switches.algorithms,
        other_algorithm: sent.switches.other_algorithm,
        window: WINDOW,
        tolerance: TOLERANCE,
        now: sent.now,
    };
    let checked = PresentedProof::parse(proof, trail)?.check(expectations, trail)?;
    checked.require_secret_key(sent.switches.published_key, trail)
}
