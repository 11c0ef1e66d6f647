//! What a browser is sent back with: a code or an error, in the query or by a form.

use std::fmt;

use super::RedirectTarget;
use crate::id::Issuer;
use crate::rule::ErrorCode;
use crate::scope::ScopeSet;

/// How an answer comes to the client.
///
/// ```
/// use helseid_protocol::redirect::ResponseMode;
///
/// // For `response_modes_supported` in the metadata.
/// assert_eq!(ResponseMode::ALL.map(ResponseMode::name), ["query", "form_post"]);
/// // And what a request means that names none.
/// assert_eq!(ResponseMode::default(), ResponseMode::Query);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of a redirect (OAuth 2.0 Multiple Response Type Encoding Practices section 2.1).
    #[default]
    Query,
    /// By a form that the browser posts (OAuth 2.0 Form Post Response Mode section 2).
    FormPost,
}

impl ResponseMode {
    /// Those that are offered.
    pub const ALL: [Self; 2] = [Self::Query, Self::FormPost];

    /// As `response_mode` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }
}

/// The way back to a client: a registered address, how the answer goes there, and the client's `state`.
///
/// ```
/// use helseid_protocol::authorize::WrittenRequest;
/// use helseid_protocol::{redirect::ReturnPath, uri::RedirectUri};
///
/// let stored = br#"{"client_id": "1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4", "redirect_uri": "https://app.example/callback",
///     "state": "7F3A", "ask": {"scopes": ["openid"], "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}}"#;
/// let registered = [RedirectUri::parse("https://app.example/callback")?];
/// // The way back is that of a request whose address is registered still.
/// let way_back: ReturnPath = serde_json::from_slice::<WrittenRequest>(stored)?.read(&registered)?.way_back;
/// assert_eq!((way_back.target().as_str(), way_back.state()), ("https://app.example/callback", Some("7F3A")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnPath {
    target: RedirectTarget,
    mode: ResponseMode,
    state: Option<Box<str>>,
}

/// What is sent with a code.
///
/// ```
/// use helseid_protocol::redirect::{Answer, CodeAnswer, ReturnPath};
/// use helseid_protocol::{id::Issuer, scope::ScopeSet, secret::AuthorizationCode};
///
/// /// What the browser gets when the person has logged in.
/// fn logged_in(way_back: &ReturnPath, issuer: &Issuer, code: &AuthorizationCode, granted: &ScopeSet) -> Answer {
///     way_back.with_code(issuer, CodeAnswer { code: code.expose(), scope: Some(granted), session_state: None })
/// }
/// ```
#[derive(Clone, Copy)]
pub struct CodeAnswer<'a> {
    /// The code.
    pub code: &'a str,
    /// `scope`, which HelseID sends along.
    pub scope: Option<&'a ScopeSet>,
    /// `session_state`, which HelseID sends along (OpenID Connect Session Management 1.0 section 2).
    pub session_state: Option<&'a str>,
}

/// An answer for the browser. It holds a code, or the `state` of a client, and so does not print itself.
///
/// ```
/// use helseid_protocol::redirect::Answer;
/// use http::{Response, header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION}};
///
/// /// The response to the browser; `page` makes a form that it sends on by itself.
/// fn response(answer: Answer, page: impl Fn(&str, &[(&str, String)]) -> String) -> http::Result<Response<String>> {
///     match answer {
///         Answer::Redirect { location, .. } => {
///             Response::builder().status(303).header(LOCATION, location).body(String::new())
///         }
///         Answer::FormPost { action, fields, .. } => Response::builder()
///             .header(CONTENT_TYPE, "text/html; charset=utf-8")
///             .header(CACHE_CONTROL, "no-store")
///             .body(page(&action, &fields)),
///     }
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum Answer {
    /// 303 to this address.
    #[non_exhaustive]
    Redirect {
        /// The address, as the `Location` header has it.
        location: String,
    },
    /// A page with a form that the browser sends on.
    #[non_exhaustive]
    FormPost {
        /// Where to: the registered address.
        action: String,
        /// The form's fields, not escaped.
        fields: Vec<(&'static str, String)>,
    },
}

impl ReturnPath {
    /// The way back to `target`, with this `state`.
    pub(crate) fn new(target: RedirectTarget, mode: ResponseMode, state: Option<&str>) -> Self {
        Self { target, mode, state: state.map(Into::into) }
    }

    /// Where it leads.
    #[must_use]
    pub const fn target(&self) -> &RedirectTarget {
        &self.target
    }

    /// How an answer goes there.
    #[must_use]
    pub const fn mode(&self) -> ResponseMode {
        self.mode
    }

    /// The client's `state`.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The answer with a code (RFC 6749 section 4.1.2, RFC 9207 section 2).
    #[must_use]
    pub fn with_code(&self, issuer: &Issuer, answer: CodeAnswer<'_>) -> Answer {
        let mut fields = vec![("code", answer.code.to_owned())];
        fields.extend(answer.scope.map(|scope| ("scope", scope.to_string())));
        fields.extend(answer.session_state.map(|state| ("session_state", state.to_owned())));
        self.answer(issuer, fields)
    }

    /// The answer with an error (RFC 6749 section 4.1.2.1, RFC 9207 section 2).
    #[must_use]
    pub fn with_error(&self, issuer: &Issuer, error: ErrorCode, description: &str) -> Answer {
        let fields = vec![("error", error.to_string()), ("error_description", description.to_owned())];
        self.answer(issuer, fields)
    }

    fn answer(&self, issuer: &Issuer, mut fields: Vec<(&'static str, String)>) -> Answer {
        fields.extend(self.state.as_deref().map(|state| ("state", state.to_owned())));
        fields.push(("iss", issuer.to_string()));
        let target = self.target.as_str();
        match self.mode {
            ResponseMode::Query => Answer::Redirect { location: with_query(target, &fields) },
            ResponseMode::FormPost => Answer::FormPost { action: target.to_owned(), fields },
        }
    }
}

/// Keeps a query that is registered (RFC 6749 section 3.1.2). A registered address has no fragment.
fn with_query(target: &str, fields: &[(&'static str, String)]) -> String {
    let between = match target.bytes().last() {
        Some(b'?' | b'&') => "",
        _ if target.contains('?') => "&",
        _ => "?",
    };
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{target}{between}{query}")
}

impl fmt::Debug for ReturnPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.target.as_str();
        out.debug_struct("ReturnPath")
            .field("target", &target)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Redirect { .. } => "Redirect",
            Self::FormPost { .. } => "FormPost",
        };
        out.debug_struct(name).finish_non_exhaustive()
    }
}
