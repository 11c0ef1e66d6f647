//! The next API in a chain: a real one, which answers with the claims of its caller.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use helseid_api::{ApiProtection, Caller};
use helseid_testkit::World;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::exchange::NEXT;

/// What it was sent besides.
type Seen = Arc<Mutex<Vec<HeaderMap>>>;

/// It ends with the runtime of the test.
pub(crate) struct NextApi {
    /// `http://…`, without a path.
    pub(crate) address: String,
    seen: Seen,
}

impl NextApi {
    pub(crate) async fn start(world: &World) -> Self {
        let seen = Seen::default();
        let protection = ApiProtection::builder(world.authority.issuer().as_str(), "nhn:bff-sample");
        let protection = protection.clock(world.clock().clone()).build().unwrap();
        let router = Router::new().route("/who", get(who)).with_state(seen.clone());
        let router = router.layer(protection.require_scopes_all([NEXT]).unwrap());
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, seen }
    }

    /// The headers of the requests that it admitted.
    pub(crate) fn seen(&self) -> Vec<HeaderMap> {
        self.seen.lock().unwrap().clone()
    }

    /// The section by which a sidecar calls it.
    pub(crate) fn section(&self) -> String {
        format!("[api.next]\nurl = \"{}\"\nscope = \"{NEXT}\"\n", self.address)
    }
}

async fn who(State(seen): State<Seen>, caller: Caller, headers: HeaderMap) -> Json<Value> {
    seen.lock().unwrap().push(headers);
    Json(json!(caller.claims().all()))
}
