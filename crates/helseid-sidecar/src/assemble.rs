//! Puts a sidecar together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use helseid_protocol::random::SystemRandom;
use helseid_protocol::time::Clock;
use tokio::sync::watch;

use crate::admitted::{AdmittedTokens, GateInRedis};
use crate::callers::{Callers, Hosts, require_own_host};
use crate::config::{Config, ProtectConfig, RedisUrl};
use crate::error::SidecarError;
use crate::inbound::{self, Gates};
use crate::listen::{DRAIN_TIME, Listener, serve};
use crate::metrics::{Metrics, count};
use crate::operations::{self, Counted};
use crate::outbound::{self, Ambient, Calls, Clients, Known};
use crate::outcomes::Outcomes;
use crate::refusal::Refusal;

/// How often tokens that are due are renewed, whether anybody calls or not.
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// A sidecar that is ready to be served.
///
/// ```no_run
/// # async fn example(config: helseid_sidecar::Config) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_sidecar::{Listener, Sidecar};
///
/// let listener = Listener::bind(config.listen()).await?;
/// let probes = match config.probe_listen() {
///     Some(listen) => Some(Listener::bind(&listen).await?),
///     None => None,
/// };
/// let stop = async { drop(std::future::pending::<()>().await) };
/// Sidecar::new(config)?.with_probes(probes).serve(listener, stop).await;
/// # Ok(()) }
/// ```
pub struct Sidecar {
    callers: Arc<Callers>,
    hosts: Vec<String>,
    calls: Arc<Calls>,
    gates: Arc<Gates>,
    outcomes: Arc<Outcomes>,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    probes: Option<Listener>,
}

impl Sidecar {
    /// Reads the keys of the clients. Nothing is sent: a sidecar starts while the authority is away.
    ///
    /// # Errors
    /// A key cannot be read.
    pub fn new(config: Config) -> Result<Self, SidecarError> {
        Self::with_clock(config, helseid_http::system_clock)
    }

    /// The same with a clock in place of the system's.
    ///
    /// # Errors
    /// A key cannot be read.
    pub fn with_clock(config: Config, clock: impl Clock) -> Result<Self, SidecarError> {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let ambient = Ambient { clock: clock.clone(), random: Arc::new(SystemRandom) };
        let metrics = Arc::new(Metrics::new());
        let outcomes = Arc::new(Outcomes::new(metrics.clone()));
        let clients = Clients {
            accounts: config.accounts.clients,
            apis: config.apis,
            callers: config.callers.count(),
            bearer: config.insecure_bearer_accounts,
            keys: config.keys,
            any_organisation: config.insecure_any_organisation,
            any_user_token: config.insecure_any_user_token,
        };
        let admitted = Arc::new(AdmittedTokens::new(clock.clone(), in_redis(&config.protects))?);
        let known = Known { outcomes: outcomes.clone(), admitted: admitted.clone() };
        let calls = Arc::new(Calls::new(clients, &ambient, known)?);
        let gates = Arc::new(Gates::new(config.protects, &clock, &admitted)?);
        Ok(Self {
            callers: Arc::new(config.callers),
            hosts: config.hosts,
            calls,
            gates,
            outcomes,
            metrics,
            clock,
            probes: None,
        })
    }

    /// Answers probes at `listener`, too, and nothing else there.
    #[must_use]
    pub fn with_probes(mut self, listener: Option<Listener>) -> Self {
        self.probes = listener;
        self
    }

    /// Serves until `stop` is there, and then ends what is under way, within 4 s: requests, and rotations of keys.
    pub async fn serve(mut self, listener: Listener, stop: impl Future<Output = ()>) {
        let hosts = listener.address().map_or_else(Hosts::default, |own| Hosts::of(own, &self.hosts));
        let probes = self.probes.take().map(|listener| {
            let router = operations::probes(self.outcomes.clone(), self.clock.clone());
            serve(listener, router.fallback(|| async { Refusal::not_found() }), std::future::pending())
        });
        let (calls, stops) = (self.calls.clone(), watch::Sender::new(false));
        let mut stopped = stops.subscribe();
        let stop = async move {
            stop.await;
            stops.send_replace(true);
        };
        let renewing = async {
            tokio::select! { () = renew(calls.clone()) => {}, _ = stopped.wait_for(|stopped| *stopped) => {} }
            calls.end_keys(DRAIN_TIME).await;
        };
        let all = async {
            let ((), ()) = tokio::join!(serve(listener, self.router(Arc::new(hosts)), stop), renewing);
        };
        // Probes are answered until the last of the others is, and no longer.
        match probes {
            None => all.await,
            Some(probes) => tokio::select! { () = all => {}, () = probes => {} },
        }
    }

    pub(crate) fn router(self, hosts: Arc<Hosts>) -> Router {
        let Self { callers, calls, gates, outcomes, metrics, clock, .. } = self;
        let counted = Counted { calls: calls.clone(), metrics: metrics.clone() };
        outbound::router(calls, &callers)
            .merge(inbound::router(gates, &callers))
            .merge(operations::probes(outcomes, clock))
            .merge(operations::metrics(counted, &callers))
            .merge(operations::openapi(&callers))
            .fallback(|| async { Refusal::not_found() })
            .layer(from_fn_with_state(hosts, require_own_host))
            .layer(from_fn_with_state(metrics, count))
            .layer(from_fn(outbound::refuse_tunnels))
    }
}

/// The gates that remember in a Redis.
fn in_redis(gates: &BTreeMap<String, ProtectConfig>) -> Vec<GateInRedis> {
    let with_redis = gates.iter().filter_map(|(name, gate)| Some((name, gate, gate.redis.as_ref()?)));
    let gate = |(name, gate, url): (&String, &ProtectConfig, &RedisUrl)| GateInRedis {
        name: name.clone(),
        url: url.expose().to_owned(),
        issuer: gate.issuer.clone(),
        audience: gate.audience.clone(),
    };
    with_redis.map(gate).collect()
}

/// Renews tokens and asks about keys, until it is ended.
async fn renew(calls: Arc<Calls>) {
    let mut ticks = tokio::time::interval(RENEW_EVERY);
    loop {
        ticks.tick().await;
        calls.renew_tokens();
        calls.drop_old();
        calls.check_keys();
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use futures_util::future::join_all;
    use helseid_testkit::{Proxy, SCOPE, Weather, World};
    use http::Request;
    use http_body_util::BodyExt as _;
    use serde_json::{Value, json};
    use tower::ServiceExt as _;

    use super::*;
    use crate::callers::Peer;
    use crate::config::{ListenFlags, Sources};

    /// A new sidecar for the client of a world, which has no token yet.
    fn router(world: &World) -> Router {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("helseid.toml");
        std::fs::write(folder.path().join("key.json"), world.key.to_json().expose()).unwrap();
        let (issuer, id) = (world.authority.issuer(), world.client_id.as_str());
        let toml = format!("issuer = \"{issuer}\"\nclient_id = \"{id}\"\nkey_file = \"key.json\"\n");
        std::fs::write(&file, toml).unwrap();
        let socket = Some(folder.path().join("a.sock"));
        let sources = Sources {
            file: Some(&file),
            account: None,
            flags: helseid_client::Settings::default(),
            listen: ListenFlags { socket, ..ListenFlags::default() },
            variable: &|_| None,
        };
        let sidecar = Sidecar::with_clock(Config::read(sources).unwrap(), world.clock().clone()).unwrap();
        sidecar.router(Arc::default())
    }

    async fn token(router: Router) -> String {
        let body = json!({ "identity_provider": "helseid", "target": SCOPE }).to_string();
        let request = Request::post("/api/v1/token").header("content-type", "application/json");
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(Peer::Socket { uid: 0 });
        let answer = router.oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn ten_thousand_who_miss_one_token_at_once_ask_the_authority_once() {
        let proxy = Proxy::new().unwrap();
        let world = World::start_behind(&proxy).await.unwrap();
        proxy.all(Weather::Fair);
        token(router(&world)).await;
        let of_one = proxy.requests();
        proxy.all(Weather::Fair);
        let shared = router(&world);
        let tokens = join_all((0..10_000).map(|_| token(shared.clone()))).await;
        assert_eq!(proxy.requests(), of_one);
        assert!(tokens.iter().all(|token| *token == tokens[0]));
    }
}
