//! Reads token requests. Each rule is one function, in the order of the catalogue.

use std::borrow::Cow;

use super::{ASSERTION_TYPE, CLIENT_CREDENTIALS, CONTENT_TYPE, MAX_BYTES};
use crate::id::Audience;
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::scope::ScopeSet;
use crate::secret::ClientAssertion;

/// A token request of the right form. Parameters that are not known here were passed over (RFC 6749 section 3.2).
#[derive(Debug)]
pub struct TokenForm {
    client_id: Option<String>,
    assertion: ClientAssertion,
    grant_type: Option<String>,
    scope: Option<String>,
    resources: Vec<String>,
}

impl TokenForm {
    /// Reads the form of a request with this `Content-Type`, as far as the client's authentication.
    pub fn read(content_type: Option<&str>, body: &[u8], trail: &mut Trail) -> Result<Self, Fault> {
        trail.require(Rule::RequestContentType, content_type_is_a_form(content_type))?;
        let text = trail.require(Rule::RequestBody, body_is_a_bounded_form(body))?;
        let mut parameters = trail.require(Rule::RequestOnce, parameters_stand_once(text))?;
        trail.require(Rule::RequestAssertion, no_other_authentication(&parameters))?;
        let assertion_type = parameters.take("client_assertion_type");
        trail.require_or_note(Rule::RequestAssertionType, assertion_type_is_jwt_bearer(assertion_type))?;
        let assertion = parameters.take("client_assertion").ok_or_else(|| Facts::missing("client_assertion"));
        Ok(Self {
            assertion: ClientAssertion::new(trail.require(Rule::RequestAssertion, assertion)?),
            client_id: parameters.take("client_id"),
            grant_type: parameters.take("grant_type"),
            scope: parameters.take("scope"),
            resources: parameters.resources,
        })
    }

    /// The assertion.
    #[must_use]
    pub const fn assertion(&self) -> &ClientAssertion {
        &self.assertion
    }

    /// Checks that a `client_id` beside the assertion names the same client (RFC 7523 section 3 (2)).
    pub fn require_client(&self, assertion_sub: &str, trail: &mut Trail) -> Result<(), Fault> {
        let finding = match self.client_id.as_deref() {
            Some(client_id) if client_id != assertion_sub => Err(Facts::new(assertion_sub, client_id)),
            _ => Ok(()),
        };
        trail.require_or_note(Rule::RequestClientId, finding)
    }

    /// Checks that the grant is client credentials (RFC 6749 section 4.4.2).
    pub fn require_client_credentials(&self, trail: &mut Trail) -> Result<(), Fault> {
        let finding = match self.grant_type.as_deref() {
            Some(CLIENT_CREDENTIALS) => Ok(()),
            Some(other) => Err(Facts::new(CLIENT_CREDENTIALS, other)),
            None => Err(Facts::missing(CLIENT_CREDENTIALS)),
        };
        trail.require_or_note(Rule::RequestGrantType, finding)
    }

    /// The scopes that are asked for; none asks for all that the client may have.
    pub fn scope(&self, trail: &mut Trail) -> Result<ScopeSet, Fault> {
        let text = self.scope.as_deref().unwrap_or_default();
        let finding = ScopeSet::parse(text).map_err(|why| {
            Facts::new("scopes separated by spaces", format_args!("a text of which this is true: {why}"))
        });
        trail.require(Rule::RequestScope, finding)
    }

    /// The one API that the token is to be for, if one is named (RFC 8707 section 2).
    pub fn resource(&self) -> Result<Option<Audience>, Facts> {
        match self.resources.as_slice() {
            [] => Ok(None),
            [one] => Audience::parse(one).map(Some).map_err(|why| {
                Facts::new("the name of an API", format_args!("a text of which this is true: {why}"))
            }),
            several => Err(Facts::new("at most one resource", several.len())),
        }
    }
}

/// The parameters that are known here, each at most once; `resource` may repeat (RFC 8707).
#[derive(Default)]
struct Parameters {
    once: Vec<(String, String)>,
    resources: Vec<String>,
}

impl Parameters {
    fn take(&mut self, name: &str) -> Option<String> {
        let position = self.once.iter().position(|(known, _)| known == name)?;
        // RFC 6749 section 3.1: a parameter without a value counts as left out.
        Some(self.once.swap_remove(position).1).filter(|value| !value.is_empty())
    }

    fn holds(&self, name: &str) -> bool {
        self.once.iter().any(|(known, _)| known == name)
    }
}

/// RFC 6749 section 4.4.2; a `charset` parameter is let pass.
fn content_type_is_a_form(content_type: Option<&str>) -> Result<(), Facts> {
    let content_type = content_type.ok_or_else(|| Facts::missing(CONTENT_TYPE))?;
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(CONTENT_TYPE) { Ok(()) } else { Err(Facts::new(CONTENT_TYPE, essence)) }
}

/// RFC 6749 appendix B.
fn body_is_a_bounded_form(body: &[u8]) -> Result<&[u8], Facts> {
    if body.len() > MAX_BYTES {
        return Err(Facts::new(
            format_args!("at most {MAX_BYTES} bytes"),
            format_args!("{} bytes", body.len()),
        ));
    }
    if !body.is_ascii() {
        return Err(Facts::new("a form of ASCII characters", "other bytes"));
    }
    Ok(body)
}

/// RFC 6749 section 3.2.
fn parameters_stand_once(form: &[u8]) -> Result<Parameters, Facts> {
    let mut parameters = Parameters::default();
    for (name, value) in pairs(form) {
        if name == "resource" {
            parameters.resources.push(value.into_owned());
        } else if parameters.holds(&name) {
            return Err(Facts::new(format_args!("{name} once"), "it again"));
        } else {
            parameters.once.push((name.into_owned(), value.into_owned()));
        }
    }
    Ok(parameters)
}

/// The parameters as they are meant. One without `%` and `+` is taken as it stands: the assertion, most of a form, is one.
pub(super) fn pairs(form: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form.split(|byte| *byte == b'&').flat_map(|pair| {
        // Without an early end, the compiler looks at many bytes at once.
        let escaped = pair.iter().fold(false, |found, byte| found | (*byte == b'%') | (*byte == b'+'));
        match std::str::from_utf8(pair) {
            Ok("") => None,
            Ok(plain) if !escaped => {
                let (name, value) = plain.split_once('=').unwrap_or((plain, ""));
                Some((name.into(), value.into()))
            }
            _ => form_urlencoded::parse(pair).next(),
        }
    })
}

/// HelseID: use of client assertion. A secret is never taken, also not beside an assertion.
fn no_other_authentication(parameters: &Parameters) -> Result<(), Facts> {
    if parameters.holds("client_secret") {
        return Err(Facts::new("a client assertion", "a client secret"));
    }
    if !parameters.holds("client_assertion") {
        return Err(Facts::missing("client_assertion"));
    }
    Ok(())
}

/// RFC 7523 section 2.2.
fn assertion_type_is_jwt_bearer(assertion_type: Option<String>) -> Result<(), Facts> {
    match assertion_type {
        Some(text) if text == ASSERTION_TYPE => Ok(()),
        Some(text) => Err(Facts::new(ASSERTION_TYPE, text)),
        None => Err(Facts::missing(ASSERTION_TYPE)),
    }
}
