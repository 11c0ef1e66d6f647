//! `--format json`: obeyed by every command that writes data, and refused by those that have none.

use serde_json::Value;

use crate::world::World;

/// Every line of stdout is JSON, and there is one.
#[track_caller]
fn is_json(world: &World, line: &str) {
    let arguments: Vec<_> = line.split(' ').chain(["--format", "json"]).collect();
    let output = world.run(&arguments);
    let (out, said) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(!out.trim().is_empty(), "{line}: nothing on stdout\n{said}");
    let whole = serde_json::from_str::<Value>(&out).is_ok();
    let lines = || out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok());
    assert!(whole || lines(), "{line}: {out}\n{said}");
    assert_ne!(output.status.code(), Some(2), "{line}: {said}");
}

#[test]
fn every_command_writes_json_where_it_is_asked_for() {
    let world = World::new();
    let (_authority, _api, url) = world.whole();
    let token = world.ok(&["token", "get"]);
    world.write("token.txt", &token);
    world.write("none.toml", "");
    let client = world.ok(&["client", "list"]);
    let client = client.split_whitespace().next().unwrap();
    for line in [
        "init another",
        "key generate",
        "key generate --alg ES256 --out k --jwks",
        "key public k_private.json",
        "key thumbprint k_public.json",
        "key convert k_private.json --to public-jwk",
        "key convert k_private.json --to pem --out k.pem",
        "key expiry",
        "client register --name x --key k_public.json --scope norsk-helsenett:python-sample-api/read",
        "client list",
        "api add an:api --scope an:api/read",
        "api list",
        "api remove an:api",
        "org add 999977774 --name Granfjelldal",
        "org list",
        "org delegate 994598759 --to 999977774",
        "org undelegate 994598759 --to 999977774",
        "org remove 999977774",
        "access-key make test-tokens --name x",
        "access-key list",
        "trace",
        "audit",
        "token get",
        "token get --output json",
        "token inspect token.txt",
        "token verify token.txt",
        "config show",
        "config check",
        "rules assertion.aud",
        "rotate --dry-run",
        "rotate",
        "authority config check",
        "authority make-secret secret",
        "authority backup backup.db",
        "conformance -- true",
    ] {
        // What a command runs comes last.
        match line.split_once(" -- ") {
            Some((line, program)) => {
                let output = world.run(&[line, "--format", "json", "--", program]);
                serde_json::from_slice::<Value>(&output.stdout).unwrap_or_else(|why| panic!("{line}: {why}"));
            }
            None => is_json(&world, line),
        }
    }
    for line in ["client show ID", "client update ID --name y", "client approve ID", "client remove ID"] {
        is_json(&world, &line.replace("ID", client));
    }
    world.ok(&["init", "desk", "--native"]);
    for line in ["login --person doctor", "whoami", "logout"] {
        is_json(&world, &format!("{line} --config desk/helseid.toml"));
    }
    let keys = world.ok(&["access-key", "list"]);
    is_json(&world, &format!("access-key remove {}", keys.split_whitespace().next().unwrap()));
    is_json(&world, &format!("doctor {url}"));
    is_json(&world, &format!("proof make --key k_private.json --url {url}"));
    let verified =
        world.given(&["jws", "verify", "--jwks", "k_jwks.json", "--format", "json"], token.as_bytes());
    let verdict: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(verdict["valid"], false);
}

#[test]
fn what_has_no_json_says_so() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "k"]);
    for line in
        ["demo", "call http://127.0.0.1:1/", "completions bash", "man", "key convert k_private.json --to pem"]
    {
        let said = world.fails(2, &line.split(' ').chain(["--format", "json"]).collect::<Vec<_>>());
        assert!(said.contains("JSON") && said.contains("leave out --format json"), "{line}: {said}");
    }
}
