//! The client assertion, new for each attempt (RFC 7523 section 2.2).

use helseid_protocol::assertion::{self, AssertionRequest};
use helseid_protocol::details::Details;
use helseid_protocol::id::{ClientId, Issuer, JwtId};
use helseid_protocol::secret::ClientAssertion;
use helseid_protocol::time::Timestamp;

use crate::error::{self, Error};
use crate::signer::Signer;

/// Who authenticates to whom, and when.
pub(super) struct Statement<'a> {
    pub(super) client_id: &'a ClientId,
    pub(super) issuer: &'a Issuer,
    pub(super) details: &'a Details,
    pub(super) jwt_id: &'a JwtId,
    pub(super) now: Timestamp,
}

/// Has `signer` sign an assertion.
pub(super) async fn signed(statement: Statement<'_>, signer: &dyn Signer) -> Result<ClientAssertion, Error> {
    let details = statement.details.to_claim();
    let draft = assertion::draft(
        signer.algorithm(),
        signer.key_id().as_ref(),
        AssertionRequest {
            client_id: statement.client_id,
            issuer: statement.issuer,
            jwt_id: statement.jwt_id,
            now: statement.now,
            details: details.as_ref(),
        },
    );
    let signature = signer.sign(draft.signing_input()).await.map_err(error::Inner::Signer)?;
    Ok(ClientAssertion::new(draft.with_signature(&signature)))
}
