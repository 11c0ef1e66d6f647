//! What a browser lets a page do: the content security policy, and the headers beside it.

use ::http::{HeaderName, HeaderValue, Request, header};
use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::Response;

/// Nothing from elsewhere, nothing inline, in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// The same of pages that have no script.
const WITHOUT_SCRIPTS: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

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

/// Where the answer to a form may lead, as a policy names it: an origin, the private-use scheme of a native app, or, where the host is
/// an IPv6 address, which no policy can name, the address's scheme. It holds no
/// character that could begin another directive, whatever address it was made of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct FormTarget(Box<str>);

/// An address that a policy cannot name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an https or http address, or one of a private-use scheme")]
pub(crate) struct NoFormTarget;

impl FormTarget {
    /// The target of a form whose answer leads to this address.
    pub(crate) fn of(address: &str) -> Result<Self, NoFormTarget> {
        let url = url::Url::parse(address).map_err(|_| NoFormTarget)?;
        let target = match url.scheme() {
            // CSP level 3 section 2.3.1 knows no IPv6 addresses: browsers would drop the source, and stop the form.
            scheme @ ("https" | "http") if matches!(url.host(), Some(url::Host::Ipv6(_))) => {
                format!("{scheme}:")
            }
            "https" | "http" => url.origin().ascii_serialization(),
            // RFC 8252 section 7.1: such a scheme is a domain in reverse. Schemes that a browser acts on have no dot.
            private if private.contains('.') => format!("{private}:"),
            _ => return Err(NoFormTarget),
        };
        // A host of the URL standard may hold a semicolon, a comma or an asterisk.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:/+".contains(&byte);
        if target.bytes().all(is_plain) { Ok(Self(target.into())) } else { Err(NoFormTarget) }
    }
}

/// Reads what [`FormTarget`] writes.
impl<'de> serde::Deserialize<'de> for FormTarget {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        // That of an IPv6 address.
        if matches!(&*text, "http:" | "https:") {
            return Ok(Self(text.into()));
        }
        Self::of(&text).map_err(serde::de::Error::custom)
    }
}

impl PagePolicy {
    /// The policy of pages whose forms, and the redirects that answer them, stay here.
    pub(crate) const fn own_forms() -> Self {
        Self(HeaderValue::from_static(POLICY))
    }

    /// The policy of a page without scripts and without forms.
    pub(crate) fn text_alone() -> Self {
        Self::of(&format!("{WITHOUT_SCRIPTS}; form-action 'none'"))
    }

    /// The policy of a page without scripts that has a form. Browsers hold the redirect that answers a form to `form-action`, too:
    /// it may lead to `target`.
    pub(crate) fn form_leading_to(target: Option<&FormTarget>) -> Self {
        let target = target.map(|FormTarget(target)| format!(" {target}")).unwrap_or_default();
        Self::of(&format!("{WITHOUT_SCRIPTS}; form-action 'self'{target}"))
    }

    /// The same of a page with a script of ours.
    pub(crate) fn form_with_script_leading_to(FormTarget(target): &FormTarget) -> Self {
        Self::of(&format!("{WITHOUT_SCRIPTS}; script-src 'self'; form-action 'self' {target}"))
    }

    /// The policy of a page whose form is sent to `target` and nowhere else, by a script of ours or by its reader.
    pub(crate) fn form_sent_to(target: &FormTarget) -> Self {
        Self::of(&format!("{WITHOUT_SCRIPTS}; script-src 'self'; form-action {}", target.0))
    }

    /// The policy of a page without scripts and forms that loads the pages of these targets in frames.
    pub(crate) fn framing<'a>(framed: impl IntoIterator<Item = &'a FormTarget>) -> Self {
        let framed: String = framed.into_iter().map(|FormTarget(target)| format!(" {target}")).collect();
        let frames = if framed.is_empty() { String::new() } else { format!("; frame-src{framed}") };
        Self::of(&format!("{WITHOUT_SCRIPTS}; form-action 'none'{frames}"))
    }

    /// The strictest policy if the text cannot stand in a header, which a serialised origin always can.
    fn of(text: &str) -> Self {
        Self(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("default-src 'none'; sandbox")))
    }
}

/// Adds the headers that bound what a page may do. A page that set one of its own keeps it.
pub(crate) async fn harden(State(policy): State<PagePolicy>, request: Request<Body>, next: Next) -> Response {
    hardened(next.run(request).await, policy)
}

/// The response with the headers that bound what a page may do, where it has none of its own.
pub(crate) fn hardened(mut response: Response, policy: PagePolicy) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy.0);
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
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

    fn target(address: &str) -> FormTarget {
        FormTarget::of(address).unwrap()
    }

    #[test]
    fn a_form_leads_to_our_own_origin_and_to_the_target_that_is_named() {
        assert!(text(&PagePolicy::own_forms()).ends_with("form-action 'self'"));
        assert!(text(&PagePolicy::text_alone()).ends_with("form-action 'none'"));
        let policy = PagePolicy::form_leading_to(Some(&target("http://127.0.0.1:9000/callback?a=b")));
        assert!(text(&policy).ends_with("form-action 'self' http://127.0.0.1:9000"));
        assert!(!text(&policy).contains("script-src") && text(&policy).contains("frame-ancestors 'none'"));
        assert!(text(&PagePolicy::form_leading_to(None)).ends_with("form-action 'self'"));
        let policy = PagePolicy::form_with_script_leading_to(&target("https://a.example/callback"));
        assert!(text(&policy).ends_with("; script-src 'self'; form-action 'self' https://a.example"));
        let policy = PagePolicy::form_sent_to(&target("https://a.example/callback"));
        assert!(text(&policy).ends_with("; script-src 'self'; form-action https://a.example"));
        let policy = PagePolicy::framing(&[target("https://a.example/out"), target("https://b.example")]);
        assert!(text(&policy).ends_with("form-action 'none'; frame-src https://a.example https://b.example"));
        assert!(!text(&PagePolicy::framing([])).contains("frame-src"));
    }

    #[test]
    fn a_target_is_an_origin_or_a_scheme_of_an_app() {
        for (address, expected) in [
            ("https://a.example:443/x", "https://a.example"),
            ("https://A.example./;script-src%20*", "https://a.example."),
            ("com.example.app:/callback", "com.example.app:"),
            ("http://[::1]:9000/callback", "http:"),
            ("https://[2001:db8::1]/", "https:"),
            ("https://b\u{fc}cher.example/", "https://xn--bcher-kva.example"),
        ] {
            let target = target(address);
            assert_eq!(&*target.0, expected, "{address}");
            let read: FormTarget = serde_json::from_str(&serde_json::to_string(&target).unwrap()).unwrap();
            assert_eq!(read, target);
        }
        for wrong in [
            "",
            "*",
            "https:",
            "/path",
            "javascript:x",
            "data:text/html,x",
            "blob:https://a.example/1",
            "https://a.example;script-src/",
            "https://a%3bscript-src/",
            "https://a,b/",
            "https://*/",
            "https://'self'/",
        ] {
            assert_eq!(FormTarget::of(wrong), Err(NoFormTarget), "{wrong:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_registered_a_policy_has_the_same_directives(
            start in "(https?://|[a-z]{1,5}\\.[a-z+.-]{1,9}:)", rest in "\\PC{0,40}"
        ) {
            if let Ok(target) = FormTarget::of(&format!("{start}{rest}")) {
                let read: FormTarget = serde_json::from_str(&serde_json::to_string(&target).unwrap()).unwrap();
                proptest::prop_assert_eq!(&read, &target);
                let policy = PagePolicy::form_leading_to(Some(&target));
                let plain = PagePolicy::form_leading_to(None);
                let directives = |policy: &PagePolicy| text(policy).split(';').count();
                proptest::prop_assert_eq!(directives(&policy), directives(&plain));
                proptest::prop_assert_eq!(text(&policy).split(' ').count(), text(&plain).split(' ').count() + 1);
                proptest::prop_assert!(!text(&policy).contains(','), "{:?}", policy);
            }
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
