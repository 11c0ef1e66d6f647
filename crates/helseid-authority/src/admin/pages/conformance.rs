//! Conformance sessions, and the report of one.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use helseid_admin_api::{
    ConformanceReport, EndpointReport, NewConformance, RuleReport, RuleState, SessionApi, SessionDemands,
    ShownCredentials,
};
use helseid_protocol::id::Audience;
use helseid_protocol::rule::{Profile, Rule};

use super::super::state::AdminState;
use super::client_form::profile;
use super::frame::{After, Frame, Page, done, refused};
use super::read::parsed;
use super::refusal::Refusal;
use super::section::Section;
use super::session::AdminSession;
use super::translations::Words;
use crate::registry::bootstrap::SELF_SERVICE;
use crate::web::form::Fields;
use crate::web::rule_text::RuleText;

#[derive(Template)]
#[template(path = "conformance.html")]
struct ConformancePage {
    frame: Frame,
    sessions: Vec<ConformanceReport>,
    own_profile: Profile,
    /// Of the registered APIs.
    audiences: Vec<Audience>,
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

impl ReportPage {
    /// Where the client calls the session's API.
    fn api(&self) -> String {
        self.report.issuer.at("/api")
    }

    /// What the API behind it is shown of a call's credentials.
    fn shown(&self) -> Words {
        shown_words(self.report.api.credentials)
    }

    /// What the session's API demands, in the page's language.
    fn demands(&self) -> String {
        let demands = self.report.api.requires.in_words();
        let demands: Vec<_> = demands.iter().map(|demand| self.frame.sentence(demand)).collect();
        demands.join(", ")
    }

    /// The endpoints that were called.
    fn called(&self) -> impl Iterator<Item = &EndpointReport> {
        self.report.endpoints.iter().filter(|one| one.requests > 0)
    }

    /// Those that were not.
    fn not_called(&self) -> Vec<&EndpointReport> {
        self.report.endpoints.iter().filter(|one| one.requests == 0).collect()
    }

    fn text(&self, report: &RuleReport) -> Option<RuleText> {
        Rule::by_id(&report.rule).map(|rule| self.frame.rule(&rule))
    }

    fn statement(&self, report: &RuleReport) -> String {
        self.text(report).map_or_else(|| report.statement.clone(), |text| text.statement.to_owned())
    }

    /// What happened where the rule was broken.
    fn breach(&self, report: &RuleReport) -> Option<&'static str> {
        report.expected.as_ref().and_then(|_| self.text(report)).map(|text| text.breach)
    }

    /// What to do about it.
    fn next(&self, report: &RuleReport) -> String {
        match report.state {
            RuleState::Broken | RuleState::Warned => {
                self.text(report).map_or_else(|| report.next.clone(), |text| text.fix.to_owned())
            }
            RuleState::Kept | RuleState::NotExercised => self.frame.sentence(&report.next),
        }
    }
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

const fn shown_words(shown: ShownCredentials) -> Words {
    match shown {
        ShownCredentials::AsSent => Words("token and proof as they came"),
        ShownCredentials::AsBearer => Words("the token as Bearer, without the proof"),
    }
}

/// The APIs of which the session's may be one.
fn audiences(state: &AdminState) -> Vec<Audience> {
    let registry = state.registry.snapshot();
    registry.apis.keys().filter(|name| name.as_str() != SELF_SERVICE).cloned().collect()
}

/// The session that a form asks for.
fn asked(fields: &Fields) -> Result<NewConformance, Refusal> {
    let is_ticked = |name: &str| fields.has("requires", name);
    let audience = parsed(fields, "audience", "the name of an API", |text| Audience::parse(text).ok())?;
    let credentials =
        parsed(fields, "credentials", "as_sent or as_bearer", |text| text.parse::<ShownCredentials>().ok())?;
    let requires = SessionDemands {
        person: is_ticked("person"),
        security_level: parsed(fields, "security_level", "a level, 3 or 4", |text| text.parse().ok())?,
        hpr_number: is_ticked("hpr_number"),
        attestation_minutes: parsed(fields, "attestation_minutes", "a number of minutes", |text| {
            text.parse().ok()
        })?,
        organisation: is_ticked("organisation"),
        nonce: is_ticked("nonce"),
    };
    let upstream = fields.given("upstream").map(str::to_owned);
    let api = SessionApi { upstream, credentials: credentials.unwrap_or_default(), audience, requires };
    Ok(NewConformance { profile: profile(fields)?, api })
}

pub(super) async fn list(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Query(after): Query<After>,
) -> Response {
    let page = ConformancePage {
        frame: Frame::new(&state, &session, Section::Conformance).after(after.done.as_deref()),
        sessions: state.conformance.list(),
        own_profile: state.site.profile,
        audiences: audiences(&state),
    };
    page.answer()
}

pub(super) async fn open(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let opened = match asked(&fields) {
        Ok(asked) => state.conformance.open(asked).await.map_err(Into::into),
        Err(refusal) => Err(refusal),
    };
    match opened {
        Ok(report) => done(&session, &format!("/conformance/{}", report.session), "opened"),
        Err(refusal) => refused(&state, &session, Section::Conformance, refusal),
    }
}

pub(super) async fn show(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(id): Path<String>,
    Query(after): Query<After>,
) -> Response {
    let report = match state.conformance.report(&id) {
        Ok(report) => report,
        Err(why) => return refused(&state, &session, Section::Conformance, why.into()),
    };
    let frame = Frame::new(&state, &session, Section::Conformance).after(after.done.as_deref());
    ReportPage { frame, report }.answer()
}

pub(super) async fn end(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Path(id): Path<String>,
) -> Response {
    match state.conformance.end(&id) {
        Ok(()) => done(&session, "/conformance", "removed"),
        Err(why) => refused(&state, &session, Section::Conformance, why.into()),
    }
}
