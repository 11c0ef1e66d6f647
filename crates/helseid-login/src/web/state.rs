//! What the routes of one app stand on.

use std::pin::Pin;
use std::sync::Arc;

use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::jose::base64url;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::random::bytes16;
use helseid_protocol::time::Timestamp;
use tokio::sync::Semaphore;

use super::arrival::{Arrival, Decision};
use super::cookie::{PendingCookies, SealedCookies};
use super::pages::Frame;
use super::site::Site;
use crate::flow::{LoginClient, LoginRequest};
use crate::session::{Rate, Sessions};

/// Decides on a person who has logged in.
pub(crate) type Policy = Arc<dyn Fn(Arrival) -> Pin<Box<dyn Future<Output = Decision> + Send>> + Send + Sync>;

/// What the routes of one app stand on.
pub(crate) struct Shared {
    pub(crate) site: Site,
    pub(crate) client: LoginClient,
    pub(crate) sessions: Sessions,
    pub(crate) sealed: SealedCookies,
    /// What every login asks for.
    pub(crate) request: LoginRequest,
    /// The level that every login has at least.
    pub(crate) level: Option<SecurityLevel>,
    pub(crate) policy: Option<Policy>,
    /// Logins whose pushed request is on its way.
    pub(crate) places: Semaphore,
    /// Logins that begin in one second.
    pub(crate) rate: Rate,
    /// Whether front-channel logout is answered.
    pub(crate) front_channel: bool,
    /// Where a person chooses an organisation.
    pub(crate) organisation_page: Option<String>,
    /// The authority's origin, as a policy of a page names it.
    pub(crate) away: String,
    pub(crate) log: LogBudget,
}

/// Pushed requests on their way at once. More is a crowd or an attack: who comes then is told to try again.
pub(crate) const PLACES: usize = 64;

/// Logins that begin in one second. A large hospital has fewer in its first minute of the day.
pub(crate) const PER_SECOND: u32 = 200;

/// Lines of the log that strangers cause, at once and for each second.
pub(crate) const LOG_LINES: (u32, u32) = (50, 5);

impl Shared {
    pub(crate) fn now(&self) -> Timestamp {
        self.client.now()
    }

    /// What the pages have around them.
    pub(crate) fn frame(&self) -> Frame<'_> {
        Frame { base: self.site.base(), front: self.site.front(), away: &self.away }
    }

    pub(crate) const fn pending(&self) -> PendingCookies<'_> {
        PendingCookies { site: &self.site, sealed: &self.sealed }
    }

    /// An id under which something is in the log, and on the page that says it happened.
    pub(crate) fn new_id(&self) -> String {
        let bytes = bytes16(&*self.client.random());
        base64url::encode(bytes.get(..9).unwrap_or_default())
    }
}
