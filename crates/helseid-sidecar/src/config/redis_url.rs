//! The address of a Redis, which may hold its password.

use std::fmt;

use serde::Deserialize;

/// The address of a Redis. Does not print.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct RedisUrl(String);

impl RedisUrl {
    /// The address itself, for the one place that connects.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("RedisUrl(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_its_password_does_not_print() {
        let url: RedisUrl = serde_json::from_str(r#""rediss://:secret@redis.example""#).unwrap();
        assert!(url.expose().contains("secret"));
        assert_eq!(format!("{url:?}"), "RedisUrl(hidden)");
    }
}
