//! One cookie for each login that was begun, named by a hash of its `state`: parallel tabs do not overwrite each other, and a
//! callback finds its own. Few and small, so that no site can fill a browser with them.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use helseid_protocol::jose::{base64url, crypto};
use helseid_protocol::time::Timestamp;
use zeroize::Zeroizing;

use super::super::site::Site;
use super::sealed::SealedCookies;
use super::{only_value, pairs, remove, set};
use crate::flow::{PendingLogin, SpentLogin};
use crate::keys::Purpose;

/// How long a browser keeps a login that was begun: for an hour more than the login lives, in which one that comes too late begins again.
const LIFETIME: Duration = Duration::from_secs(2 * 3600);
/// The most of them in one browser.
const MAX: usize = 8;
/// The most bytes of all of them, names included.
const MAX_BYTES: usize = 4096;
/// The most bytes of a value.
const MAX_VALUE_BYTES: usize = 1200;

/// A login in a cookie: begun, or over.
#[derive(Debug)]
pub(crate) struct PendingCookie {
    /// How often it began again by itself.
    pub(crate) restarts: u8,
    /// When it began; the oldest is forgotten first.
    pub(crate) began: Timestamp,
    pub(crate) login: Kept,
}

/// What is kept of a login.
#[derive(Debug)]
pub(crate) enum Kept {
    /// It waits for its callback.
    Pending(Box<PendingLogin>),
    /// Its callback was here.
    Spent(SpentLogin),
}

/// The cookies of one app's logins.
#[derive(Clone, Copy)]
pub(crate) struct PendingCookies<'a> {
    pub(crate) site: &'a Site,
    pub(crate) sealed: &'a SealedCookies,
}

impl PendingCookies<'_> {
    /// The login of this state, if this browser has it.
    pub(crate) fn find(&self, headers: &HeaderMap, state: &str) -> Option<PendingCookie> {
        let name = self.name(state);
        self.open(&name, only_value(headers, &name)?)
    }

    /// The headers that add a login, or put it in the place of itself, and forget the oldest ones where there are too many.
    /// None if it is too large for a cookie.
    pub(crate) fn put(
        &self,
        headers: &HeaderMap,
        state: &str,
        cookie: &PendingCookie,
    ) -> Option<Vec<HeaderValue>> {
        let name = self.name(state);
        let value = self.sealed.seal(Purpose::PendingLogin, &name, &cookie.to_bytes());
        if value.len() > MAX_VALUE_BYTES {
            return None;
        }
        let (mut others, mut bytes) = (self.others(headers, &name), name.len() + 1 + value.len());
        let mut set = vec![set(self.site, &name, &value, LIFETIME)?];
        // The newest first: what does not fit after them goes.
        others.sort_by_key(|other| std::cmp::Reverse(other.began));
        for (at, other) in others.iter().enumerate() {
            bytes += other.bytes;
            if other.began.is_none() || at + 1 >= MAX || bytes > MAX_BYTES {
                set.extend(remove(self.site, other.name));
            }
        }
        Some(set)
    }

    fn others<'h>(&self, headers: &'h HeaderMap, name: &str) -> Vec<Other<'h>> {
        let prefix = format!("{}_", self.site.cookie_name("login"));
        let own = pairs(headers).filter(|(other, _)| other.starts_with(&prefix) && *other != name);
        let others = own.map(|(name, value)| Other {
            name,
            bytes: name.len() + 1 + value.len(),
            began: self.open(name, value).map(|cookie| cookie.began),
        });
        others.take(4 * MAX).collect()
    }

    fn open(&self, name: &str, value: &str) -> Option<PendingCookie> {
        if value.len() > MAX_VALUE_BYTES {
            return None;
        }
        PendingCookie::from_bytes(&self.sealed.open(Purpose::PendingLogin, name, value)?)
    }

    fn name(&self, state: &str) -> String {
        let hash = base64url::encode(&crypto::sha256(state.as_bytes()));
        format!("{}_{}", self.site.cookie_name("login"), hash.get(..16).unwrap_or_default())
    }
}

/// Another login of the browser.
struct Other<'h> {
    name: &'h str,
    bytes: usize,
    /// None if it is not ours.
    began: Option<Timestamp>,
}

impl PendingCookie {
    /// Where it leads; none for the front page.
    pub(crate) fn return_to(&self) -> Option<&str> {
        match &self.login {
            Kept::Pending(pending) => pending.return_to(),
            Kept::Spent(spent) => spent.return_to(),
        }
    }

    /// Whether something is attested with it.
    pub(crate) fn attests(&self) -> bool {
        match &self.login {
            Kept::Pending(pending) => pending.attests(),
            Kept::Spent(spent) => spent.attests(),
        }
    }

    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let (kind, bytes) = match &self.login {
            Kept::Pending(pending) => (0, pending.to_bytes()),
            Kept::Spent(spent) => (1, Zeroizing::new(spent.to_bytes())),
        };
        let mut all = Zeroizing::new(Vec::with_capacity(bytes.len() + 10));
        all.extend([kind, self.restarts]);
        all.extend(self.began.seconds().to_be_bytes());
        all.extend_from_slice(&bytes);
        all
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&[kind, restarts], rest) = bytes.split_first_chunk()?;
        let (began, rest) = rest.split_first_chunk()?;
        let login = match kind {
            0 => Kept::Pending(Box::new(PendingLogin::from_bytes(rest)?)),
            1 => Kept::Spent(SpentLogin::from_bytes(rest)?),
            _ => return None,
        };
        Some(Self { restarts, began: Timestamp::from_seconds(i64::from_be_bytes(*began)), login })
    }
}
