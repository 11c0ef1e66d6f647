//! Synthetic persons. Forms name them by short name; a number stands in the body of a form alone, and in no address.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use helseid_admin_api::{Listed, PersonEntry, PersonLevel, ShortName, TestProvider};
use helseid_protocol::person::{
    Approval, CodedValue, HealthPersonnel, HprNumber, Person, PersonName, PersonNumber, Profession,
    SyntheticMonth,
};

use super::super::state::AdminState;
use super::frame::{Frame, Page};
use super::listing::{Listing, ended};
use super::read::{list, misread};
use super::refusal::Refusal;
use super::section::Section;
use super::session::AdminSession;
use crate::web::form::{Fields, words};

#[derive(Template)]
#[template(path = "persons.html")]
pub(super) struct PersonsPage {
    frame: Frame,
    persons: Vec<Listed<PersonEntry>>,
    typed: Fields,
}

impl PersonsPage {
    const fn providers(&self) -> [TestProvider; 2] {
        TestProvider::ALL
    }
}

impl Page for PersonsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

impl Listing for PersonsPage {
    const SECTION: Section = Section::Persons;

    fn now(state: &AdminState, frame: Frame, typed: Fields) -> Self {
        Self { frame, persons: state.registry.persons(), typed }
    }
}

pub(super) async fn put(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let put = match entry(&fields) {
        Ok(entry) => state.registry.put_person(entry).await.map_err(Refusal::from),
        Err(refusal) => Err(refusal),
    };
    ended::<PersonsPage>(&state, &session, fields, (put, "added"))
}

pub(super) async fn remove(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let removed = state.registry.remove_person(fields.text("remove")).await.map_err(Refusal::from);
    ended::<PersonsPage>(&state, &session, Fields::default(), (removed, "removed"))
}

fn entry(fields: &Fields) -> Result<PersonEntry, Refusal> {
    // What was typed is not repeated: it may be a number.
    let number = PersonNumber::parse(&digits(fields.text("number")), SyntheticMonth::Plus80OrPlus40);
    let (given, family) = (fields.text("given_name"), fields.text("family_name"));
    let provider = |name: &str| name.parse().map_err(|_| misread(name, "the name of an identity provider"));
    let level = fields.given("level").map(|text| text.parse().map_err(|_| misread(text, "level 3 or 4")));
    Ok(PersonEntry {
        short_name: ShortName::parse(fields.text("short_name")).map_err(wrong)?,
        person: Person {
            number: number.map_err(wrong)?,
            name: PersonName::new(given, fields.given("middle_name"), family).map_err(wrong)?,
            health_personnel: registration(fields)?,
        },
        level: level.transpose()?.unwrap_or(PersonLevel::High),
        identity_providers: list(fields.all("identity_provider").map(provider).collect::<Result<_, _>>()?)?,
    })
}

/// A registration in HPR: professions alone, each with an ordinary authorization. All else comes by the API or a seed file.
fn registration(fields: &Fields) -> Result<Option<HealthPersonnel>, Refusal> {
    let Some(number) = fields.given("hpr_number") else { return Ok(None) };
    let approval = |code: &str| {
        let profession = Profession::parse(code).map_err(|_| misread(code, "a profession such as LE"))?;
        let (requisition_rights, specialities) = (Default::default(), Default::default());
        let authorization = CodedValue::new("1", "Autorisasjon");
        Ok(Approval { profession, authorization, requisition_rights, specialities })
    };
    let approvals = words(fields.text("professions")).map(approval).collect::<Result<Vec<_>, Refusal>>()?;
    Ok(Some(HealthPersonnel {
        hpr_number: HprNumber::parse(&digits(number)).map_err(wrong)?,
        approvals: list(approvals)?,
    }))
}

/// A number may be written in groups.
fn digits(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace()).collect()
}

fn wrong(why: impl std::fmt::Display) -> Refusal {
    Refusal::invalid("a field cannot be read", why, "correct it, and send again")
}
