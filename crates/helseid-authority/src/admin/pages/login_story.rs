//! One login as a story: its requests in their order, whoever sent them.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use helseid_admin_api::{LoginStep, TraceEntry};
use helseid_protocol::rule::Rule;

use super::super::state::AdminState;
use super::frame::{Frame, Page, refused};
use super::section::Section;
use super::session::AdminSession;
use super::trace::outcome_words;
use super::translations::Words;

#[derive(Template)]
#[template(path = "login_story.html")]
struct StoryPage {
    frame: Frame,
    login: String,
    requests: Vec<TraceEntry>,
}

impl StoryPage {
    /// The clients that took part, each once.
    fn clients(&self) -> Vec<&str> {
        let mut clients: Vec<_> = self.requests.iter().filter_map(|one| one.client_id.as_deref()).collect();
        clients.sort_unstable();
        clients.dedup();
        clients
    }

    /// What a request was in the story.
    fn step(&self, request: &TraceEntry) -> LoginStep {
        request.step()
    }

    /// What is wrong with it, in the page's language.
    fn breach(&self, request: &TraceEntry) -> Option<&'static str> {
        let rule = request.rule.as_deref().and_then(Rule::by_id)?;
        Some(self.frame.rule(&rule).breach)
    }
}

impl Page for StoryPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// What happened, for people.
fn step_words(step: &LoginStep) -> Words {
    Words(step.what())
}

pub(super) async fn show(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(login): Path<String>,
) -> Response {
    match state.trace.login(&login) {
        Ok(requests) => {
            StoryPage { frame: Frame::new(&state, &session, Section::Trace), login, requests }.answer()
        }
        Err(why) => refused(&state, &session, Section::Trace, why.into()),
    }
}
