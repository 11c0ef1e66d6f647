//! Addresses as a browser understands them.

use helseid_protocol::uri::RedirectUri;

/// Whether `text` leads to the origin and path of `registered`, whose port is free where it takes any.
pub(crate) fn is_at(text: &str, registered: &RedirectUri) -> bool {
    let [to, own] = [text, registered.as_str()].map(|text| url::Url::parse(text).expect("an address"));
    (to.scheme(), to.host_str(), to.path()) == (own.scheme(), own.host_str(), own.path())
        && (registered.takes_any_port() || to.port_or_known_default() == own.port_or_known_default())
}
