use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use helseid_client::{Client, RetryPolicy, SharedKey};
use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit, with_local_recorder,
};

use crate::shared::Store;
use crate::world::{Reply, config, granted, in_time, refused, unauthorized, use_nonce, with_key, world};

/// What was measured: counters and gauges by their value, histograms by how often.
#[derive(Clone, Default)]
struct Measured(Arc<Mutex<BTreeMap<String, f64>>>);

struct One {
    name: String,
    all: Measured,
}

impl One {
    fn change(&self, change: impl FnOnce(&mut f64)) {
        change(self.all.0.lock().unwrap().entry(self.name.clone()).or_default());
    }
}

impl CounterFn for One {
    fn increment(&self, by: u64) {
        self.change(|value| *value += by as f64);
    }
    fn absolute(&self, to: u64) {
        self.change(|value| *value = to as f64);
    }
}

impl GaugeFn for One {
    fn increment(&self, by: f64) {
        self.change(|value| *value += by);
    }
    fn decrement(&self, by: f64) {
        self.change(|value| *value -= by);
    }
    fn set(&self, to: f64) {
        self.change(|value| *value = to);
    }
}

impl HistogramFn for One {
    fn record(&self, _: f64) {
        self.change(|value| *value += 1.0);
    }
}

impl Measured {
    fn has(&self, name: &str) -> bool {
        self.0.lock().unwrap().contains_key(name)
    }

    fn one(&self, key: &Key) -> Arc<One> {
        let labels: String = key.labels().map(|label| format!(" {}", label.value())).collect();
        let name = key.name().trim_start_matches("helseid_client_");
        Arc::new(One { name: format!("{name}{labels}"), all: self.clone() })
    }
}

impl Recorder for Measured {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.one(key))
    }
    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.one(key))
    }
    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.one(key))
    }
}

#[test]
fn each_metric_of_the_table_is_measured_where_it_says() {
    let measured = Measured::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    with_local_recorder(&measured, || {
        runtime.block_on(async {
            share(&measured).await;
            walk().await;
        });
    });
    let seen: Vec<_> =
        measured.0.lock().unwrap().iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(
        seen,
        [
            "clock_offset_seconds: 300",
            "key_expiry_timestamp_seconds: 1796083200",
            "nonce_retries_total api: 1",
            "nonce_retries_total authority: 1",
            "outage_seconds: 0",
            "shared_cache_total failed: 2",
            "shared_cache_total hit: 3",
            "shared_cache_total miss: 2",
            "token_cache_hits_total: 3",
            "token_renewals_total failed: 1",
            "token_renewals_total granted: 1",
            "token_request_seconds: 7",
            "token_requests_total failed: 1",
            "token_requests_total granted: 5",
            "token_requests_total refused: 2",
        ]
    );
}

/// Three clients that share: one that fetches, one that finds it, one whose store is away; then the end of a key, and a
/// renewal that is refused.
async fn share(measured: &Measured) {
    let world = world().await;
    let (store, away) = (Store::default(), Store::away());
    let key = config(&world.address).key;
    let client = |store| {
        let client = Client::builder(with_key(&world.address, key.clone())).clock(world.clock.clone());
        let client = client.prove_with_client_key().retry(RetryPolicy::new(0, Duration::ZERO));
        client.shared_cache(store, SharedKey::new(&[1; 32])).build().unwrap()
    };
    world.authority.will([granted("third", 600)]);
    for store in [store.clone(), store.clone(), away] {
        client(store).token().await.unwrap();
    }
    let listed = r#"[{"kid":"test","expiration":"2026-12-01T00:00:00Z"}]"#;
    world.api.will([Reply::Plain(200, Vec::new(), listed.into())]);
    let client = client(store);
    assert!(client.check_key_expiry(Duration::ZERO).await.unwrap().is_some());
    client.token().await.unwrap();
    world.authority.will([refused(400, "invalid_client")]);
    world.clock.forward(520);
    client.token().await.unwrap();
    in_time(async {
        while !measured.has("token_renewals_total failed") {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// A refusal; a token through a nonce and a fault; a call through a nonce; a renewal.
async fn walk() {
    let world = world().await;
    let client = world.client_with(|builder| builder.retry(RetryPolicy::new(1, Duration::ZERO)));
    world.authority.will([refused(400, "invalid_client")]);
    client.token().await.expect_err("refused");
    let date = vec![("date", "Mon, 21 Sep 2026 14:27:00 GMT")];
    let body = r#"{"access_token":"second","expires_in":600,"token_type":"DPoP"}"#;
    world.authority.will([
        Reply::Plain(502, Vec::new(), "<html>".into()),
        use_nonce("n1"),
        granted("first", 600),
        Reply::Plain(200, date, body.into()),
    ]);
    world.api.will([
        unauthorized(r#"DPoP error="use_dpop_nonce""#, Some("n2")),
        Reply::Plain(200, Vec::new(), String::new()),
    ]);
    client.get(&world.api_url()).send().await.unwrap();
    world.clock.forward(520);
    client.token().await.unwrap();
    world.authority.was_asked(5).await;
    in_time(async {
        while client.clock_offset_seconds() != Some(300) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    tokio::task::yield_now().await;
}
