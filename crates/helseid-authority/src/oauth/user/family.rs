//! What is stored with the refresh tokens of a login.

use std::time::Duration;

use helseid_admin_api::RefreshTokenUsage;
use helseid_protocol::rule::RefreshTokens;
use serde::{Deserialize, Serialize};

use super::login::GrantedLogin;
use crate::domain::model::Client;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::storage::sessions::{Data, Reuse};

/// How long the refresh tokens of a login are good, unless their client says otherwise: 8 h.
const LIFETIME: Duration = Duration::from_secs(28_800);

/// How long a one-time refresh token may be presented again, unless its client says otherwise: a minute.
const GRACE: Duration = Duration::from_secs(60);

/// A login that can be refreshed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredFamily {
    pub(crate) login: GrantedLogin,
    /// Whether its tokens are bound to a key.
    pub(crate) is_bound: bool,
}

impl StoredFamily {
    /// Reads what is stored; none if it was not written by this version.
    pub(crate) fn read(data: &Data) -> Option<Self> {
        serde_json::from_str(data.as_str()).ok()
    }

    /// As it is stored; none if it is more than can be.
    pub(crate) fn data(&self) -> Option<Data> {
        Data::new(serde_json::to_string(self).ok()?).ok()
    }
}

/// How long the refresh tokens of a login at this client are good, all of them together.
pub(crate) fn lifetime(client: &Client) -> Duration {
    client
        .login
        .refresh_token_lifetime_seconds
        .map_or(LIFETIME, |seconds| Duration::from_secs(seconds.into()))
}

/// How often a refresh token of this client may be presented.
pub(crate) fn reuse(client: &AuthenticatedClient<'_>) -> Reuse {
    let settings = &client.known.client.login;
    match (client.profile.switches().login.refresh_tokens, settings.refresh_token_usage) {
        (RefreshTokens::Reusable, _) | (RefreshTokens::AsTheClient, RefreshTokenUsage::Reusable) => {
            Reuse::Always
        }
        (RefreshTokens::AsTheClient, RefreshTokenUsage::OneTime) => {
            let grace = settings.refresh_grace_seconds;
            Reuse::Within(grace.map_or(GRACE, |seconds| Duration::from_secs(seconds.into())))
        }
    }
}
