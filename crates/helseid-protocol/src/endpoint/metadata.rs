//! The authority's metadata (OpenID Connect Discovery 1.0, RFC 8414).

use serde::{Deserialize, Deserializer, Serialize};

use super::LoginMetadata;
use crate::dpop::Target;
use crate::grant::GrantType;
use crate::id::Issuer;
use crate::jose::json;

/// Where the metadata is, below the issuer (OpenID Connect Discovery 1.0 section 4).
pub const PATH: &str = "/.well-known/openid-configuration";

/// Where the same is by RFC 8414 section 3.1: before the issuer's own path, see [`Issuer::inserted`].
pub const OAUTH_PATH: &str = "/.well-known/oauth-authorization-server";

/// The most bytes of an answer that are read: 256 KiB.
pub const MAX_BYTES: usize = 256 * 1024;

/// What an authority says of itself: what our parties need of it, and what other libraries want to see.
///
/// ```
/// use helseid_protocol::endpoint::Metadata;
/// use helseid_protocol::id::Issuer;
///
/// let issuer = Issuer::parse("https://sts.example")?;
/// let document = br#"{"issuer": "https://sts.example", "token_endpoint": "https://sts.example/connect/token"}"#;
/// assert_eq!(Metadata::read(document, &issuer)?.token_endpoint, "https://sts.example/connect/token");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The authority's name. Equals the one that was asked: [`Metadata::read`] checks it.
    pub issuer: Issuer,
    /// Where its keys are. Needed by whoever verifies tokens, and by nobody else (RFC 8414 section 2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Where tokens are.
    pub token_endpoint: String,
    /// Where users log in (RFC 6749 section 3.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_endpoint: Option<String>,
    /// Where authorization requests are pushed (RFC 9126).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
    /// Where tokens are introspected (RFC 7662).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub introspection_endpoint: Option<String>,
    /// Where tokens are revoked (RFC 7009).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// Where users log out (OpenID Connect RP-Initiated Logout 1.0).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// `grant_types_supported`, as far as they are known here.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "known_grants")]
    pub grant_types_supported: Vec<GrantType>,
    /// `response_types_supported`; required by Discovery, and empty without user login.
    #[serde(default)]
    pub response_types_supported: Vec<String>,
    /// `subject_types_supported`.
    #[serde(default)]
    pub subject_types_supported: Vec<String>,
    /// `id_token_signing_alg_values_supported`.
    #[serde(default)]
    pub id_token_signing_alg_values_supported: Vec<String>,
    /// `token_endpoint_auth_methods_supported`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// `token_endpoint_auth_signing_alg_values_supported`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<String>,
    /// `dpop_signing_alg_values_supported`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<String>,
    /// `scopes_supported`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes_supported: Vec<String>,
    /// `claims_supported`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims_supported: Vec<String>,
    /// `expired_jwks_uri`, HelseID's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired_jwks_uri: Option<String>,
    /// What it says of user login.
    #[serde(flatten)]
    pub login: LoginMetadata,
}

/// Why an answer is not the metadata that was asked for.
///
/// ```
/// use helseid_protocol::endpoint::metadata::{InvalidMetadata, Metadata};
/// use helseid_protocol::id::Issuer;
///
/// let document = br#"{"issuer": "https://sts.example/", "token_endpoint": "https://sts.example/connect/token"}"#;
/// let asked = Issuer::parse("https://sts.example")?;
/// let Err(why) = Metadata::read(document, &asked) else { panic!("another issuer's metadata") };
/// assert!(matches!(&why, InvalidMetadata::Issuer { expected, .. } if *expected == asked));
/// assert!(why.to_string().ends_with("they differ by the slash at the end, which is part of the name"));
/// # Ok::<(), helseid_protocol::id::InvalidIssuer>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMetadata {
    /// Not a strict JSON object.
    #[error("the response is not metadata: {0}")]
    Json(#[from] json::InvalidJson),
    /// A member is missing or has the wrong type.
    #[error("the response is not metadata: {0}")]
    Member(String),
    /// RFC 8414 section 3.3: somebody else's metadata.
    #[error("the metadata is of another issuer: expected {expected}, got {got}{}", by_a_slash(.expected, .got))]
    Issuer {
        /// The one that was asked.
        expected: Issuer,
        /// The one that it names.
        got: Issuer,
    },
}

impl Metadata {
    /// Reads metadata and checks that it is of `issuer` (RFC 8414 section 3.3), and that the addresses in it are http(s)
    /// URLs, as far as every client calls them: those for user login are not looked at. Whether they may be called without
    /// TLS is not checked here.
    pub fn read(json: &[u8], issuer: &Issuer) -> Result<Self, InvalidMetadata> {
        let object = json::read_object(json)?;
        let metadata: Self =
            serde_json::from_value(object.into()).map_err(|why| InvalidMetadata::Member(why.to_string()))?;
        if metadata.issuer != *issuer {
            return Err(InvalidMetadata::Issuer { expected: issuer.clone(), got: metadata.issuer });
        }
        let keys = metadata.jwks_uri.iter().map(|address| ("jwks_uri", address));
        for (name, address) in keys.chain([("token_endpoint", &metadata.token_endpoint)]) {
            Target::of_request(address)
                .map_err(|why| InvalidMetadata::Member(format!("{name} is an invalid address: {why}")))?;
        }
        Ok(metadata)
    }
}

/// Leaves out the names that are not known here: HelseID's own metadata has some of those.
fn known_grants<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<GrantType>, D::Error> {
    let names = Vec::<String>::deserialize(from)?;
    Ok(names.iter().filter_map(|name| GrantType::by_name(name)).collect())
}

/// A hint for people, whose eyes pass over it.
fn by_a_slash(expected: &Issuer, got: &Issuer) -> &'static str {
    if expected.differs_by_slash(got) {
        "; they differ by the slash at the end, which is part of the name"
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALONE: &str = r#"{"issuer":"https://sts.example","token_endpoint":"https://sts.example/token"}"#;

    fn read(json: &str) -> Metadata {
        Metadata::read(json.as_bytes(), &Issuer::parse("https://sts.example").expect("an issuer"))
            .expect("metadata")
    }

    #[test]
    fn what_is_not_given_of_user_login_is_not_written() {
        let metadata = read(ALONE);
        assert_eq!(metadata.login, LoginMetadata::default());
        let written = serde_json::to_value(&metadata).expect("JSON");
        let names: Vec<_> = written.as_object().expect("an object").keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "id_token_signing_alg_values_supported",
                "issuer",
                "response_types_supported",
                "subject_types_supported",
                "token_endpoint"
            ]
        );
    }

    #[test]
    fn what_is_given_of_user_login_is_read_as_it_was_written() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let login = LoginMetadata {
            userinfo_endpoint: Some("https://sts.example/userinfo".to_owned()),
            response_modes_supported: names(&["query", "form_post"]),
            code_challenge_methods_supported: names(&["S256"]),
            prompt_values_supported: names(&["none", "login"]),
            acr_values_supported: names(&["Level3", "Level4"]),
            request_parameter_supported: Some(true),
            request_object_signing_alg_values_supported: names(&["PS256"]),
            require_pushed_authorization_requests: Some(false),
            authorization_response_iss_parameter_supported: Some(true),
            frontchannel_logout_supported: Some(true),
            frontchannel_logout_session_supported: Some(true),
            backchannel_logout_supported: Some(true),
            backchannel_logout_session_supported: Some(true),
            available_idps: Some("https://sts.example/idps".to_owned()),
        };
        let metadata = Metadata { login, ..read(ALONE) };
        let json = serde_json::to_string(&metadata).expect("JSON");
        assert!(json.contains(r#""require_pushed_authorization_requests":false"#), "{json}");
        assert_eq!(read(&json), metadata);
    }

    #[test]
    fn a_member_of_user_login_of_another_type_fails_nothing() {
        let full = LoginMetadata {
            userinfo_endpoint: Some("https://sts.example/userinfo".to_owned()),
            response_modes_supported: vec!["query".to_owned()],
            request_parameter_supported: Some(true),
            ..LoginMetadata::default()
        };
        let valid = serde_json::to_value(Metadata { login: full.clone(), ..read(ALONE) }).expect("JSON");
        for odd in [serde_json::json!(null), serde_json::json!(7), serde_json::json!({ "a": [] })] {
            for name in ["userinfo_endpoint", "response_modes_supported", "request_parameter_supported"] {
                let mut changed = valid.clone();
                changed[name] = odd.clone();
                let mut expected = full.clone();
                match name {
                    "userinfo_endpoint" => expected.userinfo_endpoint = None,
                    "response_modes_supported" => expected.response_modes_supported.clear(),
                    _ => expected.request_parameter_supported = None,
                }
                assert_eq!(read(&changed.to_string()).login, expected, "{name}: {odd}");
            }
        }
    }

    #[test]
    fn grants_that_are_not_known_are_left_out() {
        let json = br#"{"issuer":"https://sts.example","token_endpoint":"https://sts.example/token",
            "grant_types_supported":["implicit","client_credentials","urn:openid:params:grant-type:ciba","refresh_token"]}"#;
        let issuer = Issuer::parse("https://sts.example").expect("an issuer");
        let metadata = Metadata::read(json, &issuer).expect("metadata");
        let known = [GrantType::ClientCredentials, GrantType::RefreshToken];
        assert_eq!(metadata.grant_types_supported, known);
        let written = serde_json::to_value(&metadata).expect("JSON");
        assert_eq!(
            written["grant_types_supported"],
            serde_json::json!(["client_credentials", "refresh_token"])
        );
    }
}
