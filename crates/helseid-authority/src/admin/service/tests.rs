//! The service as its callers see it, without a socket.

use std::sync::Arc;

use helseid_admin_api::{ClientChange, ClientFaults, ClientRegistration, NewAccessKey};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::random::SystemRandom;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::faults::FaultAdmin;
use super::registry::RegistryAdmin;
use crate::config::Config;
use crate::registry::registration::Reason;
use crate::registry::{Registry, Waits};
use crate::storage::registry::Sqlite;

async fn admin() -> RegistryAdmin {
    let store = Arc::new(Sqlite::in_memory().await.unwrap());
    RegistryAdmin {
        registry: Arc::new(Registry::load(store, Waits::ForIt).await.unwrap()),
        policy: Config::in_memory().registration(),
        clock: Arc::new(|| Timestamp::from_seconds(1_000)),
        random: Arc::new(SystemRandom),
    }
}

fn registration(id: &str) -> ClientRegistration {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let key = Value::Object(key.public().members().clone());
    let mut registration = ClientRegistration::new("mine", ScopeSet::default(), vec![key]);
    registration.client_id = Some(id.parse().unwrap());
    registration
}

#[tokio::test]
async fn a_client_is_registered_once_changed_and_removed() {
    let admin = admin().await;
    assert_eq!(admin.register(registration("a")).await.unwrap().client_id.as_str(), "a");
    assert_eq!(admin.register(registration("a")).await.unwrap_err().reason, Reason::Conflict);
    let change = ClientChange { name: Some("renamed".to_owned()), ..ClientChange::default() };
    assert_eq!(admin.patch_client("a", change).await.unwrap().name, "renamed");
    admin.remove_client("a").await.unwrap();
    for gone in [admin.client("a").err(), admin.remove_client("a").await.err()] {
        assert_eq!(gone.unwrap().reason, Reason::Unknown);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_changes_of_one_state_at_once_one_is_made_and_the_others_are_told() {
    let admin = Arc::new(admin().await);
    let before = admin.register(registration("a")).await.unwrap();
    assert_eq!(admin.client("a").unwrap().version, before.version);
    let change = |name: String| ClientChange {
        name: Some(name),
        version: Some(before.version.clone()),
        ..ClientChange::default()
    };
    let tries = (0..20).map(|number| {
        let (admin, change) = (admin.clone(), change(number.to_string()));
        tokio::spawn(async move { admin.patch_client("a", change).await })
    });
    let answers: Vec<_> = tries.collect();
    let mut made = Vec::new();
    for answer in answers {
        match answer.await.unwrap() {
            Ok(client) => made.push(client),
            Err(why) => {
                assert_eq!(why.reason, Reason::Conflict);
                assert_eq!(why.title, "the client a was changed meanwhile");
            }
        }
    }
    let after = admin.client("a").unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!((&made[0].name, &made[0].version), (&after.name, &after.version));
    assert_ne!(after.version, before.version);
    // Of the state that is there, and of whatever there is.
    let current = ClientChange { version: Some(after.version), ..change("current".to_owned()) };
    assert_eq!(admin.patch_client("a", current).await.unwrap().name, "current");
    let any = ClientChange { version: None, ..change("any".to_owned()) };
    assert_eq!(admin.patch_client("a", any).await.unwrap().name, "any");
}

#[tokio::test]
async fn what_a_form_leaves_out_is_empty_and_what_a_change_leaves_out_stays() {
    let admin = admin().await;
    let mut sent = registration("a");
    sent.profile = Some(Profile::Legacy);
    admin.register(sent).await.unwrap();
    let nothing = ClientChange::default;
    assert_eq!(admin.patch_client("a", nothing()).await.unwrap().profile, Some(Profile::Legacy));
    assert_eq!(admin.replace_client("a", nothing()).await.unwrap().profile, None);
}

#[tokio::test]
async fn clients_come_in_pages_by_id() {
    let admin = admin().await;
    for id in ["c", "a", "b"] {
        admin.register(registration(id)).await.unwrap();
    }
    let ids = |page: &helseid_admin_api::Page<helseid_admin_api::RegisteredClient>| {
        page.items.iter().map(|client| client.client_id.to_string()).collect::<Vec<_>>()
    };
    let first = admin.clients("", Some(2));
    assert_eq!((ids(&first), first.next.as_deref()), (vec!["a".to_owned(), "b".to_owned()], Some("b")));
    let rest = admin.clients("b", Some(2));
    assert_eq!((ids(&rest), rest.next), (vec!["c".to_owned()], None));
}

#[tokio::test]
async fn a_delegation_is_to_somebody_and_an_access_key_has_a_name() {
    let admin = admin().await;
    let delegation = json!({ "parent": "994598759", "supplier": "313745392" });
    let delegation = serde_json::from_value(delegation).unwrap();
    assert_eq!(admin.put_delegation(delegation).await.unwrap_err().reason, Reason::Wrong);
    let key = |name: &str| -> NewAccessKey {
        serde_json::from_value(json!({ "purpose": "test-tokens", "name": name })).unwrap()
    };
    assert_eq!(admin.make_access_key(key(" ")).await.unwrap_err().reason, Reason::Wrong);
    let made = admin.make_access_key(key("mine")).await.unwrap();
    assert_eq!(admin.access_keys().len(), 1);
    admin.remove_access_key(made.entry.id).await.unwrap();
    assert_eq!(admin.access_keys().len(), 0);
}

#[tokio::test]
async fn faults_are_for_clients_that_there_are_where_they_were_asked_for() {
    let admin = admin().await;
    admin.register(registration("a")).await.unwrap();
    let with = |faults| FaultAdmin { faults, registry: admin.registry.clone() };
    let (on, off) = (with(Some(Arc::default())), with(None));
    assert_eq!(off.get("a").unwrap_err().reason, Reason::Conflict);
    assert_eq!(on.get("b").unwrap_err().reason, Reason::Unknown);
    let slow = ClientFaults { delay_milliseconds: 10, ..ClientFaults::default() };
    on.put("a", slow).unwrap();
    assert_eq!(on.get("a").unwrap().delay_milliseconds, 10);
    on.remove("a").unwrap();
    assert_eq!(on.get("a").unwrap().delay_milliseconds, 0);
}
