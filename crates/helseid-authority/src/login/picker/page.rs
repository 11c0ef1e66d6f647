//! The page.

use ::http::{HeaderMap, StatusCode};
use askama::Template;
use axum::response::Response;
use helseid_admin_api::{PersonEntry, PersonLevel, TestProvider};

use super::choice::Refused;
use super::listing::Listing;
use crate::login::demand::LoginDemand;
use crate::login::interaction::FormFields;
use crate::login::pages::{Frame, Referrer, answer, wants_json};
use crate::login::reflected::Reflected;
use crate::login::site::LoginSite;
use crate::login::words::Words;
use crate::web::csp::PagePolicy;
use crate::web::form::Fields;
use crate::web::language::Language;

#[derive(Template)]
#[template(path = "login/picker.html")]
struct PickerTemplate<'a> {
    frame: Frame,
    demand: &'a LoginDemand,
    fields: &'a FormFields,
    persons: &'a [PersonEntry],
    offered: Vec<TestProvider>,
    /// What was chosen before.
    typed: Fields,
    /// What was typed before as a number.
    number: Reflected,
    refused: Option<Words>,
}

/// The page, or the same as JSON, for a visit that begins.
pub(crate) fn asking(
    site: &LoginSite,
    demand: &LoginDemand,
    fields: &FormFields,
    persons: &[PersonEntry],
    headers: &HeaderMap,
) -> Response {
    if wants_json(headers) {
        return Listing::new(site, demand, fields, persons).answer();
    }
    let language = demand.language.unwrap_or_else(|| Language::accepted(headers));
    let hint = demand.hint.iter().map(|hint| ("number", hint.as_str().to_owned())).collect();
    page(site, (demand, fields), persons, Again { language, typed: Fields::of(hint), refused: None })
}

/// How the page is shown again.
struct Again {
    language: Language,
    typed: Fields,
    refused: Option<Refused>,
}

/// The page once more, as it was filled in: in another language, or with what is wrong.
pub(crate) fn asking_again(
    site: &LoginSite,
    visit: (&LoginDemand, &FormFields),
    persons: &[PersonEntry],
    (language, typed, refused): (Language, Fields, Option<Refused>),
) -> Response {
    page(site, visit, persons, Again { language, typed, refused })
}

fn page(
    site: &LoginSite,
    (demand, fields): (&LoginDemand, &FormFields),
    persons: &[PersonEntry],
    again: Again,
) -> Response {
    let page = PickerTemplate {
        frame: Frame::new(site, again.language),
        offered: demand.offered(),
        demand,
        fields,
        persons,
        number: Reflected::of(again.typed.text("number")),
        typed: again.typed,
        refused: again.refused.map(Refused::words),
    };
    let status = if again.refused.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let policy = PagePolicy::form_with_script_leading_to(&demand.target);
    answer(&page, status, policy, Referrer::OwnForms)
}

impl PickerTemplate<'_> {
    /// Whether the person cannot reach the level that is asked for.
    fn is_too_low(&self, person: &PersonEntry) -> bool {
        self.demand.level.is_some_and(|least| person.level < least)
    }

    fn is_chosen(&self, name: &str, value: &str) -> bool {
        self.typed.text(name) == value
    }

    fn levels(&self) -> [PersonLevel; 2] {
        [PersonLevel::High, PersonLevel::Substantial]
    }
}
