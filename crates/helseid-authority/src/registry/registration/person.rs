//! What may be said of a person.

use helseid_admin_api::{MAX_PERSONS, PersonEntry, ShortName};
use helseid_protocol::person::{HprNumber, PersonNumber, SyntheticMonth};

use super::{NotRegistered, Reason};
use crate::domain::change::{Change, Kind};
use crate::registry::{Registry, Snapshot};
use crate::storage::registry::Author;

/// Checks a person: the number is one that the authority takes, and nobody else has it or the number in HPR. No line of a
/// refusal holds a number.
pub(crate) fn checked_person(
    entry: PersonEntry,
    registry: &Snapshot,
    month: SyntheticMonth,
) -> Result<PersonEntry, NotRegistered> {
    PersonNumber::parse(entry.person.number.expose(), month).map_err(|why| {
        let next =
            "give a number with 80 added to the month, or start the authority with --allow-plus-40-numbers";
        NotRegistered::wrong("the person's number is not accepted", why, next)
    })?;
    let others = || registry.persons.values().filter(|other| other.short_name != entry.short_name);
    let same = registry.person(&entry.person.number);
    if let Some(other) = same.filter(|other| other.short_name != entry.short_name) {
        return Err(taken("number", other));
    }
    if let Some(other) =
        others().find(|other| hpr_number(other).is_some() && hpr_number(other) == hpr_number(&entry))
    {
        return Err(taken("HPR number", other));
    }
    if others().count() >= MAX_PERSONS {
        let detail = format!("there are {MAX_PERSONS} already");
        let next = "remove those that are no longer used: helseid person remove";
        return Err(NotRegistered::new(Reason::Conflict, "there are too many persons", detail, next));
    }
    Ok(entry)
}

/// Puts the person that `check` makes of the registry. Of two that come at once with one number, one is refused.
pub(crate) async fn put_person(
    registry: &Registry,
    author: &Author,
    check: impl Fn(&Snapshot) -> Result<PersonEntry, NotRegistered>,
) -> Result<(), NotRegistered> {
    let plan = |registry: &_| Ok((vec![Change::PutPerson(Box::new(check(registry)?))], ()));
    registry.change_kinds(author, &[Kind::Person], plan).await
}

fn hpr_number(entry: &PersonEntry) -> Option<HprNumber> {
    entry.person.health_personnel.as_ref().map(|registered| registered.hpr_number)
}

fn taken(what: &str, other: &PersonEntry) -> NotRegistered {
    let (title, detail) =
        (format!("the person's {what} is taken"), format!("the person {} has it", other.short_name));
    NotRegistered::new(Reason::Conflict, title, detail, "give another number, or remove that person first")
}

/// There is no person of this name. What is no short name is not repeated: it may be a number.
pub(crate) fn unknown_person(name: &str) -> NotRegistered {
    match ShortName::parse(name) {
        Ok(name) => NotRegistered::unknown("person", name),
        Err(why) => {
            NotRegistered::wrong("the person's short name is invalid", why, "check the name in the list")
        }
    }
}
