#![no_main]
//! A `redirect_uri` beside those that are registered: the first line is what is asked for, each other line is registered.

#[path = "../src/address.rs"]
mod address;

use helseid_protocol::redirect::RedirectTarget;
use helseid_protocol::rule::RedirectCase;
use helseid_protocol::uri::RedirectUri;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let requested = lines.next().unwrap_or_default();
    let registered: Vec<_> = lines.take(10).filter_map(|line| RedirectUri::parse(line).ok()).collect();
    for case in [RedirectCase::Exact, RedirectCase::IgnoredWithWarning] {
        let Some(found) = RedirectTarget::find(requested, &registered, case) else { continue };
        let target = found.target.as_str();
        assert!(registered.iter().any(|uri| address::is_at(target, uri)), "{target}");
        assert!(target.is_ascii() && requested.eq_ignore_ascii_case(target));
        assert!(found.is_exact == (requested == target) && (found.is_exact || case != RedirectCase::Exact));
    }
});
