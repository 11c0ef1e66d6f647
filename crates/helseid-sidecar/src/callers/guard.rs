//! The layer before each endpoint: who asks, whether that caller may, and that it is no web page.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use http::header::ORIGIN;
use http::{HeaderMap, HeaderName, StatusCode};

use super::peer::Peer;
use super::rights::Endpoint;
use super::who::{Caller, Callers, KEY_HEADER};
use crate::metrics::Answered;
use crate::refusal::Refusal;

/// A header that no form and no image of a web page can have: where there is no key, it must be there.
pub(crate) const OWN_HEADER: HeaderName = HeaderName::from_static("x-helseid-sidecar");

/// What each connection tells; this is for none.
const UNKNOWN: Peer = Peer::Tcp { address: std::net::IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED) };

/// What is behind the layer.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    pub(crate) callers: Arc<Callers>,
    pub(crate) endpoint: Endpoint,
}

/// Lets only callers who may ask for `door`'s endpoint reach these routes, with [`Caller`] among the extensions of the request.
pub(crate) fn guarded<S: Clone + Send + Sync + 'static>(router: Router<S>, door: Door) -> Router<S> {
    router.route_layer(from_fn_with_state(door, guard))
}

async fn guard(State(door): State<Door>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get().copied().unwrap_or(UNKNOWN);
    let endpoint = door.endpoint.name();
    match door.admit(peer, request.headers()) {
        Ok(caller) => {
            let name = caller.name.clone();
            request.extensions_mut().insert(caller);
            let mut response = next.run(request).await;
            response.extensions_mut().insert(Answered(endpoint));
            tracing::info!(caller = %name, endpoint, status = response.status().as_u16(), "answered");
            response
        }
        Err(refusal) => {
            let refusal = match door.endpoint {
                // The proxy is not set up as it should be: no caller of the API is to blame.
                Endpoint::ForwardAuth => refusal.with_status(StatusCode::INTERNAL_SERVER_ERROR),
                _ => refusal,
            };
            let mut response = refusal.into_response();
            response.extensions_mut().insert(Answered(endpoint));
            tracing::info!(endpoint, status = response.status().as_u16(), "refused");
            response
        }
    }
}

/// Refuses web pages where the caller is known by something else than our headers.
pub(crate) async fn refuse_browsers(request: Request, next: Next) -> Response {
    match is_of_a_browser(request.headers()) {
        true => no_page().into_response(),
        false => next.run(request).await,
    }
}

fn no_page() -> Refusal {
    Refusal::forbidden("web pages may not ask: the request has Origin or Sec-Fetch-Site")
}

impl Door {
    fn admit(&self, peer: Peer, headers: &HeaderMap) -> Result<Caller, Refusal> {
        // A proxy asks with whatever its caller sent.
        if self.endpoint != Endpoint::ForwardAuth && is_of_a_browser(headers) {
            return Err(no_page());
        }
        let caller = self.callers.identify(peer, headers)?;
        let has_header = headers.contains_key(KEY_HEADER) || headers.contains_key(OWN_HEADER);
        if matches!(peer, Peer::Tcp { .. }) && !has_header && !self.endpoint.is_of_others() {
            let description = "send the header X-HelseID-Sidecar with any value, which no web page can";
            return Err(Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", description));
        }
        match caller.rights.allow_endpoint(self.endpoint) {
            true => Ok(caller),
            false => {
                Err(Refusal::forbidden("this caller may not ask for this: see endpoints of its section"))
            }
        }
    }
}

/// What a browser adds to requests of web pages; to those that a person types, too. `Sec-Fetch-Mode` alone is Node's `fetch`: a
/// browser sends it together with `Sec-Fetch-Site` (Fetch Metadata section 3).
fn is_of_a_browser(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(endpoint: Endpoint, peer: Peer, headers: &[(&'static str, &str)]) -> u16 {
        let callers = Callers { known: Vec::new(), shared_key: None, insecure_no_key: true };
        let door = Door { callers: Arc::new(callers), endpoint };
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        match door.admit(peer, &headers.collect()) {
            Ok(_) => 200,
            Err(refusal) => refusal.into_response().status().as_u16(),
        }
    }

    #[test]
    fn without_a_key_a_header_of_ours_is_needed_but_by_the_contract_of_texas() {
        assert_eq!(status(Endpoint::Token, UNKNOWN, &[]), 200);
        assert_eq!(status(Endpoint::Headers, UNKNOWN, &[]), 401);
        assert_eq!(status(Endpoint::Headers, UNKNOWN, &[("x-helseid-sidecar", "1")]), 200);
        assert_eq!(status(Endpoint::Headers, Peer::Socket { uid: 7 }, &[]), 200);
    }

    #[tokio::test]
    async fn to_a_proxy_a_refusal_of_its_own_request_is_an_error() {
        use tower::ServiceExt as _;
        for (endpoint, status) in [(Endpoint::Headers, 401), (Endpoint::ForwardAuth, 500)] {
            let callers = Callers { known: Vec::new(), shared_key: None, insecure_no_key: false };
            let routes = Router::new().route("/", axum::routing::get(async || ()));
            let router: Router = guarded(routes, Door { callers: Arc::new(callers), endpoint });
            let request = http::Request::builder().uri("/");
            let answer = router.oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{}", endpoint.name());
        }
    }

    #[test]
    fn the_fetch_of_node_is_no_web_page() {
        let headers = [("x-helseid-sidecar", "1"), ("sec-fetch-mode", "cors")];
        assert_eq!(status(Endpoint::Headers, UNKNOWN, &headers), 200);
    }

    #[test]
    fn web_pages_are_refused_everywhere() {
        for endpoint in [Endpoint::Token, Endpoint::Headers, Endpoint::Validate] {
            for peer in [UNKNOWN, Peer::Socket { uid: 7 }] {
                for header in
                    [("origin", "http://localhost:8481"), ("origin", "null"), ("sec-fetch-site", "none")]
                {
                    assert_eq!(
                        status(endpoint, peer, &[("x-helseid-sidecar", "1"), header]),
                        403,
                        "{header:?}"
                    );
                }
            }
        }
    }
}
