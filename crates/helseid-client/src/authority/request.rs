//! What is sent to an endpoint of the authority.

use std::sync::Arc;

use helseid_protocol::details::Details;
use helseid_protocol::dpop::ProofKey;
use helseid_protocol::endpoint::token::{ASSERTION_TYPE, TokenType};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::secret::ClientAssertion;
use url::form_urlencoded::Serializer;

use super::endpoint::Endpoint;

/// A request to the authority: the parameters of a form, without the client's authentication, which each attempt adds.
///
/// Whoever makes one decides whether it may be sent twice. A request that fails on the way may have arrived, and an
/// authorization code or a rotated refresh token that arrives a second time ends the user's session (RFC 6749 section 10.5,
/// RFC 9700 section 4.14).
///
/// ```no_run
/// # async fn example(client: helseid_client::Client, refresh_token: &str) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_client::{AuthorityRequest, Endpoint};
///
/// // Revoking a token twice does no harm.
/// let request = AuthorityRequest::repeatable(Endpoint::Revocation)
///     .parameter("token", refresh_token)
///     .parameter("token_type_hint", "refresh_token");
/// client.authority().send(&request).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct AuthorityRequest {
    endpoint: Endpoint,
    is_repeatable: bool,
    has_proof: bool,
    proof_key: Option<Arc<ProofKey>>,
    details: Details,
    /// What a request object says besides the parameters; none where there is no object.
    object: Option<Details>,
    parameters: Vec<(&'static str, String)>,
    purpose: Purpose,
}

/// For whom a request is sent: what each may request is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Somebody waits for it.
    Caller,
    /// Somebody waits for it, and it exchanges the token of somebody else.
    Exchange,
    /// It renews in the background what somebody was given.
    Renewal,
}

impl AuthorityRequest {
    /// A request for a token with this grant, repeatable if the grant is.
    #[must_use]
    pub fn grant(grant: GrantType) -> Self {
        Self::new(Endpoint::Token, grant.is_repeatable()).parameter("grant_type", grant.name())
    }

    /// A request that may be sent again after a failure, by the client's [`RetryPolicy`](crate::RetryPolicy).
    #[must_use]
    pub const fn repeatable(endpoint: Endpoint) -> Self {
        Self::new(endpoint, true)
    }

    /// A request that uses something up: a code, or a refresh token that is rotated. It is sent again only where the
    /// authority provably did not process it: it answered `use_dpop_nonce`, or no connection to it could be opened.
    #[must_use]
    pub const fn once(endpoint: Endpoint) -> Self {
        Self::new(endpoint, false)
    }

    /// A pushed authorization request whose parameters the client signs: all of them stand in a request object (RFC 9101), with these
    /// structured claims as its `authorization_details`. Each attempt signs a new one, with the key of the client assertion.
    #[must_use]
    pub fn request_object(details: Details) -> Self {
        Self { object: Some(details), ..Self::new(Endpoint::PushedAuthorization, true) }
    }

    const fn new(endpoint: Endpoint, is_repeatable: bool) -> Self {
        let has_proof = matches!(endpoint, Endpoint::Token);
        Self {
            endpoint,
            is_repeatable,
            has_proof,
            proof_key: None,
            details: Details::new(),
            object: None,
            parameters: Vec::new(),
            purpose: Purpose::Caller,
        }
    }

    /// Adds a parameter. `client_id` and the parameters of the client assertion are added by each attempt.
    #[must_use]
    pub fn parameter(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.parameters.push((name, value.into()));
        self
    }

    /// Adds structured claims to the client assertion: whom the client acts for.
    #[must_use]
    pub fn details(mut self, details: Details) -> Self {
        self.details = details;
        self
    }

    /// Adds a DPoP proof, as requests to the token endpoint have without this. At the pushed authorization request endpoint
    /// it binds the code to the proof key (RFC 9449 section 10.1).
    #[must_use]
    pub const fn with_proof(mut self) -> Self {
        self.has_proof = true;
        self
    }

    /// Adds a DPoP proof by this key in place of the client's: what is granted is bound to it, as the tokens of one login are
    /// (RFC 9449 section 5). It is bound even if the client was made with `insecure_bearer`.
    #[must_use]
    pub fn prove_with(mut self, key: Arc<ProofKey>) -> Self {
        (self.has_proof, self.proof_key) = (true, Some(key));
        self
    }

    pub(crate) const fn for_purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    pub(super) const fn purpose(&self) -> Purpose {
        self.purpose
    }

    /// Where it goes.
    #[must_use]
    pub const fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Whether it may be sent again when it is not known whether the authority processed it.
    #[must_use]
    pub const fn is_repeatable(&self) -> bool {
        self.is_repeatable
    }

    pub(super) const fn has_proof(&self) -> bool {
        self.has_proof
    }

    pub(super) fn proof_key(&self) -> Option<&ProofKey> {
        self.proof_key.as_deref()
    }

    /// How what it grants is sent, where the client's own tokens are sent as `scheme`.
    pub(super) const fn token_type(&self, scheme: TokenType) -> TokenType {
        if self.proof_key.is_some() { TokenType::Dpop } else { scheme }
    }

    pub(super) const fn asked_details(&self) -> &Details {
        &self.details
    }

    /// What the request object says besides the parameters, if there is to be one.
    pub(super) const fn object_details(&self) -> Option<&Details> {
        self.object.as_ref()
    }

    /// The parameters of the form, or of the request object.
    pub(super) fn parameters(&self) -> &[(&'static str, String)] {
        &self.parameters
    }

    /// The form with the client's authentication (RFC 7521 section 4.2), and with the signed object in place of the parameters if there is
    /// one. Holds the assertion: not for logs.
    pub(super) fn body(
        &self,
        client_id: &ClientId,
        assertion: &ClientAssertion,
        object: Option<&str>,
    ) -> String {
        let mut form = Serializer::new(String::with_capacity(1024));
        match object {
            Some(object) => form.append_pair("request", object),
            None => form.extend_pairs(&self.parameters),
        };
        form.append_pair("client_id", client_id.as_str())
            .append_pair("client_assertion_type", ASSERTION_TYPE)
            .append_pair("client_assertion", assertion.expose());
        form.finish()
    }
}

/// Names the parameters without their values, which can be secret.
impl std::fmt::Debug for AuthorityRequest {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.parameters.iter().map(|(name, _)| *name).collect();
        out.debug_struct("AuthorityRequest")
            .field("endpoint", &self.endpoint)
            .field("is_repeatable", &self.is_repeatable)
            .field("parameters", &names)
            .finish_non_exhaustive()
    }
}
