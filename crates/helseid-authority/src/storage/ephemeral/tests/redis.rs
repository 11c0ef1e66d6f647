//! A real Redis, which `cargo xtask test` starts.

use std::time::Duration;

use helseid_http::RedisServer;
use helseid_test_services::{Redis as Server, Stop};

use super::*;
use crate::storage::ephemeral::{Epoch, Redis};
use crate::storage::registry::{Sqlite, Store};
use crate::storage::sealing::{EntrySealer, SharedSecret};

const CLOSED: Duration = Duration::from_secs(91);

/// The sealer of replicas with these secrets, the newest first.
fn sealer(secrets: &[&str]) -> EntrySealer {
    let lines: Vec<_> = secrets.iter().map(|letter| letter.repeat(43)).collect();
    SharedSecret::parse(&lines.join("\n")).unwrap().ephemeral_sealer()
}

async fn open_with(server: &Server, store: Arc<dyn Store>, sealer: EntrySealer) -> Arc<Redis> {
    let epoch = Epoch { store, clock: Arc::new(|| NOW), closed: CLOSED };
    let server = RedisServer::parse(&server.url()).unwrap();
    Arc::new(Redis::open(server, epoch, sealer).await.unwrap_or_else(|why| panic!("{why}")))
}

async fn open(server: &Server, store: Arc<dyn Store>) -> Arc<dyn EphemeralStore> {
    open_with(server, store, sealer(&["A"])).await
}

async fn store() -> Arc<dyn Store> {
    Arc::new(Sqlite::in_memory().await.unwrap())
}

async fn connection(server: &Server) -> ::redis::aio::MultiplexedConnection {
    let client = ::redis::Client::open(server.url()).unwrap();
    client.get_multiplexed_async_connection().await.unwrap()
}

/// Every name in this Redis.
async fn names(connection: &mut ::redis::aio::MultiplexedConnection) -> Vec<String> {
    ::redis::cmd("KEYS").arg("*").query_async(connection).await.unwrap()
}

/// Waits until the store says this of itself, but not for ever.
async fn becomes(store: &dyn EphemeralStore, expected: Result<(), Unavailable>) {
    let wait = async {
        while store.usable(NOW) != expected {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(120), wait).await;
    waited.unwrap_or_else(|_| panic!("expected {expected:?}, got {:?}", store.usable(NOW)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_its_promises() {
    let (server, store) = (Server::start().unwrap(), store().await);
    keeps_its_promises([open(&server, store.clone()).await, open(&server, store).await]).await;
}

#[tokio::test]
async fn redis_holds_no_plaintext_and_no_name_tells_what_it_is_the_name_of() {
    let (server, store) = (Server::start().unwrap(), store().await);
    let redis = open(&server, store).await;
    let named = Key::new(&hash_key(), Namespace::Interaction, &[b"a plain name"]);
    assert_eq!(
        write(&redis, Write::put(named, in_group("plain text", "a plain group"))).await,
        Applied::Done
    );
    assert_eq!(write(&redis, Write::put(key(1), entry("plain text"))).await, Applied::Done);
    assert!(redis.claim(once(1), NOW).await.is_ok());
    let mut connection = connection(&server).await;
    let names = names(&mut connection).await;
    assert_eq!(names.len(), 4, "two entries, a group and an id: {names:?}");
    for name in names {
        assert!(!name.contains("plain"), "{name}");
        let raw: Vec<u8> = ::redis::cmd("DUMP").arg(&name).query_async(&mut connection).await.unwrap();
        assert!(!String::from_utf8_lossy(&raw).contains("plain"), "{name}");
    }
}

#[tokio::test]
async fn a_value_opens_under_its_own_key_alone_and_not_beyond_its_end() {
    let (server, store) = (Server::start().unwrap(), store().await);
    let redis = open(&server, store).await;
    let (mut connection, other) = (connection(&server).await, key(2));
    let interaction = Key::new(&hash_key(), Namespace::Interaction, &[b"1"]);
    assert_eq!(write(&redis, Write::put(key(1), entry("mine"))).await, Applied::Done);
    for moved in [other, interaction] {
        let copy = ::redis::cmd("COPY").arg(key(1).name()).arg(moved.name()).clone();
        copy.exec_async(&mut connection).await.unwrap();
        assert_eq!(text_of(&redis, moved).await, None);
        assert_eq!(redis.take(moved, NOW).await, Ok(None));
    }
    // For a redemption it is not there, either, whether it would be taken or is required.
    let outcome = async |takes: &[Key], requires: &[Key], now| {
        let redemption = Redemption { takes, requires, ..Redemption::of(&[]) };
        redis.redeem(redemption, now).await.map(|redeemed| redeemed.outcome)
    };
    for (takes, requires, absent) in
        [(&[other][..], &[][..], 0), (&[], &[other], 0), (&[], &[key(1), other], 1)]
    {
        ::redis::cmd("SET").arg(other.name()).arg("made up").exec_async(&mut connection).await.unwrap();
        assert_eq!(outcome(takes, requires, NOW).await, Ok(Outcome::Absent(absent)));
    }
    // Somebody has Redis keep it for ever.
    ::redis::cmd("PERSIST").arg(key(1).name()).exec_async(&mut connection).await.unwrap();
    assert!(redis.get(key(1), at(3_599)).await.unwrap().is_some());
    assert_eq!(redis.get(key(1), END).await, Ok(None));
    assert_eq!(outcome(&[], &[key(1)], at(3_599)).await, Ok(Outcome::Done(vec![])));
    assert_eq!(outcome(&[], &[key(1)], END).await, Ok(Outcome::Absent(0)));
}

#[tokio::test]
async fn a_value_that_an_older_secret_sealed_opens_while_that_is_given() {
    let (server, store) = (Server::start().unwrap(), store().await);
    let old: Arc<dyn EphemeralStore> = open(&server, store.clone()).await;
    assert_eq!(write(&old, Write::put(key(1), entry("mine"))).await, Applied::Done);
    let both: Arc<dyn EphemeralStore> = open_with(&server, store.clone(), sealer(&["E", "A"])).await;
    assert_eq!(text_of(&both, key(1)).await.as_deref(), Some("mine"));
    let new: Arc<dyn EphemeralStore> = open_with(&server, store, sealer(&["E"])).await;
    assert_eq!(text_of(&new, key(1)).await, None);
}

#[tokio::test]
async fn of_one_id_at_replicas_whose_clocks_differ_one_claim_is_the_first() {
    let (server, store) = (Server::start().unwrap(), store().await);
    let replicas = [open(&server, store.clone()).await, open(&server, store).await];
    let mut connection = connection(&server).await;
    for (n, (one, other)) in [(0, 0), (10, 0), (0, 10), (71, -10), (-10, 75)].into_iter().enumerate() {
        // Each at a time of its own: what is told apart here are replicas, not clocks that went back.
        let start = i64::try_from(n).unwrap() * 1000;
        let at = |seconds| at(start + seconds);
        let one_use = OneTimeUse { end: at(81), ..once(u32::try_from(n).unwrap()) };
        assert_eq!(replicas[0].claim(one_use, at(one)).await, Ok(FirstUse::Yes), "{one}");
        // For as long as another may take it, and the way there.
        let names = names(&mut connection).await;
        assert_eq!(names.len(), 1);
        let left: i64 = ::redis::cmd("PTTL").arg(&names).query_async(&mut connection).await.unwrap();
        assert!(left > (81 - one + 4) * 1000, "{left}");
        assert_eq!(replicas[1].claim(one_use, at(other)).await, Ok(FirstUse::No), "{other}");
        assert_eq!(replicas[1].claim(one_use, at(81)).await, Err(Unavailable::Forgotten));
        ::redis::cmd("FLUSHALL").exec_async(&mut connection).await.unwrap();
    }
}

#[tokio::test]
async fn what_redis_forgets_before_a_clock_that_was_ahead_has_come_there_again_is_not_taken_twice() {
    let (server, store) = (Server::start().unwrap(), store().await);
    let redis = open(&server, store).await;
    let mut connection = connection(&server).await;
    let both = |n, end| [OneTimeUse { end, ..once(n) }, OneTimeUse { end, ..once(n + 1) }];
    let outcome = async |uses: &[OneTimeUse], now| {
        redis.redeem(Redemption::of(uses), now).await.map(|redeemed| redeemed.outcome)
    };
    // An hour ahead, and ids that end soon.
    let ahead = at(3600);
    assert_eq!(redis.claim(OneTimeUse { end: at(3602), ..once(1) }, ahead).await, Ok(FirstUse::Yes));
    assert_eq!(outcome(&both(2, at(3622)), ahead).await, Ok(Outcome::Done(vec![])));
    // Redis forgets them in less than half a minute, and not in an hour.
    let names = names(&mut connection).await;
    assert_eq!(names.len(), 3);
    for name in &names {
        let left: i64 = ::redis::cmd("PTTL").arg(name).query_async(&mut connection).await.unwrap();
        assert!(left < 30_000, "{left}");
        ::redis::cmd("DEL").arg(name).exec_async(&mut connection).await.unwrap();
    }
    // The clock is put right, and comes there again.
    for now in [at(40), at(3590)] {
        let again = redis.claim(OneTimeUse { end: at(3602), ..once(1) }, now).await;
        assert_eq!(again, Err(Unavailable::Forgotten));
        assert_eq!(outcome(&both(2, at(3622)), now).await, Err(Unavailable::Forgotten));
        assert_eq!(outcome(&both(4, now.plus(CLOSED)), now).await, Ok(Outcome::Done(vec![])));
        ::redis::cmd("FLUSHALL").exec_async(&mut connection).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_nothing_is_taken_until_what_may_be_forgotten_has_expired() {
    let (mut server, store) = (Server::start().unwrap(), store().await);
    let (one, two) = (open(&server, store.clone()).await, open(&server, store.clone()).await);
    assert_eq!(one.claim(once(1), NOW).await, Ok(FirstUse::Yes));
    for how in [Stop::Kill, Stop::Orderly] {
        server.stop(how);
        becomes(&*one, Err(Unavailable::Away)).await;
        assert_eq!(one.claim(once(2), NOW).await, Err(Unavailable::Away));
        assert_eq!(one.get(key(1), NOW).await, Err(Unavailable::Away));
        let put = Write::if_absent(key(1), in_group("text", "group"));
        assert_eq!(one.write(put, NOW).await, Err(Unavailable::Away));
        assert_eq!(one.end_group(group("group"), at(60), NOW).await, Err(Unavailable::Away));
        server.start_again().unwrap();
        for replica in [&one, &two] {
            becomes(&**replica, Err(Unavailable::Closed)).await;
            assert_eq!(replica.claim(once(1), NOW).await, Err(Unavailable::Closed));
        }
    }
    // Entries need no pause: those that were lost are not there.
    assert_eq!(write(&one, Write::if_absent(key(1), in_group("text", "group"))).await, Applied::Done);
    assert_eq!(text_of(&two, key(1)).await.as_deref(), Some("text"));
    // A replica that starts after the restart knows of it, too, and so does the end of the pause.
    let late = open(&server, store).await;
    assert_eq!(late.claim(once(1), NOW).await, Err(Unavailable::Closed));
    let after = NOW.plus(CLOSED);
    for replica in [&one, &two, &late] {
        assert_eq!(replica.usable(after), Ok(()));
    }
    let later = OneTimeUse { end: after.plus(CLOSED), ..once(9) };
    assert_eq!(late.claim(later, after).await, Ok(FirstUse::Yes));
    assert_eq!(one.claim(later, after).await, Ok(FirstUse::No));
}

#[tokio::test]
async fn a_redis_that_is_full_refuses_and_has_written_nothing() {
    let (server, store) = (Server::start().unwrap(), store().await);
    let redis = open(&server, store).await;
    let mut connection = connection(&server).await;
    assert_eq!(write(&redis, Write::put(key(1), entry("code"))).await, Applied::Done);
    ::redis::cmd("CONFIG").arg(&["SET", "maxmemory", "1"]).exec_async(&mut connection).await.unwrap();
    let (uses, takes) = ([once(1), once(2)], [key(1)]);
    let redemption = Redemption { takes: &takes, ..Redemption::of(&uses) };
    assert_eq!(redis.redeem(redemption, NOW).await, Err(Unavailable::Full));
    let put = Write::if_absent(key(2), in_group("text", "group"));
    assert_eq!(redis.write(put, NOW).await, Err(Unavailable::Full));
    ::redis::cmd("CONFIG").arg(&["SET", "maxmemory", "0"]).exec_async(&mut connection).await.unwrap();
    assert_eq!(names(&mut connection).await, [key(1).name()]);
}

#[tokio::test]
async fn a_group_is_ended_whole_also_in_a_redis_that_is_full() {
    let (server, store) = (Server::start().unwrap(), store().await);
    let redis = open(&server, store).await;
    let mut connection = connection(&server).await;
    let put = Write::put(key(1), in_group("text", "group"));
    assert_eq!(write(&redis, put.clone()).await, Applied::Done);
    ::redis::cmd("CONFIG").arg(&["SET", "maxmemory", "1"]).exec_async(&mut connection).await.unwrap();
    for name in ["group", "another group"] {
        assert_eq!(redis.end_group(group(name), at(60), NOW).await, Ok(()), "{name}");
    }
    ::redis::cmd("CONFIG").arg(&["SET", "maxmemory", "0"]).exec_async(&mut connection).await.unwrap();
    assert_eq!(text_of(&redis, key(1)).await, None);
    for name in ["group", "another group"] {
        let late = Write::put(key(2), in_group("late", name));
        assert_eq!(write(&redis, late).await, Applied::Conflict, "{name}");
    }
}

#[tokio::test]
async fn a_redis_that_drops_keys_when_it_is_full_is_not_used() {
    let server = Server::start().unwrap();
    let mut connection = connection(&server).await;
    for (name, value) in [("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")] {
        ::redis::cmd("CONFIG").arg(&["SET", name, value]).exec_async(&mut connection).await.unwrap();
    }
    let epoch = Epoch { store: store().await, clock: Arc::new(|| NOW), closed: CLOSED };
    let server = RedisServer::parse(&server.url()).unwrap();
    let refused = Redis::open(server, epoch, sealer(&["A"])).await.err().expect("it forgets");
    assert!(refused.to_string().contains("allkeys-lru"), "{refused}");
}
