//! The configuration file that NHN's self-service hands out: a JSON object with the private JWK as text inside.

use serde_json::Value;
use zeroize::Zeroizing;

use super::{KeyReader, UnreadableKey, xml};
use crate::jose::json::{self, Object};
use crate::jose::jwk::{InvalidJwk, PrivateJwk};

/// NHN's configuration file, as far as a client needs it (HelseID: configuration files).
///
/// `grantTypes`, `redirectUris`, `pkceRequired` and the like are left aside.
///
/// ```
/// use helseid_protocol::jose::format::{NhnConfiguration, UnreadableKey};
/// # use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
///
/// # let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
/// let file = serde_json::json!({
///     "clientId": "1f2a6b0e-7c1d-4a50-9e0b-51a1c8a0d0c4",
///     "authority": "https://helseid-sts.nhn.no/connect/token",
///     "scopes": ["nhn:my-api/read"],
///     "privateJwk": key.to_json().expose(),
/// });
/// let client = NhnConfiguration::read(&file.to_string())?;
/// assert_eq!((client.issuer(), client.scopes().len()), ("https://helseid-sts.nhn.no", 1));
/// # Ok::<(), UnreadableKey>(())
/// ```
#[derive(Debug)]
pub struct NhnConfiguration {
    client_name: Option<String>,
    client_id: String,
    authority: String,
    scopes: Vec<String>,
    key: PrivateJwk,
}

/// The file writes the token endpoint where others write the issuer.
const TOKEN_PATH: &str = "/connect/token";

impl NhnConfiguration {
    /// Whether `text` has the file's form: a JSON object with `clientId` and a key.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        let has_key = |members: &Object| KEY_MEMBERS.iter().any(|name| members.contains_key(*name));
        json::read_object(text.as_bytes())
            .is_ok_and(|found| found.contains_key("clientId") && has_key(&found))
    }

    /// Reads the file. The key stands in `privateJwk`, also percent-encoded, else in `rsaPrivateKey` as XML.
    pub fn read(text: &str) -> Result<Self, UnreadableKey> {
        let mut members = json::read_object(text.as_bytes()).map_err(InvalidJwk::from)?;
        // Both taken out before anything can fail, so that both are wiped.
        let [jwk, xml] = KEY_MEMBERS.map(|name| match members.remove(name) {
            Some(Value::String(text)) => Some(Zeroizing::new(text)).filter(|text| !text.trim().is_empty()),
            Some(Value::Object(object)) => Some(Zeroizing::new(Value::Object(object).to_string())),
            _ => None,
        });
        let key = match (jwk, xml) {
            (Some(jwk), _) => KeyReader::default().private(jwk.as_bytes())?.key,
            (None, Some(xml)) => xml::private(&xml)?,
            (None, None) => return Err(UnreadableKey::NoPrivateKey("a client's settings")),
        };
        let scopes = match members.get("scopes") {
            Some(Value::Array(scopes)) => {
                scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(Value::String(scopes)) => scopes.split_ascii_whitespace().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let text = |name| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let missing = |name| UnreadableKey::Jwk(InvalidJwk::Missing(name));
        Ok(Self {
            client_name: text("clientName"),
            client_id: text("clientId").ok_or_else(|| missing("clientId"))?,
            authority: text("authority").ok_or_else(|| missing("authority"))?,
            scopes,
            key,
        })
    }

    /// `clientName`, for people.
    #[must_use]
    pub fn client_name(&self) -> Option<&str> {
        self.client_name.as_deref()
    }

    /// `clientId`.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The issuer: `authority` without the token endpoint's path.
    #[must_use]
    pub fn issuer(&self) -> &str {
        let trimmed = self.authority.trim_end_matches('/');
        trimmed.strip_suffix(TOKEN_PATH).unwrap_or(trimmed)
    }

    /// `scopes`.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The private key; its `kid` and `alg` are mostly missing.
    #[must_use]
    pub const fn key(&self) -> &PrivateJwk {
        &self.key
    }

    /// The private key alone.
    #[must_use]
    pub fn into_key(self) -> PrivateJwk {
        self.key
    }
}

const KEY_MEMBERS: [&str; 2] = ["privateJwk", "rsaPrivateKey"];
