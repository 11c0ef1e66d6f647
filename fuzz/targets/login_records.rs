#![no_main]
//! What a login keeps in cookies and reads again: any bytes are read or refused, and what was read is written as it was.
//!
//! The first byte says which is read.

use helseid_login::SealingKeys;
use helseid_login::flow::{PendingLogin, Returned, SpentLogin};
use helseid_login::session::SessionCookie;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    match kind {
        b'p' => {
            let Some(read) = PendingLogin::from_bytes(bytes) else { return };
            let written = read.to_bytes();
            if let Some(again) = PendingLogin::from_bytes(&written) {
                assert_eq!(*again.to_bytes(), *written);
                assert_eq!((again.state(), again.return_to()), (read.state(), read.return_to()));
            } else {
                // What is written of odd JSON may be longer than what came.
                assert!(written.len() > PendingLogin::MAX_BYTES);
            }
        }
        b's' => {
            let Some(read) = SpentLogin::from_bytes(bytes) else { return };
            assert!(
                SpentLogin::from_bytes(&read.to_bytes()).is_some_and(|again| again.state() == read.state())
            );
        }
        b'c' => {
            let Some(read) = SessionCookie::parse(bytes) else { return };
            assert_eq!(read.expose().as_bytes(), bytes);
        }
        b'k' => drop(std::str::from_utf8(bytes).map(SealingKeys::parse)),
        _ => {
            if let Ok(returned) = Returned::read(bytes) {
                assert!(!returned.state().is_empty());
            }
        }
    }
});
