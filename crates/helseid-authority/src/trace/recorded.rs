//! What the trace stores of a request.

use helseid_admin_api::TraceOutcome;
use helseid_protocol::rule::{Endpoint, Fault, Trail};
use helseid_protocol::time::Timestamp;

/// The most bytes of an assertion or a proof that are stored. Of a longer one nothing is.
const MAX_JWT_BYTES: usize = 4 * 1024;

/// A recorded request. Its assertion and proof are without their signatures, so that nobody can use them.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) seq: u64,
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    /// The endpoint whose rules it was held to.
    pub(crate) endpoint: Endpoint,
    pub(crate) outcome: TraceOutcome,
    pub(crate) scope: Option<String>,
    pub(crate) artifacts: RequestArtifacts,
    pub(crate) trail: Trail,
    pub(crate) fault: Option<Fault>,
}

/// What a request contained.
#[derive(Debug, Default)]
pub(crate) struct RequestArtifacts {
    /// The client that its assertion names, unverified.
    pub(crate) client_id: Option<String>,
    /// Whether the signature was found to be that client's.
    pub(crate) is_authenticated: bool,
    /// The login that it belongs to, once its code or token is found. It names no person.
    pub(crate) login_id: Option<String>,
    pub(super) assertion: Option<Box<str>>,
    pub(super) proof: Option<Box<str>>,
}

impl RequestArtifacts {
    /// Adds the assertion.
    pub(crate) fn assertion(&mut self, jws: &str) {
        self.assertion = unsigned(jws);
    }

    /// Adds the DPoP proof.
    pub(crate) fn proof(&mut self, jws: &str) {
        self.proof = unsigned(jws);
    }
}

fn unsigned(jws: &str) -> Option<Box<str>> {
    let (signing_input, _signature) = jws.rsplit_once('.')?;
    (signing_input.len() <= MAX_JWT_BYTES).then(|| signing_input.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_is_stored_without_its_signature_and_a_long_one_not_at_all() {
        assert_eq!(unsigned("a.b.c").as_deref(), Some("a.b"));
        assert_eq!(unsigned(&format!("{}.b.c", "a".repeat(MAX_JWT_BYTES))), None);
        assert_eq!(unsigned("nothing"), None);
    }
}
