//! Files of NHN's and FHI's tools, as they come.

use serde_json::{Value, json};

use crate::world::World;

const SCOPE: &str = "norsk-helsenett:python-sample-api/read";

fn register(world: &World, key: &str, more: &[&str]) -> String {
    let arguments = ["client", "register", "--name", "mine", "--scope", SCOPE, "--key", key];
    world.ok(&[&arguments, more].concat()).trim().to_owned()
}

#[test]
fn nhns_configuration_file_is_taken_as_it_is_and_its_key_is_rotated_in_it() {
    let world = World::new();
    let authority = world.authority();
    world.ok(&["key", "generate", "--alg", "RS256", "--size", "2048", "--out", "m2m"]);
    let id = register(&world, "m2m_public.json", &[]);
    let mut key: Value = serde_json::from_str(&world.read("m2m_private.json")).unwrap();
    for name in ["alg", "use"] {
        key.as_object_mut().unwrap().remove(name);
    }
    let secret = key["d"].as_str().unwrap().to_owned();
    let issuer = authority.line["issuer"].as_str().unwrap();
    let file = json!({
        "clientName": "ORG - Blåbær", "authority": format!("{issuer}/connect/token"), "clientId": id,
        "grantTypes": ["client_credentials"], "scopes": [SCOPE], "redirectUris": [], "postLogoutRedirectUris": [],
        "secretType": "private_key_jwt:RsaPrivateKeyJwtSecret", "rsaKeySizeBits": 2048,
        "privateJwk": key.to_string(), "pkceRequired": true,
    });
    world.write("HelseID Configuration.json", &file.to_string());
    let with =
        |arguments: &[&str]| world.ok(&[arguments, &["--config", "HelseID Configuration.json"]].concat());
    assert_eq!(with(&["token", "get"]).matches('.').count(), 2);
    let shown = with(&["config", "show"]);
    assert!(shown.contains(&id) && shown.contains(SCOPE) && !shown.contains(&secret), "{shown}");
    assert!(with(&["config", "check"]).contains("the configuration is valid"));
    let doctor = with(&["doctor"]);
    assert!(doctor.contains("ok      registration") && !doctor.contains(&secret), "{doctor}");
    with(&["rotate"]);
    let now: Value = serde_json::from_str(&world.read("HelseID Configuration.json")).unwrap();
    assert_eq!(now["clientName"], "ORG - Blåbær");
    assert!(!now["privateJwk"].as_str().unwrap().contains(&secret));
    assert_eq!(with(&["token", "get"]).matches('.').count(), 2);
    assert!(with(&["key", "expiry"]).contains("ends in "));
}

#[test]
fn the_private_half_is_found_by_the_names_that_each_tool_gives() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m", "--jwks"]);
    let (private, public) = (world.read("m2m_private.json"), world.read("m2m_public.json"));
    let set = world.read("m2m_jwks.json");
    for (public_name, private_name, content) in [
        ("fhi_public.json", "fhi_private.json", &public),
        ("jwk_pub.json", "jwk.json", &public),
        ("nhn_jwk_pub.json", "nhn_jwk.json", &public),
        ("nhn2_jwks.json", "nhn2_jwk.json", &set),
        ("ours_jwks.json", "ours_private.json", &set),
        ("nøkkel_public.json", "nøkkel_private.json", &public),
        ("whatever.json", "whatever.json", &private),
    ] {
        world.write(private_name, &private);
        if public_name != private_name {
            world.write(public_name, content);
        }
        register(&world, public_name, &["--out", "helseid.toml", "--force"]);
        let written = world.read("helseid.toml");
        assert!(written.contains(&format!("key_file = \"{private_name}\"")), "{written}");
        assert_eq!(world.ok(&["token", "get"]).matches('.').count(), 2, "{private_name}");
    }
}

#[test]
fn a_certificate_of_fhis_tool_is_registered_and_its_pfx_signs() {
    let world = World::new();
    let _authority = world.authority();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    let with_password = |arguments: &[&str]| {
        let output = world.command(arguments).env("HELSEID_KEY_PASSWORD", "hemmelig æøå").output().unwrap();
        assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    with_password(&["key", "convert", "m2m_private.json", "--to", "p12", "--out", "Ås_private.pfx"]);
    let public = world.ok(&["key", "convert", "m2m_public.json", "--to", "public-pem"]);
    world.write("Ås_public.pem", &public);
    register(&world, "Ås_public.pem", &["--out", "helseid.toml"]);
    assert!(world.read("helseid.toml").contains("key_file = \"Ås_private.pfx\""));
    assert_eq!(with_password(&["token", "get"]).matches('.').count(), 2);
}
