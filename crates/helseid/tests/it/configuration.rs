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
    assert!(world.ok(&["client", "register", "--help"]).contains("Examples:\n  helseid client register "));
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
    assert!(not_one.contains("metadata could not be fetched") && not_one.contains(&address), "{not_one}");
    assert!(token("https://nowhere.invalid").contains("nowhere.invalid"));
    assert!(token("http://issuer.example").contains("expected https"));
}

/// Every variable that an argument may come from, as the page of `--help` has them, and those that are read without one.
fn variables() -> Vec<String> {
    let page = include_str!("../../../../docs/cli.md").split_whitespace().collect::<Vec<_>>().join(" ");
    let named = page.split("[env: ").skip(1).filter_map(|rest| Some(rest.split_once('=')?.0.to_owned()));
    let others = [
        "HELSEID_ISSUER",
        "HELSEID_CLIENT_ID",
        "HELSEID_CLIENT_JWK",
        "HELSEID_CLIENT_JWK_FILE",
        "HELSEID_CLIENT_KEY",
        "HELSEID_KEY_PASSWORD",
        "HELSEID_KEY_ALIAS",
        "HELSEID_SCOPE",
        "HELSEID_CA_FILE",
        "HELSEID_INSECURE_HTTP",
        "HELSEID_ADMIN_TOKEN_FILE",
        "HELSEID_AUTHORITY_STORE",
        "HELSEID_AUTHORITY_EPHEMERAL",
        "HELSEID_AUTHORITY_FLEETING",
        "HELSEID_AUTHORITY_FLEETING_FILE",
        "HELSEID_LOG",
    ];
    named.chain(others.map(str::to_owned)).collect()
}

#[test]
fn a_level_of_the_log_that_cannot_be_read_is_an_error() {
    let world = World::new();
    let run = |level: &str| world.command(&["rules"]).env("HELSEID_LOG", level).output().unwrap();
    for level in ["info", "DEBUG", "off", "warn,helseid_authority=debug"] {
        assert!(run(level).status.success(), "{level}");
    }
    let refused = run("loud=very");
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("HELSEID_LOG cannot be read"), "{refused:?}");
}

#[test]
fn every_variable_that_is_set_and_blank_is_as_good_as_unset() {
    let (world, variables) = (World::new(), variables());
    assert!(variables.len() >= 42, "{variables:?}");
    world.write(
        "helseid.toml",
        "issuer = \"http://localhost:1\"\nclient_id = \"a\"\nkey_file = \"none.json\"\n",
    );
    for command in [&["authority", "config", "check", "--in-memory"][..], &["config", "show"]] {
        for blank in ["", " ", "\n", "\r\n"] {
            let blanks = variables.iter().map(|name| (name, blank));
            let with = world.command(command).envs(blanks).output().unwrap();
            let without = world.command(command).env_remove("HELSEID_DATA_DIR").output().unwrap();
            assert!(
                with.status.success(),
                "{command:?} {blank:?}: {}",
                String::from_utf8_lossy(&with.stderr)
            );
            assert_eq!(with.stdout, without.stdout, "{command:?} {blank:?}");
        }
    }
    let blanks = variables.iter().map(|name| (name, ""));
    let mut api = world.command(&["sample-api", "--listen", "127.0.0.1:0"]);
    api.envs(blanks);
    assert_eq!(World::served(api).line["issuer"], "http://localhost:8480");
}

#[test]
fn a_variable_is_read_without_what_is_around_it_and_a_switch_in_the_usual_words() {
    let world = World::new();
    let check = |name: &str, value: &str| {
        let mut command = world.command(&["authority", "config", "check", "--in-memory"]);
        let output = command.env(name, value).output().unwrap();
        (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let (code, said) = check("HELSEID_AUTHORITY_ISSUER", "https://sts.example\r\n");
    assert!(code == Some(0) && said.contains("issuer https://sts.example,"), "{said}");
    for word in ["1", "0", "true", "false", "yes", "no", "on", "off", "TRUE", "1\n"] {
        assert_eq!(check("HELSEID_AUTHORITY_NO_ADMIN", word).0, Some(0), "{word:?}");
        assert_eq!(check("HELSEID_AUTHORITY_LIMIT_LOOPBACK", word).0, Some(0), "{word:?}");
    }
    assert_eq!(check("HELSEID_AUTHORITY_NO_ADMIN", "perhaps").0, Some(2));
    // A switch that is off does not forbid what it would.
    let mut command = world.command(&["authority", "config", "check", "--in-memory"]);
    command.env("HELSEID_AUTHORITY_NO_ADMIN", "0").env("HELSEID_AUTHORITY_ADMIN_LISTEN", "127.0.0.1:0");
    assert!(command.status().unwrap().success());
}
