//! The persons of a new registry, as a seed file would have them.
//!
//! The first four numbers are those of HelseID's own documentation and samples, with the names and HPR numbers that it gives two
//! of them. All others are made up: no synthetic population is known to have them.

use helseid_admin_api::PersonEntry;

use crate::domain::change::Change;
use crate::storage::registry::StoreError;

const PERSONS: &str = include_str!("persons.json");

/// What puts them there.
pub(super) fn changes() -> Result<Vec<Change>, StoreError> {
    let bad =
        |why: serde_json::Error| StoreError::Unreadable { what: "built-in person", why: why.to_string() };
    let persons: Vec<PersonEntry> = serde_json::from_str(PERSONS).map_err(bad)?;
    Ok(persons.into_iter().map(|person| Change::PutPerson(Box::new(person))).collect())
}

#[cfg(test)]
mod tests {
    use helseid_admin_api::PersonLevel;
    use helseid_protocol::person::SyntheticMonth;

    use super::*;
    use crate::registry::Snapshot;
    use crate::registry::registration::checked_person;

    /// The built-in persons pass the check that every other one passes, with 80 added to the month.
    #[test]
    fn eight_persons_are_there_and_pass_every_check() {
        let mut registry = Snapshot::default();
        for change in changes().unwrap() {
            let Change::PutPerson(person) = change else { panic!("{change:?}") };
            let person = checked_person(*person, &registry, SyntheticMonth::Plus80).unwrap();
            registry.persons.insert(person.short_name.clone(), person);
        }
        let persons = registry.persons;
        assert_eq!(persons.len(), 8);
        let named = |name: &str| &persons[&name.parse().unwrap()];
        let approvals = |name: &str| {
            let registered = named(name).person.health_personnel.as_ref();
            registered.map(|registered| {
                registered.approvals.iter().map(|approval| approval.profession.as_str()).collect::<Vec<_>>()
            })
        };
        assert_eq!(named("doctor").person.number.expose(), "06828399789");
        assert_eq!(approvals("doctor").unwrap(), ["LE"]);
        assert_eq!(approvals("nurse").unwrap(), ["SP"]);
        assert_eq!(approvals("pharmacist").unwrap().len(), 2);
        assert_eq!(approvals("no-hpr"), None);
        assert_eq!(named("level-3").level, PersonLevel::Substantial);
        assert!(persons.values().any(|person| person.person.name.full().contains(['æ', 'ø', 'å'])));
    }
}
