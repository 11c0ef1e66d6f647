//! What all parts of the admin share.

use std::sync::Arc;

use helseid_protocol::id::Issuer;
use helseid_protocol::rule::Profile;
use helseid_protocol::time::Clock;

use super::mount::AdminMount;
use crate::web::rate_limit::LogBudgets;

/// Which authority this is, and where its admin is.
pub(crate) struct AdminSite {
    pub(crate) issuer: Issuer,
    pub(crate) mount: AdminMount,
    /// What clients are held to that have no profile of their own.
    pub(crate) profile: Profile,
    pub(crate) clock: Arc<dyn Clock>,
    /// What others can make us log.
    pub(crate) log: Arc<LogBudgets>,
}

impl AdminSite {
    /// The address that the pages are below; they may be off.
    pub(super) fn address(&self) -> &Issuer {
        self.mount.own_address().unwrap_or(&self.issuer)
    }
}
