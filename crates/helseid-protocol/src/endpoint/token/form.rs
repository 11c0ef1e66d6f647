//! Reads of token requests what every grant has: the client's authentication and the grant's name.

use crate::endpoint::client_form::{ClientForm, ClientFormRules};
use crate::grant::GrantType;
use crate::rule::{Facts, Fault, Rule, Trail};

/// A token request of the right form, as far as every grant has it. What else is asked for, the grant reads by rules of its
/// own.
///
/// ```
/// use helseid_protocol::endpoint::token::{CONTENT_TYPE, TokenForm};
/// use helseid_protocol::{grant::GrantType, rule::{Fault, Trail}};
///
/// let body = b"grant_type=client_credentials&scope=nhn:kjernejournal/read&client_assertion=eyJhbGciOi\
///     &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// let trail = &mut Trail::new();
/// let form = TokenForm::read(Some(CONTENT_TYPE), body, trail)?;
/// assert_eq!(form.grant(&GrantType::ALL, trail)?, GrantType::ClientCredentials);
/// assert_eq!(form.parameter("scope"), Some("nhn:kjernejournal/read"));
/// # Ok::<(), Fault>(())
/// ```
#[derive(Debug)]
pub struct TokenForm<'a> {
    form: Held<'a>,
}

/// The form itself, or that of whoever has read it.
#[derive(Debug)]
enum Held<'a> {
    Own(ClientForm<'a>),
    Of(&'a ClientForm<'a>),
}

impl<'a> TokenForm<'a> {
    /// Reads the form of a request with this `Content-Type`, as far as the client's authentication.
    pub fn read(content_type: Option<&str>, body: &'a [u8], trail: &mut Trail) -> Result<Self, Fault> {
        let form = ClientForm::read(ClientFormRules::TOKEN, content_type, body, trail)?;
        Ok(Self { form: Held::Own(form) })
    }

    /// Looks at a form that was read by [`ClientFormRules::TOKEN`] as a token request.
    #[must_use]
    pub const fn of(form: &'a ClientForm<'a>) -> Self {
        Self { form: Held::Of(form) }
    }

    /// The client's authentication.
    #[must_use]
    pub const fn client(&self) -> &ClientForm<'a> {
        match &self.form {
            Held::Own(form) => form,
            Held::Of(form) => form,
        }
    }

    /// The grant that is asked for, which must be one of `granted` (RFC 6749 section 5.2). A trail that goes on looks at the
    /// rest of another as at client credentials.
    pub fn grant(&self, granted: &[GrantType], trail: &mut Trail) -> Result<GrantType, Fault> {
        let asked = self.parameter("grant_type");
        let finding = match granted.iter().find(|grant| asked == Some(grant.name())) {
            Some(grant) => Ok(*grant),
            None => Err(grant_is_another(asked, granted)),
        };
        let grant = *finding.as_ref().unwrap_or(&GrantType::ClientCredentials);
        trail.require_or_note(Rule::RequestGrantType, finding.map(drop))?;
        Ok(grant)
    }

    /// Another parameter of this name, as the grant has it; one without a value counts as left out.
    #[must_use]
    pub fn parameter(&self, name: &'static str) -> Option<&str> {
        self.client().parameters().value(name)
    }

    /// Every `resource` (RFC 8707 section 2).
    #[must_use]
    pub fn resources(&self) -> &[String] {
        self.client().parameters().resources()
    }
}

/// RFC 6749 section 5.2.
fn grant_is_another(asked: Option<&str>, granted: &[GrantType]) -> Facts {
    let names = granted.iter().map(|grant| grant.name()).collect::<Vec<_>>().join(" or ");
    asked.map_or_else(|| Facts::missing(&names), |other| Facts::value(&names, other))
}
