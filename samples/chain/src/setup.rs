//! What HelseID must know of the chain: two clients, and who may exchange whose tokens. At the real HelseID an administrator sets this
//! up in its self-service; here the local one is told.

use helseid_admin_api::{ApiResource, ClientRegistration};
use helseid_authority::Running;
use helseid_client::protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_client::{Config, KeyLocation};
use serde_json::{Value, json};

use crate::{Broken, api_one, api_two};

/// The id of the web app's client.
pub const WEB_APP: &str = "web-app";

/// The id of API one's client.
pub const API_ONE: &str = "api-one";

/// The configurations of those who request tokens.
#[derive(Debug)]
pub struct Clients {
    /// Of the web app.
    pub web_app: Config,
    /// Of API one, for calls of API two.
    pub api_one: Config,
}

/// The web app at `site`: people log in to it, and API one may exchange its tokens.
pub fn web_app(site: &str) -> Value {
    json!({
        "client_id": WEB_APP,
        "name": "The web app",
        "scopes": ["openid", "profile", "offline_access", api_one::SCOPE],
        "grant_types": ["authorization_code", "refresh_token"],
        "login": {
            "redirect_uris": [format!("{site}/callback")],
            "post_logout_redirect_uris": [format!("{site}/logged-out")],
        },
        "may_be_exchanged_by": [API_ONE],
    })
}

/// API one as a client: it exchanges tokens that it was called with for tokens to API two.
pub fn api_one() -> Value {
    json!({
        "client_id": API_ONE,
        "name": "API one",
        "scopes": [api_two::SCOPE],
        "grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"],
        "own_audiences": [api_one::AUDIENCE],
    })
}

/// Registers both, each with a new key that nobody else has.
pub async fn register(authority: &Running, web_app: Value, api_one: Value) -> Result<Clients, Broken> {
    // Both APIs want to know what the person is called.
    for (audience, scope) in [(api_one::AUDIENCE, api_one::SCOPE), (api_two::AUDIENCE, api_two::SCOPE)] {
        let api = json!({ "audience": audience, "scopes": [scope], "claims": ["name"] });
        authority.add_api(serde_json::from_value::<ApiResource>(api)?).await?;
    }
    Ok(Clients { web_app: client(authority, web_app).await?, api_one: client(authority, api_one).await? })
}

async fn client(authority: &Running, registration: Value) -> Result<Config, Broken> {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let mut registration: ClientRegistration = serde_json::from_value(registration)?;
    registration.keys = vec![Value::Object(key.public().members().clone())];
    let scope = registration.scopes.clone();
    let registered = authority.register(registration).await?;
    let key = KeyLocation::Text(key.to_json());
    let mut config = Config::new(authority.issuer().clone(), registered.client_id, key);
    config.scope = scope;
    Ok(config)
}
