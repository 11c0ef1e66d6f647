use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use helseid_client::protocol::jose::PrivateJwk;
use helseid_client::{
    Client, ErrorKind, KeyLocation, SharedKey, SharedStore, StoreError, Stored, TokenRequest,
};

use crate::world::{Reply, World, granted, in_time, key, unauthorized, with_key, world};

/// What two processes share, in this one.
#[derive(Clone, Default)]
pub(crate) struct Store {
    values: Arc<Mutex<HashMap<String, Vec<u8>>>>,
    away: bool,
}

impl Store {
    /// One that never answers as it should.
    pub(crate) fn away() -> Self {
        Self { away: true, ..Self::default() }
    }

    fn each(&self, change: impl Fn(&mut Vec<u8>)) {
        self.values.lock().unwrap().values_mut().for_each(change);
    }

    fn len(&self) -> usize {
        self.values.lock().unwrap().len()
    }
}

impl SharedStore for Store {
    fn get<'a>(&'a self, place: &'a str) -> Stored<'a, Option<Vec<u8>>> {
        let value = self.values.lock().unwrap().get(place).cloned();
        Box::pin(std::future::ready(if self.away { Err(StoreError::new("away")) } else { Ok(value) }))
    }

    fn put<'a>(&'a self, place: &'a str, sealed: Vec<u8>, _: Duration) -> Stored<'a, ()> {
        self.values.lock().unwrap().insert(place.to_owned(), sealed);
        Box::pin(std::future::ready(if self.away { Err(StoreError::new("away")) } else { Ok(()) }))
    }
}

/// Clients of one key, as in several processes; their keys seal with `seal`.
struct Processes<'a> {
    world: &'a World,
    key: KeyLocation,
    store: Store,
}

impl Processes<'_> {
    fn start(&self, seal: u8) -> Client {
        Client::builder(with_key(&self.world.address, self.key.clone()))
            .clock(self.world.clock.clone())
            .prove_with_client_key()
            .shared_cache(self.store.clone(), SharedKey::new(&[seal; 32]))
            .build()
            .unwrap()
    }
}

fn processes(world: &World, store: Store) -> Processes<'_> {
    world.authority.will([granted("first", 600), granted("second", 600), granted("third", 600)]);
    Processes { world, key: KeyLocation::Text(key("shared").to_json()), store }
}

async fn token(client: &Client) -> String {
    client.token().await.unwrap().access_token().expose().to_owned()
}

#[tokio::test]
async fn one_process_fetches_and_the_others_take_what_it_got() {
    let world = world().await;
    let processes = processes(&world, Store::default());
    let (one, two) = (processes.start(1), processes.start(1));
    assert_eq!([token(&one).await, token(&two).await], ["first", "first"]);
    assert_eq!(world.authority.count(), 1);
    let (mine, theirs) = (one.token().await.unwrap(), two.token().await.unwrap());
    assert_eq!((mine.expires(), mine.scope()), (theirs.expires(), theirs.scope()));
}

#[tokio::test]
async fn what_lies_in_the_store_tells_nothing() {
    let world = world().await;
    let processes = processes(&world, Store::default());
    token(&processes.start(1)).await;
    let values = processes.store.values.lock().unwrap();
    let (place, sealed) = values.iter().next().unwrap();
    let text = format!("{place}{}", String::from_utf8_lossy(sealed));
    assert!(!text.contains("first") && !text.contains("access_token") && !text.contains("client"), "{text}");
}

#[tokio::test]
async fn a_token_is_renewed_by_one_process_for_all() {
    let world = world().await;
    let processes = processes(&world, Store::default());
    let (one, two) = (processes.start(1), processes.start(1));
    assert_eq!([token(&one).await, token(&two).await], ["first", "first"]);
    world.clock.forward(520);
    assert_eq!(token(&one).await, "first");
    for client in [&one, &two] {
        in_time(async {
            while token(client).await == "first" {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
    assert_eq!((token(&two).await.as_str(), world.authority.count()), ("second", 2));
}

#[tokio::test]
async fn a_value_of_another_key_or_a_changed_or_moved_one_is_not_taken() {
    let world = world().await;
    let processes = processes(&world, Store::default());
    assert_eq!(token(&processes.start(1)).await, "first");
    assert_eq!(token(&processes.start(2)).await, "second", "sealed with another key");
    processes.store.each(|sealed| *sealed.last_mut().unwrap() ^= 1);
    assert_eq!(token(&processes.start(2)).await, "third", "changed");

    let other = TokenRequest::default().resource("b".parse().unwrap());
    let client = processes.start(2);
    client.token_for(&other).await.unwrap();
    assert_eq!(processes.store.len(), 2);
    let moved = processes.store.values.lock().unwrap().values().next().unwrap().clone();
    processes.store.each(|sealed| sealed.clone_from(&moved));
    let before = world.authority.count();
    let late = processes.start(2);
    late.token().await.unwrap();
    late.token_for(&other).await.unwrap();
    assert_eq!(world.authority.count() - before, 1, "one of the two lies at another's place");
}

#[tokio::test]
async fn a_store_that_fails_costs_a_trip_and_no_call() {
    let world = world().await;
    let processes = processes(&world, Store::away());
    let client = processes.start(1);
    assert_eq!([token(&client).await, token(&client).await], ["first", "first"]);
    assert_eq!(world.authority.count(), 1);
}

#[tokio::test]
async fn a_token_that_an_api_refused_is_not_taken_from_the_store_again() {
    let world = world().await;
    let processes = processes(&world, Store::default());
    let client = processes.start(1);
    world.api.will([
        unauthorized(r#"DPoP error="invalid_token""#, None),
        Reply::Plain(200, Vec::new(), String::new()),
    ]);
    assert!(client.get(&world.api_url()).send().await.unwrap().status().is_success());
    assert_eq!(world.api.authorizations(), ["DPoP first", "DPoP second"]);
    assert_eq!(token(&processes.start(1)).await, "second", "the others get the new one");
}

#[tokio::test]
async fn clients_of_different_keys_share_nothing() {
    let world = world().await;
    let mut processes = processes(&world, Store::default());
    let one = processes.start(1);
    processes.key = KeyLocation::Text(key("other").to_json());
    let two = processes.start(1);
    assert_eq!([token(&one).await, token(&two).await], ["first", "second"]);
}

/// All of them have one key, one store and one seal.
#[tokio::test]
async fn clients_that_differ_in_id_issuer_or_proof_key_share_nothing() {
    let (here, elsewhere, proof) = (world().await, world().await, key("proof"));
    let processes = processes(&here, Store::default());
    elsewhere.authority.will([granted("elsewhere", 600)]);
    let at = |issuer: &str| with_key(issuer, processes.key.clone());
    let start = |config, proof: &PrivateJwk| {
        let client = Client::builder(config).clock(here.clock.clone()).prove_with(proof.clone());
        client.shared_cache(processes.store.clone(), SharedKey::new(&[1; 32])).build().unwrap()
    };
    assert_eq!(token(&start(at(&here.address), &proof)).await, "first");
    let mut another = at(&here.address);
    another.client_id = "another".parse().unwrap();
    assert_eq!(token(&start(another, &proof)).await, "second");
    assert_eq!(token(&start(at(&elsewhere.address), &proof)).await, "elsewhere");
    assert_eq!(token(&start(at(&here.address), &key("another proof"))).await, "third");
    assert_eq!(token(&start(at(&here.address), &proof)).await, "first", "and one of the same shares");
    assert_eq!((here.authority.count(), elsewhere.authority.count()), (3, 1));
}

#[test]
fn tokens_bound_to_a_key_of_one_process_are_not_shared() {
    let config = with_key("https://sts.example", KeyLocation::Text(key("a").to_json()));
    let builder = Client::builder(config).shared_cache(Store::default(), SharedKey::new(&[1; 32]));
    assert_eq!(builder.build().expect_err("of no use").kind(), ErrorKind::Configuration);
}

#[cfg(feature = "redis")]
mod redis {
    use helseid_client::RedisStore;

    use super::*;

    #[tokio::test]
    async fn a_redis_that_is_away_costs_a_trip_and_no_call() {
        let world = world().await;
        // Bound, so that nobody else gets it, and not listened on.
        let held = tokio::net::TcpSocket::new_v4().unwrap();
        held.bind((std::net::Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let away = held.local_addr().unwrap();
        let client = client(&world, &key("k").to_json(), &format!("redis://{away}"));
        assert_eq!(token(&client).await, "first");
    }

    #[cfg(feature = "service-tests")]
    #[tokio::test]
    async fn processes_share_through_redis() {
        let url = std::env::var("HELSEID_TEST_REDIS")
            .expect("HELSEID_TEST_REDIS names a Redis: cargo xtask test starts one");
        let world = world().await;
        world.authority.will([granted("first", 600), granted("second", 600)]);
        let key = key("redis").to_json();
        for _ in 0..3 {
            assert_eq!(token(&client(&world, &key, &url)).await, "first");
        }
        assert_eq!(world.authority.count(), 1);
    }

    #[test]
    fn an_address_that_is_none_is_refused_without_being_shown() {
        let error = RedisStore::new("http://user:secret@host").expect_err("no redis");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    fn client(world: &World, key: &helseid_client::protocol::secret::PrivateKeyText, url: &str) -> Client {
        Client::builder(with_key(&world.address, KeyLocation::Text(key.clone())))
            .clock(world.clock.clone())
            .prove_with_client_key()
            .shared_cache(RedisStore::new(url).unwrap(), SharedKey::new(&[1; 32]))
            .build()
            .unwrap()
    }
}
