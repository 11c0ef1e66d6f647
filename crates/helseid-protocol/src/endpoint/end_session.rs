//! The end session endpoint (OpenID Connect RP-Initiated Logout 1.0): parameters read, and what becomes of the request.

use std::fmt;

use http::Method;

use super::form::{FormRules, Parameters, content_type_is_a_form};
use crate::id::{ClientId, Issuer, KeyId};
use crate::id_token::Hint;
use crate::jose::{Algorithm, AlgorithmSet, VerifyKey};
use crate::rule::{Facts, Fault, Rule, Trail};
use crate::secret::IdToken;
use crate::uri::{MAX_URI_BYTES, RedirectUri};

/// Where the endpoint is, below the issuer.
pub const PATH: &str = "/connect/endsession";

/// The most bytes of `state`.
pub const MAX_STATE_BYTES: usize = 2048;

/// The most bytes of `ui_locales` that are looked at; a longer one counts as left out.
const MAX_UI_LOCALES: usize = 100;

/// A request to end a session, as far as its parameters say. Parameters that no rule knows are passed over.
///
/// ```
/// use helseid_protocol::endpoint::end_session::EndSessionForm;
/// use helseid_protocol::rule::{Fault, Trail};
/// use http::Method;
///
/// let query = b"client_id=1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4&ui_locales=nb";
/// let form = EndSessionForm::read(&Method::GET, query, (None, b""), &mut Trail::new())?;
/// // In this language the page asks.
/// assert_eq!(form.ui_locales(), Some("nb"));
/// # Ok::<(), Fault>(())
/// ```
pub struct EndSessionForm {
    hint: Option<IdToken>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    state: Option<String>,
    ui_locales: Option<String>,
}

/// Who is signed in at the browser that sends the request.
///
/// ```
/// use helseid_protocol::endpoint::end_session::{Browser, EndSessionForm, Ending};
/// use helseid_protocol::rule::{Fault, Trail};
/// use http::Method;
///
/// // Without a hint, any page could have linked here: the person is asked first.
/// let trail = &mut Trail::new();
/// let form = EndSessionForm::read(&Method::GET, b"", (None, b""), trail)?;
/// assert_eq!(form.decide(None, Browser::InAnotherSession, &[], trail)?.ending, Ending::AfterAQuestion);
/// assert_eq!(form.decide(None, Browser::SignedOut, &[], trail)?.ending, Ending::AtOnce);
/// # Ok::<(), Fault>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Nobody.
    SignedOut,
    /// Somebody, in the session that the hint names by its `sid`.
    InTheHintedSession,
    /// Somebody, in another session or without a hint.
    InAnotherSession,
}

/// Whether the session ends at once.
///
/// ```
/// use helseid_protocol::endpoint::end_session::Ending;
///
/// /// What the page says.
/// fn text(ending: Ending) -> &'static str {
///     match ending {
///         Ending::AtOnce => "You are signed out.",
///         Ending::AfterAQuestion => "Do you want to sign out?",
///     }
/// }
/// assert_eq!(text(Ending::AtOnce), "You are signed out.");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It does, or there is none.
    AtOnce,
    /// A page asks the person first.
    AfterAQuestion,
}

/// What becomes of a request.
///
/// ```
/// use helseid_protocol::endpoint::end_session::{EndSession, Ending};
///
/// /// The address for `Location`; without one there is a page.
/// fn location(decided: &EndSession) -> Option<String> {
///     let redirect = decided.redirect.as_ref().filter(|_| decided.ending == Ending::AtOnce);
///     redirect.map(|redirect| redirect.location())
/// }
/// assert_eq!(location(&EndSession { ending: Ending::AtOnce, redirect: None }), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndSession {
    /// Whether the session ends at once.
    pub ending: Ending,
    /// Where the browser goes then; it stays here without.
    pub redirect: Option<LogoutRedirect>,
}

/// A registered address of the client that a valid hint names, with the request's `state`. Nothing else is redirected to.
///
/// ```
/// use helseid_protocol::endpoint::end_session::{Browser, EndSessionForm, LogoutRedirect};
/// use helseid_protocol::{id_token::Hint, rule::{Fault, Trail}, uri::RedirectUri};
///
/// /// Where a browser goes in which nobody is signed in.
/// fn location(form: &EndSessionForm, hint: &Hint, registered: &[RedirectUri]) -> Result<Option<String>, Fault> {
///     let decided = form.decide(Some(hint), Browser::SignedOut, registered, &mut Trail::new())?;
///     let redirect: Option<LogoutRedirect> = decided.redirect;
///     Ok(redirect.map(|redirect| redirect.location()))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoutRedirect {
    registered: RedirectUri,
    state: Option<String>,
}

impl EndSessionForm {
    /// Reads the parameters: of a GET from the `query`, of a POST from the `body`, which must be a form.
    pub fn read(
        method: &Method,
        query: &[u8],
        (content_type, body): (Option<&str>, &[u8]),
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let parameters = match *method {
            Method::GET => Ok(query),
            Method::POST => content_type_is_a_form(content_type).map(|()| body),
            _ => Err(Facts::value("GET or POST", method)),
        };
        let mut parameters =
            Parameters::read(trail.require(Rule::EndSessionMethod, parameters)?, RULES, trail)?;
        let mut bounded = |name, most| {
            let value = parameters.take(name);
            match value.as_ref().map_or(0, String::len) {
                length if length > most => {
                    let expected = format_args!("{name} of at most {most} bytes");
                    Err(Fault::new(
                        Rule::EndSessionMethod,
                        Facts::new(expected, format_args!("{length} bytes")),
                    ))
                }
                _ => Ok(value),
            }
        };
        Ok(Self {
            hint: bounded("id_token_hint", crate::id_token::MAX_BYTES)?.map(IdToken::new),
            client_id: bounded("client_id", crate::id::MAX_ID_BYTES)?,
            redirect_uri: bounded("post_logout_redirect_uri", MAX_URI_BYTES)?,
            state: bounded("state", MAX_STATE_BYTES)?,
            // It decides nothing but the language of a page.
            ui_locales: bounded("ui_locales", MAX_UI_LOCALES).unwrap_or_default(),
        })
    }

    /// The languages that the client prefers, for the pages.
    #[must_use]
    pub fn ui_locales(&self) -> Option<&str> {
        self.ui_locales.as_deref()
    }

    /// The hint, if it is an ID token of ours, however old. Another one is noted as a warning and counts as none: the page
    /// asks, and leads nowhere. `is_taken` says whether we made it for a client that is registered, which its signature alone
    /// does not show.
    pub fn hint<'k>(
        &self,
        issuer: &Issuer,
        algorithms: AlgorithmSet,
        key: impl FnOnce(&KeyId, Algorithm) -> Option<&'k VerifyKey>,
        is_taken: impl FnOnce(&Hint) -> bool,
        trail: &mut Trail,
    ) -> Option<Hint> {
        let hint = Hint::read(self.hint.as_ref()?.expose(), issuer, algorithms, key);
        let hint = hint.and_then(|hint| match is_taken(&hint) {
            true => Ok(hint),
            false => {
                Err(Facts::new("an ID token that was issued to a registered client", "another ID token"))
            }
        });
        match hint {
            Ok(hint) => {
                trail.holds(Rule::EndSessionHint);
                Some(hint)
            }
            Err(facts) => {
                trail.warn(Rule::EndSessionHint, facts);
                None
            }
        }
    }

    /// What becomes of the request. `registered` are the addresses of the client that `hint` names.
    ///
    /// A session ends without a question only where the hint names it by its `sid`, so that no page of others signs people
    /// out; and no hint, no redirect.
    pub fn decide(
        &self,
        hint: Option<&Hint>,
        browser: Browser,
        registered: &[RedirectUri],
        trail: &mut Trail,
    ) -> Result<EndSession, Fault> {
        let client = hint.map(Hint::client_id);
        trail.require(Rule::EndSessionClientId, client_is_the_hints(self.client_id.as_deref(), client))?;
        let ending = match (hint, browser) {
            (_, Browser::SignedOut) => Ending::AtOnce,
            (Some(_), Browser::InTheHintedSession) => {
                trail.holds(Rule::EndSessionPerson);
                Ending::AtOnce
            }
            (Some(_), Browser::InAnotherSession) => {
                let facts = Facts::new("the session in this browser", "the hint of another session");
                trail.warn(Rule::EndSessionPerson, facts);
                Ending::AfterAQuestion
            }
            (None, _) => Ending::AfterAQuestion,
        };
        let redirect = match redirect_is_registered(self.redirect_uri.as_deref(), hint, registered) {
            Ok(registered) => {
                trail.holds(Rule::EndSessionRedirect);
                registered.map(|registered| LogoutRedirect { registered, state: self.state.clone() })
            }
            Err(facts) => {
                trail.warn(Rule::EndSessionRedirect, facts);
                None
            }
        };
        Ok(EndSession { ending, redirect })
    }
}

/// Checks that the answer to the question comes from the page that asked, as its token shows.
pub fn require_confirmation(is_from_our_page: bool, trail: &mut Trail) -> Result<(), Fault> {
    let finding = match is_from_our_page {
        true => Ok(()),
        false => Err(Facts::new("an answer from the page that asked", "another request")),
    };
    trail.require(Rule::EndSessionConfirm, finding)
}

impl LogoutRedirect {
    /// The address, with `state` in its query.
    #[must_use]
    pub fn location(&self) -> String {
        let registered = self.registered.as_str();
        let Some(state) = &self.state else { return registered.to_owned() };
        let start = if registered.contains('?') { '&' } else { '?' };
        let state: String = form_urlencoded::byte_serialize(state.as_bytes()).collect();
        format!("{registered}{start}state={state}")
    }
}

/// The hint is an ID token, and the rest may name a person too.
impl fmt::Debug for EndSessionForm {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("EndSessionForm").finish_non_exhaustive()
    }
}

const RULES: FormRules = FormRules { body: Rule::EndSessionMethod, once: Rule::EndSessionOnce };

/// OpenID Connect RP-Initiated Logout 1.0 section 2.
fn client_is_the_hints(client_id: Option<&str>, hinted: Option<&ClientId>) -> Result<(), Facts> {
    match (client_id, hinted) {
        (Some(client_id), Some(hinted)) if client_id != hinted.as_str() => {
            Err(Facts::value("the client of the id_token_hint", client_id))
        }
        _ => Ok(()),
    }
}

/// OpenID Connect RP-Initiated Logout 1.0 section 3: byte for byte.
fn redirect_is_registered(
    asked: Option<&str>,
    hint: Option<&Hint>,
    registered: &[RedirectUri],
) -> Result<Option<RedirectUri>, Facts> {
    let Some(asked) = asked else { return Ok(None) };
    if hint.is_none() {
        return Err(Facts::missing("a valid id_token_hint beside post_logout_redirect_uri"));
    }
    let found = registered.iter().find(|registered| registered.as_str() == asked);
    found.cloned().map(Some).ok_or_else(|| Facts::value("a registered address", asked))
}

#[cfg(test)]
mod tests;
