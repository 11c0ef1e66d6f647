//! What a store promises, whichever database it is.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use helseid_admin_api::{
    AccessKeyEntry, ApiResource, Delegation, KeyOrigin, KeyPurpose, LoginSettings, OrganisationEntry,
    PersonEntry, PersonLevel, RedirectUris, RefreshTokenUsage, TestProvider,
};
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::rule::Profile;
use helseid_protocol::secret::PrivateKeyText;
use helseid_protocol::time::Timestamp;

use crate::domain::change::{Actor, Change, Kind, Subject};
use crate::domain::model::{AccessKey, ApiClaims, Client, ClientKeys, Key, StoredSigningKey};
use crate::storage::registry::{Applied, Author, Precondition, Sqlite, Store, StoreError, setting_once};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub(super) fn author() -> Author {
    Author { actor: Actor::Admin, at: NOW }
}

pub(super) fn client(id: &str, keys: usize) -> Client {
    let key = || Key {
        jwk: PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None).public().clone(),
        expires: Some(NOW),
        origin: KeyOrigin::Api,
    };
    Client {
        id: id.parse().unwrap(),
        name: "Bjørn Lævås' klinikk".parse().unwrap(),
        tenancy: ClientTenancy::MultiTenant,
        org_parent: Some("999977774".parse().unwrap()),
        org_children: vec!["999977775".parse().unwrap(), "999977776".parse().unwrap()].try_into().unwrap(),
        scopes: "my:api/read my:api/write".parse().unwrap(),
        keys: ClientKeys::of((0..keys).map(|_| key())).unwrap(),
        profile: Some(Profile::Fapi2),
        token_lifetime: Duration::from_secs(60),
        enabled: true,
        approved: false,
        pending_scopes: "my:api/admin".parse().unwrap(),
        api_claims: ApiClaims::default(),
        grant_types: "client_credentials authorization_code refresh_token".parse().unwrap(),
        login: LoginSettings {
            redirect_uris: uris(&["https://app.example/callback", "com.example.app:/callback"]),
            post_logout_redirect_uris: uris(&["http://localhost:3000/"]),
            frontchannel_logout_uri: Some("https://app.example/logout".parse().unwrap()),
            backchannel_logout_uri: None,
            id_token_lifetime_seconds: Some(300),
            refresh_token_lifetime_seconds: Some(8 * 3600),
            session_lifetime_seconds: None,
            refresh_token_usage: RefreshTokenUsage::Reusable,
            refresh_grace_seconds: Some(0),
            require_par: Some(false),
            require_dpop: None,
            require_signed_requests: true,
            identity_providers: [TestProvider::TestIdpNew].to_vec().try_into().unwrap(),
            insecure_userinfo_by_bearer: true,
        },
        own_audiences: vec!["an api with spaces".parse().unwrap()].try_into().unwrap(),
        may_be_exchanged_by: vec!["a \"quoted\" client".parse().unwrap()].try_into().unwrap(),
    }
}

fn uris(texts: &[&str]) -> RedirectUris {
    RedirectUris::of(texts.iter().map(|text| text.parse().unwrap())).unwrap()
}

async fn put(store: &dyn Store, changes: &[Change]) {
    assert_eq!(store.apply(changes, &author(), None).await.unwrap(), Applied::Done);
}

pub(super) async fn keeps_its_promises(store: Arc<dyn Store>) {
    clients_come_and_go(&*store).await;
    the_rest_is_read_as_a_whole(&*store).await;
    all_or_nothing(&*store).await;
    a_change_whose_precondition_fails_changes_nothing(&*store).await;
    the_log_is_read_from_its_end(&*store).await;
    signing_keys_are_put_by_those_who_know_them_all(&*store).await;
    settings_are_compared_and_swapped(store.clone()).await;
    every_change_is_seen_once_and_in_order(store).await;
}

async fn clients_come_and_go(store: &dyn Store) {
    let first = store.delta(None).await.unwrap().expect("everything");
    assert!(first.whole && first.clients.is_empty());
    assert!(store.delta(Some(first.version)).await.unwrap().is_none());

    let (one, two) = (client("one", 2), client("two", 0));
    put(store, &[Change::PutClient(Box::new(one.clone())), Change::PutClient(Box::new(two.clone()))]).await;
    let delta = store.delta(Some(first.version)).await.unwrap().expect("a delta");
    let mut clients = delta.clients;
    clients.sort_by(|left, right| left.id.cmp(&right.id));
    assert_eq!((delta.whole, clients, delta.rest.is_some()), (false, vec![one.clone(), two], false));

    let changed =
        Client { name: "another".parse().unwrap(), keys: client("one", 1).keys, enabled: false, ..one };
    put(store, &[Change::PutClient(Box::new(changed.clone()))]).await;
    let newer = store.delta(Some(delta.version)).await.unwrap().expect("a delta");
    assert_eq!(newer.clients, [changed]);
    put(store, &[Change::RemoveClient("one".parse().unwrap())]).await;
    let newest = store.delta(Some(newer.version)).await.unwrap().expect("a delta");
    assert_eq!((newest.gone, newest.clients), (vec!["one".to_owned()], vec![]));
    let whole = store.delta(None).await.unwrap().expect("everything");
    assert_eq!((whole.clients.len(), whole.version), (1, newest.version));
}

async fn the_rest_is_read_as_a_whole(store: &dyn Store) {
    let before = store.delta(None).await.unwrap().expect("everything").version;
    let api = ApiResource {
        audience: "my:api".parse().unwrap(),
        scopes: "my:api/read my:api/write".parse().unwrap(),
        claims: vec!["a".parse().unwrap(), "b".parse().unwrap()].try_into().unwrap(),
        approval: true,
    };
    let organisation = OrganisationEntry {
        number: "999977774".parse().unwrap(),
        name: "Granfjelldal".parse().unwrap(),
        children: vec!["999977775".parse().unwrap()].try_into().unwrap(),
    };
    let delegation =
        Delegation { parent: "999977774".parse().unwrap(), supplier: "313745392".parse().unwrap() };
    let subject = Subject::api(&api.audience);
    let person = person();
    let changes = [
        Change::PutApi(api.clone()),
        Change::PutOrganisation(organisation.clone()),
        Change::PutDelegation(delegation.clone()),
        Change::PutDelegation(delegation.clone()),
        Change::PutPerson(Box::new(PersonEntry { level: PersonLevel::High, ..person.clone() })),
        Change::PutPerson(Box::new(person.clone())),
        Change::PutAccessKey(access_key("i")),
        Change::Manage(subject.clone()),
    ];
    put(store, &changes).await;
    let rest = store.delta(Some(before)).await.unwrap().and_then(|delta| delta.rest).expect("the rest");
    assert_eq!((rest.apis, rest.organisations), (vec![api.clone()], vec![organisation.clone()]));
    assert_eq!((rest.delegations, rest.managed), (vec![delegation.clone()], vec![subject.clone()]));
    assert_eq!(rest.persons.as_slice(), std::slice::from_ref(&person));
    assert_eq!(rest.access_keys.iter().map(|key| key.hash.as_str()).collect::<Vec<_>>(), ["h"]);

    let changes = [
        Change::RemoveApi(api.audience),
        Change::RemoveOrganisation(organisation.number),
        Change::RemoveDelegation(delegation),
        Change::RemovePerson(person.short_name),
        Change::RemoveAccessKey("i".to_owned()),
        Change::Release(subject),
    ];
    put(store, &changes).await;
    let rest = store.delta(Some(before)).await.unwrap().and_then(|delta| delta.rest).expect("the rest");
    let left = rest.apis.len() + rest.organisations.len() + rest.delegations.len() + rest.access_keys.len();
    assert_eq!(left + rest.managed.len() + rest.persons.len(), 0);
}

/// A person of whom everything is said.
pub(super) fn person() -> PersonEntry {
    let written = r#"{
        "short_name": "d-number", "number": "56837120069", "given_name": "Åse", "middle_name": "Ærlig",
        "family_name": "O'Nordhøy Lævås", "level": 3, "identity_providers": ["testidpnew-oidc", "testidp-oidc"],
        "health_personnel": { "hpr_number": 1, "approvals": [{
            "profession": "LE", "authorization": { "value": "1", "description": "Autorisasjon" },
            "requisition_rights": [{ "value": "1", "description": "Full rekvisisjonsrett" }],
            "specialities": [{ "value": "40", "description": "Psykiatri, \"barn og unge\"" }]
        }] }
    }"#;
    serde_json::from_str(written).unwrap()
}

fn access_key(id: &str) -> AccessKey {
    let entry = AccessKeyEntry {
        id: id.to_owned(),
        purpose: KeyPurpose::TestTokens,
        name: "ci".to_owned(),
        created: NOW,
    };
    AccessKey { entry, hash: "h".to_owned() }
}

async fn all_or_nothing(store: &dyn Store) {
    put(store, &[Change::PutAccessKey(access_key("double"))]).await;
    let before = store.delta(None).await.unwrap().expect("everything");
    let changes =
        [Change::PutClient(Box::new(client("half", 1))), Change::PutAccessKey(access_key("double"))];
    let refused = store.apply(&changes, &author(), None).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    assert!(store.delta(Some(before.version)).await.unwrap().is_none(), "nothing was changed");
}

async fn a_change_whose_precondition_fails_changes_nothing(store: &dyn Store) {
    put(store, &[Change::PutClient(Box::new(client("raced", 0)))]).await;
    let since = store.delta(None).await.unwrap().expect("everything").version;
    let (raced, other) =
        (Subject::client(&"raced".parse().unwrap()), Subject::client(&"other".parse().unwrap()));
    put(store, &[Change::PutClient(Box::new(client("raced", 1)))]).await;
    let change = [Change::PutClient(Box::new(client("raced", 2)))];
    let apply = async |precondition| store.apply(&change, &author(), Some(&precondition)).await.unwrap();
    assert_eq!(apply(Precondition::untouched(raced, since)).await, Applied::Conflict);
    assert_eq!(
        apply(Precondition::untouched_kinds(&[Kind::Api, Kind::Client], since)).await,
        Applied::Conflict
    );
    let keys = |delta: crate::storage::registry::Delta| {
        delta.clients.into_iter().find(|client| client.id.as_str() == "raced")
    };
    let there = keys(store.delta(None).await.unwrap().expect("everything")).unwrap();
    assert_eq!(there.keys.len(), 1);
    assert_eq!(apply(Precondition::untouched_kinds(&[Kind::Api, Kind::Person], since)).await, Applied::Done);
    assert_eq!(apply(Precondition::untouched(other, since)).await, Applied::Done);
}

async fn the_log_is_read_from_its_end(store: &dyn Store) {
    let page = store.audit(None, 3).await.unwrap();
    assert_eq!(page.len(), 3);
    assert!(page.windows(2).all(|pair| pair[0].seq > pair[1].seq));
    assert_eq!((page[0].actor.as_str(), page[0].id.as_str(), page[0].at), ("admin", "raced", NOW));
    let older = store.audit(Some(page[2].seq), 3).await.unwrap();
    assert!(older[0].seq < page[2].seq);
}

async fn signing_keys_are_put_by_those_who_know_them_all(store: &dyn Store) {
    let key = |kid: &str, retires| StoredSigningKey {
        jwk: PrivateKeyText::new(format!("{{\"d\":\"secret of {kid}\"}}")),
        kid: kid.to_owned(),
        created: NOW,
        active_from: NOW,
        retires,
    };
    let known = |kids: &[&str]| kids.iter().map(|kid| (*kid).to_owned()).collect::<BTreeSet<_>>();
    let version = store.delta(None).await.unwrap().expect("everything").version;
    assert_eq!(store.put_signing_keys(&[key("a", None)], &known(&[])).await.unwrap(), Applied::Done);
    assert!(store.delta(Some(version)).await.unwrap().expect("a delta").signing_keys);
    assert_eq!(store.put_signing_keys(&[key("b", None)], &known(&[])).await.unwrap(), Applied::Conflict);
    let both = [key("a", Some(NOW)), key("b", None)];
    assert_eq!(store.put_signing_keys(&both, &known(&["a"])).await.unwrap(), Applied::Done);
    let there = store.signing_keys().await.unwrap();
    let told: Vec<_> = there.iter().map(|key| (key.kid.as_str(), key.retires, key.jwk.expose())).collect();
    assert_eq!(told, [("a", Some(NOW), "{\"d\":\"secret of a\"}"), ("b", None, "{\"d\":\"secret of b\"}")]);
}

async fn settings_are_compared_and_swapped(store: Arc<dyn Store>) {
    assert_eq!(store.setting("name").await.unwrap(), None);
    store.put_setting("name", "one").await.unwrap();
    assert_eq!(store.compare_and_swap("name", Some("two"), "three").await.unwrap(), Applied::Conflict);
    assert_eq!(store.compare_and_swap("name", Some("one"), "two").await.unwrap(), Applied::Done);
    assert_eq!(store.setting("name").await.unwrap().as_deref(), Some("two"));

    let mut racers = tokio::task::JoinSet::new();
    for n in 0..20 {
        let store = store.clone();
        racers.spawn(async move { setting_once(&*store, "once", n.to_string()).await.unwrap() });
    }
    let seen: BTreeSet<_> = racers.join_all().await.into_iter().collect();
    assert_eq!(seen.len(), 1, "all see what one has put: {seen:?}");
}

async fn every_change_is_seen_once_and_in_order(store: Arc<dyn Store>) {
    let mut version = store.delta(None).await.unwrap().expect("everything").version;
    let mut writers = tokio::task::JoinSet::new();
    for n in 0..40 {
        let store = store.clone();
        writers.spawn(async move {
            put(&*store, &[Change::PutClient(Box::new(client(&format!("w{n}"), 1)))]).await
        });
    }
    // What is read meanwhile is never ahead of what was committed.
    let mut seen = BTreeSet::new();
    let read = async {
        while seen.len() < 40 {
            if let Some(delta) = store.delta(Some(version)).await.unwrap() {
                assert!(delta.version > version);
                version = delta.version;
                for client in delta.clients {
                    assert!(seen.insert(client.id.to_string()), "{} twice", client.id);
                }
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(120), read).await.expect("all are seen");
    writers.join_all().await;
    assert!(store.delta(Some(version)).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_its_promises() {
    keeps_its_promises(Arc::new(Sqlite::in_memory().await.unwrap())).await;
}
