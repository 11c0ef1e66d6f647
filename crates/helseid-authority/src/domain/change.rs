//! What can happen to the registry, and who makes it happen.

use std::fmt;

use helseid_admin_api::{ApiResource, Delegation, OrganisationEntry, PersonEntry, ShortName};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::{Audience, ClientId};

use crate::domain::model::{AccessKey, Client};

/// One change. Several are made together or not at all.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// In the place of the one with its id, with all its keys.
    PutClient(Box<Client>),
    /// With its keys.
    RemoveClient(ClientId),
    /// In the place of the one with its name.
    PutApi(ApiResource),
    RemoveApi(Audience),
    /// In the place of the one with its number.
    PutOrganisation(OrganisationEntry),
    RemoveOrganisation(OrganisationNumber),
    /// One that is there already stays.
    PutDelegation(Delegation),
    RemoveDelegation(Delegation),
    /// In the place of the one with its short name.
    PutPerson(Box<PersonEntry>),
    RemovePerson(ShortName),
    PutAccessKey(AccessKey),
    RemoveAccessKey(String),
    /// Removes an entry that cannot be read.
    RemoveBroken(Subject),
    /// Marks an entry as a seed file's.
    Manage(Subject),
    /// Takes that mark away.
    Release(Subject),
}

/// The kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Api,
    Organisation,
    Delegation,
    Person,
    Client,
    AccessKey,
    /// The mark of a seed file, which is kept apart from what it marks.
    Mark,
}

impl Kind {
    /// Each of them.
    pub(crate) const ALL: [Self; 7] = [
        Self::Api,
        Self::Organisation,
        Self::Delegation,
        Self::Person,
        Self::Client,
        Self::AccessKey,
        Self::Mark,
    ];

    /// Those that a seed file can hold, in the order in which they build on each other.
    pub(crate) const SEEDED: [Self; 5] =
        [Self::Api, Self::Organisation, Self::Delegation, Self::Person, Self::Client];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Organisation => "organisation",
            Self::Delegation => "delegation",
            Self::Person => "person",
            Self::Client => "client",
            Self::AccessKey => "access key",
            Self::Mark => "mark",
        }
    }
}

/// An entry of the registry, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Subject {
    pub(crate) kind: Kind,
    pub(crate) id: String,
}

impl Subject {
    pub(crate) fn client(id: &ClientId) -> Self {
        Self { kind: Kind::Client, id: id.to_string() }
    }

    pub(crate) fn api(audience: &Audience) -> Self {
        Self { kind: Kind::Api, id: audience.to_string() }
    }

    pub(crate) fn organisation(number: &OrganisationNumber) -> Self {
        Self { kind: Kind::Organisation, id: number.to_string() }
    }

    /// By the short name: no number of a person is the name of anything.
    pub(crate) fn person(name: &ShortName) -> Self {
        Self { kind: Kind::Person, id: name.to_string() }
    }

    pub(crate) fn delegation(delegation: &Delegation) -> Self {
        Self { kind: Kind::Delegation, id: format!("{} {}", delegation.parent, delegation.supplier) }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.kind.name(), self.id)
    }
}

impl Change {
    /// What it is about.
    pub(crate) fn subject(&self) -> Subject {
        let access_key = |id: &String| Subject { kind: Kind::AccessKey, id: id.clone() };
        match self {
            Self::PutClient(client) => Subject::client(&client.id),
            Self::RemoveClient(id) => Subject::client(id),
            Self::PutApi(api) => Subject::api(&api.audience),
            Self::RemoveApi(audience) => Subject::api(audience),
            Self::PutOrganisation(entry) => Subject::organisation(&entry.number),
            Self::RemoveOrganisation(number) => Subject::organisation(number),
            Self::PutDelegation(delegation) | Self::RemoveDelegation(delegation) => {
                Subject::delegation(delegation)
            }
            Self::PutPerson(person) => Subject::person(&person.short_name),
            Self::RemovePerson(name) => Subject::person(name),
            Self::PutAccessKey(key) => access_key(&key.entry.id),
            Self::RemoveAccessKey(id) => access_key(id),
            Self::Manage(subject) | Self::Release(subject) | Self::RemoveBroken(subject) => subject.clone(),
        }
    }

    /// What it does, for the audit log; the marks of seed files are not in it.
    pub(crate) const fn audited(&self) -> Option<&'static str> {
        match self {
            Self::PutClient(_)
            | Self::PutApi(_)
            | Self::PutOrganisation(_)
            | Self::PutDelegation(_)
            | Self::PutPerson(_)
            | Self::PutAccessKey(_) => Some("put"),
            Self::RemoveClient(_)
            | Self::RemoveApi(_)
            | Self::RemoveOrganisation(_)
            | Self::RemoveDelegation(_)
            | Self::RemovePerson(_)
            | Self::RemoveAccessKey(_)
            | Self::RemoveBroken(_) => Some("remove"),
            Self::Manage(_) | Self::Release(_) => None,
        }
    }
}

/// Who changes something.
#[derive(Debug, Clone)]
pub(crate) enum Actor {
    /// The holder of the admin token.
    Admin,
    /// The seed file at the start.
    SeedFile,
    /// The authority itself, when its registry is new.
    FirstStart,
    /// The program that has the authority inside.
    Embedder,
    /// A client, of itself.
    #[cfg_attr(
        not(feature = "nhn"),
        expect(dead_code, reason = "only the stand-ins for NHN's services need it")
    )]
    Client(ClientId),
    /// The holder of an access key.
    #[cfg_attr(
        not(feature = "nhn"),
        expect(dead_code, reason = "only the stand-ins for NHN's services need it")
    )]
    AccessKey(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admin => out.write_str("admin"),
            Self::SeedFile => out.write_str("seed file"),
            Self::FirstStart => out.write_str("first start"),
            Self::Embedder => out.write_str("embedder"),
            Self::Client(id) => write!(out, "client {id}"),
            Self::AccessKey(name) => write!(out, "access key {name}"),
        }
    }
}
