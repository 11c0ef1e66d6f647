//! What the admin API and the pages share.

use std::sync::Arc;

use super::access::Access;
use super::service::{
    ConformanceAdmin, FaultAdmin, LoginAdmin, RegistryAdmin, SignInTokens, SigningKeyAdmin, TraceAdmin,
};
use super::site::AdminSite;

/// The state of every handler and page.
#[derive(Clone)]
pub(crate) struct AdminState {
    pub(crate) site: Arc<AdminSite>,
    /// Who is let in.
    pub(crate) access: Arc<Access>,
    pub(crate) registry: Arc<RegistryAdmin>,
    pub(crate) signing_keys: Arc<SigningKeyAdmin>,
    pub(crate) trace: Arc<TraceAdmin>,
    pub(crate) conformance: Arc<ConformanceAdmin>,
    pub(crate) faults: Arc<FaultAdmin>,
    pub(crate) logins: Arc<LoginAdmin>,
    /// Codes and sessions of the pages.
    pub(crate) sign_in: Arc<SignInTokens>,
}
