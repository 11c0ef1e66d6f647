//! What is counted, by reason.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use helseid_api::test_util::Broken;
use helseid_api::{Claim, Claimed, KeysUnavailable, MaybeReady, MemoryReplayGuard, ProofUse, ReplayGuard};
use helseid_protocol::id::KeyId;
use helseid_protocol::jose::Algorithm;
use http::Request;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use crate::world::{World, answer, ask, routes};

/// Counters of the requests that run during it.
#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<String, Arc<AtomicU64>>>);

impl Counts {
    pub(crate) fn during(&self, what: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        metrics::with_local_recorder(self, || runtime.block_on(what));
    }

    pub(crate) fn of(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let counts = self.0.lock().unwrap();
        counts.get(&format!("{name}{labels:?}")).map_or(0, |count| count.load(Ordering::SeqCst))
    }
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = format!("{}{labels:?}", key.name());
        Counter::from_arc(self.0.lock().unwrap().entry(name).or_default().clone())
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// Says the same of every proof.
struct Always(Claim);

impl ReplayGuard for Always {
    fn claim(&self, _: ProofUse) -> Claimed<'_> {
        MaybeReady::ready(self.0)
    }
}

struct NoKeys;

impl helseid_api::KeySource for NoKeys {
    fn find<'a>(&'a self, _: &'a KeyId, _: Algorithm) -> helseid_api::Found<'a> {
        MaybeReady::ready(Err(KeysUnavailable("away".into())))
    }
}

#[test]
fn each_reason_is_counted_under_its_name() {
    let (world, counts) = (World::new(), Counts::default());
    counts.during(async {
        let router = world.router_with(|builder| builder.replay_guard(MemoryReplayGuard::new(1)));
        ask(&router, Request::get("/who").body(Body::empty()).unwrap()).await;
        for broken in Broken::ALL {
            answer(&router, &world.sent().broken(broken)).await;
        }
        // One proof fits in; the next finds no room.
        answer(&router, &world.sent()).await;
        answer(&router, &world.sent()).await;
        answer(&world.router_with(|builder| builder.keys(NoKeys)), &world.sent()).await;
        for claim in [Claim::Away, Claim::Forgotten] {
            answer(&world.router_with(|builder| builder.replay_guard(Always(claim))), &world.sent()).await;
        }
        answer(&routes(), &world.sent()).await;
    });
    let refused = |reason: &str| counts.of("helseid_api_refused_total", &[("reason", reason)]);
    for broken in Broken::ALL {
        let same = Broken::ALL.iter().filter(|other| other.rule() == broken.rule()).count();
        assert_eq!(refused(broken.rule().id()), same as u64, "{broken:?}");
    }
    for reason in [
        "no_credentials",
        "replay_full",
        "replay_away",
        "replay_forgotten",
        "keys_unavailable",
        "unprotected",
    ] {
        assert_eq!(refused(reason), 1, "{reason}");
    }
    assert_eq!(counts.of("helseid_api_admitted_total", &[("scheme", "DPoP"), ("seen", "false")]), 1);
}
