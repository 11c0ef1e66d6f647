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
