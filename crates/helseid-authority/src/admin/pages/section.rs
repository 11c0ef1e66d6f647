//! The parts of the pages, as the navigation has them.

use helseid_admin_api::BrokenEntry;

use super::translations::Words;
use crate::domain::change::Kind;
use crate::registry::Snapshot;

/// A part of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    Clients,
    Apis,
    Organisations,
    Persons,
    Keys,
    Trace,
    Conformance,
    SignIn,
}

impl Section {
    /// Where it is, below the pages' base.
    pub(super) fn path(self) -> &'static str {
        NAVIGATION.iter().find(|link| link.section == self).map_or("", |link| link.path)
    }

    /// The entries that cannot be read of what it shows: each list names its own, and the first page all of them.
    pub(super) fn broken_entries(self, registry: &Snapshot) -> Vec<BrokenEntry> {
        let kinds: &[Kind] = match self {
            Self::Overview => &Kind::ALL,
            Self::Clients => &[Kind::Client],
            Self::Apis => &[Kind::Api],
            Self::Organisations => &[Kind::Organisation, Kind::Delegation],
            Self::Persons => &[Kind::Person],
            Self::Keys | Self::Trace | Self::Conformance | Self::SignIn => &[],
        };
        let mut entries = registry.broken_entries();
        entries.retain(|entry| kinds.iter().any(|kind| kind.name() == entry.kind));
        entries
    }
}

/// A link of the navigation.
pub(super) struct Link {
    pub(super) section: Section,
    pub(super) path: &'static str,
    pub(super) words: Words,
}

pub(super) const NAVIGATION: [Link; 8] = [
    Link { section: Section::Overview, path: "", words: Words("Overview") },
    Link { section: Section::Clients, path: "/clients", words: Words("Clients") },
    Link { section: Section::Apis, path: "/apis", words: Words("APIs") },
    Link { section: Section::Organisations, path: "/organisations", words: Words("Organisations") },
    Link { section: Section::Persons, path: "/persons", words: Words("Persons") },
    Link { section: Section::Keys, path: "/signing-keys", words: Words("Signing keys") },
    Link { section: Section::Trace, path: "/trace", words: Words("Trace") },
    Link { section: Section::Conformance, path: "/conformance", words: Words("Conformance") },
];
