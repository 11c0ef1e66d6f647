use serde_json::Value;

use crate::world::World;

#[test]
fn a_key_pair_is_written_once_and_its_private_half_for_the_owner_alone() {
    let world = World::new();
    let generate = ["key", "generate", "--alg", "ES256", "--out", "m2m", "--jwks"];
    world.ok(&generate);
    assert_eq!(world.files(), ["m2m_jwks.json", "m2m_private.json", "m2m_public.json"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(world.path("m2m_private.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let public: Value = serde_json::from_str(&world.read("m2m_public.json")).unwrap();
    assert_eq!((&public["use"], &public["alg"]), (&"sig".into(), &"ES256".into()));
    assert!(public.get("d").is_none());
    let before = world.read("m2m_private.json");
    assert!(world.fails(1, &generate).contains("--force"));
    assert_eq!(world.read("m2m_private.json"), before);
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m", "--force"]);
    assert_ne!(world.read("m2m_private.json"), before);
}

#[test]
fn a_key_has_the_name_that_it_is_given() {
    let world = World::new();
    let made: Value =
        serde_json::from_str(&world.ok(&["key", "generate", "--alg", "ES384", "--kid", "a+/b="])).unwrap();
    assert_eq!((&made["kid"], &made["crv"]), (&"a+/b=".into(), &"P-384".into()));
    assert!(made.get("d").is_some(), "without --out the private key is the output");
    assert!(world.fails(2, &["key", "generate", "--size", "1024"]).contains("2048, 3072 or 4096"));
    assert_eq!(world.run(&["key", "generate", "--alg", "HS256"]).status.code(), Some(2));
    let rs = world.run(&["key", "generate", "--alg", "RS256", "--size", "2048"]);
    assert!(String::from_utf8_lossy(&rs.stderr).contains("not recommended"));
}

#[test]
fn a_key_keeps_its_thumbprint_through_every_format() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "PS256", "--size", "2048", "--out", "m2m"]);
    let own = world.ok(&["key", "thumbprint", "m2m_private.json"]);
    assert_eq!(own, world.ok(&["key", "thumbprint", "m2m_public.json"]));
    for format in ["jwk", "jwks", "public-jwk", "pem", "traditional-pem", "public-pem", "xml"] {
        world.ok(&["key", "convert", "m2m_private.json", "--to", format, "--out", format]);
        assert_eq!(own, world.ok(&["key", "thumbprint", format]), "{format}");
    }
    let p12 = ["key", "convert", "m2m_private.json", "--to", "p12", "--out", "m2m.p12"];
    assert!(world.fails(2, &p12).contains("HELSEID_KEY_PASSWORD"));
    let with_password = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        let output = command.env("HELSEID_KEY_PASSWORD", "for-tests-only").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    with_password(&p12);
    assert_eq!(own, with_password(&["key", "thumbprint", "m2m.p12"]));
    assert!(world.fails(1, &["key", "thumbprint", "m2m.p12"]).contains("no password was given"));
    assert!(
        world.fails(1, &["key", "convert", "m2m_public.json", "--to", "jwk"]).contains("member d is missing")
    );
}

/// One random name in 64 begins so.
#[test]
fn names_that_begin_with_a_hyphen_are_no_flags() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["key", "generate", "--alg", "ES256", "--kid", "-ab", "--out", "m2m"]);
    let made: Value = serde_json::from_str(&world.read("m2m_public.json")).unwrap();
    assert_eq!(made["kid"], "-ab");
    world.write("set.json", &serde_json::json!({ "keys": [made] }).to_string());
    world.ok(&["key", "thumbprint", "set.json", "--alias", "-ab"]);
    let url = "https://api.example/";
    world.ok(&["proof", "make", "--key", "m2m_private.json", "--url", url, "--nonce", "-ab"]);
    let unknown = world.fails(1, &["trace", "-vvAAAAAAAAAAAAAAAAAAA", "--format", "json"]);
    assert!(unknown.contains("-vvAAAAAAAAAAAAAAAAAAA"), "{unknown}");
}

/// A P-256 key as WebCrypto exports it, beside which one property is changed at a time.
fn webcrypto() -> Value {
    let private = include_str!("../../../../fixtures/keys/corpus/webcrypto.json");
    serde_json::from_str(private).unwrap()
}

#[test]
fn a_public_half_never_says_that_it_signs() {
    let world = World::new();
    world.write("key.json", &webcrypto().to_string());
    for command in [
        &["key", "public", "key.json"][..],
        &["key", "convert", "key.json", "--to", "public-jwk"],
        &["key", "convert", "key.json", "--to", "jwks"],
    ] {
        let said = world.ok(command);
        assert!(!said.contains("\"key_ops\"") && !said.contains("\"ext\""), "{command:?}: {said}");
    }
}

#[test]
fn what_is_corrected_in_a_key_is_said() {
    let world = World::new();
    let mut key = webcrypto();
    key["kty"] = "EC-HSM".into();
    key["x"] = format!("{}=", key["x"].as_str().unwrap()).into();
    world.write("key.json", &key.to_string());
    world.write("whole.json", &webcrypto().to_string());
    let output = world.run(&["key", "convert", "key.json", "--to", "jwk"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("note: key.json: its kty EC-HSM was read as EC; x had"), "{said}");
    assert_eq!(output.stdout, world.run(&["key", "convert", "whole.json", "--to", "jwk"]).stdout);
    assert!(world.run(&["key", "public", "whole.json"]).stderr.is_empty());
}

#[test]
fn one_key_of_several_is_chosen_by_its_name() {
    let world = World::new();
    let two = include_bytes!("../../../../fixtures/keys/corpus/two.p12");
    std::fs::write(world.path("two.p12"), two).unwrap();
    let run = |more: &[&str], alias: &str| {
        let mut command = world.command(&[&["key", "thumbprint", "two.p12"], more].concat());
        command.env("HELSEID_KEY_PASSWORD", "for-tests-only\n").env("HELSEID_KEY_ALIAS", alias);
        let output = command.output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let several = run(&[], "");
    assert!(several.contains("2 keys (one, two)") && several.contains("--alias"), "{several}");
    let one = run(&["--alias", "one"], "two");
    assert_eq!(one, run(&[], "one\n"));
    assert_ne!(one, run(&[], "two"));
    assert!(run(&["--alias", "three"], "").contains("it holds one, two"));
}

#[test]
fn files_in_utf16_and_with_a_byte_order_mark_are_read() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m", "--jwks"]);
    let own = world.ok(&["key", "thumbprint", "m2m_public.json"]);
    for name in ["m2m_private.json", "m2m_public.json", "m2m_jwks.json"] {
        let utf16: Vec<u8> = world.read(name).encode_utf16().flat_map(u16::to_le_bytes).collect();
        std::fs::write(world.path(name), [b"\xff\xfe", utf16.as_slice()].concat()).unwrap();
        assert_eq!(own, world.ok(&["key", "thumbprint", name]), "{name}");
    }
    let signed = world.given(&["jws", "verify", "--jwks", "m2m_jwks.json"], b"a.b\n");
    assert_eq!(signed.status.code(), Some(3), "the set was read");
}
