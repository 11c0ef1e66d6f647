//! The program, as it is started.

use std::process::Command;

#[test]
fn what_keeps_it_from_starting_is_told_in_one_line() {
    for (variable, value, expected) in [
        ("HELSEID_API_LISTEN", "nowhere", "nowhere cannot be opened for listening: "),
        ("HELSEID_API_SCHEME", "mtls", "expected dpop, bearer or transition, got \"mtls\""),
        ("HELSEID_ISSUER", "no address", "the issuer \"no address\" is invalid: "),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sample-api"));
        let output = command.env("HELSEID_API_LISTEN", "127.0.0.1:0").env(variable, value).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.starts_with(expected) && said.lines().count() == 1, "{said}");
    }
}
