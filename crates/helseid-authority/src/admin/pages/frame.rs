//! What every page has around it, and how pages go out.

use ::http::{HeaderValue, StatusCode, header};
use askama::Template;
use axum::response::{IntoResponse as _, Redirect, Response};
use helseid_admin_api::BrokenEntry;
use helseid_protocol::rule::Rule;
use helseid_protocol::time::Timestamp;
use helseid_protocol::visible::visible_lines;

use super::super::state::AdminState;
use super::changes;
use super::paths;
use super::refusal::Refusal;
use super::section::{Link, NAVIGATION, Section};
use super::session::AdminSession;
use super::translations::{self, Words};
use crate::web::language::Language;
use crate::web::phrases;
use crate::web::rule_text::{self, RuleText};

impl Words {
    /// In the language of the page around it.
    pub(super) fn on(&self, frame: &Frame) -> &'static str {
        translations::say(frame.language, self.0)
    }
}

/// What a page has around it.
pub(super) struct Frame {
    /// What the addresses of this session's pages begin with.
    pub(super) base: String,
    /// What the address to sign in begins with, and those of what is for everyone.
    pub(super) root: String,
    /// The address of this page.
    pub(super) here: String,
    pub(super) issuer: String,
    pub(super) section: Section,
    pub(super) language: Language,
    /// Must come back with each form.
    pub(super) csrf: String,
    /// Why something was not done.
    pub(super) refusal: Option<Refusal>,
    /// What was done.
    pub(super) done: Option<Words>,
    /// What cannot be read of what the page shows.
    pub(super) broken: Vec<BrokenEntry>,
}

impl Frame {
    pub(super) fn new(state: &AdminState, session: &AdminSession, section: Section) -> Self {
        Self {
            base: session.base.clone(),
            here: session.here.clone(),
            csrf: session.csrf.as_str().to_owned(),
            section,
            broken: section.broken_entries(&state.registry.snapshot()),
            ..Self::signed_out(state, session.language)
        }
    }

    /// What the page to sign in has around it.
    pub(super) fn signed_out(state: &AdminState, language: Language) -> Self {
        let root = paths::root(&state.site);
        Self {
            base: root.clone(),
            here: root.clone(),
            root,
            issuer: state.site.issuer.to_string(),
            section: Section::SignIn,
            language,
            csrf: String::new(),
            refusal: None,
            done: None,
            broken: Vec::new(),
        }
    }

    /// With the reason why something was not done.
    pub(super) fn refused(self, refusal: Option<Refusal>) -> Self {
        Self { refusal, ..self }
    }

    /// With what the address says was done.
    pub(super) fn after(self, done: Option<&str>) -> Self {
        let done = match done {
            Some("registered") => Some(Words("The client was registered.")),
            Some("changed") => Some(Words("The change was saved.")),
            Some("key-added") => Some(Words("The key was registered.")),
            Some("removed") => Some(Words("The entry was removed.")),
            Some("added") => Some(Words("The entry was saved.")),
            Some("opened") => Some(Words("The session was opened.")),
            Some("rotated") => Some(Words("A new signing key was created.")),
            _ => None,
        };
        Self { done, ..self }
    }

    /// A sentence in the page's language.
    pub(super) fn t(&self, english: &'static str) -> &'static str {
        translations::say(self.language, english)
    }

    /// Why something was not done, in the page's language: what failed, why, and what to do next.
    pub(super) fn refusal_lines(&self, refusal: &Refusal) -> [String; 3] {
        refusal.lines().map(|line| self.sentence(line))
    }

    /// A sentence with values in it, such as a fact of a rule, in the page's language.
    pub(super) fn sentence(&self, english: &str) -> String {
        phrases::say(self.language, english)
    }

    /// The kind of an entry of the registry.
    pub(super) fn kind(&self, name: &str) -> &'static str {
        changes::kind(name).on(self)
    }

    /// The texts of a rule in the page's language.
    pub(super) fn rule(&self, rule: &Rule) -> RuleText {
        rule_text::text(self.language, *rule)
    }

    /// A point in time for people: `2026-11-24 15:00:00 UTC`.
    pub(super) fn when(&self, at: &Timestamp) -> String {
        at.rfc3339().replace('T', " ").replace('Z', " UTC")
    }

    pub(super) const fn navigation(&self) -> &'static [Link] {
        &NAVIGATION
    }

    pub(super) fn is_here(&self, link: &Link) -> bool {
        link.section == self.section
    }

    pub(super) fn is_norwegian(&self) -> bool {
        self.language == Language::Norwegian
    }

    /// Whether the status of an answer says that something was not done.
    fn status(&self) -> StatusCode {
        self.refusal.as_ref().map_or(StatusCode::OK, Refusal::status)
    }
}

/// A page.
pub(super) trait Page: Template {
    fn frame(&self) -> &Frame;

    /// The page as an answer.
    fn answer(&self) -> Response {
        match self.render() {
            Ok(html) => {
                let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
                // Names may have come before they were looked at, and tokens of strangers are shown as they are.
                let html = visible_lines(&html).into_owned();
                (self.frame().status(), [kind], html).into_response()
            }
            Err(why) => {
                tracing::error!(%why, "a page cannot be written");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// A page that says why something was not done, where there is no form to say it in.
#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    frame: Frame,
}

impl Page for RefusedPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

pub(super) fn refused(
    state: &AdminState,
    session: &AdminSession,
    section: Section,
    refusal: Refusal,
) -> Response {
    RefusedPage { frame: Frame::new(state, session, section).refused(Some(refusal)) }.answer()
}

/// To the page that shows what was done (RFC 9110 section 15.4.4).
pub(super) fn done(session: &AdminSession, path: &str, what: &str) -> Response {
    Redirect::to(&format!("{}{path}?done={what}", session.base)).into_response()
}

/// What the address says was done before.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct After {
    pub(super) done: Option<String>,
}
