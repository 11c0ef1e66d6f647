//! Addresses that a client registers: where browsers are sent back to, and what is told of a logout.

use helseid_protocol::bounded::Bounded;

pub use helseid_protocol::uri::{InvalidUri, LogoutUri, MAX_URI_BYTES, RedirectUri};

/// The redirect URIs of a client.
pub type RedirectUris = Bounded<RedirectUri, 100>;
