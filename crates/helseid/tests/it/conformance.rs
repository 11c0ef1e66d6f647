//! What the conformance test reports of our own client, and of one that breaks rules.

use serde_json::Value;

use crate::world::World;

const OWN: &str = env!("CARGO_BIN_EXE_helseid");

fn state<'r>(report: &'r Value, rule: &str) -> &'r str {
    let rules = report["rules"].as_array().unwrap();
    rules.iter().find(|found| found["rule"] == rule).unwrap()["state"].as_str().unwrap()
}

#[test]
fn our_own_client_keeps_every_rule_of_every_profile() {
    let world = World::new();
    for profile in ["helseid", "helseid-next", "legacy", "fapi2"] {
        let run = ["conformance", "--format", "json", "--profile", profile, "--", OWN, "token", "get"];
        let report: Value = serde_json::from_str(&world.ok(&run)).unwrap();
        let rules = report["rules"].as_array().unwrap();
        let unkept: Vec<_> = rules
            .iter()
            .filter(|rule| !["kept", "not_exercised"].contains(&rule["state"].as_str().unwrap()))
            .collect();
        assert!(unkept.is_empty(), "{profile}: {unkept:?}");
        for rule in [
            "assertion.typ",
            "assertion.aud",
            "assertion.jti_once",
            "dpop.htu",
            "dpop.jti_once",
            "request.scope_allowed",
        ] {
            assert_eq!(state(&report, rule), "kept", "{profile} {rule}");
        }
        assert!(report["metadata_reads"].as_u64().unwrap() > 0);
    }
}

/// The session's API judges its callers, and ours makes no mistake there either.
#[test]
fn our_own_client_calls_the_sessions_api_by_every_rule() {
    let world = World::new();
    for profile in ["helseid", "helseid-next", "legacy", "fapi2"] {
        let call = format!("'{OWN}' call \"$HELSEID_CONFORMANCE_API/patients\"");
        let run = ["conformance", "--format", "json", "--profile", profile, "--", "sh", "-c", &call];
        let report: Value = serde_json::from_str(&world.ok(&run)).unwrap();
        let endpoints = report["endpoints"].as_array().unwrap();
        let api = endpoints.iter().find(|one| one["endpoint"] == "api").unwrap();
        assert_eq!((&api["granted"], &api["requests"]), (&1.into(), &1.into()), "{profile}: {api}");
        assert_eq!((&api["broken"], &api["warned"]), (&serde_json::json!([]), &serde_json::json!([])));
        for rule in ["dpop.htu", "dpop.ath", "dpop.jkt", "token.aud", "api.scope"] {
            assert_eq!(state(&report, rule), "kept", "{profile} {rule}");
        }
    }
}

/// An API that answers `patients` to whatever comes, in a thread of its own; tells its address, and what came.
fn foreign_api() -> (String, std::sync::mpsc::Receiver<String>) {
    use std::io::{BufRead as _, BufReader, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (came, calls) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            let head = BufReader::new(connection.try_clone().unwrap()).lines().map_while(Result::ok);
            let head: Vec<_> = head.take_while(|line| !line.is_empty()).collect();
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\nconnection: close\r\n\r\npatients";
            connection.write_all(answer.as_bytes()).unwrap();
            if came.send(head.join("\n")).is_err() {
                return;
            }
        }
    });
    (address, calls)
}

/// A session in front of somebody's API: our own client gets its answer, with the nonce that the session demands.
#[test]
fn our_own_client_calls_an_api_behind_the_session() {
    let world = World::new();
    let (address, calls) = foreign_api();
    let call = format!("'{OWN}' call \"$HELSEID_CONFORMANCE_API/patients?ward=3\" > answer.txt");
    let run = [
        "conformance",
        "--format",
        "json",
        "--upstream",
        &address,
        "--require",
        "nonce",
        "--",
        "sh",
        "-c",
        &call,
    ];
    let report: Value = serde_json::from_str(&world.ok(&run)).unwrap();
    assert_eq!(world.read("answer.txt").trim(), "patients");
    let head = calls.recv().unwrap().to_lowercase();
    assert!(head.starts_with("get /patients?ward=3 "), "{head}");
    assert!(head.contains("authorization: dpop ey") && head.contains("\ndpop: ey"), "{head}");
    let endpoints = report["endpoints"].as_array().unwrap();
    let api = endpoints.iter().find(|one| one["endpoint"] == "api").unwrap();
    assert_eq!((&api["requests"], &api["granted"]), (&2.into(), &1.into()), "{api}");
    assert_eq!(state(&report, "dpop.nonce"), "kept");
    assert_eq!(
        (&report["api"]["upstream"], &report["api"]["requires"]["nonce"]),
        (&address.into(), &true.into())
    );
}

/// What is demanded in vain is in the report, and the API behind never hears of the call.
#[test]
fn a_machine_does_not_get_through_to_an_api_that_demands_a_person() {
    let world = World::new();
    let (address, calls) = foreign_api();
    let call = format!("'{OWN}' call \"$HELSEID_CONFORMANCE_API/patients\" || true");
    let run = [
        "conformance",
        "--upstream",
        &address,
        "--upstream-credentials",
        "as-bearer",
        "--require",
        "person",
        "--require-level",
        "4",
        "--require-attestation",
        "--",
        "sh",
        "-c",
        &call,
    ];
    let output = world.run(&run);
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(
        report.contains("demands   a person, security level 4, an attestation of at most 60 minutes"),
        "{report}"
    );
    assert!(report.contains("\n  api.person ") && report.contains("\nbroken: 2\n"), "{report}");
    assert!(calls.try_recv().is_err());
    let wrong = ["conformance", "--upstream", "http://10.0.0.1", "--", "true"];
    assert!(world.fails(1, &wrong).contains("it is http, and not on loopback"));
    let alone = ["conformance", "--upstream-credentials", "as-bearer", "--", "true"];
    let alone = world.run(&alone);
    assert_eq!(alone.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&alone.stderr).contains("--upstream <URL>"));
}

#[test]
fn a_command_that_asks_for_nothing_has_exercised_nothing() {
    let world = World::new();
    let output = world.run(&["conformance", "--", "true"]);
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("broken: 0") && report.contains("no token was given"), "{report}");
    assert!(world.fails(1, &["conformance", "--", "no-such-command"]).contains("after --"));
}
