use std::process::Stdio;

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
    assert!(elsewhere.contains("not sent to any other authority"), "{elsewhere}");
    drop(authority);
    assert!(world.fails(1, &["client", "list"]).contains("no authority answers"));
}

#[test]
fn each_list_of_a_client_can_be_emptied_and_a_list_that_is_given_too_is_refused() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    let scope = "norsk-helsenett:python-sample-api/read";
    let id = world.ok(&[
        ["client", "register", "--name", "mine", "--key", "m2m_private.json", "--scope", scope].as_slice(),
        &["--tenancy", "single-tenant", "--org-parent", "994598759", "--org-child", "994598760"],
        &[
            "--grant",
            "authorization_code",
            "--grant",
            "client_credentials",
            "--identity-provider",
            "testidp-oidc",
        ],
        &["--redirect-uri", "http://localhost/cb", "--post-logout-redirect-uri", "http://localhost/out"],
        &["--frontchannel-logout-uri", "https://app.example/front"],
        &["--backchannel-logout-uri", "https://app.example/back"],
        &["--own-audience", "norsk-helsenett:python-sample-api", "--may-be-exchanged-by", "another"],
    ]
    .concat());
    let id = id.trim();
    let update = |arguments: &[&str]| -> Value {
        let line = [["client", "update", id, "--format", "json"].as_slice(), arguments].concat();
        serde_json::from_str(&world.ok(&line)).unwrap()
    };
    let before = update(&["--name", "still mine"]);
    for (list, pointer) in [
        ("scope", "/scopes"),
        ("org-child", "/org_children"),
        ("post-logout-redirect-uri", "/login/post_logout_redirect_uris"),
        ("identity-provider", "/login/identity_providers"),
        ("frontchannel-logout-uri", "/login/frontchannel_logout_uri"),
        ("backchannel-logout-uri", "/login/backchannel_logout_uri"),
        ("own-audience", "/own_audiences"),
        ("may-be-exchanged-by", "/may_be_exchanged_by"),
        ("redirect-uri", "/login/redirect_uris"),
    ] {
        let is_empty = |shown: &Value| match shown.pointer(pointer) {
            None | Some(Value::Null) => true,
            // What every client may ask for stays.
            Some(Value::Array(all)) => all.iter().all(|one| one == "nhn:selvbetjening/client"),
            Some(_) => false,
        };
        assert!(!is_empty(&before), "{pointer} {before}");
        // A client that logs people in has a redirect URI.
        let with: &[&str] = if list == "redirect-uri" { &["--grant", "client_credentials"] } else { &[] };
        let after = update(&[["--clear", list].as_slice(), with].concat());
        assert!(is_empty(&after), "{pointer} {after}");
    }
    let said = world.fails(2, &["client", "update", id, "--clear", "scope", "--scope", scope]);
    assert!(said.contains("--clear empties a list that is given, too"), "{said}");
}

#[test]
fn of_updates_at_once_none_undoes_another() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    let id = world.ok(&[
        ["client", "register", "--name", "mine", "--key", "m2m_private.json", "--scope", "openid"].as_slice(),
        &["--grant", "authorization_code", "--redirect-uri", "http://localhost/cb"],
    ]
    .concat());
    let settings = [
        ("--id-token-lifetime", "id_token_lifetime_seconds"),
        ("--refresh-token-lifetime", "refresh_token_lifetime_seconds"),
        ("--session-lifetime", "session_lifetime_seconds"),
        ("--refresh-grace", "refresh_grace_seconds"),
    ];
    for round in 31..34 {
        let value = round.to_string();
        let started = settings.map(|(flag, _)| {
            let mut command = world.command(&["client", "update", id.trim(), flag, &value]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        });
        let ended = started.map(|process| process.wait_with_output().unwrap());
        let shown = world.ok(&["client", "show", id.trim(), "--format", "json"]);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        for (output, (flag, member)) in ended.iter().zip(settings) {
            let said = String::from_utf8_lossy(&output.stderr);
            let is_made = shown["login"][member] == round;
            assert_eq!(output.status.success(), is_made, "{flag} {said}\n{shown}");
            let is_told =
                said.starts_with(&format!("error: the client {} was changed meanwhile\n", id.trim()));
            assert!(is_made || is_told && said.lines().count() == 3, "{flag} {said}");
        }
        assert!(ended.iter().any(|output| output.status.success()), "one is made");
    }
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

#[test]
fn an_api_exchanges_the_token_that_it_was_called_with() {
    let world = World::new();
    let _authority = world.authority();
    let (first, next) = ("norsk-helsenett:python-sample-api", "nhn:bff-sample/api");
    let register = |id: &str, more: &[&str]| {
        world.ok(&["key", "generate", "--alg", "ES256", "--out", id]);
        let (key, out) = (format!("{id}_private.json"), format!("{id}.toml"));
        let all = ["client", "register", "--name", id, "--client-id", id, "--key", &key, "--out", &out];
        world.ok(&[&all[..], more].concat());
    };
    register("web", &["--scope", &format!("{first}/read"), "--may-be-exchanged-by", "api"]);
    let exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
    register("api", &["--scope", next, "--grant", exchange, "--own-audience", first]);
    world.write("caller.txt", &world.ok(&["token", "get", "--config", "web.toml"]));
    let ask = ["token", "exchange", "caller.txt", "--config", "api.toml", "--scope", next];
    let token = world.ok(&ask);
    let told = String::from_utf8(world.given(&["token", "inspect"], token.as_bytes()).stdout).unwrap();
    assert!(
        told.contains("exchanged by the client api") && told.contains("only for the API nhn:bff-sample"),
        "{told}"
    );
    let json: Value = serde_json::from_str(&world.ok(&[&ask[..], &["--output", "json"]].concat())).unwrap();
    assert_eq!((&json["token_type"], &json["scope"]), (&"DPoP".into(), &next.into()));
    let curl = world.ok(&[&ask[..], &["--output", "curl", "--url", "http://localhost:1/"]].concat());
    assert!(curl.contains("\nAuthorization: DPoP eyJ") && curl.contains("\nDPoP: eyJ"), "{curl}");
    // It may exchange no token of its own.
    world.write("own.txt", &token);
    let refused = world.fails(1, &["token", "exchange", "own.txt", "--config", "api.toml", "--scope", next]);
    assert!(refused.contains("(rule exchange.audience)"), "{refused}");
}
