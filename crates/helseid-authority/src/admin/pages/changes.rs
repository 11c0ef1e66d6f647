//! The words of the change log, whose entries hold names: who, what, and of which kind.

use helseid_admin_api::AuditEntry;

use super::translations::Words;
use crate::domain::change::Kind;

/// A change, for people.
pub(super) struct ShownChange {
    pub(super) entry: AuditEntry,
    pub(super) actor: Words,
    /// The client or the access key that made the change.
    pub(super) actor_id: Option<String>,
    pub(super) action: Words,
    pub(super) kind: Words,
}

impl ShownChange {
    pub(super) fn of(entry: AuditEntry) -> Self {
        let (actor, actor_id) = actor(&entry.actor);
        Self {
            actor,
            actor_id: actor_id.map(str::to_owned),
            action: action(&entry.action),
            kind: kind(&entry.kind),
            entry,
        }
    }
}

fn actor(name: &str) -> (Words, Option<&str>) {
    if let Some(id) = name.strip_prefix("client ") {
        return (Words("client"), Some(id));
    }
    if let Some(key) = name.strip_prefix("access key ") {
        return (Words("access key"), Some(key));
    }
    match name {
        "admin" => (Words("admin"), None),
        "seed file" => (Words("seed file"), None),
        "first start" => (Words("first start"), None),
        "embedder" => (Words("embedding program"), None),
        other => (Words("unknown"), Some(other)),
    }
}

fn action(name: &str) -> Words {
    match name {
        "put" => Words("saved"),
        "remove" => Words("removed"),
        _ => Words("changed"),
    }
}

/// The kind of an entry of the registry.
pub(super) fn kind(name: &str) -> Words {
    match Kind::ALL.into_iter().find(|kind| kind.name() == name) {
        Some(Kind::Api) => Words("API"),
        Some(Kind::Organisation) => Words("organisation"),
        Some(Kind::Delegation) => Words("delegation"),
        Some(Kind::Person) => Words("synthetic person"),
        Some(Kind::Client) => Words("client"),
        Some(Kind::AccessKey) => Words("access key"),
        Some(Kind::Mark) => Words("mark of a seed file"),
        None => Words("entry"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::pages::translations;
    use crate::domain::change::Actor;
    use crate::web::language::Language;

    #[test]
    fn everyone_who_changes_something_has_a_name_for_people() {
        let id = || "a".parse().unwrap();
        let actors = [
            Actor::Admin,
            Actor::SeedFile,
            Actor::FirstStart,
            Actor::Embedder,
            Actor::Client(id()),
            Actor::AccessKey("a".to_owned()),
        ];
        for who in actors {
            let name = who.to_string();
            let (words, shown) = actor(&name);
            assert_ne!(words.0, "unknown", "{name}");
            assert!(shown.is_none_or(|shown| shown == "a"), "{name}");
        }
        assert_eq!(actor("somebody"), (Words("unknown"), Some("somebody")));
    }

    #[test]
    fn kinds_and_actions_have_norwegian_words() {
        let kinds = Kind::ALL.map(|known| kind(known.name()));
        for words in kinds.into_iter().chain(["put", "remove", "another"].map(action)) {
            let norwegian = translations::say(Language::Norwegian, words.0);
            assert!(words == Words("API") || norwegian != words.0, "{words:?}");
        }
    }
}
