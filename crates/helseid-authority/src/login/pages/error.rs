//! The page that says what went wrong: which rule, how to fix it, and where the administrator finds more.

use ::http::{HeaderMap, StatusCode};
use askama::Template;
use axum::response::{IntoResponse as _, Response};
use helseid_protocol::rule::Rule;

use super::frame::{Frame, Referrer, answer, wants_json};
use crate::login::reflected::Reflected;
use crate::login::site::LoginSite;
use crate::login::words::Words;
use crate::web::csp::PagePolicy;
use crate::web::language::Language;
use crate::web::phrases;
use crate::web::problem::ProblemResponse;
use crate::web::rule_text;

/// What went wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Explained {
    /// A rule was broken.
    Rule(Rule),
    /// Something else, and what to do about it.
    Plain { what: Words, next: Words },
}

/// Something of the request, such as what was expected, by its name.
#[derive(Debug, Clone)]
pub(crate) struct Fact {
    pub(crate) name: Words,
    pub(crate) value: Reflected,
}

/// What the page says.
#[derive(Debug, Clone)]
pub(crate) struct ErrorPage {
    pub(crate) status: StatusCode,
    pub(crate) explained: Explained,
    /// Why, if there is more to say.
    pub(crate) why: Option<Words>,
    pub(crate) facts: Vec<Fact>,
    /// The address of the request in the trace, which is ours.
    pub(crate) trace: Option<String>,
}

impl ErrorPage {
    pub(crate) const fn new(status: StatusCode, explained: Explained) -> Self {
        Self { status, explained, why: None, facts: Vec::new(), trace: None }
    }

    /// The page, or the same as a problem (RFC 9457) where a program asks.
    pub(crate) fn respond(
        self,
        site: &LoginSite,
        headers: &HeaderMap,
        language: Option<Language>,
    ) -> Response {
        let language = language.unwrap_or_else(|| Language::accepted(headers));
        let status = self.status;
        let page = ErrorTemplate { frame: Frame::new(site, language), page: self };
        if wants_json(headers) {
            let detail = page.detail();
            return ProblemResponse::new(status, page.what(), detail, page.next()).into_response();
        }
        answer(&page, status, PagePolicy::text_alone(), Referrer::Never)
    }
}

#[derive(Template)]
#[template(path = "login/error.html")]
struct ErrorTemplate {
    frame: Frame,
    page: ErrorPage,
}

impl ErrorTemplate {
    fn what(&self) -> &'static str {
        match &self.page.explained {
            Explained::Rule(rule) => rule_text::text(self.frame.language, *rule).breach,
            Explained::Plain { what, .. } => self.frame.say(what),
        }
    }

    fn must(&self) -> Option<&'static str> {
        match &self.page.explained {
            Explained::Rule(rule) => Some(rule_text::text(self.frame.language, *rule).statement),
            Explained::Plain { .. } => None,
        }
    }

    fn next(&self) -> &'static str {
        match &self.page.explained {
            Explained::Rule(rule) => rule_text::text(self.frame.language, *rule).fix,
            Explained::Plain { next, .. } => self.frame.say(next),
        }
    }

    fn rule(&self) -> Option<&'static str> {
        match &self.page.explained {
            Explained::Rule(rule) => Some(rule.id()),
            Explained::Plain { .. } => None,
        }
    }

    /// What a fact says. That of a rule is a sentence of ours, whatever it repeats of a stranger's.
    fn value(&self, fact: &Fact) -> String {
        phrases::say(self.frame.language, fact.value.as_str())
    }

    /// Everything but what happened and what to do, in one line.
    fn detail(&self) -> String {
        let rule = self.rule().map(|id| format!("rule {id}"));
        let why = self.page.why.as_ref().map(|why| self.frame.say(why).to_owned());
        let facts = self.page.facts.iter();
        let facts = facts.map(|fact| format!("{}: {}", self.frame.say(&fact.name), self.value(fact)));
        let parts = rule.into_iter().chain(self.must().map(ToOwned::to_owned)).chain(why).chain(facts);
        parts.chain(self.page.trace.clone()).collect::<Vec<_>>().join("; ")
    }
}
