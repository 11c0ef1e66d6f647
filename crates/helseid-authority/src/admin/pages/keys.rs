//! A client's public key, from the text of whatever file people have.

use helseid_protocol::jose::{format, json};
use helseid_protocol::rule::Rule;
use helseid_protocol::time::Timestamp;
use serde_json::Value;

use super::read::misread;
use super::refusal::Refusal;
use crate::web::form::Fields;

/// The public JWK of a text: a JWK, a JWK Set of one key, PEM, or a certificate. Whether it will do is checked when it is
/// registered; a private key is refused before it is looked at any further, and not kept.
pub(super) fn public_key(text: &str) -> Result<Value, Refusal> {
    if text.contains("PRIVATE KEY") {
        return Err(private());
    }
    if text.starts_with('{') {
        let object = json::read_object(text.as_bytes()).map_err(|why| unreadable(&why.to_string()))?;
        return match object.get("keys").and_then(Value::as_array).map(Vec::as_slice) {
            Some([only]) => Ok(only.clone()),
            Some(several) => Err(unreadable(&format!("a JWK Set of {} keys", several.len()))),
            None => Ok(Value::Object(object)),
        };
    }
    let key = format::read_public(text.as_bytes(), None).map_err(|why| unreadable(&why.to_string()))?;
    Ok(Value::Object(key.members().clone()))
}

/// The end of the day that a form names, in UTC.
pub(super) fn expiry(fields: &Fields) -> Result<Option<Timestamp>, Refusal> {
    let Some(day) = fields.given("expires") else { return Ok(None) };
    let end = Timestamp::from_rfc3339(&format!("{day}T23:59:59Z"));
    end.map(Some).ok_or_else(|| misread(day, "a date such as 2027-01-31"))
}

fn private() -> Refusal {
    let rule = Rule::KeyPublic;
    let why = format!("{}. {}", rule.breach(), rule.statement());
    Refusal::invalid("a key cannot be registered", why, rule.fix())
}

fn unreadable(why: &str) -> Refusal {
    let detail = format!("expected a public key as JWK or PEM, or a certificate; got {why}");
    Refusal::invalid(
        "the key cannot be read",
        detail,
        "send NAME_public.json as helseid key generate writes it",
    )
}

#[cfg(test)]
mod tests {
    use helseid_protocol::jose::format::{PemForm, private_to_pem, public_to_pem};
    use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};

    use super::*;

    fn key() -> PrivateJwk {
        PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)
    }

    #[test]
    fn a_public_key_is_read_from_each_text() {
        let public = key().public().clone();
        let jwk = public.to_json();
        assert_eq!(public_key(&jwk).unwrap()["x"], public.members()["x"]);
        assert_eq!(public_key(&format!("{{\"keys\":[{jwk}]}}")).unwrap()["x"], public.members()["x"]);
        let pem = public_to_pem(&public).unwrap();
        assert_eq!(public_key(&pem).unwrap()["x"], public.members()["x"]);
    }

    #[test]
    fn a_private_key_is_not_read_and_not_told() {
        let pem = private_to_pem(&key(), PemForm::Pkcs8).unwrap();
        let refusal = format!("{:?}", public_key(pem.expose()).unwrap_err());
        assert!(refusal.contains(Rule::KeyPublic.breach()), "{refusal}");
        let told = pem.expose().lines().find(|line| refusal.contains(*line));
        assert_eq!(told, None, "of the private key");
    }
}
