use serde_json::Value;

use crate::world::World;

#[test]
fn by_hand_from_nothing_to_the_patients() {
    let world = World::new();
    let (authority, _api, url) = world.whole();
    assert_eq!(world.files(), ["data", "helseid.toml", "m2m_private.json", "m2m_public.json"]);
    assert!(world.ok(&["call", &url]).contains("Johannes"));

    let token: Value = serde_json::from_str(&world.ok(&["token", "get", "--output", "json"])).unwrap();
    assert_eq!((&token["token_type"], &token["expires_in"]), (&"DPoP".into(), &600.into()));
    assert_eq!(world.ok(&["token", "get"]).trim().matches('.').count(), 2);
    let headers = world.ok(&["token", "get", "--output", "header", "--url", &url]);
    assert!(headers.starts_with("Authorization: DPoP eyJ") && headers.contains("\nDPoP: eyJ"), "{headers}");
    let curl = world.ok(&["token", "get", "--output", "curl", "--url", &url]);
    let first = curl.lines().next().unwrap();
    assert!(first.starts_with("curl ") && first.contains("--header @-") && !first.contains("eyJ"), "{first}");

    let missing = world.run(&["call", &url.replace("patients", "nothing")]);
    assert_eq!(missing.status.code(), Some(4));
    let include = world.ok(&["call", &url, "--include", "--output", "body.json"]);
    assert!(include.starts_with("HTTP/1.1 200 OK\n"), "{include}");
    assert!(world.read("body.json").contains("Johannes"));
    drop(authority);
    assert!(world.fails(1, &["call", &url]).contains("helseid authority"));
}

#[test]
fn what_must_not_be_sent_is_not_sent() {
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    assert!(world.fails(1, &["call", "http://api.example/"]).contains("expected https"));
    assert!(
        world.fails(1, &["call", &url, "-H", "Authorization: Bearer x"]).contains("the client itself sets")
    );
    assert!(world.fails(2, &["call", &url, "-H", "nonsense"]).contains("Name: value"));
    let scope = world.fails(1, &["token", "get", "--scope", "nhn:bff-sample/api"]);
    assert!(scope.contains("(rule request.scope_allowed)"), "{scope}");
}

#[test]
fn clients_are_registered_listed_shown_changed_and_removed() {
    let world = World::new();
    let authority = world.authority();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    let register = |more: &[&str]| {
        let scope = "norsk-helsenett:python-sample-api/read";
        let mut arguments =
            vec!["client", "register", "--name", "mine", "--key", "m2m_private.json", "--scope", scope];
        arguments.extend(more);
        world.ok(&arguments).trim().to_owned()
    };
    let id = register(&["--out", "helseid.toml"]);
    let shown: Value = serde_json::from_str(&world.ok(&["client", "show", &id, "--format", "json"])).unwrap();
    assert_eq!(shown["keys"][0]["jwk"].get("d"), None, "only the public half was sent");
    assert!(world.read("helseid.toml").contains("key_file = \"m2m_private.json\""));
    assert_eq!(register(&["--client-id", &id, "--tenancy", "multi-tenant", "--org-parent", "313745392"]), id);
    assert!(world.ok(&["client", "show", &id]).contains("multi-tenant, parent 313745392"));
    assert_eq!(world.ok(&["client", "list"]).lines().count(), 1);
    world.ok(&["client", "remove", &id]);
    assert!(world.fails(1, &["client", "show", &id]).contains("there is no client"));

    let unknown =
        ["client", "register", "--name", "x", "--key", "m2m_public.json", "--scope", "nhn:mine/read"];
    assert!(world.fails(1, &unknown).contains("helseid api add"));
    world.ok(&["api", "add", "nhn:mine", "--scope", "nhn:mine/read"]);
    world.ok(&unknown);
    world.ok(&["org", "add", "123456785", "--name", "Mine", "--child", "999977776"]);
    world.ok(&["org", "delegate", "123456785", "--to", "313745392"]);
    assert!(world.ok(&["org", "list"]).contains("123456785  Mine  999977776"));

    let elsewhere = world.fails(1, &["client", "list", "--authority", "http://localhost:1"]);
    assert!(elsewhere.contains("sent nowhere else"), "{elsewhere}");
    drop(authority);
    assert!(world.fails(1, &["client", "list"]).contains("no authority answers"));
}

#[test]
fn a_configuration_is_not_overwritten_and_then_nothing_is_registered() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["init"]);
    assert!(world.fails(1, &["init"]).contains("not overwritten"));
    assert_eq!(world.ok(&["client", "list"]).lines().count(), 1);
    world.ok(&["init", "another"]);
    assert!(world.read("another/helseid.toml").contains("key_file = \"m2m_private.json\""));
}

#[test]
fn an_init_that_failed_is_in_nobodys_way() {
    let world = World::new();
    // An authority was there once, and its admin file still is.
    let first = world.authority();
    let listen = first.line["listen"][0].as_str().unwrap().to_owned();
    drop(first);
    world.fails(1, &["init", "client"]);
    let _authority = world.serve(&["authority", "--listen", &listen]);
    world.ok(&["init", "client"]);
    let key = world.read("client/m2m_private.json");
    // What it would write is there: nothing is asked of the authority, and nothing is changed.
    let clients = world.ok(&["client", "list"]);
    world.fails(1, &["init", "client"]);
    assert_eq!(
        (world.ok(&["client", "list"]), world.read("client/m2m_private.json")),
        (clients.clone(), key)
    );
    // What cannot be written once the authority has said yes: the registration goes again.
    std::fs::create_dir_all(world.path("blocked/m2m_public.json")).unwrap();
    world.fails(1, &["init", "blocked", "--force"]);
    assert_eq!(world.ok(&["client", "list"]), clients);
}
