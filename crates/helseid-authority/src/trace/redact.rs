//! Redacts JSON that a stranger sent: no secrets, and nothing of unbounded length, are shown.

use helseid_protocol::secret::shown;
use serde_json::Value;

/// The private members of keys (RFC 7518 section 6), and a DPoP nonce.
const HIDDEN: [&str; 10] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "nonce", "password"];

/// Claims about patients and personnel, which are shown on demand only.
const SENSITIVE: [&str; 2] = ["assertion_details", "authorization_details"];

/// Whether the structured claims are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Structured {
    Shown,
    Hidden,
}

/// The value with what may not be shown replaced.
pub(super) fn value(value: Value, structured: Structured) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                let value = match name.as_str() {
                    hidden if HIDDEN.contains(&hidden) => "(hidden)".into(),
                    sensitive if structured == Structured::Hidden && SENSITIVE.contains(&sensitive) => {
                        "(shown on demand: details=true)".into()
                    }
                    _ => self::value(value, structured),
                };
                (shown(&name), value)
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        Value::Array(items) => items.into_iter().map(|item| self::value(item, structured)).collect(),
        Value::String(long) => shown(&long).into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn private_members_tokens_and_nonces_are_hidden_at_every_depth() {
        let sent = json!({
            "jwk": { "kty": "EC", "x": "public", "d": "SECRET" },
            "nonce": "SECRET",
            "list": [{ "k": "SECRET" }, "eyJhbGciOiJub25lIn0.SECRET.", "DPoP eyJSECRET"],
            "pem": "-----BEGIN PRIVATE KEY-----SECRET",
        });
        let shown = value(sent, Structured::Hidden);
        assert!(!shown.to_string().contains("SECRET"), "{shown}");
        assert_eq!(shown["jwk"]["x"], "public");
    }

    #[test]
    fn structured_claims_are_shown_on_demand() {
        let sent = json!({ "assertion_details": { "journal_id": "1" } });
        assert!(!value(sent.clone(), Structured::Hidden).to_string().contains("journal_id"));
        assert_eq!(value(sent.clone(), Structured::Shown), sent);
    }
}
