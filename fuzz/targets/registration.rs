#![no_main]
//! What the admin API and self-service register: it can be read back, or it is refused.

#[path = "../src/read_back.rs"]
mod read_back;

use helseid_admin_api::{ApiResource, ClientRegistration, Delegation, NewKey, OrganisationEntry, PersonEntry};
use serde_json::Value;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // By the most lenient reader of all that a registration may have passed.
    let Ok(sent) = serde_json::from_slice::<Value>(bytes) else { return };
    read_back::key(&sent);
    if let Ok(key) = serde_json::from_value::<NewKey>(sent.clone()) {
        read_back::key(&key.jwk);
    }
    if let Ok(client) = serde_json::from_value::<ClientRegistration>(sent.clone()) {
        client.keys.iter().for_each(read_back::key);
        read_back::scopes(&client.scopes);
        read_back::words(&client.org_children);
    }
    if let Ok(api) = serde_json::from_value::<ApiResource>(sent.clone()) {
        read_back::api(&api);
    }
    if let Ok(entry) = serde_json::from_value::<OrganisationEntry>(sent.clone()) {
        read_back::organisation(&entry);
    }
    if let Ok(person) = serde_json::from_value::<PersonEntry>(sent.clone()) {
        read_back::json(&person);
    }
    if let Ok(delegation) = serde_json::from_value::<Delegation>(sent) {
        read_back::json(&delegation);
    }
});
