//! The callers that are known, and which one a request is of.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, StatusCode};

use super::key::SharedKey;
use super::peer::Peer;
use super::rights::Rights;
use crate::refusal::Refusal;

/// The header of the shared key.
pub(crate) const KEY_HEADER: HeaderName = HeaderName::from_static("x-helseid-key");

/// Who may ask.
#[derive(Debug, Clone)]
pub(crate) struct Callers {
    /// By name; if there are any, nobody else may.
    pub(crate) known: Vec<Known>,
    /// The key of whoever has no name.
    pub(crate) shared_key: Option<SharedKey>,
    /// Whether everybody may who reaches the port.
    pub(crate) insecure_no_key: bool,
}

/// A caller with a name.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) credential: Credential,
    pub(crate) rights: Rights,
}

/// By what a caller is known.
#[derive(Debug, Clone)]
pub(crate) enum Credential {
    /// By a key of its own.
    Key(SharedKey),
    /// By its user, over the Unix socket.
    User(u32),
}

impl Credential {
    /// Whether whoever has one has the other, too.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Key(key), Self::Key(other)) => key.is_same(other),
            (Self::User(uid), Self::User(other)) => uid == other,
            _ => false,
        }
    }
}

/// Who sent a request; among its extensions.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) name: Arc<str>,
    pub(crate) rights: Rights,
}

impl Callers {
    /// Who sent a request with these headers over a connection from `peer`.
    pub(crate) fn identify(&self, peer: Peer, headers: &HeaderMap) -> Result<Caller, Refusal> {
        let sent = one_key(headers)?;
        if !self.known.is_empty() {
            // Each is compared, so that the time does not tell which one it is not.
            let fits = |known: &&Known| match (&known.credential, peer, sent) {
                (Credential::Key(key), _, Some(sent)) => key.is(sent),
                (Credential::User(uid), Peer::Socket { uid: own }, _) => *uid == own,
                _ => false,
            };
            let found = self.known.iter().filter(fits).collect::<Vec<_>>();
            let known = found.first().ok_or_else(unknown)?;
            return Ok(Caller { name: known.name.as_str().into(), rights: known.rights.clone() });
        }
        let name = match (peer, &self.shared_key, sent) {
            // Who may open the socket is for its mode to say.
            (Peer::Socket { .. }, _, None) => "socket",
            (_, Some(key), Some(sent)) if key.is(sent) => "key",
            (Peer::Tcp { .. }, None, None) if self.insecure_no_key => "anybody",
            _ => return Err(unknown()),
        };
        Ok(Caller { name: name.into(), rights: Rights::default() })
    }

    /// How many callers there are. Those without sections are one by its key and one over the socket.
    pub(crate) fn count(&self) -> usize {
        if self.known.is_empty() { 2 } else { self.known.len() }
    }

    /// Whether a caller may be known by a key.
    pub(crate) fn have_keys(&self) -> bool {
        self.shared_key.is_some()
            || self.known.iter().any(|known| matches!(known.credential, Credential::Key(_)))
    }

    /// Whose key this is.
    pub(super) fn by_key(&self, sent: &[u8]) -> Option<Caller> {
        let fits = |known: &&Known| matches!(&known.credential, Credential::Key(key) if key.is(sent));
        let found = self.known.iter().filter(fits).collect::<Vec<_>>();
        let of_all = || {
            let key = self.shared_key.as_ref().filter(|key| key.is(sent));
            key.map(|_| Caller { name: "key".into(), rights: Rights::default() })
        };
        let named = found
            .first()
            .map(|known| Caller { name: known.name.as_str().into(), rights: known.rights.clone() });
        named.or_else(of_all)
    }
}

fn one_key(headers: &HeaderMap) -> Result<Option<&[u8]>, Refusal> {
    let mut sent = headers.get_all(KEY_HEADER).iter();
    match (sent.next(), sent.next()) {
        (one, None) => Ok(one.map(|value| value.as_bytes())),
        _ => Err(unknown()),
    }
}

fn unknown() -> Refusal {
    let description =
        "send the shared key in the header X-HelseID-Key, or ask over the sidecar's Unix socket";
    Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", description)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 2] = ["0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"];

    const TCP: Peer = Peer::Tcp { address: std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST) };

    fn key(text: &str) -> SharedKey {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, text).unwrap();
        SharedKey::read(&file).unwrap()
    }

    fn headers(keys: &[&str]) -> HeaderMap {
        keys.iter().map(|key| (KEY_HEADER, key.parse().unwrap())).collect()
    }

    fn name(callers: &Callers, peer: Peer, keys: &[&str]) -> Option<String> {
        callers.identify(peer, &headers(keys)).ok().map(|caller| caller.name.to_string())
    }

    #[test]
    fn over_tcp_the_key_is_needed_once_and_right() {
        let callers = Callers { known: Vec::new(), shared_key: Some(key(KEYS[0])), insecure_no_key: false };
        assert_eq!(name(&callers, TCP, &[KEYS[0]]).as_deref(), Some("key"));
        for keys in [&[][..], &[KEYS[1]], &[""], &[KEYS[0], KEYS[0]]] {
            assert_eq!(name(&callers, TCP, keys), None, "{keys:?}");
        }
        assert_eq!(name(&callers, Peer::Socket { uid: 7 }, &[]).as_deref(), Some("socket"));
        assert_eq!(name(&callers, Peer::Socket { uid: 7 }, &[KEYS[1]]), None);
    }

    #[test]
    fn without_a_key_everybody_may_only_by_the_setting_that_says_so() {
        let callers = |insecure_no_key| Callers { known: Vec::new(), shared_key: None, insecure_no_key };
        assert_eq!(name(&callers(false), TCP, &[]), None);
        assert_eq!(name(&callers(true), TCP, &[]).as_deref(), Some("anybody"));
    }

    #[test]
    fn callers_with_names_are_known_by_key_or_user_and_nobody_else_may() {
        let known =
            |name: &str, credential| Known { name: name.into(), credential, rights: Rights::default() };
        let callers = Callers {
            known: vec![known("web", Credential::Key(key(KEYS[0]))), known("batch", Credential::User(7))],
            shared_key: None,
            insecure_no_key: false,
        };
        assert_eq!(name(&callers, TCP, &[KEYS[0]]).as_deref(), Some("web"));
        assert_eq!(name(&callers, Peer::Socket { uid: 7 }, &[]).as_deref(), Some("batch"));
        assert_eq!(name(&callers, Peer::Socket { uid: 8 }, &[]), None);
        assert_eq!(name(&callers, TCP, &[KEYS[1]]), None);
        assert_eq!(name(&callers, TCP, &[]), None);
        let alone = Callers { known: callers.known[..1].to_vec(), ..callers.clone() };
        let nameless = Callers { known: Vec::new(), ..callers.clone() };
        assert_eq!([callers, alone, nameless].map(|callers| callers.count()), [2, 1, 2]);
    }
}
