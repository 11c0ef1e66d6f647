//! A checked request as a store keeps it.

use serde::{Deserialize, Serialize};

use super::request::{Ask, CheckedRequest, MAX_STATE};
use super::{RequestObjectId, Text};
use crate::id::ClientId;
use crate::redirect::{RedirectTarget, ResponseMode, ReturnPath};
use crate::rule::{Facts, Fault, RedirectCase, Rule};
use crate::uri::RedirectUri;

/// A [`CheckedRequest`] for a store, which must seal it: it holds `state` and persons' numbers. It is read back as strictly as it
/// was checked, and where it leads to is compared with what is registered by then: nothing that a store holds is redirected to
/// for being there.
///
/// ```
/// use helseid_protocol::authorize::{CheckedRequest, WrittenRequest};
/// use helseid_protocol::uri::RedirectUri;
///
/// /// What a store seals.
/// fn written(request: &CheckedRequest) -> Result<Vec<u8>, serde_json::Error> {
///     serde_json::to_vec(&WrittenRequest::of(request))
/// }
///
/// /// The request, while its client still has the address registered.
/// fn read(kept: &[u8], now: &[RedirectUri]) -> Result<CheckedRequest, Box<dyn std::error::Error>> {
///     Ok(serde_json::from_slice::<WrittenRequest>(kept)?.read(now)?)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenRequest {
    client_id: ClientId,
    redirect_uri: Box<str>,
    /// As it was asked for, where that is the same in another case of letters, and nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_redirect_uri: Option<Box<str>>,
    #[serde(default)]
    response_mode: ResponseMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<Text<MAX_STATE>>,
    ask: Ask,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_object: Option<RequestObjectId>,
}

impl WrittenRequest {
    /// Writes a request.
    #[must_use]
    pub fn of(request: &CheckedRequest) -> Self {
        let way_back = &request.way_back;
        Self {
            client_id: request.client_id.clone(),
            redirect_uri: way_back.target().as_str().into(),
            asked_redirect_uri: Some(request.redirect_uri.clone())
                .filter(|asked| **asked != *way_back.target().as_str()),
            response_mode: way_back.mode(),
            // It was of that form, or there would be no such request.
            state: way_back.state().and_then(|state| Text::parse(state).ok()),
            ask: request.ask.clone(),
            request_object: request.request_object.clone(),
        }
    }

    /// Whose it is.
    #[must_use]
    pub const fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The request, if its client has its `redirect_uri` still `registered`. The breach is one for a page.
    pub fn read(self, registered: &[RedirectUri]) -> Result<CheckedRequest, Fault> {
        // As it was written it is the registered spelling.
        let found = RedirectTarget::find(&self.redirect_uri, registered, RedirectCase::Exact);
        let found = found.ok_or_else(|| {
            let expected = format!("a registered redirect URI, of which the client has {}", registered.len());
            let facts = Facts::value(expected, &self.redirect_uri);
            let facts = facts.saying("The redirect_uri is no longer registered");
            Fault::new(Rule::AuthorizeRedirectUriRegistered, facts)
        })?;
        let state = self.state.as_ref().map(Text::as_str);
        let asked = self.asked_redirect_uri.unwrap_or_else(|| self.redirect_uri.clone());
        if !asked.eq_ignore_ascii_case(&self.redirect_uri) {
            let facts = Facts::value(format_args!("{} in any case of letters", self.redirect_uri), &asked);
            return Err(Fault::new(Rule::AuthorizeRedirectUriRegistered, facts));
        }
        Ok(CheckedRequest {
            redirect_uri: asked,
            way_back: ReturnPath::new(found.target, self.response_mode, state),
            client_id: self.client_id,
            ask: self.ask,
            request_object: self.request_object,
        })
    }
}
