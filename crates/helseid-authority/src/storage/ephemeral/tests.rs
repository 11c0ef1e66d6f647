//! What every implementation promises, by one suite; then what each alone must do.

use std::sync::Arc;

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::time::Timestamp;

use super::{Claim, Fleeting, Lived, Memory, Unavailable, Use, UsedUp, Uses};

pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_790_000_000);

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW.seconds() + seconds)
}

pub(super) fn id(n: u32) -> ReplayId {
    ReplayId::of(&MacKey::new(&[7; 32]), &[&n.to_be_bytes()])
}

fn once(n: u32, end: Timestamp) -> Use {
    Use { id: id(n), end }
}

async fn keeps_its_promises(fleeting: Arc<dyn Fleeting>) {
    assert_eq!(fleeting.usable(NOW), Ok(()));
    assert_eq!(fleeting.claim(once(1, at(60)), NOW).await, Ok(Claim::First));
    assert_eq!(fleeting.claim(once(1, at(60)), NOW).await, Ok(Claim::Again));
    assert_eq!(fleeting.claim(once(2, at(60)), NOW).await, Ok(Claim::First));

    let lived = |value| Lived { value, end: at(60), now: NOW };
    assert_eq!(fleeting.get(id(3), NOW).await, Ok(None));
    fleeting.put(id(3), lived(b"one")).await.unwrap();
    fleeting.put(id(3), lived(b"two")).await.unwrap();
    assert_eq!(fleeting.get(id(3), NOW).await, Ok(Some(b"two".to_vec())));
    assert_eq!(fleeting.take(id(3), NOW).await, Ok(Some(b"two".to_vec())));
    assert_eq!(fleeting.take(id(3), NOW).await, Ok(None));
    // What has ended already is no first.
    assert_eq!(fleeting.claim(once(9, at(-10)), NOW).await, Err(Unavailable::Forgotten));
    // A claim and a value of one name are no neighbours.
    assert_eq!(fleeting.claim(once(3, at(60)), NOW).await, Ok(Claim::First));

    let uses =
        |assertion, proof| Uses { assertion: once(assertion, at(60)), proof: Some(once(proof, at(60))) };
    let used = |assertion, proof, noted| Ok(UsedUp { assertion, proof, noted });
    assert_eq!(fleeting.use_up(uses(4, 5), NOW).await, used(Claim::First, Claim::First, false));
    assert_eq!(fleeting.use_up(uses(4, 6), NOW).await, used(Claim::Again, Claim::First, false));
    assert_eq!(fleeting.use_up(uses(7, 6), NOW).await, used(Claim::First, Claim::Again, false));
    fleeting.put(id(8), lived(b"noted")).await.unwrap();
    let alone = Uses { assertion: once(8, at(60)), proof: None };
    assert_eq!(fleeting.use_up(alone, NOW).await, used(Claim::First, Claim::First, true));
    assert_eq!(fleeting.use_up(alone, NOW).await, used(Claim::Again, Claim::First, true));

    for round in 10..60 {
        fleeting.put(id(round), lived(b"once")).await.unwrap();
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let fleeting = fleeting.clone();
            racers.spawn(async move {
                let claimed = fleeting.claim(once(1_000 + round, at(60)), NOW).await.unwrap();
                (claimed, fleeting.take(id(round), NOW).await.unwrap())
            });
        }
        let outcomes = racers.join_all().await;
        assert_eq!(outcomes.iter().filter(|(claim, _)| *claim == Claim::First).count(), 1, "{round}");
        assert_eq!(outcomes.iter().filter(|(_, taken)| taken.is_some()).count(), 1, "{round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_keeps_its_promises() {
    keeps_its_promises(Arc::new(Memory::default())).await;
}

#[cfg(feature = "service-tests")]
mod redis {
    use std::time::Duration;

    use helseid_http::RedisServer;
    use helseid_test_services::{Redis as Server, Stop};

    use super::*;
    use crate::storage::ephemeral::{Epoch, Redis};
    use crate::storage::registry::{Sqlite, Store};

    const CLOSED: Duration = Duration::from_secs(91);

    async fn open(server: &Server, store: Arc<dyn Store>) -> Redis {
        let clock = Arc::new(|| NOW);
        Redis::open(RedisServer::parse(&server.url()).unwrap(), Epoch { store, clock, closed: CLOSED })
            .await
            .unwrap_or_else(|why| panic!("{why}"))
    }

    async fn store() -> Arc<dyn Store> {
        Arc::new(Sqlite::in_memory().await.unwrap())
    }

    /// Waits until `fleeting` says this of itself, but not for ever.
    async fn becomes(fleeting: &dyn Fleeting, expected: Result<(), Unavailable>) {
        let wait = async {
            while fleeting.usable(NOW) != expected {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(120), wait).await;
        waited.unwrap_or_else(|_| panic!("expected {expected:?}, got {:?}", fleeting.usable(NOW)));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn redis_keeps_its_promises() {
        let server = Server::start().unwrap();
        keeps_its_promises(Arc::new(open(&server, store().await).await)).await;
    }

    #[tokio::test]
    async fn of_one_id_at_replicas_whose_clocks_differ_one_claim_is_the_first() {
        let (server, store) = (Server::start().unwrap(), store().await);
        let replicas = [open(&server, store.clone()).await, open(&server, store).await];
        let client = ::redis::Client::open(server.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        for (n, (one, other)) in [(0, 0), (10, 0), (0, 10), (71, -10), (-10, 75)].into_iter().enumerate() {
            // Each at a time of its own: what is told apart here are replicas, not clocks that went back.
            let start = i64::try_from(n).unwrap() * 1000;
            let (at, end) = (|seconds| at(start + seconds), at(start + 81));
            let n = u32::try_from(n).unwrap();
            assert_eq!(replicas[0].claim(once(n, end), at(one)).await, Ok(Claim::First), "{one}");
            // For as long as another may take it, and the way there.
            let names: Vec<String> =
                ::redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
            assert_eq!(names.len(), 1);
            let left: i64 = ::redis::cmd("PTTL").arg(&names).query_async(&mut connection).await.unwrap();
            assert!(left > (81 - one + 4) * 1000, "{left}");
            assert_eq!(replicas[1].claim(once(n, end), at(other)).await, Ok(Claim::Again), "{other}");
            assert_eq!(replicas[1].claim(once(n, end), at(81)).await, Err(Unavailable::Forgotten));
            ::redis::cmd("FLUSHALL").exec_async(&mut connection).await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_redis_forgets_before_a_clock_that_was_ahead_has_come_there_again_is_not_taken_twice() {
        let (server, store) = (Server::start().unwrap(), store().await);
        let redis = open(&server, store).await;
        let client = ::redis::Client::open(server.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let uses = |n, end| Uses { assertion: once(n, end), proof: Some(once(n + 1, end)) };
        // An hour ahead, and ids that end soon.
        let ahead = at(3600);
        assert_eq!(redis.claim(once(1, at(3602)), ahead).await, Ok(Claim::First));
        assert!(redis.use_up(uses(2, at(3622)), ahead).await.is_ok());
        // Redis forgets them in less than half a minute, and not in an hour.
        let names: Vec<String> = ::redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
        assert_eq!(names.len(), 3);
        for name in &names {
            let left: i64 = ::redis::cmd("PTTL").arg(name).query_async(&mut connection).await.unwrap();
            assert!(left < 30_000, "{left}");
            ::redis::cmd("DEL").arg(name).exec_async(&mut connection).await.unwrap();
        }
        // The clock is put right, and comes there again.
        for now in [at(40), at(3590)] {
            assert_eq!(redis.claim(once(1, at(3602)), now).await, Err(Unavailable::Forgotten));
            assert_eq!(redis.use_up(uses(2, at(3622)), now).await, Err(Unavailable::Forgotten));
            assert_eq!(
                redis.use_up(uses(4, now.plus(CLOSED)), now).await.map(|used| used.proof),
                Ok(Claim::First)
            );
            ::redis::cmd("FLUSHALL").exec_async(&mut connection).await.unwrap();
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn after_a_restart_nothing_is_taken_until_what_may_be_forgotten_has_expired() {
        let (mut server, store) = (Server::start().unwrap(), store().await);
        let (one, two) = (open(&server, store.clone()).await, open(&server, store.clone()).await);
        assert_eq!(one.claim(once(1, at(60)), NOW).await, Ok(Claim::First));
        for how in [Stop::Kill, Stop::Orderly] {
            server.stop(how);
            becomes(&one, Err(Unavailable::Away)).await;
            assert_eq!(one.claim(once(2, at(60)), NOW).await, Err(Unavailable::Away));
            server.start_again().unwrap();
            for replica in [&one, &two] {
                becomes(replica, Err(Unavailable::Closed)).await;
                assert_eq!(replica.claim(once(1, at(60)), NOW).await, Err(Unavailable::Closed));
            }
        }
        // A replica that starts after the restart knows of it, too, and so does the end of the pause.
        let late = open(&server, store).await;
        assert_eq!(late.claim(once(1, at(60)), NOW).await, Err(Unavailable::Closed));
        let after = NOW.plus(CLOSED);
        for replica in [&one, &two, &late] {
            assert_eq!(replica.usable(after), Ok(()));
        }
        assert_eq!(late.claim(once(9, after.plus(CLOSED)), after).await, Ok(Claim::First));
        assert_eq!(one.claim(once(9, after.plus(CLOSED)), after).await, Ok(Claim::Again));
    }

    #[tokio::test]
    async fn a_redis_that_drops_keys_when_it_is_full_is_not_used() {
        let server = Server::start().unwrap();
        let client = ::redis::Client::open(server.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        for (name, value) in [("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")] {
            ::redis::cmd("CONFIG").arg(&["SET", name, value]).exec_async(&mut connection).await.unwrap();
        }
        let epoch = Epoch { store: store().await, clock: Arc::new(|| NOW), closed: CLOSED };
        let refused =
            Redis::open(RedisServer::parse(&server.url()).unwrap(), epoch).await.err().expect("it forgets");
        assert!(refused.to_string().contains("allkeys-lru"), "{refused}");
    }
}
