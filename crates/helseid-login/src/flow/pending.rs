//! What is kept while the person is at the authority, and what of it stays afterwards.

use std::fmt;
use std::time::Duration;

use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::id::Audience;
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::person::Subject;
use helseid_protocol::pkce::CodeVerifier;
use helseid_protocol::random::{Random, bytes32};
use helseid_protocol::time::{TOLERANCE, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::key::LoginKey;

/// How long a login may take: an hour. The authority's own pages are rather quicker.
const LONGEST: Duration = Duration::from_secs(3600);

/// A login that goes on: everything that the callback is held against, and the key of its tokens. A secret, which belongs to one
/// browser: sealed, in a cookie of its own.
///
/// `state`, `nonce` and the PKCE verifier are made from one random seed, so that it stays small.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use helseid_login::flow::{LoginRequest, PendingLogin};
///
/// let pending = login.begin(&LoginRequest::default()).await?.pending;
/// let sealed_in_a_cookie = pending.to_bytes();
/// // The browser comes back, maybe to another replica.
/// let again = PendingLogin::from_bytes(&sealed_in_a_cookie).ok_or("not one of ours")?;
/// assert_eq!(again.state(), pending.state());
/// assert!(again.ends() > login.now());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PendingLogin {
    pub(super) seed: Zeroizing<[u8; SEED_BYTES]>,
    pub(super) key: LoginKey,
    pub(super) binding: [u8; BINDING_BYTES],
    pub(super) asked: Box<Asked>,
}

/// What of a login is kept after its callback, so that a second one is known for that: no key, and nothing that redeems a code.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # let pending = login.begin(&Default::default()).await?.pending;
/// use helseid_login::flow::Found;
///
/// // Replaces the login in the browser's cookie, so that pressing Back explains itself.
/// let spent = pending.spent();
/// let found = if spent.is_recent(login.now()) { Found::Spent } else { Found::Nowhere };
/// # assert!(matches!(found, Found::Spent));
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SpentLogin {
    state: String,
    return_to: Option<String>,
    began: Timestamp,
    attests: bool,
}

/// What was asked for, as far as the answer must show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(rename = "t")]
    pub(super) began: Timestamp,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(super) return_to: Option<String>,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none", with = "level")]
    pub(super) level: Option<SecurityLevel>,
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub(super) identity_provider: Option<String>,
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) acr: Vec<String>,
    /// Seconds.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(super) max_age: Option<u64>,
    /// Whether a new login was demanded.
    #[serde(rename = "n", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_new: bool,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none", with = "subject")]
    pub(super) expected: Option<Subject>,
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none", with = "organisation")]
    pub(super) organisation: Option<Organisation>,
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none", with = "audience")]
    pub(super) resource: Option<Audience>,
    /// Whether something is attested with it.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) attests: bool,
}

const SEED_BYTES: usize = 32;

const BINDING_BYTES: usize = 16;

impl PendingLogin {
    /// The most bytes of one: sealed and in base64url it is less than 1,200.
    pub const MAX_BYTES: usize = 840;

    pub(super) fn new(binding: [u8; BINDING_BYTES], asked: Asked, random: &dyn Random) -> Self {
        Self {
            seed: Zeroizing::new(bytes32(random)),
            key: LoginKey::generate(),
            binding,
            asked: Box::new(asked),
        }
    }

    /// The `state`, by which it is found. Not a secret: the browser's history has it.
    #[must_use]
    pub fn state(&self) -> String {
        base64url::encode(&MacKey::new(&self.seed).code16(&[b"state"]))
    }

    pub(super) fn nonce(&self) -> String {
        base64url::encode(&MacKey::new(&self.seed).code(&[b"nonce"]))
    }

    /// 43 characters, of 256 bits.
    #[expect(clippy::expect_used, reason = "43 base64url characters are a verifier")]
    pub(super) fn verifier(&self) -> CodeVerifier {
        let text = Zeroizing::new(base64url::encode(&MacKey::new(&self.seed).code(&[b"verifier"])));
        CodeVerifier::parse(&text).expect("a verifier")
    }

    /// When it began.
    #[must_use]
    pub const fn began(&self) -> Timestamp {
        self.asked.began
    }

    /// Until when it can come back. Whoever remembers that it did, does so until then, and for as long more as clocks differ.
    #[must_use]
    pub const fn ends(&self) -> Timestamp {
        self.asked.began.plus(LONGEST)
    }

    /// Where the browser is led afterwards: a path that was checked when the login began.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.asked.return_to.as_deref()
    }

    /// Whether something is attested with it: where it does not succeed, nothing may go on as if it had.
    #[must_use]
    pub const fn attests(&self) -> bool {
        self.asked.attests
    }

    /// Who must log in, at a step-up.
    #[must_use]
    pub const fn expected(&self) -> Option<&Subject> {
        self.asked.expected.as_ref()
    }

    /// The security level that it demands.
    #[must_use]
    pub const fn level(&self) -> Option<SecurityLevel> {
        self.asked.level
    }

    /// Whether it can still come back: within the hour. One that began in the future, by more than clocks differ, cannot.
    pub(super) fn goes_on(&self, now: Timestamp) -> bool {
        goes_on(self.asked.began, now)
    }

    /// As it is sealed: the seed, the key, the binding, then the rest as JSON.
    #[must_use]
    #[expect(clippy::expect_used, reason = "its members are JSON")]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let asked = serde_json::to_vec(&self.asked).expect("JSON");
        let mut bytes = Zeroizing::new(Vec::with_capacity(Self::MAX_BYTES));
        bytes.extend_from_slice(&self.seed[..]);
        bytes.extend_from_slice(&self.key.to_bytes()[..]);
        bytes.extend_from_slice(&self.binding);
        bytes.extend_from_slice(&asked);
        bytes
    }

    /// Reads what [`PendingLogin::to_bytes`] wrote; none if it is anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > Self::MAX_BYTES {
            return None;
        }
        let (seed, rest) = bytes.split_first_chunk::<SEED_BYTES>()?;
        let (key, rest) = rest.split_first_chunk::<{ LoginKey::BYTES }>()?;
        let (binding, asked) = rest.split_first_chunk::<BINDING_BYTES>()?;
        let asked = serde_json::from_slice(asked).ok()?;
        Some(Self { seed: Zeroizing::new(*seed), key: LoginKey::from_bytes(key)?, binding: *binding, asked })
    }

    /// What to keep of it once its callback has come.
    #[must_use]
    pub fn spent(&self) -> SpentLogin {
        let return_to = self.asked.return_to.clone();
        SpentLogin { state: self.state(), return_to, began: self.asked.began, attests: self.asked.attests }
    }
}

impl SpentLogin {
    /// The `state`, by which it is found.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Where the browser was to be led afterwards.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.return_to.as_deref()
    }

    /// Whether something was attested with it.
    #[must_use]
    pub const fn attests(&self) -> bool {
        self.attests
    }

    /// Whether it began within the hour.
    #[must_use]
    pub fn is_recent(&self, now: Timestamp) -> bool {
        goes_on(self.began, now)
    }

    /// As it is sealed.
    #[must_use]
    #[expect(clippy::expect_used, reason = "its members are JSON")]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&(self.began, &self.state, &self.return_to, self.attests)).expect("JSON")
    }

    /// Reads what [`SpentLogin::to_bytes`] wrote; none if it is anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > PendingLogin::MAX_BYTES {
            return None;
        }
        let (began, state, return_to, attests) = serde_json::from_slice(bytes).ok()?;
        Some(Self { state, return_to, began, attests })
    }
}

fn goes_on(began: Timestamp, now: Timestamp) -> bool {
    began <= now.plus(TOLERANCE) && now <= began.plus(LONGEST)
}

/// Shows neither seed nor key nor person.
impl fmt::Debug for PendingLogin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PendingLogin").field("began", &self.asked.began).finish_non_exhaustive()
    }
}

impl fmt::Debug for SpentLogin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("SpentLogin").field("began", &self.began).finish_non_exhaustive()
    }
}

/// Types that are kept as a text.
macro_rules! as_text {
    ($module:ident, $type:ty, $write:expr, $read:expr) => {
        mod $module {
            use super::*;

            pub(super) fn serialize<S: serde::Serializer>(
                value: &Option<$type>,
                to: S,
            ) -> Result<S::Ok, S::Error> {
                let write: fn(&$type) -> String = $write;
                value.as_ref().map(write).serialize(to)
            }

            pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
                from: D,
            ) -> Result<Option<$type>, D::Error> {
                let read: fn(&str) -> Option<$type> = $read;
                let text = String::deserialize(from)?;
                let value = read(&text);
                value.map(Some).ok_or_else(|| serde::de::Error::custom(stringify!($module)))
            }
        }
    };
}

as_text!(level, SecurityLevel, |level| level.name().to_owned(), |text| {
    let levels = [SecurityLevel::Low, SecurityLevel::Substantial, SecurityLevel::High];
    levels.into_iter().find(|level| level.name() == text)
});
as_text!(subject, Subject, |subject| subject.as_str().to_owned(), |text| Subject::parse(text).ok());
as_text!(audience, Audience, |audience| audience.as_str().to_owned(), |text| Audience::parse(text).ok());
as_text!(
    organisation,
    Organisation,
    |organisation| match organisation {
        Organisation::Child(child) => format!(":{child}"),
        Organisation::Parent { parent, child: None } => parent.to_string(),
        Organisation::Parent { parent, child: Some(child) } => format!("{parent}:{child}"),
    },
    |text| {
        let number = |text: &str| OrganisationNumber::parse(text).ok();
        match text.split_once(':') {
            Some(("", child)) => Some(Organisation::Child(number(child)?)),
            Some((parent, child)) => {
                Some(Organisation::Parent { parent: number(parent)?, child: Some(number(child)?) })
            }
            None => Some(Organisation::Parent { parent: number(text)?, child: None }),
        }
    }
);

#[cfg(test)]
mod tests;
