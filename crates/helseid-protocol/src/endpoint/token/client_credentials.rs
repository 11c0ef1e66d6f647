//! The request of client credentials (RFC 6749 section 4.4.2): what a machine asks for, as it is written and read.

use super::TokenForm;
use super::request;
use crate::grant::GrantType;
use crate::id::{Audience, ClientId};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::scope::ScopeSet;
use crate::secret::ClientAssertion;

/// What a client asks for with client credentials.
///
/// ```
/// use helseid_protocol::endpoint::token::TokenRequest;
/// use helseid_protocol::{id::ClientId, scope::ScopeSet, secret::ClientAssertion};
///
/// let request = TokenRequest {
///     client_id: &ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?,
///     scope: &ScopeSet::parse("nhn:kjernejournal/read")?,
///     resource: None,
/// };
/// let body = request.body(&ClientAssertion::new("eyJhbGciOi"));
/// assert!(body.ends_with("&scope=nhn%3Akjernejournal%2Fread"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TokenRequest<'a> {
    /// Who asks.
    pub client_id: &'a ClientId,
    /// What for; none asks for all that the client may have.
    pub scope: &'a ScopeSet,
    /// The one API that the token is for, where the scopes belong to several (RFC 8707).
    pub resource: Option<&'a Audience>,
}

impl TokenRequest<'_> {
    /// The request's body, a form. Holds the assertion: not for logs.
    #[must_use]
    pub fn body(&self, assertion: &ClientAssertion) -> String {
        let form = request::authenticated(GrantType::ClientCredentials, self.client_id, assertion);
        request::finished(form, self.scope, self.resource)
    }
}

/// The same as an authority reads it.
///
/// ```
/// use helseid_protocol::endpoint::token::{CONTENT_TYPE, ClientCredentials, TokenForm};
/// use helseid_protocol::rule::{Fault, Trail};
///
/// let body = b"grant_type=client_credentials&scope=nhn:kjernejournal/read&client_assertion=eyJhbGciOi\
///     &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// let trail = &mut Trail::new();
/// let form = TokenForm::read(Some(CONTENT_TYPE), body, trail)?;
/// let asked = ClientCredentials::read(&form, trail)?;
/// assert_eq!(asked.scope().to_string(), "nhn:kjernejournal/read");
/// assert_eq!(asked.resource(), Ok(None));
/// # Ok::<(), Fault>(())
/// ```
#[derive(Debug)]
pub struct ClientCredentials<'a> {
    scope: ScopeSet,
    resources: &'a [String],
}

impl<'a> ClientCredentials<'a> {
    /// Reads what `form` asks for.
    pub fn read(form: &'a TokenForm<'_>, trail: &mut Trail) -> Result<Self, Fault> {
        let scope = ScopeSet::parse(form.parameter("scope").unwrap_or_default())
            .map_err(|why| Facts::new("scopes separated by spaces", format_args!("an invalid scope: {why}")));
        Ok(Self { scope: trail.require(Rule::RequestScope, scope)?, resources: form.resources() })
    }

    /// The scopes that are asked for; none asks for all that the client may have.
    #[must_use]
    pub const fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// The one API that the token is to be for, if one is named (RFC 8707 section 2).
    pub fn resource(&self) -> Result<Option<Audience>, Facts> {
        match self.resources {
            [] => Ok(None),
            [one] => Audience::parse(one)
                .map(Some)
                .map_err(|why| Facts::new("the name of an API", format_args!("an invalid name: {why}"))),
            several => Err(Facts::new("at most one resource", several.len())),
        }
    }
}
