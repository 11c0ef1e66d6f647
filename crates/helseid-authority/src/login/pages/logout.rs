//! The pages at the end of a session: the one that asks, and the one that says that it is over.

use ::http::{HeaderMap, StatusCode};
use askama::Template;
use axum::response::Response;

use super::frame::{Frame, Referrer, answer};
use crate::login::site::LoginSite;
use crate::web::csp::{FormTarget, PagePolicy};
use crate::web::csrf::CsrfToken;
use crate::web::language::Language;

/// The page that asks whether to log out. Its form has the fields `csrf`, `state` and `logout`, which is `yes` or `no`.
#[derive(Debug)]
pub(crate) struct ConfirmLogout<'a> {
    /// The path that the form is sent to.
    pub(crate) action: &'a str,
    /// The token of this browser's session.
    pub(crate) token: &'a CsrfToken,
    /// What the form brings back, sealed by the caller.
    pub(crate) state: &'a str,
    /// Where the answer may lead: the registered address that comes after the logout.
    pub(crate) target: Option<&'a FormTarget>,
}

impl ConfirmLogout<'_> {
    pub(crate) fn respond(
        &self,
        site: &LoginSite,
        headers: &HeaderMap,
        language: Option<Language>,
    ) -> Response {
        let language = language.unwrap_or_else(|| Language::accepted(headers));
        let page = ConfirmTemplate { frame: Frame::new(site, language), page: self };
        answer(&page, StatusCode::OK, PagePolicy::form_leading_to(self.target), Referrer::OwnForms)
    }
}

#[derive(Template)]
#[template(path = "login/confirm_logout.html")]
struct ConfirmTemplate<'a> {
    frame: Frame,
    page: &'a ConfirmLogout<'a>,
}

/// The page that says that the session has ended, or that it has not.
#[derive(Debug, Default)]
pub(crate) struct SignedOut<'a> {
    /// The registered address that leads back to the application.
    pub(crate) back: Option<&'a str>,
    /// The registered addresses that are loaded to tell applications of it (OpenID Connect Front-Channel Logout 1.0).
    pub(crate) frames: &'a [String],
    /// Whether the person answered that the session goes on.
    pub(crate) stays: bool,
}

impl SignedOut<'_> {
    /// The page. An address that no policy can name is not loaded.
    pub(crate) fn respond(
        &self,
        site: &LoginSite,
        headers: &HeaderMap,
        language: Option<Language>,
    ) -> Response {
        let language = language.unwrap_or_else(|| Language::accepted(headers));
        let targets: Vec<_> = self.frames.iter().filter_map(|address| FormTarget::of(address).ok()).collect();
        let page = SignedOutTemplate { frame: Frame::new(site, language), page: self };
        answer(&page, StatusCode::OK, PagePolicy::framing(&targets), Referrer::Never)
    }
}

#[derive(Template)]
#[template(path = "login/signed_out.html")]
struct SignedOutTemplate<'a> {
    frame: Frame,
    page: &'a SignedOut<'a>,
}

impl SignedOutTemplate<'_> {
    /// The addresses that the policy names.
    fn framed(&self) -> impl Iterator<Item = &String> {
        self.page.frames.iter().filter(|address| FormTarget::of(address).is_ok())
    }
}
