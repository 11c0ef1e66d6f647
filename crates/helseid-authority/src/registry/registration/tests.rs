//! Whatever is accepted, by whichever way it comes in, is read back as it was put; what is refused changes nothing.

use std::sync::{Arc, LazyLock};

use helseid_admin_api::{ApiResource, ClientRegistration, KeyOrigin, NewKey, OrganisationEntry, PersonEntry};
use helseid_protocol::jose::json::read_object;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::person::SyntheticMonth;
use helseid_protocol::rule::Profile;
use helseid_protocol::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    NotRegistered, RegistrationPolicy, changed, checked, checked_api, checked_organisation, checked_person,
    put_api, put_person, unknown_person, with_key,
};
use crate::config::Config;
use crate::domain::change::{Actor, Change};
use crate::domain::model::{Client, KnownClient};
#[cfg(feature = "nhn")]
use crate::nhn::said;
use crate::registry::{Registry, Snapshot, Waits};
use crate::storage::registry::{Author, Sqlite, Store};

const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

/// Public keys, since to make one takes longer than all the rest.
static KEYS: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let key = |algorithm| PrivateJwk::generate(algorithm, RsaSize::Bits2048, None).public().members().clone();
    [Algorithm::ES256, Algorithm::ES256, Algorithm::ES384]
        .map(|algorithm| Value::Object(key(algorithm)))
        .into()
});

/// JSON of every kind, some of it deeper than is read.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    (tree, 0_usize..20).prop_map(|(tree, levels)| (0..levels).fold(tree, |inner, _| json!([inner])))
}

/// One of the keys, often with a member that nobody knows.
fn any_key() -> impl Strategy<Value = Value> {
    let names =
        prop_oneof![Just("x5c".to_owned()), Just("kid".to_owned()), Just("exp".to_owned()), any::<String>()];
    (0..KEYS.len(), prop::option::of((names, any_json()))).prop_map(|(which, member)| {
        let mut key = KEYS[which].clone();
        if let Some((name, value)) = member {
            key[name] = value;
        }
        key
    })
}

/// An authority on loopback with profile `helseid`.
fn policy() -> RegistrationPolicy {
    Config::in_memory().registration()
}

/// Scopes of the two APIs that are there, now and then more than a set may hold.
fn any_scopes() -> impl Strategy<Value = Value> {
    prop_oneof![0_usize..10, 95..130_usize]
        .prop_map(|count| (0..count).map(|n| format!("api:{}/{}", n % 2, n / 2)).collect::<Vec<_>>().into())
}

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zæøå ]{1,12}", ".{0,210}", any::<String>()]
}

fn any_numbers() -> impl Strategy<Value = Value> {
    prop_oneof![0_usize..4, 998..1_003_usize]
        .prop_map(|count| (0..count).map(|n| format!("{:09}", 100_000_000 + n)).collect::<Vec<_>>().into())
}

fn any_claims() -> impl Strategy<Value = Value> {
    let name =
        prop_oneof![any::<String>().prop_map(|rest| format!("api:0/client/claims/{rest}")), any_name()];
    let claims = prop::collection::btree_map(name, any::<String>(), 0..3);
    (claims, prop_oneof![0_usize..3, 98..103_usize]).prop_map(|(mut claims, more)| {
        claims.extend((0..more).map(|n| (format!("api:1/client/claims/{n}"), n.to_string())));
        json!(claims)
    })
}

/// Addresses of which many may be registered, and now and then more than a list may hold.
fn any_uris() -> impl Strategy<Value = Value> {
    let uri = prop_oneof![
        "https://[a-z]{1,8}\\.example(:[0-9]{1,5})?/[!-~]{0,12}",
        "http://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,4})?/[a-z%20?=&;,']{0,8}",
        "[a-z]{1,6}(\\.[a-z]{1,6}){0,2}:/[a-z]{0,8}",
        any::<String>(),
    ];
    let lists = prop_oneof![Just(0..3_usize), Just(98..103)];
    (uri, lists.prop_flat_map(|range| range)).prop_map(|(uri, count)| vec![uri; count].into())
}

/// Names with spaces and quotes in them, too.
fn any_names() -> impl Strategy<Value = Value> {
    let name = prop_oneof![Just("api:0".to_owned()), Just("api:1".to_owned()), any::<String>()];
    prop::collection::vec(name, 0..3).prop_map(Value::from)
}

/// What a client is for besides client credentials.
fn any_login() -> impl Strategy<Value = (Value, Value)> {
    const GRANTS: [&str; 4] = [
        "client_credentials",
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ];
    let grants = prop::sample::subsequence(GRANTS.to_vec(), 0..=4);
    let seconds = || prop::option::of(0_u32..100_000);
    (grants, any_uris(), any_uris(), prop::option::of(any_uris()), seconds(), seconds(), any::<bool>()).prop_map(
        |(grants, redirect, after_logout, logout, lifetime, grace, reusable)| {
            let logout = logout.map(|uris| uris[0].clone());
            let usage = if reusable { "reusable" } else { "one_time" };
            let login = json!({
                "redirect_uris": redirect, "post_logout_redirect_uris": after_logout,
                "frontchannel_logout_uri": logout, "backchannel_logout_uri": logout,
                "id_token_lifetime_seconds": lifetime, "refresh_token_lifetime_seconds": lifetime,
                "session_lifetime_seconds": lifetime, "refresh_grace_seconds": grace.map(|seconds| seconds % 100),
                "refresh_token_usage": usage,
                "require_par": grace.map(|seconds| seconds % 2 == 0),
                "require_dpop": lifetime.map(|seconds| seconds % 2 == 0),
                "require_signed_requests": reusable,
                "identity_providers": if reusable { vec!["testidpnew-oidc"] } else { Vec::new() },
                "insecure_userinfo_by_bearer": reusable,
            });
            (grants.into(), login)
        },
    )
}

fn any_client() -> impl Strategy<Value = Value> {
    let keys = prop::collection::vec(any_key(), 0..3);
    let times = (any::<Option<i64>>(), any::<Option<u32>>());
    let login = prop::option::of((any_login(), any_names(), any_names()));
    (any_name(), any_scopes(), keys, times, any_numbers(), any_claims(), login).prop_map(
        |(name, scopes, keys, (expire, lifetime), children, claims, login)| {
            let lifetime = lifetime.map(|seconds| seconds % 100_000);
            let mut client = json!({
                "name": name, "scopes": scopes, "keys": keys, "keys_expire": expire,
                "token_lifetime_seconds": lifetime, "org_children": children, "api_claims": claims,
            });
            if let Some(((grants, login), audiences, clients)) = login {
                client["grant_types"] = grants;
                client["login"] = login;
                client["own_audiences"] = audiences;
                client["may_be_exchanged_by"] = clients;
            }
            client
        },
    )
}

/// A registry in memory with two APIs of 70 scopes each, and what it is kept in.
struct Desk {
    runtime: tokio::runtime::Runtime,
    store: Arc<dyn Store>,
    registry: Registry,
}

impl Desk {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let store: Arc<dyn Store> = Arc::new(runtime.block_on(Sqlite::in_memory()).unwrap());
        let registry = runtime.block_on(Registry::load(store.clone(), Waits::ForIt)).unwrap();
        let desk = Self { runtime, store, registry };
        for api in 0..2 {
            let scopes: Vec<_> = (0..70).map(|n| format!("api:{api}/{n}")).collect();
            let api = json!({ "audience": format!("api:{api}"), "scopes": scopes, "approval": api == 1 });
            desk.put(Change::PutApi(serde_json::from_value(api).unwrap()));
        }
        desk
    }

    /// Makes a change that was accepted, and gives back what another process reads after it.
    fn put(&self, change: Change) -> Arc<Snapshot> {
        let author = Author { actor: Actor::Admin, at: NOW };
        self.runtime
            .block_on(self.registry.change(vec![change], &author))
            .expect("what is accepted can be kept");
        let other = self
            .runtime
            .block_on(Registry::load(self.store.clone(), Waits::ForIt))
            .expect("what was kept can be read");
        let there = other.now();
        assert!(there.broken.is_empty(), "{:?}", there.broken);
        there
    }

    fn put_client(&self, client: Client) {
        let id = client.id.clone();
        let there = self.put(Change::PutClient(Box::new(client.clone())));
        assert_eq!(there.clients.get(&id).map(|known| &known.client), Some(&client));
    }
}

/// What the admin API makes of a body.
fn sent<T: serde::de::DeserializeOwned>(body: &Value) -> Option<T> {
    let object = read_object(body.to_string().as_bytes()).ok()?;
    serde_json::from_value(Value::Object(object)).ok()
}

thread_local! {
    static DESK: Desk = Desk::new();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_client_that_is_accepted_reads_back_equal(body in any_client(), raw in any::<bool>(), key in any_key()) {
        DESK.with(|desk| {
            // A seed file and an embedding program do not pass by the reader of the admin API.
            let registration: Option<ClientRegistration> =
                if raw { serde_json::from_value(body).ok() } else { sent(&body) };
            let Some(registration) = registration else { return };
            let registry = desk.registry.now();
            let id = "the-client".parse().unwrap();
            if let Ok(client) = checked(id, registration, &registry, &policy()) {
                desk.put_client(client.clone());
                let key = NewKey { jwk: key, expires: Some(NOW) };
                if let Ok(client) = with_key(client, &key, KeyOrigin::Api, Profile::Helseid) {
                    desk.put_client(client);
                }
            }
        });
    }

    #[test]
    fn what_a_client_says_of_itself_reads_back_equal(
        scopes in any_scopes(),
        claims in prop::collection::vec((any_name(), any::<String>()), 0..4),
        children in any_numbers(),
        uris in any_uris(),
    ) {
        DESK.with(|desk| {
            let claims: Vec<_> = claims
                .into_iter()
                .map(|(name, value)| json!({ "key": format!("api:1/client/claims/{name}"), "value": value }))
                .collect();
            let body = json!({
                "apiScopes": scopes, "audienceSpecificClientClaims": claims, "childOrganizationNumbers": children,
                "redirectUris": uris, "postLogoutRedirectUris": uris,
            });
            let registry = desk.registry.now();
            let registration = ClientRegistration::new("it", Default::default(), vec![KEYS[0].clone()]);
            let id = "itself".parse().unwrap();
            let client = checked(id, registration, &registry, &policy()).unwrap();
            #[cfg(feature = "nhn")]
            if let Ok(client) = said(client, body.to_string().as_bytes(), &registry, &policy()) {
                desk.put_client(client);
            }
        });
    }

    #[test]
    fn apis_and_organisations_that_are_accepted_read_back_equal(
        name in any_name(),
        scopes in prop_oneof![0_usize..4, 98..103_usize],
        claims in prop::collection::vec(any_name(), 0..4),
        children in any_numbers(),
        number in "[0-9]{8,10}",
    ) {
        DESK.with(|desk| {
            let scopes: Vec<_> = (0..scopes).map(|n| format!("third:api/{n}")).collect();
            let api = json!({ "audience": format!("third:{name}"), "scopes": scopes, "claims": claims });
            let api = sent::<ApiResource>(&api).and_then(|api| checked_api(api, &desk.registry.now()).ok());
            if let Some(api) = api {
                let there = desk.put(Change::PutApi(api.clone()));
                assert_eq!(there.apis.get(&api.audience), Some(&api));
                desk.put(Change::RemoveApi(api.audience));
            }
            let entry = json!({ "number": number, "name": name, "children": children });
            if let Some(entry) = sent::<OrganisationEntry>(&entry).and_then(|entry| checked_organisation(entry).ok()) {
                let there = desk.put(Change::PutOrganisation(entry.clone()));
                assert_eq!(there.organisations.get(&entry.number), Some(&entry));
            }
        });
    }
}

/// Numbers of synthetic persons, one of them a D-number and one with 40 added to the month, and a broken one.
const NUMBERS: [&str; 6] =
    ["14838020004", "21897520084", "03856820075", "56837120069", "14438020021", "14838020005"];

/// A person, often one that is refused.
fn any_person() -> impl Strategy<Value = Value> {
    let name = || prop_oneof![Just("Åse Ærlig-Ø'".to_owned()), any_name()];
    let coded = (any_name(), any_name())
        .prop_map(|(value, description)| json!({ "value": value, "description": description }));
    let approvals = prop::collection::vec(("[A-Z]{1,3}", prop::collection::vec(coded, 0..3)), 0..3);
    let approvals = approvals.prop_map(|all| {
        let approval = |(profession, coded): (String, Vec<Value>)| {
            json!({ "profession": profession, "requisition_rights": coded, "specialities": coded })
        };
        all.into_iter().map(approval).collect::<Vec<_>>()
    });
    let registered = prop::option::of((1_u32..1_100_000_000, approvals));
    let providers = prop::sample::subsequence(vec!["testidp-oidc", "testidpnew-oidc"], 0..=2);
    let number = prop::sample::select(NUMBERS.to_vec());
    ("[a-z0-9-]{1,40}", number, name(), prop::option::of(name()), name(), 2_u8..6, providers, registered)
        .prop_map(|(short_name, number, given, middle, family, level, providers, registered)| {
            let registered =
                registered.map(|(number, approvals)| json!({ "hpr_number": number, "approvals": approvals }));
            json!({
                "short_name": short_name, "number": number, "given_name": given, "middle_name": middle,
                "family_name": family, "level": level, "identity_providers": providers,
                "health_personnel": registered,
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_person_that_is_accepted_reads_back_equal(person in any_person()) {
        DESK.with(|desk| {
            let accepted = sent::<PersonEntry>(&person)
                .and_then(|entry| checked_person(entry, &desk.registry.now(), SyntheticMonth::Plus80).ok());
            if let Some(entry) = accepted {
                let there = desk.put(Change::PutPerson(Box::new(entry.clone())));
                assert_eq!(there.persons.get(&entry.short_name), Some(&entry));
                desk.put(Change::RemovePerson(entry.short_name));
            }
        });
    }
}

fn person(short_name: &str, number: &str, hpr_number: u32) -> PersonEntry {
    let person = json!({
        "short_name": short_name, "number": number, "given_name": "Åse", "family_name": "Nordhøy",
        "health_personnel": { "hpr_number": hpr_number },
    });
    serde_json::from_value(person).unwrap()
}

#[test]
fn each_reason_to_refuse_a_person_is_said_without_a_number() {
    let mut registry = Snapshot::default();
    let mut check = |entry: PersonEntry, month| {
        let checked = checked_person(entry, &registry, month);
        if let Ok(entry) = &checked {
            registry.persons.insert(entry.short_name.clone(), entry.clone());
        }
        checked.map(drop)
    };
    let both = SyntheticMonth::Plus80OrPlus40;
    check(person("doctor", "14838020004", 1), SyntheticMonth::Plus80).unwrap();
    // The same person, changed.
    check(person("doctor", "14838020004", 2), SyntheticMonth::Plus80).unwrap();
    let refused = [
        check(person("nurse", "14838020004", 3), both),
        check(person("nurse", "21897520084", 2), both),
        check(person("nurse", "14438020021", 3), SyntheticMonth::Plus80),
    ];
    let titles = [
        "the person's number is taken",
        "the person's HPR number is taken",
        "the person's number is not accepted",
    ];
    for (refused, title) in refused.into_iter().zip(titles) {
        let why = refused.unwrap_err();
        assert_eq!(why.title, title);
        assert!(!NUMBERS.iter().any(|number| why.to_string().contains(number)), "{why}");
    }
    check(person("nurse", "14438020021", 3), both).unwrap();
    let why = unknown_person("14838020004").to_string();
    assert!(!why.contains("14838020004"), "{why}");
}

#[test]
fn there_are_so_many_persons_and_no_more() {
    let entry = person("doctor", "14838020004", 1);
    let of = |number: usize| (format!("p{number}").parse().unwrap(), entry.clone());
    let full = |count| Snapshot { persons: (0..count).map(of).collect(), ..Snapshot::default() };
    // The number is not looked at: another person has it.
    let another = || person("nurse", "21897520084", 2);
    let check = |registry| checked_person(another(), &registry, SyntheticMonth::Plus80);
    check(full(999)).unwrap();
    assert_eq!(check(full(1000)).unwrap_err().title, "there are too many persons");
}

#[test]
fn of_replicas_that_give_one_number_to_persons_of_their_own_one_succeeds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let replicas = replicas(&runtime, 4);
    let outcomes = runtime.block_on(async {
        let mut racers = tokio::task::JoinSet::new();
        for (number, registry) in replicas.iter().cloned().enumerate() {
            racers.spawn(async move {
                let entry = person(&format!("person-{number}"), "14838020004", 1);
                let author = Author { actor: Actor::Admin, at: NOW };
                let check =
                    |registry: &Snapshot| checked_person(entry.clone(), registry, SyntheticMonth::Plus80);
                put_person(&registry, &author, check).await
            });
        }
        racers.join_all().await
    });
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    runtime.block_on(replicas[0].refresh()).unwrap();
    assert_eq!(replicas[0].now().persons.len(), 1);
}

/// Registries over one store, as replicas have them.
fn replicas(runtime: &tokio::runtime::Runtime, count: usize) -> Vec<Registry> {
    let store: Arc<dyn Store> = Arc::new(runtime.block_on(Sqlite::in_memory()).unwrap());
    let load = || runtime.block_on(Registry::load(store.clone(), Waits::ForIt)).unwrap();
    (0..count).map(|_| load()).collect()
}

#[test]
fn of_replicas_that_give_one_scope_to_apis_of_their_own_one_succeeds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for round in 0..20 {
        let replicas = replicas(&runtime, 4);
        let outcomes = runtime.block_on(async {
            let mut racers = tokio::task::JoinSet::new();
            for (number, registry) in replicas.iter().cloned().enumerate() {
                racers.spawn(async move {
                    let api = json!({ "audience": format!("api:{number}"), "scopes": ["shared:api/read"] });
                    let api: ApiResource = serde_json::from_value(api).unwrap();
                    let author = Author { actor: Actor::Admin, at: NOW };
                    put_api(&registry, &author, |registry| checked_api(api.clone(), registry)).await
                });
            }
            racers.join_all().await
        });
        let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
        assert_eq!(refused.len(), 3, "{round}");
        assert!(refused.iter().all(|why| why.title == "a scope is taken"), "{refused:?}");
        runtime.block_on(replicas[0].refresh()).unwrap();
        assert_eq!(replicas[0].now().apis.len(), 1, "{round}");
    }
}

#[test]
fn of_replicas_that_give_one_name_to_a_client_and_to_an_api_one_succeeds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for round in 0..10 {
        let replicas = replicas(&runtime, 2);
        let author = Author { actor: Actor::Admin, at: NOW };
        let api: ApiResource =
            serde_json::from_value(json!({ "audience": "both", "scopes": ["both/read"] })).unwrap();
        let client = |registry: &Snapshot| {
            let registration = ClientRegistration::new("it", Default::default(), Vec::new());
            let client = checked("both".parse().unwrap(), registration, registry, &policy())?;
            Ok::<_, NotRegistered>((vec![Change::PutClient(Box::new(client))], ()))
        };
        let outcomes = runtime.block_on(async {
            tokio::join!(
                put_api(&replicas[0], &author, |registry| checked_api(api.clone(), registry)),
                replicas[1].change_kinds(&author, &[], client),
            )
        });
        assert_ne!(outcomes.0.is_ok(), outcomes.1.is_ok(), "{round}: {outcomes:?}");
    }
}

/// A client of whose settings nothing is wrong, changed in one place.
fn with_login(change: impl FnOnce(&mut Value)) -> Result<Client, NotRegistered> {
    DESK.with(|desk| {
        let mut body = json!({
            "name": "it",
            "grant_types": [
                "client_credentials", "authorization_code", "refresh_token",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ],
            "login": { "redirect_uris": ["https://app.example/callback"], "refresh_grace_seconds": 60 },
            "own_audiences": ["api:1"],
            "may_be_exchanged_by": ["a client that comes later"],
        });
        change(&mut body);
        let registration: ClientRegistration = serde_json::from_value(body).unwrap();
        let id = registration.client_id.clone().unwrap_or_else(|| "it".parse().unwrap());
        checked(id, registration, &desk.registry.now(), &policy())
    })
}

#[test]
fn a_client_that_logs_people_in_is_kept_and_shown_as_it_was_registered() {
    let client = with_login(|_| ()).unwrap();
    DESK.with(|desk| desk.put_client(client.clone()));
    let shown = serde_json::to_value(KnownClient::new(client).unwrap().shown(false)).unwrap();
    assert_eq!(shown["login"]["redirect_uris"], json!(["https://app.example/callback"]));
    assert_eq!(shown["own_audiences"], json!(["api:1"]));
    // Of others, nothing of it is shown.
    let plain = Client::new("it".parse().unwrap(), "it".parse().unwrap());
    let shown = serde_json::to_value(KnownClient::new(plain).unwrap().shown(false)).unwrap();
    for member in ["grant_types", "login", "own_audiences", "may_be_exchanged_by"] {
        assert_eq!(shown.get(member), None, "{member}");
    }
}

#[test]
fn a_client_is_disabled_though_an_api_of_its_own_is_gone() {
    let client = with_login(|_| ()).unwrap();
    let change = |json: Value| {
        changed(client.clone(), serde_json::from_value(json).unwrap(), &Snapshot::default(), &policy())
    };
    assert!(!change(json!({ "enabled": false })).unwrap().enabled);
    assert_eq!(change(json!({ "own_audiences": ["api:1"] })).unwrap_err().title, "an API is not known");
}

#[test]
fn settings_that_do_not_fit_together_are_refused_with_what_is_wrong() {
    type Break = fn(&mut Value);
    let broken: [(&str, Break); 16] = [
        ("the client has no grant type", |body| body["grant_types"] = json!([])),
        ("the client has no redirect URI", |body| body["login"]["redirect_uris"] = json!([])),
        ("the client can get no refresh token", |body| body["grant_types"] = json!(["refresh_token"])),
        ("the client can get no refresh token", |body| {
            body["grant_types"] = json!(["authorization_code"]);
            body["scopes"] = json!(["openid", "offline_access"]);
        }),
        ("a scope is only for logins", |body| {
            body["grant_types"] = json!(["client_credentials"]);
            body["scopes"] = json!(["helseid://scopes/identity/pid"]);
        }),
        ("the client has no token to exchange", |body| body["own_audiences"] = json!([])),
        ("an API is not known", |body| body["own_audiences"] = json!(["api:1", "api:3"])),
        ("id_token_lifetime_seconds is wrong", |body| body["login"]["id_token_lifetime_seconds"] = 0.into()),
        ("refresh_token_lifetime_seconds is wrong", |body| {
            body["login"]["refresh_token_lifetime_seconds"] = (366 * 86_400 + 1).into();
        }),
        ("session_lifetime_seconds is wrong", |body| {
            body["login"]["session_lifetime_seconds"] = 86_401.into();
        }),
        ("refresh_grace_seconds is wrong", |body| body["login"]["refresh_grace_seconds"] = 61.into()),
        ("require_par cannot be set so", |body| {
            body["profile"] = json!("helseid-next");
            body["login"]["require_par"] = json!(false);
        }),
        ("require_dpop cannot be set so", |body| {
            body["profile"] = json!("fapi2");
            body["login"]["require_dpop"] = json!(false);
        }),
        ("insecure_userinfo_by_bearer cannot be set so", |body| {
            body["profile"] = json!("helseid-next");
            body["login"]["insecure_userinfo_by_bearer"] = json!(true);
        }),
        ("the client id is taken", |body| body["client_id"] = json!("api:1")),
        ("unknown scope", |body| body["scopes"] = json!(["api:3/none"])),
    ];
    for (title, change) in broken {
        assert_eq!(with_login(change).unwrap_err().title, title);
    }
    let lifted = |body: &mut Value| {
        body["login"]["require_par"] = json!(false);
        body["login"]["require_dpop"] = json!(false);
        body["login"]["insecure_userinfo_by_bearer"] = json!(true);
        body["scopes"] =
            json!(["openid", "profile", "offline_access", "helseid://scopes/identity/pid", "api:0/1"]);
    };
    with_login(lifted).unwrap();
    for profile in Profile::ALL {
        // What is demanded of a client beyond its profile is nobody's to lift.
        let demanded = |body: &mut Value| {
            body["profile"] = json!(profile.name());
            body["login"]["require_par"] = json!(true);
            body["login"]["require_dpop"] = json!(true);
        };
        with_login(demanded).unwrap();
    }
}

#[test]
fn a_logout_on_loopback_is_for_an_authority_on_loopback() {
    let elsewhere = RegistrationPolicy { issuer_is_loopback: false, ..policy() };
    let check = |member: &str, uri: &str, policy: &RegistrationPolicy| {
        let mut body = json!({ "name": "it", "login": {} });
        body["login"][member] = json!(uri);
        let registration = serde_json::from_value(body).unwrap();
        DESK.with(|desk| checked("it".parse().unwrap(), registration, &desk.registry.now(), policy).map(drop))
    };
    for member in ["backchannel_logout_uri", "frontchannel_logout_uri"] {
        for uri in ["http://localhost:3000/logout", "https://127.0.0.1/logout", "http://[::1]:1/"] {
            check(member, uri, &policy()).unwrap();
            assert_eq!(check(member, uri, &elsewhere).unwrap_err().title, "a logout URI is on loopback");
        }
        check(member, "https://app.example/logout", &elsewhere).unwrap();
    }
    // A browser is sent to its own machine, not to the authority's.
    let redirect = json!({ "name": "it", "login": { "redirect_uris": ["http://localhost:3000/callback"] } });
    let redirect = serde_json::from_value(redirect).unwrap();
    DESK.with(|desk| checked("it".parse().unwrap(), redirect, &desk.registry.now(), &elsewhere).map(drop))
        .unwrap();
}

#[test]
fn http_is_for_loopback_and_for_the_one_host_that_was_named() {
    let named = RegistrationPolicy { insecure_host: Some("web:3000".parse().unwrap()), ..policy() };
    let members =
        ["redirect_uris", "post_logout_redirect_uris", "frontchannel_logout_uri", "backchannel_logout_uri"];
    for (uri, by_default, where_named) in [
        ("https://app.example/x", true, true),
        ("http://localhost:3000/x", true, true),
        ("http://web:3000/x", false, true),
        ("http://web:3001/x", false, false),
        ("http://web.example:3000/x", false, false),
        ("http://localhost.evil.example/x", false, false),
    ] {
        for member in members {
            let mut body = json!({ "name": "it", "login": {} });
            body["login"][member] = if member.ends_with("uris") { json!([uri]) } else { json!(uri) };
            for (policy, accepted) in [(policy(), by_default), (named.clone(), where_named)] {
                let registration = serde_json::from_value(body.clone()).unwrap();
                let checked = DESK
                    .with(|desk| checked("it".parse().unwrap(), registration, &desk.registry.now(), &policy));
                match checked {
                    Ok(_) => assert!(accepted, "{member} {uri}"),
                    Err(why) => {
                        assert!(!accepted, "{member} {uri}: {why}");
                        assert_eq!(why.title, "an address of the client is insecure");
                    }
                }
            }
        }
    }
}

#[test]
fn no_name_is_both_a_clients_and_an_apis() {
    DESK.with(|desk| {
        let client = with_login(|_| ()).unwrap();
        desk.put_client(client.clone());
        let api = json!({ "audience": client.id, "scopes": [] });
        let refused = checked_api(serde_json::from_value(api).unwrap(), &desk.registry.now()).unwrap_err();
        assert_eq!(refused.title, "the audience is taken");
    });
}
