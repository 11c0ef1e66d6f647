//! The issuer's keys (`jwks_uri`): RFC 7517 section 5, RFC 8414 section 2.

/// Where HelseID publishes its keys, below the issuer.
pub const PATH: &str = "/.well-known/openid-configuration/jwks";

/// Where HelseID publishes the keys that it has retired, below the issuer.
pub const EXPIRED_PATH: &str = "/connect/expiredjwks";

/// The most bytes of an answer that are read: 256 KiB.
pub const MAX_BYTES: usize = 256 * 1024;
