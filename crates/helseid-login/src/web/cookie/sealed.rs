//! Cookies that only this app can have made: sealed for one purpose and one name, with the time of it inside.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue};
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::jose::base64url;
use helseid_protocol::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::super::pages::Notice;
use super::super::site::Site;
use super::{only_value, remove, set};
use crate::keys::{Place, Purpose, SealingKeys};

/// Seals the cookies of one app.
#[derive(Clone)]
pub(crate) struct SealedCookies {
    keys: SealingKeys,
    issuer: Issuer,
    client: ClientId,
}

/// A login that begins again by itself, once and within a minute: the callback leads there, and no other site can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Restart {
    /// How often it has.
    pub(crate) restarts: u8,
    /// Where it leads.
    pub(crate) return_to: String,
    /// What it is used up by.
    pub(crate) id: String,
    made: i64,
}

/// What happened, for the page that says so, within ten minutes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Happened {
    /// Under which it is in the log.
    pub(crate) id: String,
    notice: u8,
    /// Where another login leads.
    pub(crate) return_to: String,
    /// What the app says of it.
    pub(crate) reason: Option<String>,
    made: i64,
}

impl SealedCookies {
    pub(crate) const RESTART_LIFETIME: Duration = Duration::from_secs(60);
    pub(crate) const NOTICE_LIFETIME: Duration = Duration::from_secs(600);

    pub(crate) const fn new(keys: SealingKeys, issuer: Issuer, client: ClientId) -> Self {
        Self { keys, issuer, client }
    }

    /// The text of a cookie of this name.
    pub(crate) fn seal(&self, purpose: Purpose, name: &str, plain: &[u8]) -> String {
        let bound_to = self.bound_to();
        let place = Place { purpose, of: &[name.as_bytes()], bound_to: &bound_to };
        base64url::encode(&self.keys.seal(&place, plain))
    }

    /// What is in a cookie of this name, if it is one of ours.
    pub(crate) fn open(&self, purpose: Purpose, name: &str, text: &str) -> Option<Zeroizing<Vec<u8>>> {
        let bound_to = self.bound_to();
        let place = Place { purpose, of: &[name.as_bytes()], bound_to: &bound_to };
        self.keys.open(&place, &base64url::decode(text).ok()?)
    }

    /// The header that lets a login begin again.
    pub(crate) fn set_restart(&self, site: &Site, restart: &Restart) -> Option<HeaderValue> {
        self.set(site, Purpose::Restart, RESTART, restart, Self::RESTART_LIFETIME)
    }

    /// The login that may begin again, if the callback led here just now.
    pub(crate) fn restart(&self, site: &Site, headers: &HeaderMap, now: Timestamp) -> Option<Restart> {
        let restart: Restart = self.read(site, Purpose::Restart, RESTART, headers)?;
        is_fresh(restart.made, Self::RESTART_LIFETIME, now).then_some(restart)
    }

    /// The header that forgets that a login may begin again.
    pub(crate) fn remove_restart(site: &Site) -> Option<HeaderValue> {
        remove(site, &site.cookie_name(RESTART))
    }

    /// The header that keeps what happened for the page that says so.
    pub(crate) fn set_happened(&self, site: &Site, happened: &Happened) -> Option<HeaderValue> {
        self.set(site, Purpose::ErrorPage, NOTICE, happened, Self::NOTICE_LIFETIME)
    }

    /// What happened under this id in this browser.
    pub(crate) fn happened(
        &self,
        site: &Site,
        headers: &HeaderMap,
        id: &str,
        now: Timestamp,
    ) -> Option<Happened> {
        let happened: Happened = self.read(site, Purpose::ErrorPage, NOTICE, headers)?;
        (happened.id == id && is_fresh(happened.made, Self::NOTICE_LIFETIME, now)).then_some(happened)
    }

    fn set(
        &self,
        site: &Site,
        purpose: Purpose,
        kind: &str,
        kept: &impl Serialize,
        lifetime: Duration,
    ) -> Option<HeaderValue> {
        let name = site.cookie_name(kind);
        let plain = serde_json::to_vec(kept).ok()?;
        set(site, &name, &self.seal(purpose, &name, &plain), lifetime)
    }

    fn read<T: DeserializeOwned>(
        &self,
        site: &Site,
        purpose: Purpose,
        kind: &str,
        headers: &HeaderMap,
    ) -> Option<T> {
        let name = site.cookie_name(kind);
        let plain = self.open(purpose, &name, only_value(headers, &name)?)?;
        serde_json::from_slice(&plain).ok()
    }

    fn bound_to(&self) -> [&[u8]; 2] {
        [self.issuer.as_str().as_bytes(), self.client.as_str().as_bytes()]
    }
}

const RESTART: &str = "restart";
const NOTICE: &str = "notice";

impl Restart {
    pub(crate) fn new(restarts: u8, return_to: &str, id: String, now: Timestamp) -> Self {
        Self { restarts, return_to: return_to.to_owned(), id, made: now.seconds() }
    }
}

impl Happened {
    /// The most bytes of what an app says of it.
    const MAX_REASON_BYTES: usize = 400;

    pub(crate) fn new(id: String, notice: Notice, return_to: &str, now: Timestamp) -> Self {
        let (notice, return_to) = (notice.number(), return_to.to_owned());
        Self { id, notice, return_to, reason: None, made: now.seconds() }
    }

    /// With what the app says of it, cut off where it is too long for a cookie.
    pub(crate) fn because(mut self, reason: &str) -> Self {
        let end = reason.floor_char_boundary(Self::MAX_REASON_BYTES);
        self.reason = reason.get(..end).filter(|reason| !reason.is_empty()).map(ToOwned::to_owned);
        self
    }

    pub(crate) fn notice(&self) -> Notice {
        Notice::of_number(self.notice).unwrap_or(Notice::Failed)
    }
}

/// Whether something was made within its lifetime, and not in the future.
fn is_fresh(made: i64, lifetime: Duration, now: Timestamp) -> bool {
    let age = now.seconds_after(Timestamp::from_seconds(made));
    (-10..=lifetime.as_secs().cast_signed()).contains(&age)
}
