//! The cookies of visits: a browser keeps few of them, and they are small.

use std::cmp::Reverse;
use std::fmt;
use std::time::Duration;

use ::http::{HeaderMap, HeaderValue};
use helseid_protocol::cookie::pairs;
use helseid_protocol::jose::base64url;
use helseid_protocol::random::{Random, bytes16};
use helseid_protocol::time::Timestamp;

use crate::login::site::LoginSite;
use crate::web::cookie;

/// How long a visit may take.
pub(super) const LIFETIME: Duration = Duration::from_secs(3600);

/// The most visits of one browser; the oldest makes room.
const MAX_VISITS: usize = 8;

/// The most bytes of the names and values of all their cookies.
const MAX_BYTES: usize = 4 * 1024;

/// What a visit is called, in its cookie's name and its form: 8 bytes in base64url. No secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VisitId(Box<str>);

/// What only the browser of a visit knows: 16 bytes in base64url.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct VisitSecret(Box<str>);

impl fmt::Debug for VisitSecret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("VisitSecret(hidden)")
    }
}

impl VisitSecret {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl VisitId {
    pub(super) fn parse(text: &str) -> Option<Self> {
        is_base64url(text, 8).then(|| Self(text.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_base64url(text: &str, bytes: usize) -> bool {
    // No longer text is decoded.
    text.len() <= 64 && base64url::decode(text).is_ok_and(|decoded| decoded.len() == bytes)
}

/// A visit's cookie.
#[derive(Debug, Clone)]
pub(super) struct VisitCookie {
    pub(super) id: VisitId,
    pub(super) secret: VisitSecret,
    /// Tells which is the oldest. Nothing else follows from it: a browser may send what it likes.
    begun: i64,
}

impl VisitCookie {
    pub(super) fn new(random: &dyn Random, now: Timestamp) -> Self {
        let id = bytes16(random).first_chunk::<8>().map(|bytes| base64url::encode(bytes)).unwrap_or_default();
        let secret = VisitSecret(base64url::encode(&bytes16(random)).into());
        Self { id: VisitId(id.into()), secret, begun: now.seconds() }
    }

    fn read(id: &str, value: &str) -> Option<Self> {
        let (begun, secret) = value.split_once('.')?;
        let secret = is_base64url(secret, 16).then(|| VisitSecret(secret.into()))?;
        Some(Self { id: VisitId::parse(id)?, secret, begun: begun.parse().ok()? })
    }

    fn value(&self) -> String {
        format!("{}.{}", self.begun, self.secret.0)
    }

    /// The header that sets it.
    pub(super) fn set(&self, site: &LoginSite) -> Option<HeaderValue> {
        policy(site, self.id.as_str()).set(&self.value(), LIFETIME)
    }
}

/// The cookie of a visit, where the browser has exactly one of its name.
pub(super) fn find(site: &LoginSite, headers: &HeaderMap, id: &VisitId) -> Option<VisitCookie> {
    VisitCookie::read(id.as_str(), policy(site, id.as_str()).only_value(headers)?)
}

/// The header that removes the cookie of a visit.
pub(super) fn remove(site: &LoginSite, id: &VisitId) -> Option<HeaderValue> {
    policy(site, id.as_str()).remove()
}

/// The headers that make room for one more cookie: they remove what is no cookie of a visit, those of visits that are over, and the
/// oldest of too many.
pub(super) fn make_room(site: &LoginSite, headers: &HeaderMap, now: Timestamp) -> Vec<HeaderValue> {
    let prefix = policy(site, "").name;
    let room = MAX_BYTES.saturating_sub(prefix.len() + 64);
    let mut visits: Vec<_> = pairs(headers)
        .filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?, value)))
        .map(|(id, value)| (id, value.len(), VisitCookie::read(id, value)))
        .collect();
    // The newest first, and what is none last.
    visits.sort_by_key(|(_, _, visit)| Reverse(visit.as_ref().map(|visit| visit.begun)));
    let (mut kept, mut bytes, mut removed) = (0, 0, Vec::new());
    for (id, length, visit) in visits {
        let is_live = visit.is_some_and(|visit| now.minus(LIFETIME).seconds() < visit.begun);
        let size = prefix.len() + id.len() + length;
        if is_live && kept + 1 < MAX_VISITS && bytes + size <= room {
            (kept, bytes) = (kept + 1, bytes + size);
        } else {
            removed.extend(policy(site, id).remove());
        }
    }
    removed
}

fn policy(site: &LoginSite, id: &str) -> cookie::CookiePolicy {
    let mut policy = site.cookie("visit");
    policy.name.push('_');
    policy.name.push_str(id);
    policy
}
