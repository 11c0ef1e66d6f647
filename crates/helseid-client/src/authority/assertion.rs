//! The client assertion (RFC 7523 section 2.2) and the request object (RFC 9101), new for each attempt.

use helseid_protocol::assertion::{self, AssertionRequest};
use helseid_protocol::authorize::{RequestObject, request_object_draft};
use helseid_protocol::details::Details;
use helseid_protocol::id::{ClientId, Issuer, JwtId};
use helseid_protocol::secret::ClientAssertion;
use helseid_protocol::time::Timestamp;

use crate::error::{self, Error};
use crate::signer::Signer;

/// Who authenticates to whom, and when.
#[derive(Clone, Copy)]
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

/// Has `signer` sign a request object with these parameters, and the statement's details in it.
pub(super) async fn signed_object(
    statement: Statement<'_>,
    parameters: &[(&'static str, String)],
    signer: &dyn Signer,
) -> Result<String, Error> {
    let details = statement.details.to_claim();
    let draft = request_object_draft(
        signer.algorithm(),
        signer.key_id().as_ref(),
        RequestObject {
            client_id: statement.client_id,
            issuer: statement.issuer,
            jwt_id: statement.jwt_id,
            now: statement.now,
            parameters,
            details: details.as_ref(),
        },
    );
    let signature = signer.sign(draft.signing_input()).await.map_err(error::Inner::Signer)?;
    Ok(draft.with_signature(&signature))
}
