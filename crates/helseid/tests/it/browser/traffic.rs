//! What a browser has sent: each request with its address and referrer, as its DevTools tell of it.

use http::Method;
use serde_json::{Value, json};

use super::driver::Browser;

/// A request that left the browser.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: String,
    pub(super) url: String,
    /// None where the browser told nothing of where it came from.
    pub(super) referrer: Option<String>,
}

impl Browser {
    /// The requests since this was last asked, of whatever tab that a test was in.
    pub(super) async fn sent(&self) -> Vec<Sent> {
        let log = self.ask(Method::POST, "/se/log", &json!({ "type": "performance" })).await;
        let entries = log.as_array().unwrap().iter();
        entries.filter_map(|entry| sent(entry["message"].as_str()?)).collect()
    }
}

fn sent(message: &str) -> Option<Sent> {
    let event: Value = serde_json::from_str(message).ok()?;
    let event = &event["message"];
    if event["method"] != "Network.requestWillBeSent" {
        return None;
    }
    let request = &event["params"]["request"];
    let headers = request["headers"].as_object()?;
    let referrer = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("referer"));
    Some(Sent {
        method: request["method"].as_str()?.to_owned(),
        url: request["url"].as_str()?.to_owned(),
        referrer: referrer.and_then(|(_, value)| value.as_str()).map(str::to_owned),
    })
}
