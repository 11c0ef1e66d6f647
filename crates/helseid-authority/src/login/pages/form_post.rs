//! The page that sends an authorization response on as a form (OAuth 2.0 Form Post Response Mode, section 2).

use ::http::{HeaderMap, StatusCode};
use askama::Template;
use axum::response::Response;

use super::frame::{Frame, Referrer, answer};
use crate::login::site::LoginSite;
use crate::web::csp::{FormTarget, PagePolicy};
use crate::web::language::Language;

/// The page that sends an authorization response on as a form: by a script of ours, or by its one button where there are no
/// scripts.
#[derive(Debug)]
pub(crate) struct FormPost<'a> {
    /// The registered address that it is sent to.
    pub(crate) action: &'a str,
    /// What a policy calls that address.
    pub(crate) target: &'a FormTarget,
    /// The parameters of the response.
    pub(crate) fields: &'a [(&'a str, &'a str)],
}

impl FormPost<'_> {
    pub(crate) fn respond(
        &self,
        site: &LoginSite,
        headers: &HeaderMap,
        language: Option<Language>,
    ) -> Response {
        let language = language.unwrap_or_else(|| Language::accepted(headers));
        let page = FormPostTemplate { frame: Frame::new(site, language), page: self };
        answer(&page, StatusCode::OK, PagePolicy::form_sent_to(self.target), Referrer::Never)
    }
}

#[derive(Template)]
#[template(path = "login/form_post.html")]
struct FormPostTemplate<'a> {
    frame: Frame,
    page: &'a FormPost<'a>,
}
