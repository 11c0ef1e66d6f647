#![no_main]
//! A request object: whatever the client signs, it is taken or refused, and never for another client.
//!
//! The first byte chooses the profile and the way. Then a line with members for the header as a JSON object, and one with
//! members for the claims, which are signed by the client's key, beside the parameters of the rest.

#[path = "../src/login.rs"]
mod login;

use helseid_protocol::authorize::{front, push};
use helseid_protocol::endpoint::{ClientForm, ClientFormRules};
use helseid_protocol::forge::{self, Jwt};
use helseid_protocol::rule::Trail;
use login::{CLIENT, ISSUER, KEY, NOW};
use serde_json::Value;

fn changed(jwt: Jwt, members: &str, change: fn(Jwt, &str, Value) -> Jwt) -> Jwt {
    let Ok(Value::Object(members)) = serde_json::from_str(members) else { return jwt };
    members.into_iter().fold(jwt, |jwt, (name, value)| change(jwt, &name, value))
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let mut lines = text.splitn(3, '\n');
    let [header, claims, beside] = [(); 3].map(|()| lines.next().unwrap_or_default());
    let jwt = forge::request_object(&KEY, &CLIENT, &ISSUER, NOW);
    let jwt = changed(jwt, header, |jwt, name, value| jwt.header(name, value));
    let jwt = changed(jwt, claims, |jwt, name, value| jwt.claim(name, value));
    let form = format!(
        "client_assertion=a.b.c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
         &request={}&{beside}",
        jwt.sign(&KEY)
    );
    let mut trail = Trail::new();
    let content_type = Some("application/x-www-form-urlencoded");
    let Ok(form) = ClientForm::read(ClientFormRules::PAR, content_type, form.as_bytes(), &mut trail) else {
        return;
    };
    let checked = login::judged(*first, |client, expectations| {
        if first & 0x80 == 0 {
            front(form.parameters(), (client, expectations), &mut trail).ok()
        } else {
            push(form.parameters(), None, (client, expectations), &mut trail).ok()
        }
    });
    let Some(checked) = checked else { return };
    assert!(
        checked.client_id == *CLIENT && jwt.claim_of("iss").and_then(Value::as_str) == Some(CLIENT.as_str())
    );
    if let Some(id) = checked.request_object {
        assert!(id.remember_until(std::time::Duration::ZERO) > NOW);
    }
});
