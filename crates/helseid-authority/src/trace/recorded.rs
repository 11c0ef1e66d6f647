//! What the trace stores of a request.

use helseid_admin_api::{TraceOutcome, TracedAttestation};
use helseid_protocol::authorize::AskedDetails;
use helseid_protocol::rule::{Endpoint, Fault, Rule, Trail};
use helseid_protocol::time::Timestamp;

use super::attested;

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
    /// What came back, of what was sent to a client.
    pub(crate) answer: Option<&'static str>,
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
    /// The session of that login. It is shown to nobody: by it the trace finds which login a logout belongs to.
    pub(super) session: Option<Box<str>>,
    /// What it had to do with the page on which a person is picked.
    pub(crate) login_page: Option<LoginPage>,
    /// Hashes of what must be new in each request, by the rule that says so. Only a session of conformance has them.
    pub(crate) fresh: Vec<(Rule, [u8; 32])>,
    pub(super) assertion: Option<Box<str>>,
    pub(super) proof: Option<Box<str>>,
    /// Of a request object. That of an assertion is read when somebody looks.
    pub(super) attestation: Option<TracedAttestation>,
    /// Of the request object of the login that it belongs to.
    pub(super) login_attestation: Option<TracedAttestation>,
}

/// What a request had to do with the page on which a person is picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginPage {
    /// The browser was shown it.
    Shown,
    /// The browser answered it.
    Answered,
}

impl RequestArtifacts {
    /// Says to which login the request belongs, and in which session that is.
    pub(crate) fn belongs_to(&mut self, login_id: &str, session: &str) {
        self.login_id = Some(login_id.to_owned());
        self.session = Some(session.into());
    }

    /// Says in which session the request is. Which login it belongs to, the trace finds by the others of that session.
    pub(crate) fn is_in_session(&mut self, session: &str) {
        self.session = Some(session.into());
    }

    /// Of something that the authority does for this client by itself: strangers cannot crowd it out.
    pub(crate) fn of_our_own(client_id: &str) -> Self {
        Self { client_id: Some(client_id.to_owned()), is_authenticated: true, ..Self::default() }
    }

    /// Adds the assertion.
    pub(crate) fn assertion(&mut self, jws: &str) {
        self.assertion = unsigned(jws);
    }

    /// Adds what a request object attests, without who it is about.
    pub(crate) fn attested(&mut self, asked: &AskedDetails) {
        self.attestation = asked.details().and_then(|details| details.attestation().map(attested::told));
    }

    /// Adds what the request object of its login attested, without who it is about.
    pub(crate) fn login_attested(&mut self, asked: &AskedDetails) {
        let told = asked.details().and_then(|details| details.attestation().map(attested::told));
        self.login_attestation = told.map(|told| TracedAttestation { of_login: true, ..told });
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
