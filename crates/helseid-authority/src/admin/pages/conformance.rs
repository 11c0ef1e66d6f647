//! Conformance sessions, and the report of one.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use helseid_admin_api::{ConformanceReport, RuleReport, RuleState};
use helseid_protocol::rule::{Profile, Rule};

use super::super::Refusal;
use super::clients::profile;
use super::fields::Fields;
use super::frame::{After, Frame, Page, Section, Shared, Words, done, refused};
use super::guard::Signed;

#[derive(Template)]
#[template(path = "conformance.html")]
struct ConformancePage {
    frame: Frame,
    sessions: Vec<ConformanceReport>,
    own_profile: Profile,
}

impl ConformancePage {
    const fn profiles(&self) -> [Profile; 4] {
        Profile::ALL
    }
}

impl Page for ConformancePage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

#[derive(Template)]
#[template(path = "conformance_report.html")]
struct ReportPage {
    frame: Frame,
    report: ConformanceReport,
}

impl ReportPage {
    /// Whether nothing is left to do.
    fn is_kept(&self, state: &RuleState) -> bool {
        *state == RuleState::Kept
    }

    /// The rules of a state, with its name.
    fn groups(&self) -> Vec<(RuleState, Words, Vec<&RuleReport>)> {
        let order = [RuleState::Broken, RuleState::Warned, RuleState::NotExercised, RuleState::Kept];
        let of = |state| self.report.rules.iter().filter(|rule| rule.state == state).collect();
        order.into_iter().map(|state| (state, state_words(state), of(state))).collect()
    }
}

/// What happened where the rule was broken.
fn breach(rule: &RuleReport) -> Option<&'static str> {
    rule.expected.as_ref().and_then(|_| Rule::by_id(&rule.rule)).map(Rule::breach)
}

impl Page for ReportPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

const fn state_words(state: RuleState) -> Words {
    match state {
        RuleState::Kept => Words("kept"),
        RuleState::Warned => Words("passed with a warning"),
        RuleState::Broken => Words("broken"),
        RuleState::NotExercised => Words("not exercised"),
    }
}

pub(super) async fn list(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Query(after): Query<After>,
) -> Response {
    let page = ConformancePage {
        frame: Frame::new(&app, &signed, Section::Conformance).after(after.done.as_deref()),
        sessions: app.conformance.all().iter().map(|session| session.report()).collect(),
        own_profile: app.profile,
    };
    page.answer()
}

pub(super) async fn open(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let opened = profile(&fields).and_then(|profile| {
        let wrong = |why| Refusal::wrong("no session can be opened", why, "correct the issuer");
        app.conformance.open(&app, profile).map_err(wrong)
    });
    match opened {
        Ok(session) => done(&signed, &format!("/conformance/{}", session.id), "opened"),
        Err(refusal) => refused(&app, &signed, Section::Conformance, refusal),
    }
}

pub(super) async fn show(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Response {
    let Some(session) = app.conformance.find(&id) else {
        return refused(&app, &signed, Section::Conformance, Refusal::unknown("session", id));
    };
    let frame = Frame::new(&app, &signed, Section::Conformance).after(after.done.as_deref());
    ReportPage { frame, report: session.report() }.answer()
}

pub(super) async fn end(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Path(id): Path<String>,
) -> Response {
    if app.conformance.end(&id) {
        return done(&signed, "/conformance", "removed");
    }
    refused(&app, &signed, Section::Conformance, Refusal::unknown("session", id))
}
