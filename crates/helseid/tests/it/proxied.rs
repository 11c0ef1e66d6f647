//! A client behind a proxy, of an authority whose certificate a private authority has signed.

use crate::tls::Front;
use crate::world::World;

const NAME: &str = "sts.helseid.example";

const SEED: &str = r#"
[[client]]
id = "behind-a-proxy"
name = "Behind a proxy"
scopes = ["norsk-helsenett:python-sample-api/read"]
keys = ["m2m_public.json"]
"#;

#[test]
fn a_client_goes_through_the_proxy_and_trusts_the_certificate_that_is_named_and_no_other() {
    let (world, front) = (World::new(), Front::named(NAME));
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    world.write("seed.toml", SEED);
    let issuer = format!("https://{NAME}");
    let authority = world.serve(&[
        "authority",
        "--in-memory",
        "--alg",
        "ES256",
        "--issuer",
        &issuer,
        "--listen",
        "127.0.0.1:0",
        "--seed",
        "seed.toml",
    ]);
    front.forward_to(authority.line["listen"][0].as_str().unwrap());
    let settings =
        format!("issuer = \"{issuer}\"\nclient_id = \"behind-a-proxy\"\nkey_file = \"m2m_private.json\"\n");
    world.write("ca.pem", &front.certificate);

    let get = |proxied: bool| {
        let mut command = world.command(&["token", "get"]);
        if proxied {
            command.env("HTTPS_PROXY", format!("http://127.0.0.1:{}", front.port()));
        }
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    world.write("helseid.toml", &settings);
    let (done, said) = get(true);
    assert!(!done && said.contains("certificate"), "{said}");
    world.write("helseid.toml", &format!("ca_file = \"ca.pem\"\n{settings}"));
    let (done, said) = get(true);
    assert!(done, "{said}");
    let (done, said) = get(false);
    assert!(!done && said.contains(NAME), "no such host without the proxy: {said}");

    // The doctor goes the same way, however the proxy is written, and however a neighbour's name ends.
    let proxy = format!("127.0.0.1:{}", front.port());
    let doctor = |proxy: &str, spared: &str| {
        let output =
            world.command(&["doctor"]).env("HTTPS_PROXY", proxy).env("NO_PROXY", spared).output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    for (proxy, spared) in
        [(&*proxy, ""), (&*format!("http://{proxy}"), "eid.example"), (&*proxy, "example:1")]
    {
        let (done, said) = doctor(proxy, spared);
        assert!(
            done && said.contains(&format!("through the proxy 127.0.0.1:{}", front.port())),
            "{proxy}: {said}"
        );
    }
    let (done, said) = doctor(&proxy, "*.example");
    assert!(!done && said.contains("FAILED  dns"), "spared, and unknown: {said}");
    let (done, said) = doctor("socks5://user:secret@127.0.0.1", "");
    assert!(!done && said.contains("HTTPS_PROXY cannot be read") && !said.contains("secret"), "{said}");
}

#[test]
fn every_command_trusts_the_certificate_that_is_named_and_says_how_to_name_it() {
    let (world, front) = (World::new(), Front::new());
    let issuer = front.url();
    let authority =
        world.serve(&["authority", "--listen", "127.0.0.1:0", "--alg", "ES256", "--issuer", &issuer]);
    front.forward_to(authority.line["listen"][0].as_str().unwrap());
    world.write("ca.pem", &front.certificate);

    world.ok(&["init", "--ca-file", "ca.pem"]);
    world.write("token.txt", &world.ok(&["token", "get", "--ca-file", "ca.pem"]));
    for command in [
        &["client", "list"][..],
        &["api", "list"],
        &["org", "list"],
        &["trace"],
        &["audit"],
        &["access-key", "list"],
        &["authority", "sign-in"],
        &["authority", "rotate-keys", "--authority", &issuer],
        &["token", "get"],
        &["token", "verify", "token.txt"],
        &["rotate", "--dry-run"],
        &["key", "expiry"],
        &["conformance", "--authority", &issuer, "--", "true"],
    ] {
        let why = world.fails(1, command);
        assert!(why.contains("is not signed by a trusted authority"), "{command:?}: {why}");
        assert!(why.contains("ca_file (--ca-file, HELSEID_CA_FILE)"), "{command:?}: {why}");
        let output = world.command(command).env("HELSEID_CA_FILE", "ca.pem\n").output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!said.contains("trusted"), "{command:?}: {said}");
    }
}
