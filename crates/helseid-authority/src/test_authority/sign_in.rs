//! A person logs in by one call of a test.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use helseid_admin_api::{ActingFor, LoginTokens, PersonSignIn};
use helseid_protocol::id::ClientId;

use crate::registry::registration::NotRegistered;
use crate::running::Running;

/// A login that is about to be made: `authority.sign_in("doctor", &client).await`.
///
/// ```no_run
/// # async fn example(authority: helseid_authority::TestAuthority, client: helseid_protocol::id::ClientId, key: helseid_protocol::dpop::ProofKey) -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = authority
///     .sign_in("doctor", &client)
///     .scope("openid profile nhn:my-api/read")
///     .resource("nhn:my-api")
///     .bound_to(key.thumbprint().as_str())
///     .await?;
/// println!("{}", tokens.token_type);
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "nobody logs in until it is awaited"]
pub struct PersonLogin<'a> {
    running: &'a Running,
    asked: PersonSignIn,
}

impl<'a> PersonLogin<'a> {
    pub(super) fn new(running: &'a Running, person: String, client_id: ClientId) -> Self {
        let asked = PersonSignIn {
            client_id,
            person,
            scope: None,
            resource: Vec::new(),
            dpop_jkt: None,
            organisation: None,
        };
        Self { running, asked }
    }

    /// Asks for these scopes, separated by spaces, in place of all that the client may have.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.asked.scope = Some(scope.into());
        self
    }

    /// Asks for an access token for this API.
    pub fn resource(mut self, audience: impl Into<String>) -> Self {
        self.asked.resource.push(audience.into());
        self
    }

    /// Binds the tokens to the key of this thumbprint (RFC 7638). A client that must send proofs needs it.
    pub fn bound_to(mut self, thumbprint: impl Into<String>) -> Self {
        self.asked.dpop_jkt = Some(thumbprint.into());
        self
    }

    /// Lets the client act for this organisation.
    pub fn acting_for(mut self, organisation: ActingFor) -> Self {
        self.asked.organisation = Some(organisation);
        self
    }
}

impl<'a> IntoFuture for PersonLogin<'a> {
    type Output = Result<LoginTokens, NotRegistered>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { running, asked } = self;
        Box::pin(running.signed_in(asked))
    }
}
