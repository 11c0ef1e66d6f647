//! Forms that a client sends in its own name: with an assertion that authenticates it. Each rule is one function, in the
//! order of the catalogue.

use http::{HeaderMap, header};

use super::basic;
use super::form::{FormRules, Parameters, content_type_is_a_form};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::secret::ClientAssertion;

/// `client_assertion_type` (RFC 7523 section 2.2).
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The rules that the form of one endpoint breaks as such.
///
/// ```
/// use helseid_protocol::endpoint::{ClientForm, ClientFormRules};
/// use helseid_protocol::rule::{Rule, Trail};
///
/// let broken = |rules| {
///     let read = ClientForm::read(rules, Some("application/json"), b"{}", &mut Trail::new());
///     read.map_err(|fault| fault.rule()).err()
/// };
/// // The same fault at two endpoints.
/// assert_eq!(broken(ClientFormRules::TOKEN), Some(Rule::RequestContentType));
/// assert_eq!(broken(ClientFormRules::PAR), Some(Rule::ParContentType));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ClientFormRules {
    content_type: Rule,
    form: FormRules,
    client_id: Rule,
}

impl ClientFormRules {
    /// Of the token endpoint.
    pub const TOKEN: Self = Self {
        content_type: Rule::RequestContentType,
        form: FormRules { body: Rule::RequestBody, once: Rule::RequestOnce },
        client_id: Rule::RequestClientId,
    };

    /// Of the endpoint for pushed authorization requests.
    pub const PAR: Self = Self {
        content_type: Rule::ParContentType,
        form: FormRules { body: Rule::ParBody, once: Rule::AuthorizeOnce },
        client_id: Rule::ParClientId,
    };

    /// Of the revocation endpoint.
    pub const REVOCATION: Self = Self {
        content_type: Rule::RevocationMethod,
        form: FormRules { body: Rule::RevocationMethod, once: Rule::RevocationMethod },
        client_id: Rule::RequestClientId,
    };

    /// Of the introspection endpoint.
    pub const INTROSPECTION: Self = Self {
        content_type: Rule::IntrospectionMethod,
        form: FormRules { body: Rule::IntrospectionMethod, once: Rule::IntrospectionMethod },
        client_id: Rule::RequestClientId,
    };
}

/// A form of a client that says who it is. Nothing says yet that it is that client.
///
/// ```
/// use helseid_protocol::endpoint::{ClientForm, ClientFormRules, revocation, token::CONTENT_TYPE};
/// use helseid_protocol::secret::{ClientAssertion, RefreshToken};
/// use helseid_protocol::{id::ClientId, rule::Trail};
///
/// let client_id = ClientId::parse("1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4")?;
/// let body = revocation::body(&client_id, &RefreshToken::new("7F3A"), &ClientAssertion::new("eyJhbGciOi"));
/// let rules = ClientFormRules::REVOCATION;
/// let form = ClientForm::read(rules, Some(CONTENT_TYPE), body.as_bytes(), &mut Trail::new())?;
/// // Who it says it is, what is to show that, and what it wants.
/// assert_eq!(form.client_id(), Some(client_id.as_str()));
/// assert_eq!(form.assertion().expose(), "eyJhbGciOi");
/// assert_eq!(form.parameters().value("token"), Some("7F3A"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ClientForm<'a> {
    client_id: Option<String>,
    assertion: ClientAssertion,
    rules: ClientFormRules,
    others: Parameters<'a>,
}

impl<'a> ClientForm<'a> {
    /// Reads the form of a request with this `Content-Type`, as far as the client's authentication. Parameters that no rule
    /// knows are passed over (RFC 6749 section 3.2).
    pub fn read(
        rules: ClientFormRules,
        content_type: Option<&str>,
        body: &'a [u8],
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        trail.require(rules.content_type, content_type_is_a_form(content_type))?;
        let mut parameters = Parameters::read(body, rules.form, trail)?;
        trail.require(Rule::RequestAssertion, no_other_authentication(&parameters))?;
        let assertion_type = parameters.take("client_assertion_type");
        trail.require_or_note(Rule::RequestAssertionType, assertion_type_is_jwt_bearer(assertion_type))?;
        let assertion = parameters.take("client_assertion").ok_or_else(|| Facts::missing("client_assertion"));
        Ok(Self {
            assertion: ClientAssertion::new(trail.require(Rule::RequestAssertion, assertion)?),
            client_id: parameters.take("client_id"),
            rules,
            others: parameters,
        })
    }

    /// The assertion.
    #[must_use]
    pub const fn assertion(&self) -> &ClientAssertion {
        &self.assertion
    }

    /// The `client_id` beside the assertion.
    #[must_use]
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }

    /// Checks that the request's headers do not authenticate the client another way (RFC 6749 section 2.3).
    pub fn require_no_basic(
        &self,
        headers: &HeaderMap,
        client: &str,
        trail: &mut Trail,
    ) -> Result<(), Fault> {
        let other =
            headers.get_all(header::AUTHORIZATION).iter().any(|value| basic::is_another(value, client));
        let finding = if other {
            let facts = Facts::new("only a client assertion", "Authorization: Basic beside it");
            Err(facts.saying("The client authenticates twice: by an assertion, and by Authorization: Basic"))
        } else {
            Ok(())
        };
        trail.require_or_note(Rule::RequestAssertion, finding)
    }

    /// Checks that a `client_id` beside the assertion names the same client (RFC 7523 section 3 (2)).
    pub fn require_client(&self, assertion_sub: &str, trail: &mut Trail) -> Result<(), Fault> {
        let finding = match self.client_id.as_deref() {
            Some(client_id) if client_id != assertion_sub => {
                Err(Facts::value(format_args!("'{assertion_sub}', as the assertion has it"), client_id))
            }
            _ => Ok(()),
        };
        trail.require_or_note(self.rules.client_id, finding)
    }

    /// What the client asks for: all but its authentication.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters<'a> {
        &self.others
    }
}

/// HelseID: use of client assertion. A secret is never taken, also not beside an assertion.
fn no_other_authentication(parameters: &Parameters<'_>) -> Result<(), Facts> {
    if parameters.value("client_secret").is_some() {
        let facts = Facts::new("a client assertion", "a client secret");
        return Err(facts.saying("The client sends a client_secret"));
    }
    if parameters.value("client_assertion").is_none() {
        return Err(Facts::missing("client_assertion"));
    }
    Ok(())
}

/// RFC 7523 section 2.2.
fn assertion_type_is_jwt_bearer(assertion_type: Option<String>) -> Result<(), Facts> {
    match assertion_type {
        Some(text) if text == ASSERTION_TYPE => Ok(()),
        Some(text) => Err(Facts::value(ASSERTION_TYPE, text)),
        None => Err(Facts::missing(ASSERTION_TYPE)),
    }
}
