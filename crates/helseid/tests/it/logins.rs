//! A person at the command line: login, tokens, calls, logout, against a real authority.

use std::process::Stdio;

use serde_json::Value;

use crate::world::{Server, World};

const NUMBER: &str = "29829620004";
const SESSION: &str = "helseid_session.json";

/// An authority with a person of its own, an API, and a native client.
fn world() -> (World, Server, Server, String) {
    let world = World::new();
    let (authority, api) = world.authority_and_api();
    let add = ["person", "add", "surgeon", "--given-name", "Bjørn", "--family-name", "Ås", "--level", "3"];
    assert!(world.given(&add, NUMBER.as_bytes()).status.success());
    world.ok(&["init", "--native"]);
    let url = api.line["url"].as_str().unwrap().to_owned();
    (world, authority, api, url)
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The claims of a token, unverified.
fn claims(world: &World, token: &str) -> Value {
    world.write("token.txt", token);
    json(&world.ok(&["token", "inspect", "token.txt", "--format", "json"]))
}

#[test]
fn a_person_logs_in_calls_an_api_and_logs_out() {
    let (world, _authority, _api, url) = world();
    let login = world.run(&["login", "--person", "surgeon"]);
    let said = String::from_utf8(login.stderr).unwrap();
    assert!(login.status.success(), "{said}");
    assert!(said.contains("Bjørn Ås is logged in at security level 3"), "{said}");
    assert!(!said.contains(NUMBER) && !said.contains("eyJ"), "{said}");

    assert!(world.ok(&["whoami"]).starts_with("Bjørn Ås is logged in at security level 3"));
    let who = json(&world.ok(&["whoami", "--format", "json"]));
    assert_eq!((&who["name"], &who["security_level"]), (&"Bjørn Ås".into(), &"3".into()));
    assert!(!who.to_string().contains(NUMBER));

    assert!(world.ok(&["call", "--user", &url]).contains("Johannes"));
    let without = world.fails(1, &["call", &url]);
    assert!(
        without.contains(" next: if this client logs people in: helseid login, then helseid call --user;"),
        "{without}"
    );
    let token = world.ok(&["token", "get", "--user"]);
    assert_eq!(token, world.ok(&["token", "get", "--user"]), "it is kept");
    assert!(claims(&world, &token).to_string().contains("helseid://claims/identity/security_level"));
    let narrow =
        ["token", "get", "--user", "--scope", "norsk-helsenett:python-sample-api/read", "--output", "json"];
    let narrow = json(&world.ok(&narrow));
    assert_eq!(narrow["scope"], "norsk-helsenett:python-sample-api/read");

    let old = world.read(SESSION);
    assert_eq!(world.ok(&["logout", "--format", "json"]), "{\"logged_out\":true}\n");
    assert!(world.fails(1, &["whoami"]).contains("nobody is logged in"));
    assert!(world.fails(1, &["logout"]).contains("nobody is logged in"));
    world.write(SESSION, &old);
    private(&world);
    let refused = world.fails(1, &["token", "get", "--user", "--scope", "openid"]);
    assert!(refused.contains("the login has ended"), "{refused}");
    assert!(!world.files().contains(&SESSION.to_owned()), "what has ended is forgotten");
}

#[test]
fn who_is_logged_in_is_shown_while_the_authority_is_away() {
    let (world, authority, _api, _) = world();
    world.ok(&["login", "--person", "surgeon"]);
    authority.kill();
    assert!(world.ok(&["whoami"]).starts_with("Bjørn Ås is logged in at security level 3"));
}

#[test]
fn a_token_can_be_for_a_unit_and_the_one_for_nobody_in_particular_stays() {
    let (world, _authority, _api, _) = world();
    let client = world.ok(&["client", "list"]);
    let client = client.split_whitespace().next().unwrap();
    let tenancy = ["--tenancy", "single-tenant", "--org-parent", "999977774", "--org-child", "999977775"];
    world.ok(&[&["client", "update", client], &tenancy[..]].concat());
    world.ok(&["login", "--person", "surgeon"]);
    let own = world.ok(&["token", "get", "--user"]);
    let child = world.ok(&["token", "get", "--user", "--org-child", "999977775"]);
    let said = claims(&world, &child).to_string();
    assert!(said.contains("orgnr_child") && said.contains("999977775"), "{said}");
    let of_another = world.fails(1, &["token", "get", "--user", "--org-child", "994945688"]);
    assert!(of_another.contains("details."), "{of_another}");
    assert_eq!(own, world.ok(&["token", "get", "--user"]));
}

/// What a doctor attests, with an authorization.
fn attestation(code: &str) -> String {
    let place = serde_json::json!({ "id": "994598759", "system": "urn:oid:2.16.578.1.12.4.1.4.101" });
    let attestation = serde_json::json!({
        "practitioner": {
            "authorization": { "code": code, "system": "urn:oid:2.16.578.1.12.4.1.1.9060" },
            "legal_entity": place, "point_of_care": place,
        },
        "care_relationship": {
            "healthcare_service": { "code": "S03", "system": "urn:oid:2.16.578.1.12.4.1.1.8655" },
            "purpose_of_use": { "code": "TREAT", "system": "urn:oid:2.16.840.1.113883.1.11.20448" },
        },
        "patients": [{}],
    });
    attestation.to_string()
}

#[test]
fn an_attested_token_is_for_one_command_and_is_kept_nowhere() {
    let (world, _authority, _api, url) = world();
    world.ok(&["login", "--person", "doctor"]);
    let own = world.ok(&["token", "get", "--user"]);
    world.write("attestation.json", &attestation("LE"));
    let get = ["token", "get", "--user", "--attestation", "attestation.json"];
    let [one, two] = [world.ok(&get), world.ok(&get)];
    assert!(one != two, "equal attestations are two requests");
    let kept = world.read(SESSION);
    assert!(!kept.contains(one.trim()) && !kept.contains(two.trim()) && !kept.contains("S03"), "{kept}");
    let said = claims(&world, &one).to_string();
    assert!(
        said.contains("the client attests: the user works for 994598759 at 994598759, authorized as LE"),
        "{said}"
    );
    assert!(said.contains("the authority accepted the attestation"), "{said}");
    assert_eq!(own, world.ok(&["token", "get", "--user"]), "the token without is still kept");
    let call = ["call", "--user", "--attestation", "attestation.json", &url];
    assert!(world.ok(&call).contains("Johannes"));
    let by_stdin =
        world.given(&["token", "get", "--user", "--attestation", "-"], attestation("LE").as_bytes());
    assert!(by_stdin.status.success(), "{by_stdin:?}");
}

#[test]
fn what_is_no_attestation_or_not_the_persons_is_refused_and_the_login_goes_on() {
    let (world, _authority, _api, _) = world();
    world.ok(&["login", "--person", "doctor"]);
    let get = ["token", "get", "--user", "--attestation", "attestation.json"];
    for (content, said) in [
        ("{}".to_owned(), "the member practitioner is missing"),
        ("[]".to_owned(), "expected a JSON object with the type nhn:tillitsrammeverk:parameters"),
        (r#"{ "type": "nhn:other" }"#.to_owned(), "expected a JSON object with the type"),
        (attestation("LE").replace("994598759", NUMBER), "nine digits in practitioner.legal_entity.id"),
    ] {
        world.write("attestation.json", &content);
        let refused = world.fails(2, &get);
        assert!(refused.contains(said) && !refused.contains(NUMBER), "{refused}");
    }
    world.write("attestation.json", &attestation("SP"));
    let refused = world.fails(1, &get);
    assert!(refused.contains("details.attestation_authorization"), "{refused}");
    world.ok(&["token", "get", "--user"]);
}

#[test]
fn a_second_login_revokes_what_the_first_one_had() {
    let (world, _authority, _api, _) = world();
    world.ok(&["login", "--person", "surgeon"]);
    let first = world.read(SESSION);
    world.ok(&["login", "--person", "surgeon"]);
    let second = world.read(SESSION);
    world.write(SESSION, &first);
    private(&world);
    let ended = world.fails(1, &["token", "get", "--user", "--scope", "openid"]);
    assert!(ended.contains("the login has ended"), "{ended}");
    world.write(SESSION, &second);
    private(&world);
    world.ok(&["token", "get", "--user", "--scope", "openid"]);
}

#[test]
fn two_commands_at_once_refresh_once() {
    let (world, _authority, _api, _) = world();
    world.ok(&["login", "--person", "surgeon"]);
    let arguments = ["token", "get", "--user", "--scope", "norsk-helsenett:python-sample-api/read"];
    let begun: Vec<_> = (0..4)
        .map(|_| world.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    let outputs: Vec<_> = begun.into_iter().map(|process| process.wait_with_output().unwrap()).collect();
    for output in &outputs {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stdout, outputs[0].stdout);
    }
    world.ok(&["token", "get", "--user", "--scope", "openid"]);
}

#[test]
fn a_level_that_the_person_does_not_have_and_a_person_who_is_not_there_are_refused() {
    let (world, _authority, _api, _) = world();
    let said = world.fails(1, &["login", "--person", "surgeon", "--level", "4"]);
    assert!(said.contains("level") || said.contains("unmet_authentication_requirements"), "{said}");
    assert!(world.fails(1, &["login", "--person", "nobody"]).contains("did not log this person in"));
    world.fails(2, &["login"]);
    assert!(!world.files().contains(&SESSION.to_owned()));
    assert!(!world.fails(2, &["login", "--person", NUMBER]).contains(NUMBER));
}

#[test]
fn a_file_that_is_broken_or_another_clients_is_not_used() {
    let (world, _authority, _api, _) = world();
    world.ok(&["login", "--person", "surgeon"]);
    let whole = world.read(SESSION);
    for broken in ["", "{}", &whole[..whole.len() / 2], &whole.replacen("\"key\":\"", "\"key\":\"A", 1)] {
        world.write(SESSION, broken);
        let said = world.fails(1, &["token", "get", "--user", "--scope", "openid"]);
        assert!(said.contains("is not a login") && !said.contains("eyJ"), "{said}");
    }
    world.write(SESSION, &whole);
    world.ok(&["init", "other", "--native"]);
    let session = world.path(SESSION);
    let other = ["--config", "other/helseid.toml", "--session", session.to_str().unwrap()];
    let said = world.fails(1, &[&["whoami"], &other[..]].concat());
    assert!(said.contains("another client's login"), "{said}");
    world.fails(1, &[&["logout"], &other[..]].concat());
    assert_eq!(world.read(SESSION), whole);
}

#[cfg(unix)]
fn private(world: &World) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(world.path(SESSION), std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_world: &World) {}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone_and_one_that_others_may_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, _authority, _api, _) = world();
    world.ok(&["login", "--person", "surgeon"]);
    for name in [SESSION, "helseid_session.json.lock"] {
        assert_eq!(world.path(name).metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    std::fs::set_permissions(world.path(SESSION), std::fs::Permissions::from_mode(0o644)).unwrap();
    for command in
        [&["whoami"][..], &["token", "get", "--user"], &["logout"], &["login", "--person", "surgeon"]]
    {
        assert!(world.fails(1, command).contains("is not used"), "{command:?}");
    }
}
