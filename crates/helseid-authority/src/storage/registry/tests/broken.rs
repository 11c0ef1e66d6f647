//! What an older version wrote, or someone by hand: it costs its own entry. And nothing is written that is like it.

use std::sync::Arc;

use helseid_admin_api::{DisplayName, OrganisationEntry};
use helseid_protocol::jose::PublicJwk;

use super::contract::{author, client, person};
use crate::domain::change::{Change, Kind, Subject};
use crate::domain::model::{Client, Key};
use crate::registry::{Registry, Waits};
use crate::storage::registry::sql::Sql;
use crate::storage::registry::statement::{Database, Purpose, Statement, Transaction as _};
use crate::storage::registry::{Applied, Delta, Sqlite, Store, StoreError};

/// What someone types into the database; all of it is seen as touched.
async fn by_hand<D: Database>(store: &Sql<D>, statements: &[&'static str]) {
    let mut all = store.database.begin(Purpose::Write).await.unwrap();
    for sql in statements {
        all.run(Statement::new(sql)).await.unwrap();
    }
    all.run(Statement::new("UPDATE version SET n = n + 1")).await.unwrap();
    all.run(Statement::new("UPDATE touched SET version = (SELECT n FROM version)")).await.unwrap();
    all.commit().await.unwrap();
}

async fn put(store: &dyn Store, changes: Vec<Change>) {
    assert_eq!(store.apply(&changes, &author(), None).await.unwrap(), Applied::Done);
}

fn put_client(id: &str, keys: usize) -> Change {
    Change::PutClient(Box::new(client(id, keys)))
}

fn organisation(number: &str) -> Change {
    Change::PutOrganisation(OrganisationEntry {
        number: number.parse().unwrap(),
        name: DisplayName::default(),
        children: Default::default(),
    })
}

fn names(registry: &Registry) -> Vec<String> {
    registry.now().broken.keys().map(ToString::to_string).collect()
}

/// Each kind of row, broken by hand while a registry is open: that one sees it at its next look, and another that starts
/// then sees the same. What was broken is removed or put again.
pub(super) async fn what_cannot_be_read_costs_itself_alone<D: Database>(store: Sql<D>) {
    let store = Arc::new(store);
    let delegation = helseid_admin_api::Delegation {
        parent: "999977774".parse().unwrap(),
        supplier: "313745392".parse().unwrap(),
    };
    let changes = vec![
        put_client("good", 1),
        put_client("deep", 2),
        put_client("named", 0),
        put_client("numbers", 1),
        organisation("999977774"),
        organisation("999977775"),
        Change::PutDelegation(delegation),
        Change::PutPerson(Box::new(person())),
        Change::Manage(Subject { kind: Kind::Client, id: "good".to_owned() }),
    ];
    put(&*store, changes).await;
    let registry = Registry::load(store.clone(), Waits::ForIt).await.unwrap();
    assert!(names(&registry).is_empty());
    by_hand(
        &store,
        &[
            "UPDATE client_key SET jwk = '{\"x\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}' WHERE client = 'deep' AND place = 1",
            "UPDATE client SET tenancy = 'none of ours' WHERE id = 'named'",
            "UPDATE client_key SET jwk = '{\"kty\":\"EC\",\"crv\":\"P-256\",
                \"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}'
             WHERE client = 'numbers'",
            "UPDATE organisation SET children = 'a b' WHERE number = '999977775'",
            "UPDATE delegation SET supplier = '1'",
            "UPDATE person SET number = '56037120069'",
            "INSERT INTO api (audience, scopes, claims, approval) VALUES ('odd:api', 'a\"b', '', TRUE)",
            "INSERT INTO access_key (id, purpose, name, hash, created) VALUES ('k', 'other', 'n', 'h', 1)",
            "INSERT INTO managed (kind, id) VALUES ('user', 'someone')",
        ],
    )
    .await;
    let expected = [
        "api odd:api",
        "organisation 999977775",
        "delegation 999977774 1",
        "person d-number",
        "client deep",
        "client named",
        "client numbers",
        "access key k",
        "mark user someone",
    ];
    registry.refresh().await.unwrap();
    assert_eq!(names(&registry), expected);
    let another = Registry::load(store.clone(), Waits::ForIt).await.unwrap();
    assert_eq!(names(&another), expected);
    for seen in [registry.now(), another.now()] {
        let clients: Vec<_> = seen.clients.keys().map(ToString::to_string).collect();
        assert_eq!((clients, seen.organisations.len(), seen.managed.len()), (vec!["good".to_owned()], 1, 1));
    }

    let why = &registry.now().broken[&Subject::person(&person().short_name)];
    assert!(why.starts_with("number: ") && !why.contains("560371"), "{why}");
    let subjects: Vec<_> = registry.now().broken.keys().cloned().collect();
    let deep = Subject { kind: Kind::Client, id: "deep".to_owned() };
    registry.change(vec![put_client("deep", 1)], &author()).await.unwrap();
    let rest = subjects.into_iter().filter(|subject| *subject != deep).map(Change::RemoveBroken).collect();
    registry.change(rest, &author()).await.unwrap();
    another.refresh().await.unwrap();
    for seen in [&registry, &another, &Registry::load(store.clone(), Waits::ForIt).await.unwrap()] {
        assert!(names(seen).is_empty());
        assert_eq!(seen.now().clients.len(), 2);
    }
}

/// Clients that only a mistake of ours could make: they cannot be read back.
fn unreadable() -> Vec<Client> {
    let mut no_key = client("no-key", 1);
    let mut members = no_key.keys[0].jwk.members().clone();
    members.insert("y".into(), members["x"].clone());
    let jwk = PublicJwk::from_object(members).unwrap();
    no_key.keys = vec![Key { jwk, ..no_key.keys[0].clone() }].try_into().unwrap();
    let mut long = client("life", 0);
    long.token_lifetime = std::time::Duration::from_secs(u64::MAX);
    vec![no_key, long]
}

/// Nothing is committed that does not read back, and whoever sent it is told.
pub(super) async fn what_does_not_read_back_is_not_committed(store: &dyn Store) {
    let before = store.delta(None).await.unwrap().expect("everything");
    for client in unreadable() {
        let changes = [put_client("beside", 0), Change::PutClient(Box::new(client))];
        let refused = store.apply(&changes, &author(), None).await;
        assert!(matches!(refused, Err(StoreError::NotReadBack { .. })), "{refused:?}");
        let after: Option<Delta> = store.delta(Some(before.version)).await.unwrap();
        assert!(after.is_none(), "nothing was changed");
    }
}

/// The newest entries stay, those that are young enough.
pub(super) async fn the_log_has_an_end<D: Database>(mut store: Sql<D>) {
    use crate::storage::registry::AuditBounds;
    use std::time::Duration;
    let changes = |count: usize| (0..count).map(|_| put_client("changed", 0)).collect::<Vec<_>>();
    let entries = async |store: &Sql<D>| store.audit(None, 10_000).await.unwrap().len();
    put(&store, changes(2_500)).await;
    let AuditBounds { entries: most, age } = store.audit_bounds;
    assert_eq!((most, age), (100_000, Duration::from_secs(400 * 86_400)));
    store.audit_bounds = AuditBounds { entries: 200, age: Duration::from_secs(60) };
    let now = author().at;
    assert!(store.trim_audit(now).await.unwrap(), "a piece at a time");
    assert_eq!(entries(&store).await, 1_500);
    while store.trim_audit(now).await.unwrap() {}
    let left = store.audit(None, 10_000).await.unwrap();
    assert_eq!((left.len(), left[0].seq - left[199].seq), (200, 199));
    // Changes alone keep it within its bounds, a hundred of them at most beyond.
    for _ in 0..250 {
        put(&store, changes(1)).await;
    }
    assert!((200..=300).contains(&entries(&store).await));
    assert!(!store.trim_audit(now.plus(Duration::from_secs(61))).await.unwrap());
    assert_eq!(entries(&store).await, 0, "all of it is too old by then");
}

async fn in_memory() -> Sql<Sqlite> {
    Sqlite::in_memory().await.unwrap()
}

#[tokio::test]
async fn in_sqlite_what_cannot_be_read_costs_itself_alone() {
    what_cannot_be_read_costs_itself_alone(in_memory().await).await;
}

#[tokio::test]
async fn in_sqlite_what_does_not_read_back_is_not_committed() {
    what_does_not_read_back_is_not_committed(&in_memory().await).await;
}

#[tokio::test]
async fn in_sqlite_the_log_has_an_end() {
    the_log_has_an_end(in_memory().await).await;
}
