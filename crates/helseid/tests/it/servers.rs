use crate::world::World;

#[test]
fn an_authority_says_where_it_listens_and_ends_when_it_is_told() {
    let world = World::new();
    let authority = world.authority();
    let address = authority.line["listen"][0].as_str().unwrap().to_owned();
    assert!(authority.line["issuer"].as_str().unwrap().ends_with(address.rsplit(':').next().unwrap()));
    assert_eq!(authority.line["data_dir"].as_str(), world.path("data").to_str());
    let second = world.fails(1, &["authority", "--listen", "127.0.0.1:0"]);
    assert!(second.contains("in use by another authority"), "{second}");
    let taken = world.fails(1, &["authority", "--in-memory", "--listen", &address]);
    assert!(taken.contains("cannot be listened on"), "{taken}");
    #[cfg(unix)]
    assert_eq!(authority.terminate(), Some(0));
    assert!(world.fails(2, &["authority", "--in-memory", "--listen", "0.0.0.0:0"]).contains("--issuer"));
}

#[cfg(unix)]
#[test]
fn a_command_beside_the_authority_finds_it_and_gives_its_exit_code() {
    let world = World::new();
    let base = ["authority", "--in-memory", "--listen", "127.0.0.1:0", "--"];
    let run = |command: &str| world.run(&[&base[..], &["sh", "-c", command]].concat());
    let told = run("echo $HELSEID_ISSUER; test -s $HELSEID_ADMIN_TOKEN_FILE; exit 7");
    assert_eq!(told.status.code(), Some(7));
    assert!(String::from_utf8_lossy(&told.stdout).starts_with("http://localhost:"));
    let own = env!("CARGO_BIN_EXE_helseid");
    assert_eq!(run(&format!("{own} api list")).status.code(), Some(0));
    assert!(world.fails(1, &[&base[..], &["no-such-command"]].concat()).contains("behind --"));
    assert!(world.files().is_empty());
}

#[cfg(unix)]
#[test]
fn a_seed_file_fills_the_registry() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    let seed = "[[api]]\naudience = \"nhn:mine\"\nscopes = [\"nhn:mine/read\"]\n\n[[client]]\nid = \"my-client\"\n\
                scopes = [\"nhn:mine/read\"]\nkeys = [\"m2m_public.json\"]\n";
    world.write("seed.toml", seed);
    let base = ["authority", "--in-memory", "--listen", "127.0.0.1:0", "--seed", "seed.toml", "--"];
    let own = env!("CARGO_BIN_EXE_helseid");
    let get = [
        own,
        "token",
        "get",
        "--client-id",
        "my-client",
        "--key-file",
        "m2m_private.json",
        "--output",
        "json",
    ];
    assert!(world.ok(&[&base[..], &get].concat()).contains("nhn:mine/read"));

    world.write("seed.toml", &seed.replace("audience", "name"));
    let wrong = world.fails(1, &[&base[..], &["true"]].concat());
    assert!(wrong.contains("seed.toml is no seed file") && wrong.contains("`name`"), "{wrong}");
    world.write("seed.toml", &seed.replace("m2m_public", "nothing"));
    assert!(world.fails(1, &[&base[..], &["true"]].concat()).contains("nothing.json cannot be read"));
}
