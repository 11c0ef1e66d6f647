//! What a browser brings to the authorization endpoint: a query or a form, and who it says it is from. Each rule is one
//! function, in the order of the catalogue.

use http::Method;

use super::RequestUri;
use crate::endpoint::form::{FormRules, Parameters, content_type_is_a_form};
use crate::id::ClientId;
use crate::rule::{Facts, Fault, Rule, Trail};

/// A request as HTTP has it.
///
/// ```
/// use helseid_protocol::authorize::{AuthorizationForm, FrontRequest};
/// use helseid_protocol::rule::{Rule, Trail};
///
/// let query = Some("client_id=1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4&scope=openid");
/// let request = FrontRequest { method: &http::Method::GET, query, content_type: None, body: b"" };
/// assert!(AuthorizationForm::read(request, &mut Trail::new()).is_ok());
/// // A POST has a form in its body; what stands in the query does not count.
/// let posted = FrontRequest { method: &http::Method::POST, ..request };
/// let refused = AuthorizationForm::read(posted, &mut Trail::new()).map_err(|fault| fault.rule());
/// assert_eq!(refused.err(), Some(Rule::AuthorizeMethod));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FrontRequest<'a> {
    /// The method.
    pub method: &'a Method,
    /// The URL's query, without its question mark.
    pub query: Option<&'a str>,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// An authorization request of the right form that names its client. Nothing says that it is by that client: anyone can
/// write it.
///
/// ```
/// use helseid_protocol::authorize::{AuthorizationForm, FrontRequest};
/// use helseid_protocol::rule::Trail;
///
/// let query = Some("client_id=1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4&ui_locales=nb");
/// let request = FrontRequest { method: &http::Method::GET, query, content_type: None, body: b"" };
/// let form = AuthorizationForm::read(request, &mut Trail::new())?;
/// assert_eq!(form.client_id().as_str(), "1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4");
/// assert_eq!(form.ui_locales(), Some("nb"));
/// # Ok::<(), helseid_protocol::rule::Fault>(())
/// ```
#[derive(Debug)]
pub struct AuthorizationForm<'a> {
    client_id: ClientId,
    parameters: Parameters<'a>,
}

/// Where the request itself is.
///
/// ```
/// use helseid_protocol::authorize::{Asked, AuthorizationForm, FrontRequest};
/// use helseid_protocol::rule::Trail;
///
/// let query = Some("client_id=my-client&request_uri=urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc0");
/// let request = FrontRequest { method: &http::Method::GET, query, content_type: None, body: b"" };
/// let mut trail = Trail::new();
/// let form = AuthorizationForm::read(request, &mut trail)?;
/// // The request is looked up under the name that it was given when it was pushed.
/// assert!(matches!(form.asked(&mut trail)?, Asked::Pushed(name) if name.reference() == "6esc_11ACC5bwc0"));
/// # Ok::<(), helseid_protocol::rule::Fault>(())
/// ```
#[derive(Debug)]
pub enum Asked<'a> {
    /// It was pushed: under this name.
    Pushed(RequestUri),
    /// It is here.
    Here(&'a Parameters<'a>),
}

const RULES: FormRules = FormRules { body: Rule::AuthorizeForm, once: Rule::AuthorizeOnce };

impl<'a> AuthorizationForm<'a> {
    /// Reads a request as far as its client.
    pub fn read(request: FrontRequest<'a>, trail: &mut Trail) -> Result<Self, Fault> {
        let form = trail.require(Rule::AuthorizeMethod, request_is_a_query_or_a_form(request))?;
        let parameters = Parameters::read(form, RULES, trail)?;
        let client_id = client_id_is_there(&parameters);
        // Whether there is such a client is for the caller to say, by the same rule.
        let client_id = client_id.map_err(|facts| Fault::new(Rule::AuthorizeClientId, facts))?;
        Ok(Self { client_id, parameters })
    }

    /// The client that it names.
    #[must_use]
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// `ui_locales`, for pages that say what is wrong before anything else is known.
    #[must_use]
    pub fn ui_locales(&self) -> Option<&str> {
        self.parameters.value("ui_locales")
    }

    /// Where the request is.
    pub fn asked(&self, trail: &mut Trail) -> Result<Asked<'_>, Fault> {
        trail.require(Rule::AuthorizeRequestXor, request_is_here_or_pushed(&self.parameters))?;
        let Some(text) = self.parameters.value("request_uri") else {
            return Ok(Asked::Here(&self.parameters));
        };
        let request_uri = RequestUri::read(text, trail)?;
        match nothing_else_is_beside_it(&self.parameters) {
            Ok(()) => trail.holds(Rule::AuthorizeOnlyTwo),
            Err(facts) => trail.warn(Rule::AuthorizeOnlyTwo, facts),
        }
        Ok(Asked::Pushed(request_uri))
    }
}

/// OpenID Connect Core 1.0 section 3.1.2.1.
fn request_is_a_query_or_a_form(request: FrontRequest<'_>) -> Result<&[u8], Facts> {
    match *request.method {
        Method::GET => Ok(request.query.unwrap_or_default().as_bytes()),
        Method::POST => content_type_is_a_form(request.content_type).map(|()| request.body),
        ref other => Err(Facts::value("GET or POST", other)),
    }
}

/// RFC 6749 section 4.1.1.
fn client_id_is_there(parameters: &Parameters<'_>) -> Result<ClientId, Facts> {
    let text = parameters.value("client_id").ok_or_else(|| Facts::missing("client_id"))?;
    ClientId::parse(text).map_err(|why| Facts::new("a client id", format_args!("an invalid one: {why}")))
}

/// RFC 9101 section 5.
fn request_is_here_or_pushed(parameters: &Parameters<'_>) -> Result<(), Facts> {
    match (parameters.value("request"), parameters.value("request_uri")) {
        (Some(_), Some(_)) => Err(Facts::new("request or request_uri", "both")),
        _ => Ok(()),
    }
}

/// RFC 9126 section 4. Only the names are told.
fn nothing_else_is_beside_it(parameters: &Parameters<'_>) -> Result<(), Facts> {
    const SHOWN: usize = 5;
    let others: Vec<_> =
        parameters.names().filter(|name| !matches!(*name, "client_id" | "request_uri")).take(SHOWN).collect();
    if others.is_empty() {
        Ok(())
    } else {
        Err(Facts::new("only client_id and request_uri", others.join(", ")))
    }
}
