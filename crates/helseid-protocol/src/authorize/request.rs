//! What an authorization request asks for, when every rule was found to hold.

use super::acr::{self, AcrValues};
use super::{AskedDetails, RequestObjectId, TestPerson, Text};
use crate::bounded::Bounded;
use crate::endpoint::form::MAX_PARAMETERS;
use crate::id::{Audience, ClientId, Thumbprint};
use crate::pkce::CodeChallenge;
use crate::redirect::ReturnPath;
use crate::scope::ScopeSet;

/// The APIs that are named in one request.
///
/// ```
/// use helseid_protocol::authorize::Resources;
/// use helseid_protocol::id::Audience;
///
/// let mut resources = Resources::default();
/// resources.push(Audience::parse("nhn:my-api")?)?;
/// assert_eq!(resources.iter().map(Audience::as_str).collect::<Vec<_>>(), ["nhn:my-api"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Resources = Bounded<Audience, MAX_PARAMETERS>;

/// The longest `state`, in bytes.
pub(super) const MAX_STATE: usize = 2_048;

/// The longest `nonce`, in bytes.
pub(super) const MAX_NONCE: usize = 512;

/// The longest `login_hint`, in bytes.
pub(super) const MAX_LOGIN_HINT: usize = 256;

/// The longest `id_token_hint` that is kept, in bytes: an ID token is far shorter.
pub(super) const MAX_ID_TOKEN_HINT: usize = 16 * 1024;

/// The longest `ui_locales`, in bytes.
pub(super) const MAX_UI_LOCALES: usize = 100;

/// A request of a client that is known, with a `redirect_uri` that is registered, that follows every rule. Only
/// [`push`](super::push) and [`front`](super::front) make one, and a [`WrittenRequest`](super::WrittenRequest) that one was
/// written to.
///
/// ```
/// use helseid_protocol::authorize::CheckedRequest;
/// use helseid_protocol::{id::Issuer, redirect::{Answer, CodeAnswer}};
///
/// /// Sends the browser back to the client, with a code for the request.
/// fn answer(request: &CheckedRequest, issuer: &Issuer, code: &str) -> Answer {
///     let answer = CodeAnswer { code, scope: Some(&request.ask.scopes), session_state: None };
///     request.way_back.with_code(issuer, answer)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckedRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub way_back: ReturnPath,
    /// The `redirect_uri` as it was asked for, which the client repeats at the token endpoint: where the case of letters is let
    /// pass, another spelling than that of the way back.
    pub redirect_uri: Box<str>,
    /// What for.
    pub ask: Ask,
    /// The request object that it came in, if it has a `jti`: used up with the rest of a pushed request, and when the answer is
    /// written to one of the browser's.
    pub request_object: Option<RequestObjectId>,
}

/// What is asked for.
///
/// ```
/// use helseid_protocol::authorize::{Ask, Prompt};
///
/// // As a store keeps what was asked for; what nobody asked for is left out.
/// let kept = r#"{"scopes": ["openid", "nhn:my-api/read"], "max_age": 600,
///     "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}"#;
/// let ask: Ask = serde_json::from_str(kept)?;
/// assert_eq!((ask.max_age, ask.prompt), (Some(600), Prompt::WhereNeeded));
/// assert!(ask.resources.is_empty() && ask.acr.level.is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Ask {
    /// The scopes; each is the client's.
    pub scopes: ScopeSet,
    /// The APIs that are named (RFC 8707), each with a scope that is asked for; none names no API.
    #[serde(default, skip_serializing_if = "Bounded::is_empty")]
    pub resources: Resources,
    /// What redeems the code (RFC 7636).
    pub code_challenge: CodeChallenge,
    /// The key that the tokens are to be bound to (RFC 9449 section 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dpop_jkt: Option<Thumbprint>,
    /// Goes into the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Text<MAX_NONCE>>,
    /// Whether a page must or must not be shown.
    #[serde(default)]
    pub prompt: Prompt,
    /// How many seconds ago the login may have been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// How strongly, and where.
    #[serde(default)]
    pub acr: AcrValues,
    /// Who, perhaps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<Text<MAX_LOGIN_HINT>>,
    /// Who: an ID token that was found to be the client's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_hint: Option<Text<MAX_ID_TOKEN_HINT>>,
    /// The languages of pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<Text<MAX_UI_LOCALES>>,
    /// Who is to be logged in without a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_person: Option<TestPerson>,
    /// For whom the client will act, and by which attestation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<AskedDetails>,
}

/// What `prompt` asks for (OpenID Connect Core 1.0 section 3.1.2.1). A login here is always a choice of person too, and no consent is
/// ever asked for.
///
/// ```
/// use helseid_protocol::authorize::Prompt;
///
/// assert_eq!(Prompt::default(), Prompt::WhereNeeded);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// A page if one is needed.
    #[default]
    WhereNeeded,
    /// No page.
    None,
    /// A page where the user chooses who to be.
    SelectAccount,
    /// A new login.
    Login,
}

pub(super) type AcrText = Text<{ acr::MAX_BYTES }>;
