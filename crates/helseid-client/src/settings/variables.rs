//! The environment.

use std::path::PathBuf;

use helseid_protocol::jose::format::Password;
use helseid_protocol::secret::PrivateKeyText;

use super::parts::{KeyPlace, Scopes, Settings};

impl Settings {
    /// The settings in the `HELSEID_*` variables. `variable` looks one up.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        // Mounted secrets and quoted lines have a line ending.
        let set = |name: &str| {
            variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let password = variable("HELSEID_KEY_PASSWORD").filter(|value| !value.trim().is_empty());
        Self {
            issuer: set("HELSEID_ISSUER"),
            client_id: set("HELSEID_CLIENT_ID"),
            key_file: set("HELSEID_CLIENT_JWK_FILE").map(PathBuf::from),
            key: set("HELSEID_CLIENT_KEY").map(KeyPlace::from),
            jwk: set("HELSEID_CLIENT_JWK").map(PrivateKeyText::new),
            key_password: password.map(|text| Password::of_one_line(&text)),
            key_alias: set("HELSEID_KEY_ALIAS"),
            scope: set("HELSEID_SCOPE").map(Scopes::Text),
            ca_file: set("HELSEID_CA_FILE").map(PathBuf::from),
            insecure_http: set("HELSEID_INSECURE_HTTP").map(|hosts| {
                let hosts = hosts.split(|c: char| c == ',' || c.is_whitespace());
                hosts.filter(|host| !host.is_empty()).map(str::to_owned).collect()
            }),
            ..Self::default()
        }
    }
}
