//! The fields of a form that one of our pages sent.

use helseid_admin_api::OrganisationNumbers;
use helseid_protocol::bounded::Bounded;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::scope::{Scope, ScopeSet};

use super::super::Refusal;

/// Names and values, in the order in which they stand in the form.
#[derive(Debug, Clone, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(form: &[u8]) -> Self {
        Self(
            form_urlencoded::parse(form)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// With these names and values.
    pub(super) fn of(fields: Vec<(&str, String)>) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// All but the fields of this name.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.0.retain(|(own, _)| own != name);
        self
    }

    /// Whether the name has this value, among others perhaps.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|own| own == value)
    }

    /// The first value of this name, without the spaces around it; empty if there is none.
    pub(super) fn text(&self, name: &str) -> &str {
        let first = self.0.iter().find(|(own, _)| own == name);
        first.map_or("", |(_, value)| value.trim())
    }

    /// The same; none if it is empty.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every value of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.trim())
    }

    /// What the value of this name is read as; none if it is empty.
    pub(super) fn parsed<T>(&self, name: &str, what: &str, parse: Parse<T>) -> Result<Option<T>, Refusal> {
        self.given(name).map(|text| parse(text).ok_or_else(|| misread(text, what))).transpose()
    }

    /// The organisation numbers of a field, between spaces, commas or lines.
    pub(super) fn numbers(&self, name: &str) -> Result<OrganisationNumbers, Refusal> {
        list(words(self.text(name)).map(number).collect::<Result<Vec<_>, _>>()?)
    }

    /// The organisation number of a field.
    pub(super) fn number(&self, name: &str) -> Result<Option<OrganisationNumber>, Refusal> {
        self.given(name).map(number).transpose()
    }
}

/// No more than may be there.
pub(super) fn list<T, const MAX: usize>(items: Vec<T>) -> Result<Bounded<T, MAX>, Refusal> {
    Bounded::try_from(items).map_err(too_many)
}

/// The same of scopes.
pub(super) fn set(scopes: Vec<Scope>) -> Result<ScopeSet, Refusal> {
    ScopeSet::of(scopes).map_err(too_many)
}

fn too_many(why: impl std::fmt::Display) -> Refusal {
    Refusal::wrong("a field holds too much", why, "leave out what is not needed, and send again")
}

/// Reads a value, or not.
pub(super) type Parse<T> = fn(&str) -> Option<T>;

/// What stands between spaces, commas and lines.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|between: char| between.is_whitespace() || between == ',').filter(|word| !word.is_empty())
}

/// What a field holds cannot be read.
pub(super) fn misread(text: &str, what: &str) -> Refusal {
    let text: String = text.chars().take(64).collect();
    Refusal::wrong(
        "a field cannot be read",
        format!("expected {what}, got {text:?}"),
        "correct it, and send again",
    )
}

/// An organisation number may be written in groups of three, as in the business register, but not within a list.
fn number(text: &str) -> Result<OrganisationNumber, Refusal> {
    let digits: String = text.chars().filter(|digit| !digit.is_whitespace()).collect();
    OrganisationNumber::parse(&digits).map_err(|_| misread(text, "an organisation number of nine digits"))
}
