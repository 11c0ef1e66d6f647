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
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
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
}
