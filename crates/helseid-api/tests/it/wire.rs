//! A protected router behind a real socket, and what comes back over it.

use axum::Router;
use helseid_api::test_util::TestRequest;
use helseid_api::{ApiProtectionBuilder, Outbound};
use helseid_protocol::challenge::Challenge;
use helseid_protocol::rule::Rule;
use http::{HeaderMap, Method, Request, StatusCode};

use crate::world::{SCOPE, World, challenges, routes};

/// A world whose API listens on the loopback, under its own address.
pub(crate) struct Wire {
    pub(crate) world: World,
    pub(crate) address: String,
    outbound: Outbound,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) challenges: Vec<Challenge>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The rule that the first challenge names in its description.
    pub(crate) fn rule(&self) -> Option<Rule> {
        let description = self.challenges.first()?.parameter("error_description")?;
        let id = description.rsplit_once("(rule ")?.1.strip_suffix(')')?;
        Rule::by_id(id)
    }

    pub(crate) fn error(&self) -> Option<&str> {
        self.challenges.first()?.parameter("error")
    }
}

/// Serves on a free port; what is served may depend on the address.
pub(crate) async fn serve(router: impl FnOnce(&str) -> Router) -> String {
    use axum::serve::ListenerExt as _;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = router(&address);
    let listener = listener.tap_io(|connection| connection.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

impl Wire {
    pub(crate) async fn new() -> Self {
        Self::with(World::new(), |builder| builder).await
    }

    pub(crate) async fn with(
        world: World,
        change: impl FnOnce(ApiProtectionBuilder) -> ApiProtectionBuilder,
    ) -> Self {
        let builder = helseid_api::ApiProtection::builder(world.issuer.name(), crate::world::AUDIENCE);
        let builder = change(builder.keys(world.issuer.keys()).clock(world.clock.clone()));
        let address = serve(|address| {
            let protection = builder.public_url(address).build().unwrap();
            routes().layer(protection.require_scopes_all([SCOPE]).unwrap())
        });
        Self { world, address: address.await, outbound: Outbound::builder().build().unwrap() }
    }

    /// A valid request to the one resource.
    pub(crate) fn sent(&self) -> TestRequest {
        self.world.sent_to(&self.url())
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/who", self.address)
    }

    pub(crate) async fn ask(&self, sent: &TestRequest) -> Reply {
        self.get(sent.headers()).await
    }

    pub(crate) async fn get(&self, headers: HeaderMap) -> Reply {
        self.send(Method::GET, &self.url(), headers, Vec::new()).await
    }

    pub(crate) async fn send(&self, method: Method, url: &str, headers: HeaderMap, body: Vec<u8>) -> Reply {
        let mut request = Request::builder().method(method).uri(url).body(body).unwrap();
        *request.headers_mut() = headers;
        let answer = self.outbound.send(request, 64 * 1024).await.unwrap();
        let (status, challenges) = (answer.status(), challenges(&answer));
        let (parts, body) = answer.into_parts();
        Reply { status, challenges, headers: parts.headers, body }
    }
}
