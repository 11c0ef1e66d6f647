//! Addresses that a client registers: where browsers are sent back to, and what is told of a logout.

use helseid_protocol::bounded::Bounded;

pub use helseid_protocol::uri::{InvalidUri, LogoutUri, MAX_URI_BYTES, RedirectUri};

/// The redirect URIs of a client.
///
/// ```
/// use helseid_admin_api::{RedirectUri, RedirectUris};
///
/// let json = r#"["https://journal.example/callback", "http://127.0.0.1/callback"]"#;
/// let registered: RedirectUris = serde_json::from_str(json)?;
/// assert_eq!(registered.iter().filter(|uri| uri.takes_any_port()).count(), 1);
/// // Compared byte for byte: another path is another address.
/// assert!(!registered.contains(&RedirectUri::parse("https://journal.example/callback/")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type RedirectUris = Bounded<RedirectUri, 100>;
