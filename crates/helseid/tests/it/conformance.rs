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

#[test]
fn a_command_that_asks_for_nothing_has_exercised_nothing() {
    let world = World::new();
    let output = world.run(&["conformance", "--", "true"]);
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("broken: 0") && report.contains("no token was given"), "{report}");
    assert!(world.fails(1, &["conformance", "--", "no-such-command"]).contains("after --"));
}
