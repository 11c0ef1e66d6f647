//! What programs and people met on their way, and what they are told now.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use serde_json::Value;

use crate::world::World;

/// An API as other frameworks make them: it says Bearer in its challenge whatever it takes, and takes this scheme.
fn api_that_says_bearer(takes: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let head =
                BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let head: Vec<_> = head.map(|line| line.to_ascii_lowercase()).collect();
            let begins = |start: &str| head.iter().any(|line| line.starts_with(start));
            let scheme = format!("authorization: {takes} ");
            let good = begins(&scheme) && (takes == "bearer" || begins("dpop: "));
            let status = if good { "200 OK" } else { "401 Unauthorized\r\nWWW-Authenticate: Bearer" };
            let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    url
}

#[test]
fn doctor_and_call_agree_about_an_api_whatever_its_challenge_says() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["init"]);
    let dpop = api_that_says_bearer("dpop");
    world.ok(&["call", &dpop]);
    let said = world.ok(&["doctor", &dpop]);
    assert!(said.contains("names Bearer, and not DPoP"), "{said}");

    let bearer = api_that_says_bearer("bearer");
    assert!(world.run(&["call", &bearer]).status.code() == Some(4));
    let doctor = world.run(&["doctor", "--url", &bearer]);
    let said = String::from_utf8(doctor.stdout).unwrap();
    assert!(doctor.status.code() == Some(1) && said.contains("--scheme bearer"), "{said}");
}

#[test]
fn an_api_that_takes_bearer_alone_is_called_by_name_and_with_an_unbound_token() {
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    let bearer = api_that_says_bearer("bearer");
    let said = String::from_utf8(world.run(&["call", &bearer]).stderr).unwrap();
    assert!(said.contains(" next: ") && said.contains("--scheme bearer"), "{said}");

    // Its profile gives none: the way to one is named.
    let said = world.fails(1, &["call", "--scheme", "bearer", &bearer]);
    assert!(said.contains("no DPoP proof") && said.contains("--profile legacy"), "{said}");

    let client = world.ok(&["client", "list"]);
    let client = client.split_whitespace().next().unwrap();
    world.ok(&["client", "update", client, "--profile", "legacy"]);
    let called = world.run(&["call", "--scheme", "bearer", &bearer]);
    let note = String::from_utf8(called.stderr).unwrap();
    assert!(called.status.success() && note.contains("anyone who reads it can use it"), "{note}");
    world.fails(2, &["call", "--scheme", "bearer", "--token-cache", "kept", &bearer]);

    // An API that takes DPoP is not reached so, and the call says what to do.
    let refused = world.run(&["call", "--scheme", "bearer", &url]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(4) && said.contains(" next: "), "{said}");
}

#[test]
fn slips_in_the_registry_are_refused_with_what_to_do() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "k"]);
    let register =
        ["client", "register", "--name", "x", "--key", "k_public.json", "--tenancy", "multi-tenant"];
    assert!(world.fails(1, &register).contains("--org-parent"));
    let client = world.ok(&[&register[..], &["--org-parent", "987654325"]].concat());
    let delegate = |to: &str| world.run(&["org", "delegate", "994598759", "--to", to]);
    let refused = String::from_utf8(delegate("123456785").stderr).unwrap();
    assert!(
        refused.contains("no organisation 123456785") && refused.contains("helseid org add"),
        "{refused}"
    );
    // The owner of a client is known, though it is not listed.
    assert!(delegate("987654325").status.success());
    world.ok(&["client", "show", client.trim()]);
}

#[test]
fn an_authority_in_memory_has_no_admin_file_and_the_ways_that_work_are_named() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "k"]);
    let said = world.fails(1, &["client", "register", "--name", "x", "--key", "k_public.json"]);
    assert!(said.contains("--in-memory") && said.contains("--seed"), "{said}");
}

#[test]
fn conformance_tells_a_registered_client_who_it_is_and_knows_the_scopes_that_it_wants() {
    let world = World::new();
    let authority = world.authority();
    world.ok(&["init"]);
    let client = world.ok(&["client", "list"]);
    let client = client.split_whitespace().next().unwrap();
    let issuer = authority.line["issuer"].as_str().unwrap();
    let program = env!("CARGO_BIN_EXE_helseid");
    let told = [
        "--client-id",
        client,
        "--key",
        "m2m_private.json",
        "--scope",
        "norsk-helsenett:python-sample-api/read",
    ];
    let get = ["--format", "json", "--", program, "token", "get"];
    // Nothing else names them: the program runs without a configuration.
    std::fs::remove_file(world.path("helseid.toml")).unwrap();
    let report = world.ok(&[&["conformance", "--authority", issuer][..], &told, &get].concat());
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["granted"], 1);
    world.ok(&["conformance", "--alg", "ES256", "--scope", "nhn:mine/read", "--", program, "token", "get"]);
}
