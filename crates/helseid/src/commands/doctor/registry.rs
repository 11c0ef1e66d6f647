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
    own(setup).await.is_some_and(|own| !own.grant_types.contains(GrantType::AuthorizationCode))
}

/// Where people come back to who log in with the client.
pub(super) async fn redirect_uris(setup: &Setup) -> Option<Vec<String>> {
    own(setup).await.map(|own| own.login.redirect_uris.iter().map(ToString::to_string).collect())
}

async fn own(setup: &Setup) -> Option<RegisteredClient> {
    let clients = clients(setup).await?;
    clients.into_iter().find(|client| client.client_id == setup.config.client_id)
}
