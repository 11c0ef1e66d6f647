//! What all of Texas's endpoints share.

use serde_json::Value;

use crate::refusal::Refusal;

/// The one identity provider here.
const HELSEID: &str = "helseid";

/// Refuses a request for another provider, in Texas's words.
pub(crate) fn is_of_helseid(identity_provider: &str) -> Result<(), String> {
    if identity_provider == HELSEID {
        return Ok(());
    }
    let name = helseid_protocol::secret::shown(identity_provider);
    Err(format!("identity provider '{name}' is not enabled"))
}

/// A member of a form: all are texts, but for these two.
pub(crate) fn of_form(name: &str, text: String) -> Result<Value, Refusal> {
    match name {
        "authorization_details" => serde_json::from_str(&text)
            .map_err(|_| Refusal::invalid("authorization_details: expected an array in JSON")),
        "skip_cache" => match text.as_str() {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(Refusal::invalid("skip_cache: expected true or false")),
        },
        _ => Ok(text.into()),
    }
}
