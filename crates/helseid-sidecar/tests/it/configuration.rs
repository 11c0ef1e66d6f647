//! Each wrong setting, by name and in three lines.

use std::path::Path;

use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_sidecar::{Config, Listen, ListenFlags, SidecarError, Sources};

use crate::world::{Folder, open};

const CLIENT: &str = "issuer = \"http://localhost:8480\"\nclient_id = \"a\"\nkey_file = \"key.json\"\n";

fn read(toml: &str, listen: ListenFlags) -> Result<Config, SidecarError> {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    Folder::with(&key.to_json(), toml).config(listen)
}

#[test]
fn each_wrong_setting_is_named() {
    for (sections, named) in [
        ("[sidecar]\nlistn = \"127.0.0.1:1\"", "listn"),
        ("[sidecar]\nsocket_mode = \"rw\"\nsocket = \"a.sock\"", "socket_mode"),
        ("[sidecar]\nlisten = \"0.0.0.0:8481\"\ninsecure_no_key = true", "0.0.0.0:8481"),
        ("[sidecar]\nlisten = \"127.0.0.1:1\"\nsocket = \"a.sock\"", "listen and socket"),
        ("[sidecar]", "nobody could use"),
        ("[sidecar]\nshared_key_file = \"nothing.key\"", "nothing.key"),
        ("[sidecar]\nshared_key_file = \"helseid.toml\"", "32 to 512"),
        ("[sidecar]\nshared_key_file = \"shared.key\"\ninsecure_no_key = true", "shared key"),
        ("[sidecar.caller.a]\nuser = 1\nshared_key_file = \"shared.key\"", "[sidecar.caller.a]"),
        ("[sidecar.caller.a]", "[sidecar.caller.a]"),
        (
            "[sidecar.caller.a]\nuser = 1\n[sidecar.caller.b]\nuser = 2\n[sidecar.caller.c]\nuser = 1",
            "[sidecar.caller.a] and [sidecar.caller.c]",
        ),
        (
            "[sidecar.caller.a]\nshared_key_file = \"shared.key\"\n[sidecar.caller.b]\nshared_key_file = \"./shared.key\"",
            "the same key",
        ),
        ("[sidecar.caller.a]\nuser = 65534", "65534 is not a user"),
        ("[sidecar.caller.a]\nuser = 1\nendpoints = [\"everything\"]", "everything"),
        ("[sidecar.caller.a]\nuser = 1\napis = [\"b\"]", "apis of [sidecar.caller.a]"),
        ("[sidecar.caller.a]\nuser = 1\naccounts = [\"b\"]", "accounts of [sidecar.caller.a]"),
        ("[sidecar]\ninsecure_no_key = true\n[sidecar.caller.a]\nuser = 1", "callers have sections"),
        ("[sidecar]\ninsecure_no_key = true\n[api.a]", "url"),
        ("[sidecar]\ninsecure_no_key = true\n[api.a]\nurl = \"api.example\"", "url of [api.a]"),
        ("[sidecar]\ninsecure_no_key = true\n[api.a]\nurl = \"https://api.example\"\nscopes = 1", "scopes"),
        (
            "[sidecar]\ninsecure_no_key = true\n[api.a]\nurl = \"https://api.example\"\nscope = \"\\\"\"",
            "scope of [api.a]",
        ),
        (
            "[sidecar]\ninsecure_no_key = true\n[api.a]\nurl = \"https://api.example\"\naccount = \"b\"",
            "account of [api.a]",
        ),
        (
            "[sidecar]\ninsecure_no_key = true\n[api.a]\nurl = \"https://api.example\"\norganisations = [{ child = \"1\" }]",
            "organisations of [api.a]",
        ),
        (
            "[sidecar]\ninsecure_no_key = true\n[api.\"a/b\"]\nurl = \"https://api.example\"",
            "the name of [api.a/b]",
        ),
        ("[sidecar]\ninsecure_no_key = true\n[account.default]\nclient_id = \"b\"", "default"),
        ("[sidecar]\ninsecure_no_key = true\n[account.b]\nclientid = \"b\"", "clientid"),
        ("[api]\nuri = \"http://localhost\"", "uri"),
        ("[protect.a]", "public_url"),
        (
            "[protect.a]\npublic_url = \"api\"\naudience = \"a\"\nscopes = [\"a/b\"]",
            "public_url of [protect.a]",
        ),
        (
            "[protect.a]\npublic_url = \"https://api.example\"\naudience = \"a\"\nscopes = []",
            "scopes of [protect.a]",
        ),
        (
            "[protect.a]\npublic_url = \"https://api.example\"\naudience = \"a\"\nscopes = [\"a/b\"]\nproxy = \"nginx\"",
            "peers of [protect.a]",
        ),
        (
            "[protect.a]\npublic_url = \"https://api.example\"\naudience = \"a\"\nscopes = [\"a/b\"]\npeers = [\"socket\"]",
            "proxy of [protect.a]",
        ),
        (
            "[protect.a]\npublic_url = \"https://api.example\"\naudience = \"a\"\nscopes = [\"a/b\"]\nproxy = \"nginx\"\npeers = [\"all\"]",
            "peers of [protect.a]",
        ),
        (
            "[protect.a]\npublic_url = \"https://api.example\"\naudience = \"a\"\nscopes = [\"a/b\"]\nproxy = \"nginx\"\npeers = [\"user:65534\"]",
            "65534 is not a user",
        ),
        ("[protect.a]\nproxy = \"apache\"", "apache"),
    ] {
        let error = read(&format!("{CLIENT}{sections}\n"), ListenFlags::default()).expect_err(sections);
        assert!(error.to_string().contains(named), "{sections}: {error}");
        assert_eq!(error.to_string().lines().count(), 3, "{error}");
    }
    assert!(read("", open()).expect_err("no client").to_string().contains("issuer"));
}

#[test]
fn flags_go_before_the_file() {
    let toml = format!("{CLIENT}[sidecar]\nsocket = \"a.sock\"\n");
    assert!(matches!(read(&toml, ListenFlags::default()).unwrap().listen(), Listen::Socket { .. }));
    assert!(matches!(read(&toml, open()).unwrap().listen(), Listen::Tcp(_)));
}

#[test]
fn the_variables_of_texas_are_enough_for_one_client() {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None).to_json();
    let read = |issuer: &str, value: &str| {
        let variable = |name: &str| match name {
            "HELSEID_CLIENT_ID" => Some("a".to_owned()),
            "HELSEID_CLIENT_JWK" => Some(key.expose().to_owned()),
            name if name == issuer => Some(value.to_owned()),
            _ => None,
        };
        let (file, account, flags, listen) =
            (None::<&Path>, None, helseid_client::Settings::default(), open());
        Config::read(Sources { file, account, flags, listen, variable: &variable })
    };
    let well_known = "HELSEID_WELL_KNOWN_URL";
    read(well_known, "http://localhost:8480/.well-known/openid-configuration\n").unwrap();
    read("HELSEID_ISSUER", "http://localhost:8480").unwrap();
    let error = read("nothing", "").expect_err("no issuer");
    assert!(error.to_string().contains("HELSEID_ISSUER"), "{error}");
    let error = read(well_known, "http://localhost:8480/").expect_err("no metadata");
    assert!(error.to_string().contains("HELSEID_WELL_KNOWN_URL"), "{error}");
}
