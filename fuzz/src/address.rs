//! Addresses as a browser understands them.

/// Whether `text` leads to the origin and path of `registered`, whose port is free where it is on loopback without one.
pub(crate) fn is_at(text: &str, registered: &str) -> bool {
    let [to, own] = [text, registered].map(|text| url::Url::parse(text).expect("an address"));
    let free = own.scheme() == "http" && own.port().is_none();
    (to.scheme(), to.host_str(), to.path()) == (own.scheme(), own.host_str(), own.path())
        && (free || to.port_or_known_default() == own.port_or_known_default())
}
