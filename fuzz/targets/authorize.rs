#![no_main]
//! An authorization request, by a browser or pushed: whatever is sent, it is read or refused, and goes nowhere but to a
//! registered address.
//!
//! The first byte chooses the profile and the way. Then the query or form.

#[path = "../src/address.rs"]
mod address;
#[path = "../src/login.rs"]
mod login;

use std::sync::LazyLock;

use helseid_protocol::authorize::{
    Asked, AuthorizationForm, FrontRequest, Refusal, WrittenRequest, front, push,
};
use helseid_protocol::endpoint::{ClientForm, ClientFormRules};
use helseid_protocol::redirect::{Answer, ReturnPath};
use helseid_protocol::rule::{ErrorCode, Trail};
use login::{ISSUER, REDIRECT_URIS};

/// What authenticates the client; only its form is read here.
static CLIENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    b"client_assertion=a.b.c&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&"
        .to_vec()
});

fn goes_to_a_registered_address(way_back: &ReturnPath) {
    let registered = |text: &str| REDIRECT_URIS.iter().any(|uri| address::is_at(text, uri));
    match way_back.with_error(&ISSUER, ErrorCode::AccessDenied, "no") {
        Answer::Redirect { location, .. } => assert!(registered(&location), "{location}"),
        Answer::FormPost { action, .. } => assert!(registered(&action), "{action}"),
    }
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let mut trail = Trail::new();
    let checked = login::judged(*first, |client, expectations| {
        if first & 0x80 == 0 {
            let method = http::Method::POST;
            let content_type = Some("application/x-www-form-urlencoded");
            let request = FrontRequest { method: &method, query: None, content_type, body: rest };
            let form = AuthorizationForm::read(request, &mut trail).ok()?;
            let Ok(Asked::Here(parameters)) = form.asked(&mut trail) else { return None };
            match front(parameters, (client, expectations), &mut trail) {
                Ok(checked) => Some(checked),
                Err(Refusal::Redirect(way_back, _)) => {
                    goes_to_a_registered_address(&way_back);
                    None
                }
                Err(_) => None,
            }
        } else {
            let body = [CLIENT.as_slice(), rest].concat();
            let content_type = Some("application/x-www-form-urlencoded");
            let form = ClientForm::read(ClientFormRules::PAR, content_type, &body, &mut trail).ok()?;
            push(form.parameters(), None, (client, expectations), &mut trail).ok()
        }
    });
    let Some(checked) = checked else { return };
    goes_to_a_registered_address(&checked.way_back);
    let json = serde_json::to_string(&WrittenRequest::of(&checked)).expect("JSON");
    let written: WrittenRequest = serde_json::from_str(&json).expect("our own");
    assert!(written.read(&REDIRECT_URIS).expect("registered") == checked);
});
