//! The guide to the first hour, as it is typed: the API in Python behind a sidecar, and what a newcomer is told at a wrong turn.

use std::process::Command;

use crate::world::World;

const GUIDE: &str = include_str!("../../../../docs/guides/first-hour.md");

fn program(language: &str, holds: &str) -> &'static str {
    let fence = format!("```{language}\n");
    let mut found = GUIDE
        .split(&fence[..])
        .skip(1)
        .map(|part| part.split("```").next().unwrap())
        .filter(|part| part.contains(holds));
    found.next().unwrap_or_else(|| panic!("no {language} with {holds}"))
}

/// Replaces what there must be in the guide's text.
fn instead(text: &str, there: &str, here: &str) -> String {
    assert!(text.contains(there), "{there}");
    text.replace(there, here)
}

#[test]
fn the_python_api_of_the_guide_knows_the_doctor_and_lets_nothing_in_that_it_must_refuse() {
    let world = World::new();
    let (_authority, _api, _) = world.whole();
    world.write("sidecar.key", "0123456789abcdef0123456789abcdef\n");
    // Free ports: the API tells its own, and reads where the sidecar is when it asks.
    let python = program("python", "ThreadingHTTPServer");
    let python = instead(python, "Request(SIDECAR,", "Request(open('sidecar.url').read(),");
    let python = instead(
        &python,
        "ThreadingHTTPServer((\"localhost\", 5001), Journal).serve_forever()",
        "server = ThreadingHTTPServer((\"127.0.0.1\", 0), Journal)\nprint(json.dumps(server.server_port), flush=True)\nserver.serve_forever()",
    );
    world.write("api.py", &python);
    let mut command = Command::new("python3");
    command.arg("api.py");
    world.prepare(&mut command);
    let api = World::served(command);
    let address = format!("http://localhost:{}", api.line);
    let section = instead(program("toml", "[protect.journal]"), "http://localhost:5001", &address);
    world.write("helseid.toml", &format!("{}\n{section}", world.read("helseid.toml")));
    let sidecar = world.serve(&["sidecar", "--shared-key-file", "sidecar.key", "--listen", "127.0.0.1:0"]);
    let listens = sidecar.line["listen"][0].as_str().unwrap();
    world.write("sidecar.url", &format!("http://{listens}/api/v1/validate/journal"));

    let journal = format!("{address}/journal");
    assert!(world.ok(&["call", &journal]).contains("\"doctor\": null"));
    world.ok(&["check-api", &journal]);
    world.ok(&["init", "doctor", "--native"]);
    let as_a_doctor = |words: &[&str]| world.ok(&[&["--config", "doctor/helseid.toml"], words].concat());
    as_a_doctor(&["login", "--person", "doctor"]);
    let known = as_a_doctor(&["call", "--user", &journal]);
    assert!(known.contains("\"doctor\": \"565505933\""), "{known}");
}

#[test]
fn who_logs_in_with_a_client_for_machines_is_told_which_one_to_use() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["init"]);
    let said = world.fails(1, &["login", "--person", "doctor"]);
    assert!(said.contains("helseid init FOLDER --native"), "{said}");
}

#[test]
fn doctor_checks_the_login_of_a_web_app_by_the_redirect_uri_of_its_own() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["init", "--web"]);
    let own = ["doctor", "--login", "--person", "doctor", "--redirect-uri", "http://localhost:3000/callback"];
    assert!(world.ok(&own).contains("all is well"));
    let failed = world.run(&["doctor", "--login"]);
    let said = String::from_utf8(failed.stdout).unwrap();
    let own = "give the client's own: --redirect-uri http://localhost:3000/callback";
    assert!(failed.status.code() == Some(1) && said.contains(own), "{said}");
    let alone = world.run(&["doctor", "--redirect-uri", "http://localhost:3000/callback"]);
    assert_eq!(alone.status.code(), Some(2));
}

#[test]
fn a_sidecar_without_an_api_says_so_and_serves() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["init"]);
    let mut command = world.command(&["sidecar", "--insecure-no-key", "--listen", "127.0.0.1:0"]);
    command.stderr(std::process::Stdio::piped());
    let mut sidecar = World::served(command);
    let mut said = String::new();
    let mut stderr = std::io::BufReader::new(sidecar.process.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut stderr, &mut said).unwrap();
    assert!(said.contains("[api.NAME]") && said.contains("[protect.NAME]"), "{said}");
    assert_eq!(sidecar.terminate(), Some(0));
}
