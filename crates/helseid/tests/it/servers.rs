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
    assert!(taken.contains("cannot be opened for listening"), "{taken}");
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
    assert!(world.fails(1, &[&base[..], &["no-such-command"]].concat()).contains("after --"));
    let network = ["--insecure-http", "helseid:8480", "--insecure-http", "api", "--ca-file", "ca.pem"];
    let told =
        world.ok(&[&network[..], &base[..], &["sh", "-c", "echo $HELSEID_INSECURE_HTTP $HELSEID_CA_FILE"]]
            .concat());
    assert!(told.starts_with("helseid:8480,api /") && told.ends_with("/ca.pem\n"), "{told}");
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
    assert!(wrong.contains("seed.toml is not a valid seed file") && wrong.contains("`name`"), "{wrong}");
    world.write("seed.toml", &seed.replace("m2m_public", "nothing"));
    assert!(world.fails(1, &[&base[..], &["true"]].concat()).contains("nothing.json cannot be read"));
}

/// Waits for the end of a process, but not for ever.
#[cfg(unix)]
fn ended_within(process: &mut std::process::Child, seconds: u64) -> Option<i32> {
    use std::os::unix::process::ExitStatusExt as _;
    for _ in 0..seconds * 20 {
        if let Some(status) = process.try_wait().unwrap() {
            return status.code().or(status.signal().map(|signal| -signal));
        }
        std::thread::park_timeout(std::time::Duration::from_millis(50));
    }
    panic!("not ended within {seconds} s");
}

#[cfg(unix)]
fn signal(process: &std::process::Child, name: &str) {
    let status = std::process::Command::new("kill").args([name, &process.id().to_string()]).status();
    assert!(status.unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_signal_is_handed_on_to_the_command_and_its_answer_is_ours() {
    let base = ["authority", "--in-memory", "--alg", "ES256", "--listen", "127.0.0.1:0", "--"];
    // `told` ends by itself, and `deaf` is killed after four seconds.
    let told = "trap 'exit 5' TERM; trap 'exit 6' INT; trap 'exit 7' HUP; trap 'exit 8' QUIT; echo {}
        while :; do sleep 0.05; done";
    let deaf = "trap '' TERM; echo {}; while :; do sleep 0.05; done";
    let mut cases = vec![(told, "-TERM", 5), (told, "-INT", 6), (deaf, "-TERM", 137)];
    // Who runs the tests may ignore these two, as nohup does, and then so do we.
    cases.extend([(told, "-HUP", 7), (told, "-QUIT", 8)].iter().filter(|(_, name, _)| !is_ignored(name)));
    for (script, name, code) in cases {
        let world = World::new();
        let mut server = world.serve(&[&base[..], &["sh", "-c", script]].concat());
        signal(&server.process, name);
        assert_eq!(ended_within(&mut server.process, 10), Some(code), "{name} {script}");
    }
}

/// Whether this process ignores a signal, or it cannot be told.
#[cfg(unix)]
fn is_ignored(name: &str) -> bool {
    let place = if name == "-HUP" { 0 } else { 2 };
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_none_or(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & (1 << place) != 0)
}

#[cfg(unix)]
#[test]
fn a_hang_up_that_is_ignored_stays_so_for_authority_and_command() {
    let world = World::new();
    world.write("command.sh", "trap 'exit 5' TERM; echo {}; while :; do sleep 0.05; done");
    let authority = "helseid authority --in-memory --alg ES256 --listen 127.0.0.1:0";
    let mut server =
        World::served(world.shell(&format!("trap '' HUP QUIT; exec {authority} -- sh command.sh")));
    for name in ["-HUP", "-QUIT", "-TERM"] {
        signal(&server.process, name);
    }
    assert_eq!(ended_within(&mut server.process, 10), Some(5));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_an_authority_whatever_is_under_way() {
    use std::io::{Read as _, Write as _};
    let world = World::new();
    let mut server = world.serve(&["authority", "--listen", "127.0.0.1:0"]);
    let key = world.ok(&["access-key", "make", "test-tokens", "--name", "bulk"]);
    let key = key.split_whitespace().max_by_key(|word| word.len()).unwrap().to_owned();
    let address = server.line["listen"][0].as_str().unwrap().to_owned();
    let host = server.line["issuer"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let dial = |head: &str, body: &str| {
        let mut stream = std::net::TcpStream::connect(&address).unwrap();
        let length = body.len();
        write!(stream, "{head}\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        stream
    };
    // Ten thousand tokens take longer than we wait.
    let body = r#"{"audience":"nhn:api","signJwtWithInvalidSigningKey":true}"#;
    let bulk = format!("POST /v2/create-test-token-with-key?count=10000 HTTP/1.1\r\nX-Auth-Key: {key}");
    let bulks: Vec<_> = (0..8).map(|_| dial(&bulk, body)).collect();
    let token = crate::kill::token_of(&world);
    let live = format!("GET /admin/api/trace/live HTTP/1.1\r\nAuthorization: Bearer {token}");
    let mut live = dial(&live, "");
    let mut begun = [0; 12];
    live.read_exact(&mut begun).unwrap();
    assert_eq!(begun, *b"HTTP/1.1 200");
    signal(&server.process, "-TERM");
    assert_eq!(ended_within(&mut server.process, 10), Some(0));
    drop(bulks);
}

#[test]
fn an_authority_under_fapi2_names_the_command_that_makes_its_key() {
    let world = World::new();
    let start = |profile| ["authority", "--listen", "127.0.0.1:0", "--profile", profile, "--", "true"];
    let rsa = ["authority", "--listen", "127.0.0.1:0", "--rsa-bits", "2048", "--", "true"];
    world.ok(&rsa);
    world.ok(&["authority", "rotate-keys", "--rsa-bits", "2048"]);
    let refused = world.fails(1, &start("fapi2"));
    assert!(refused.contains("helseid authority rotate-keys --alg PS256"), "{refused}");
    let rotated = world.ok(&["authority", "rotate-keys", "--alg", "PS256", "--rsa-bits", "2048"]);
    assert!(rotated.contains("PS256  signing"), "{rotated}");
    world.ok(&start("fapi2"));
    let wrong = world.fails(2, &["authority", "--in-memory", "--profile", "fapi2", "--alg", "RS256"]);
    assert!(wrong.contains("PS256, ES256 or EdDSA"), "{wrong}");
}

#[test]
fn a_sample_api_is_held_to_a_profile_and_knows_its_public_address() {
    let world = World::new();
    let base = ["sample-api", "--listen", "127.0.0.1:0", "--profile", "fapi2"];
    let api = world.serve(&[&base[..], &["--public-url", "https://api.example/v1/"]].concat());
    assert_eq!(api.line["url"], "https://api.example/v1/api/patients");
    let challenge = crate::inspection::whole(api.line["listen"][0].as_str().unwrap(), "/api/patients");
    assert!(challenge.starts_with("HTTP/1.1 401 "), "{challenge}");
    assert!(challenge.contains("algs=\"PS256 ES256 EdDSA\""), "{challenge}");
    let metadata = "https://api.example/.well-known/oauth-protected-resource/v1";
    assert!(challenge.contains(&format!("resource_metadata=\"{metadata}\"")), "{challenge}");
    let unbound = world.fails(2, &[&base[..], &["--scheme", "bearer"]].concat());
    assert!(unbound.contains("profile fapi2 accepts bound tokens only"), "{unbound}");
}
