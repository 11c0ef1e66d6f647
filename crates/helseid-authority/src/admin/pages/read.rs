//! What the fields of a form say: ids, scopes, organisation numbers, within the bounds that the registry has.

use helseid_admin_api::OrganisationNumbers;
use helseid_protocol::bounded::Bounded;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::scope::{Scope, ScopeSet};

use super::refusal::Refusal;
use crate::web::form::{Fields, words};

/// What the value of this name is read as; none if it is empty.
pub(super) fn parsed<T>(
    fields: &Fields,
    name: &str,
    what: &str,
    parse: Parse<T>,
) -> Result<Option<T>, Refusal> {
    fields.given(name).map(|text| parse(text).ok_or_else(|| misread(text, what))).transpose()
}

/// The organisation numbers of a field, between spaces, commas or lines.
pub(super) fn numbers(fields: &Fields, name: &str) -> Result<OrganisationNumbers, Refusal> {
    list(words(fields.text(name)).map(number_of).collect::<Result<Vec<_>, _>>()?)
}

/// The organisation number of a field.
pub(super) fn number(fields: &Fields, name: &str) -> Result<Option<OrganisationNumber>, Refusal> {
    fields.given(name).map(number_of).transpose()
}

/// As many as there may be, or a refusal.
pub(super) fn list<T, const MAX: usize>(items: Vec<T>) -> Result<Bounded<T, MAX>, Refusal> {
    Bounded::try_from(items).map_err(too_many)
}

/// The same of scopes.
pub(super) fn set(scopes: Vec<Scope>) -> Result<ScopeSet, Refusal> {
    ScopeSet::of(scopes).map_err(too_many)
}

fn too_many(why: impl std::fmt::Display) -> Refusal {
    Refusal::invalid("a field has too many values", why, "leave out what is not needed, and send again")
}

/// Reads a value, or not.
pub(super) type Parse<T> = fn(&str) -> Option<T>;

/// What a field holds cannot be read.
pub(super) fn misread(text: &str, what: &str) -> Refusal {
    let text: String = text.chars().take(64).collect();
    Refusal::invalid(
        "a field cannot be read",
        format!("expected {what}, got {text:?}"),
        "correct it, and send again",
    )
}

/// An organisation number may be written in groups of three, as in the business register, but not within a list.
fn number_of(text: &str) -> Result<OrganisationNumber, Refusal> {
    let digits: String = text.chars().filter(|digit| !digit.is_whitespace()).collect();
    OrganisationNumber::parse(&digits).map_err(|_| misread(text, "an organisation number of nine digits"))
}
