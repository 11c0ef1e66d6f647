use crate::world::World;

const WHOLE: &str = "issuer = \"http://localhost:1\"\nclient_id = \"a\"\nkey_file = \"none.json\"\n";

#[test]
fn a_wrong_configuration_names_the_line_and_the_way_out() {
    let world = World::new();
    for (content, word) in [
        ("issuer = \"http://localhost:1\"\nclientid = \"a\"\n", "clientid"),
        ("issuer = \"ftp://x\"\nclient_id = \"a\"\nkey_file = \"k\"\n", "issuer"),
        ("client_id = \"a\"\nkey_file = \"k\"\n", "HELSEID_ISSUER"),
        ("issuer = \"http://localhost:1\"\nkey_file = \"k\"\n", "HELSEID_CLIENT_ID"),
        ("issuer = \"http://localhost:1\"\nclient_id = \"a\"\n", "HELSEID_CLIENT_JWK"),
        (WHOLE, "none.json cannot be read"),
        ("issuer =", "line 1"),
    ] {
        world.write("helseid.toml", content);
        let said = world.fails(1, &["token", "get"]);
        assert!(said.contains(word), "{content}\n{said}");
    }
    let missing = world.fails(1, &["token", "get", "--config", "elsewhere.toml"]);
    assert!(
        missing.contains("elsewhere.toml cannot be read") && missing.contains("helseid init"),
        "{missing}"
    );
    world.write("helseid.toml", WHOLE);
    assert!(world.fails(1, &["token", "get", "--account", "second"]).contains("second"));
}

#[test]
fn a_key_that_others_can_read_is_warned_of() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    world.write("helseid.toml", &WHOLE.replace("none.json", "m2m_private.json"));
    assert!(!world.fails(1, &["token", "get"]).contains("chmod"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let open = std::fs::Permissions::from_mode(0o644);
        std::fs::set_permissions(world.path("m2m_private.json"), open).unwrap();
        assert!(world.fails(1, &["token", "get"]).contains("chmod 600"));
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    let world = World::new();
    for arguments in
        [&["nonsense"][..], &["call", "--nonsense"], &["key"], &["token", "get", "--output", "xml"]]
    {
        assert_eq!(world.run(arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(world.ok(&["--help"]).contains("helseid demo"));
    assert!(world.ok(&["client", "register", "--help"]).contains("Example:"));
}

#[test]
fn an_issuer_that_is_no_helseid_is_named() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    let _authority = world.authority();
    let api = world.serve(&["sample-api", "--listen", "127.0.0.1:0"]);
    let address = format!("http://{}", api.line["listen"][0].as_str().unwrap());
    let token = |issuer: &str| {
        world.fails(
            1,
            &["token", "get", "--issuer", issuer, "--client-id", "a", "--key-file", "m2m_private.json"],
        )
    };
    let not_one = token(&address);
    assert!(not_one.contains("metadata cannot be fetched") && not_one.contains(&address), "{not_one}");
    assert!(token("https://nowhere.invalid").contains("nowhere.invalid"));
    assert!(token("http://issuer.example").contains("expected https"));
}
