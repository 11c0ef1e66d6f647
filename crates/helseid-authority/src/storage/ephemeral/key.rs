//! Names of entries and groups.

use helseid_protocol::dpop::ReplayId;
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::MacKey;

/// What an entry is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Namespace {
    /// A marker: an assertion came without a nonce, and was sent back for one.
    ReturnedAssertion,
    /// A code that opens an admin session, once.
    SignInToken,
    /// A session of the admin pages.
    AdminSession,
    /// A pushed authorization request (RFC 9126).
    PushedRequest,
    /// An authorization code.
    AuthorizationCode,
    /// A login under way in a browser.
    Interaction,
    /// A login session, by the hash of its cookie.
    LoginSession,
}

impl Namespace {
    const ALL: [Self; 7] = [
        Self::ReturnedAssertion,
        Self::SignInToken,
        Self::AdminSession,
        Self::PushedRequest,
        Self::AuthorizationCode,
        Self::Interaction,
        Self::LoginSession,
    ];

    /// As it is written in Redis.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ReturnedAssertion => "returned-assertion",
            Self::SignInToken => "sign-in-token",
            Self::AdminSession => "admin-session",
            Self::PushedRequest => "pushed-request",
            Self::AuthorizationCode => "authorization-code",
            Self::Interaction => "interaction",
            Self::LoginSession => "login-session",
        }
    }
}

/// The key of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    namespace: Namespace,
    id: ReplayId,
}

impl Key {
    /// The key of what these parts name, such as a code or the hash of a cookie.
    pub(crate) fn new(hash_key: &MacKey, namespace: Namespace, parts: &[&[u8]]) -> Self {
        let mut all = vec![namespace.name().as_bytes()];
        all.extend(parts);
        Self { namespace, id: ReplayId::of(hash_key, &all) }
    }

    /// The key of an entry about a one-time id.
    pub(crate) const fn about(id: ReplayId, namespace: Namespace) -> Self {
        Self { namespace, id }
    }

    /// Whether it is what somebody began and may never end: such entries have a bound of their own.
    pub(super) const fn is_of_a_begun_login(self) -> bool {
        matches!(self.namespace, Namespace::PushedRequest | Namespace::Interaction)
    }

    /// The id by which the use of this entry is remembered, apart from the entry.
    pub(crate) const fn id(self) -> ReplayId {
        self.id
    }

    /// Its name in Redis, which its value is sealed for.
    pub(super) fn name(self) -> String {
        name(self.namespace.name(), self.id)
    }

    /// Reads a name as [`Key::name`] writes it.
    pub(super) fn read(name: &str) -> Option<Self> {
        let (namespace, id) = name.strip_prefix(PREFIX)?.split_once(':')?;
        let namespace = Namespace::ALL.into_iter().find(|known| known.name() == namespace)?;
        let id = base64url::decode(id).ok()?.try_into().ok().map(ReplayId::from_bytes)?;
        Some(Self { namespace, id })
    }
}

/// A group of entries that end together, such as the codes of one login session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Group(ReplayId);

impl Group {
    /// The most entries of one group.
    pub(crate) const MAX_ENTRIES: usize = 100;

    /// The group of what these parts name.
    pub(crate) fn new(hash_key: &MacKey, parts: &[&[u8]]) -> Self {
        let mut all: Vec<&[u8]> = vec![b"group"];
        all.extend(parts);
        Self(ReplayId::of(hash_key, &all))
    }

    /// The name in Redis of what names its entries.
    pub(super) fn name(self) -> String {
        name("group", self.0)
    }

    /// The name in Redis of the mark that it has ended.
    pub(super) fn ended_name(self) -> String {
        name("ended-group", self.0)
    }
}

const PREFIX: &str = "helseid:";

/// The name of a one-time id in Redis.
pub(super) fn used_name(id: ReplayId) -> String {
    name("used", id)
}

fn name(kind: &str, id: ReplayId) -> String {
    format!("{PREFIX}{kind}:{}", base64url::encode(id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_differs_by_namespace_hash_key_and_parts() {
        let hash_key = |byte| MacKey::new(&[byte; 32]);
        let parts: &[&[u8]] = &[b"a", b"b"];
        let mut names = std::collections::BTreeSet::new();
        for namespace in Namespace::ALL {
            let key = Key::new(&hash_key(1), namespace, parts);
            assert_eq!(Key::read(&key.name()), Some(key));
            names.insert(key.name());
            names.insert(Key::new(&hash_key(2), namespace, parts).name());
            names.insert(Key::new(&hash_key(1), namespace, &[b"ab"]).name());
            names.insert(used_name(key.id()));
        }
        assert_eq!(names.len(), 4 * Namespace::ALL.len());
        let name = Key::new(&hash_key(1), Namespace::Interaction, parts).name();
        for wrong in ["", &name[1..], &name[..name.len() - 1], &name.replace("interaction", "used")] {
            assert_eq!(Key::read(wrong), None, "{wrong}");
        }
    }
}
