//! What of a stranger's JSON may be shown: nothing that lets its reader in, and nothing without end.

use serde_json::Value;

/// The most characters of a text.
const MAX_CHARS: usize = 200;

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

/// The value without what may not be shown.
pub(super) fn value(value: Value, structured: Structured) -> Value {
    match value {
        Value::Object(members) => {
            let member = |(name, value): (String, Value)| {
                let shown = match name.as_str() {
                    hidden if HIDDEN.contains(&hidden) => "(hidden)".into(),
                    sensitive if structured == Structured::Hidden && SENSITIVE.contains(&sensitive) => {
                        "(shown on demand: details=true)".into()
                    }
                    _ => self::value(value, structured),
                };
                (text(&name), shown)
            };
            Value::Object(members.into_iter().map(member).collect())
        }
        Value::Array(items) => items.into_iter().map(|item| self::value(item, structured)).collect(),
        Value::String(long) => text(&long).into(),
        other => other,
    }
}

/// A text, cut; a token or a key in it is not shown.
pub(super) fn text(text: &str) -> String {
    let secret = text.split_whitespace().any(|word| word.starts_with("eyJ")) || text.contains("PRIVATE KEY");
    if secret {
        return "(a token or a key, hidden)".to_owned();
    }
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
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
            "long": "x".repeat(500),
        });
        let shown = value(sent, Structured::Hidden);
        assert!(!shown.to_string().contains("SECRET"), "{shown}");
        assert_eq!(shown["jwk"]["x"], "public");
        assert_eq!(shown["long"].as_str().map(|long| long.chars().count()), Some(MAX_CHARS + 1));
    }

    #[test]
    fn structured_claims_are_shown_on_demand() {
        let sent = json!({ "assertion_details": { "journal_id": "1" } });
        assert!(!value(sent.clone(), Structured::Hidden).to_string().contains("journal_id"));
        assert_eq!(value(sent.clone(), Structured::Shown), sent);
    }
}
