//! What a browser lets a page do: the content security policy, and the headers beside it.

use ::http::{HeaderName, HeaderValue, Request, header};
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::Response;

/// Nothing from elsewhere, nothing inline, in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// What holds beside the policy. `same-origin` and not `no-referrer`, with which browsers send forms without an origin.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The policy of pages. A form may be sent to our own origin, and to the targets that are named.
#[derive(Debug, Clone)]
pub(crate) struct PagePolicy(HeaderValue);

impl PagePolicy {
    /// The policy of pages whose forms, and the redirects that answer them, stay here.
    pub(crate) const fn own_forms() -> Self {
        Self(HeaderValue::from_static(POLICY))
    }

    /// The policy of a page with a form whose answer leads to these origins: browsers hold the redirect that answers a form to
    /// `form-action`, too. Nothing if one is no origin.
    #[cfg_attr(not(test), expect(dead_code, reason = "a login's form leads to the client's redirect URI"))]
    pub(crate) fn with_form_targets<'a>(targets: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut policy = POLICY.to_owned();
        for target in targets {
            let url = url::Url::parse(target).ok()?;
            let origin = url.origin();
            if !origin.is_tuple() || origin.ascii_serialization() != target {
                return None;
            }
            policy.push(' ');
            policy.push_str(target);
        }
        HeaderValue::from_str(&policy).ok().map(Self)
    }
}

/// Adds the headers that bound what a page may do. A page that set a policy of its own keeps it.
pub(crate) async fn harden(State(policy): State<PagePolicy>, request: Request<Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy.0);
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use axum::{Router, middleware};
    use tower::ServiceExt as _;

    use super::*;

    fn text(policy: &PagePolicy) -> &str {
        policy.0.to_str().unwrap()
    }

    #[test]
    fn a_form_leads_to_our_own_origin_and_to_the_targets_that_are_named() {
        assert!(text(&PagePolicy::own_forms()).ends_with("form-action 'self'"));
        let policy = PagePolicy::with_form_targets(["https://app.example", "http://127.0.0.1:9000"]).unwrap();
        assert!(text(&policy).ends_with("form-action 'self' https://app.example http://127.0.0.1:9000"));
        assert!(text(&policy).starts_with("default-src 'none'; script-src 'self';"));
    }

    #[test]
    fn a_target_is_an_origin_and_adds_no_directive() {
        for wrong in
            ["", "*", "https:", "https://a.example/path", "https://a.example; script-src *", "javascript:x"]
        {
            assert!(PagePolicy::with_form_targets([wrong]).is_none(), "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn every_answer_has_the_headers_and_a_page_may_say_that_it_can_be_cached() {
        let page = || async { ([(header::CACHE_CONTROL, "no-cache")], "page") };
        let pages = Router::new().route("/page", get(page));
        let pages = pages.layer(middleware::from_fn_with_state(PagePolicy::own_forms(), harden));
        for (path, cache) in [("/page", "no-cache"), ("/nothing", "no-store")] {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let answer = pages.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.headers()[header::CONTENT_SECURITY_POLICY], POLICY, "{path}");
            assert_eq!(answer.headers()[header::X_FRAME_OPTIONS], "DENY", "{path}");
            assert_eq!(answer.headers()[header::CACHE_CONTROL], cache, "{path}");
        }
    }
}
