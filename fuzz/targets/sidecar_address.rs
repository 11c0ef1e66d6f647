#![no_main]
//! An address that a caller of the sidecar wants to call, below the base of an API: it is refused, or everyone reads it as one below the
//! base, however often it is decoded and resolved.
//!
//! The first line is the base.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((base, address)) = text.split_once('\n') else { return };
    helseid_protocol::address::is_taken(base, address);
    helseid_protocol::address::is_taken(base, &format!("{base}{address}"));
});
