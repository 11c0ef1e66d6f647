#![no_main]
//! A seed file: it is refused, or all that it says can be read back.

#[path = "../src/read_back.rs"]
mod read_back;
#[path = "../../crates/helseid/src/seed/written.rs"]
mod written;

use serde_json::Value;
use written::SeedKey;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(seed) = written::parse(text) else { return };
    seed.api.iter().for_each(read_back::api);
    seed.organisation.iter().for_each(read_back::organisation);
    seed.delegation.iter().for_each(read_back::json);
    seed.person.iter().for_each(read_back::json);
    for mut client in seed.client {
        for key in std::mem::take(&mut client.keys) {
            match key {
                SeedKey::Jwk(members) => read_back::key(&Value::Object(members)),
                // A name is a name: no file is opened here.
                SeedKey::File(name) => assert!(text.len() >= name.len()),
            }
        }
        let registration = client.registration(Vec::new());
        read_back::scopes(&registration.scopes);
        read_back::words(&registration.org_children);
    }
});
