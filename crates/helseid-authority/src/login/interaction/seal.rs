//! What a page brings back, sealed for one visit.

use helseid_protocol::jose::base64url;
use helseid_protocol::jose::crypto::SealingKey;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::cookies::VisitCookie;
use crate::login::demand::{LoginDemand, RequestHandle};
use crate::login::site::LoginSite;

/// Another program's version of it does not open.
const VERSION: &str = "login visit 1";

/// What a page brings back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    pub(super) begun: Timestamp,
    pub(super) handle: RequestHandle,
    pub(super) demand: LoginDemand,
}

impl Sealed {
    /// The text for the page; none if it cannot be written, which it always can.
    pub(super) fn seal(&self, site: &LoginSite, visit: &VisitCookie) -> Option<String> {
        let text = Zeroizing::new(serde_json::to_vec(self).ok()?);
        Some(base64url::encode(&key(site, visit).seal(&place(site, visit), &text)))
    }

    /// Opens what was sealed for this visit.
    pub(super) fn open(site: &LoginSite, visit: &VisitCookie, sealed: &str) -> Option<Self> {
        let sealed = base64url::decode(sealed).ok()?;
        let text = key(site, visit).open(&place(site, visit), &sealed)?;
        serde_json::from_slice(&text).ok()
    }
}

/// Follows from what the authority knows and what the browser knows: neither opens anything alone. It seals once.
fn key(site: &LoginSite, visit: &VisitCookie) -> SealingKey {
    SealingKey::new(&Zeroizing::new(site.key.code(&[b"visit", visit.secret.as_str().as_bytes()])))
}

fn place(site: &LoginSite, visit: &VisitCookie) -> Vec<u8> {
    format!("{VERSION} {} {}", visit.id.as_str(), site.issuer).into_bytes()
}
