//! What the registry of the local authority says, where it is at hand.

use helseid_admin_api::RegisteredClient;
use helseid_protocol::grant::GrantType;

use super::configuration::Setup;
use crate::admin::Admin;

/// All clients; none where the issuer is not the local authority, or its registry cannot be read.
pub(super) async fn clients(setup: &Setup) -> Option<Vec<RegisteredClient>> {
    let admin = Admin::find(None, setup.data_dir.as_deref(), setup.outbound.clone())
        .ok()
        .filter(|admin| *admin.issuer() == setup.config.issuer)?;
    crate::commands::client::all(&admin).await.ok()
}

/// Whether the client is known to log nobody in, so that a pushed request would only be refused.
pub(super) async fn logs_nobody_in(setup: &Setup) -> bool {
    let clients = clients(setup).await.unwrap_or_default();
    let own = clients.iter().find(|client| client.client_id == setup.config.client_id);
    own.is_some_and(|own| !own.grant_types.contains(GrantType::AuthorizationCode))
}
