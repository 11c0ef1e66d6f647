use std::path::Path;

use helseid_client::protocol::jose::{Algorithm, PrivateJwk, RsaSize, SigningKey, base64url};
use helseid_client::protocol::scope::ScopeSet;
use helseid_client::{Client, Config, Error, ErrorKind, KeyLocation, Settings};
use helseid_protocol::jose::format::{PemForm, private_to_pem};
use tempfile::TempDir;

const WHOLE: &str = r#"
issuer = "http://localhost:8480"
client_id = "2b0f"
key_file = "m2m_private.json"
scope = ["norsk-helsenett:python-sample-api/read"]
[api]
url = "http://localhost:5000/api/patients"
"#;

fn new_key() -> PrivateJwk {
    PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)
}

/// Reads `text` as a file beside a good key.
fn read(text: &str, account: Option<&str>) -> Result<(Config, TempDir), Error> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("helseid.toml");
    std::fs::write(&file, text).unwrap();
    std::fs::write(folder.path().join("m2m_private.json"), new_key().to_json().expose()).unwrap();
    Ok((Settings::read(&file, account)?.finish()?, folder))
}

/// The one thing that is wrong with `text`.
fn fault(text: &str) -> String {
    let error = read(text, None).expect_err("wrong");
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert_eq!(error.to_string().lines().count(), 3, "{error}");
    error.to_string()
}

fn environment(set: &[(&str, &str)]) -> Settings {
    Settings::from_environment(|name| {
        set.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
    })
}

#[test]
fn a_whole_file_makes_a_client() {
    let (config, folder) = read(WHOLE, None).unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:8480");
    assert_eq!(config.scope, ScopeSet::parse("norsk-helsenett:python-sample-api/read").unwrap());
    assert_eq!(config.api_url.as_ref().unwrap().path(), "/api/patients");
    let KeyLocation::File(file) = &config.key else { panic!("a file") };
    assert_eq!(file, &folder.path().join("m2m_private.json"), "relative to the file that names it");
    assert!(Client::new(config).is_ok());
}

#[test]
fn each_wrong_setting_is_named() {
    for (from, to, named) in [
        ("client_id", "klient_id", "klient_id"),
        ("url = \"http:", "uri = \"http:", "uri"),
        ("client_id = \"2b0f\"", "", "client_id"),
        ("issuer = \"http://localhost:8480\"", "", "issuer"),
        ("key_file = \"m2m_private.json\"", "", "key_file"),
        ("key_file =", "key = \"external\"\nkey_file =", "key_file"),
        ("key_file = \"m2m_private.json\"", "key = \"External\"", "external"),
        ("http://localhost:8480", "sts.example", "issuer"),
        ("http://localhost:8480", "https://sts.example?x=1", "issuer"),
        ("http://localhost:5000/api/patients", "patients", "api.url"),
        ("sample-api/read", "sample-api/\\\"read", "scope"),
        ("client_id =", "environment = \"test\"\nclient_id =", "environment"),
        ("client_id =", "environment = \"prod\"\nclient_id =", "prod"),
        ("client_id =", "org_child = \"12345\"\nclient_id =", "org_child"),
        ("client_id = ", "client_id ", "line 3"),
    ] {
        let text = WHOLE.replacen(from, to, 1);
        assert_ne!(text, WHOLE, "{from}");
        let fault = fault(&text);
        assert!(fault.contains(named), "{named} in {fault}");
    }
}

#[test]
fn a_file_that_is_not_there_is_told_with_what_to_do() {
    let error = Settings::read(Path::new("/nowhere/helseid.toml"), None).expect_err("missing");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.what().contains("/nowhere/helseid.toml") && error.next().contains("helseid init"));
}

#[test]
fn a_key_that_cannot_be_used_is_told_without_its_content() {
    let (config, folder) = read(WHOLE, None).unwrap();
    let file = folder.path().join("m2m_private.json");
    let failed = || Client::new(config.clone()).expect_err("no key");
    let private = new_key();
    for content in [private.public().to_json(), "{}".to_owned(), "hemmelig".to_owned()] {
        std::fs::write(&file, content).unwrap();
        assert_eq!(failed().kind(), ErrorKind::Key);
        assert!(!failed().to_string().contains("hemmelig"));
    }
    std::fs::remove_file(&file).unwrap();
    assert_eq!(failed().kind(), ErrorKind::Key);
    assert!(failed().what().contains("m2m_private.json"));
}

#[test]
fn an_account_differs_in_what_it_says() {
    let text = format!(
        "{WHOLE}\n[account.other]\nclient_id = \"other\"\nenvironment = \"test\"\nscope = \"a/read a/write\"\n"
    );
    let (config, _folder) = read(&text, Some("other")).unwrap();
    assert_eq!((config.client_id.as_str(), config.scope.len()), ("other", 2));
    assert_eq!(config.issuer.as_str(), "https://helseid-sts.test.nhn.no");
    assert!(config.api_url.is_some(), "the rest of the file holds");
    assert_eq!(read(&text, None).unwrap().0.client_id.as_str(), "2b0f");
    let error = read(&text, Some("third")).expect_err("no such account");
    assert!(error.why().contains("other"), "{error}");
}

#[test]
fn the_environment_goes_before_the_file() {
    let (_, folder) = read(WHOLE, None).unwrap();
    let file = Settings::read(&folder.path().join("helseid.toml"), None).unwrap();
    let key = new_key().to_json();
    let said = environment(&[
        ("HELSEID_ISSUER", "https://sts.example"),
        ("HELSEID_CLIENT_JWK", key.expose()),
        ("HELSEID_SCOPE", "a/read"),
        ("HELSEID_CLIENT_ID", ""),
    ]);
    let config = said.or(file).finish().unwrap();
    assert_eq!((config.issuer.as_str(), config.client_id.as_str()), ("https://sts.example", "2b0f"));
    assert_eq!(config.scope.to_string(), "a/read");
    assert!(matches!(config.key, KeyLocation::Text(_)), "the file's key gives way");
    let shown = format!("{config:?}");
    assert!(!shown.contains("\"d\"") && shown.contains("hidden"), "{shown}");
}

#[test]
fn each_two_keys_in_the_environment_are_refused() {
    let keys = [
        ("HELSEID_CLIENT_KEY", "external"),
        ("HELSEID_CLIENT_JWK", "{}"),
        ("HELSEID_CLIENT_JWK_FILE", "x.json"),
    ];
    let said = |keys: &[(&str, &str)]| {
        let client = [("HELSEID_ISSUER", "https://sts.example"), ("HELSEID_CLIENT_ID", "x")];
        environment(&[&client, keys].concat()).finish()
    };
    for left_out in 0..keys.len() {
        let two: Vec<_> =
            keys.iter().enumerate().filter(|(n, _)| *n != left_out).map(|(_, key)| *key).collect();
        let error = said(&two).expect_err("both");
        assert_eq!(
            (error.kind(), error.to_string().lines().count()),
            (ErrorKind::Configuration, 3),
            "{error}"
        );
        let names = |(name, _): &(&str, &str)| error.what().contains(name);
        assert!(two.iter().all(names), "{error}");
    }
    for one in keys {
        assert!(said(&[one]).is_ok(), "{one:?} alone");
    }
}

#[test]
fn a_key_outside_this_process_needs_no_file_but_a_signer() {
    let text = WHOLE.replace("key_file = \"m2m_private.json\"", "key = \"external\"");
    let (config, _folder) = read(&text, None).unwrap();
    assert!(matches!(config.key, KeyLocation::External));
    let error = Client::new(config.clone()).expect_err("no signer");
    assert_eq!((error.kind(), error.to_string().lines().count()), (ErrorKind::Key, 3));
    assert!(error.next().contains("ClientBuilder::signer"), "{error}");
    assert!(Client::builder(config).signer(SigningKey::new(&new_key()).unwrap()).build().is_ok());
}

#[test]
fn what_says_where_the_key_is_takes_the_place_of_what_a_weaker_source_says() {
    let from_file = |text: &str| {
        let (_, folder) = read(WHOLE, None).unwrap();
        std::fs::write(folder.path().join("helseid.toml"), text).unwrap();
        Settings::read(&folder.path().join("helseid.toml"), None).unwrap()
    };
    let config = environment(&[("HELSEID_CLIENT_KEY", "external")]).or(from_file(WHOLE)).finish().unwrap();
    assert!(matches!(config.key, KeyLocation::External));
    let external = WHOLE.replace("key_file = \"m2m_private.json\"", "key = \"external\"");
    let config =
        environment(&[("HELSEID_CLIENT_JWK_FILE", "x.json")]).or(from_file(&external)).finish().unwrap();
    assert!(matches!(config.key, KeyLocation::File(_)));
    let account = format!("{WHOLE}\n[account.hsm]\nkey = \"external\"\n");
    assert!(matches!(read(&account, Some("hsm")).unwrap().0.key, KeyLocation::External));
}

#[test]
fn a_key_that_stands_where_its_place_belongs_is_refused_without_being_shown() {
    let text = WHOLE.replace("key_file = \"m2m_private.json\"", "key = '{\"d\":\"hemmelig\"}'");
    let fault = fault(&text);
    assert!(fault.contains("the setting key is invalid") && !fault.contains("hemmelig"), "{fault}");
    let said = environment(&[("HELSEID_CLIENT_KEY", "hemmelig")]);
    assert!(!format!("{said:?}").contains("hemmelig"));
}

#[test]
fn nhns_downloaded_file_is_a_configuration() {
    let nhn = serde_json::json!({
        "clientName": "En klient",
        "authority": "https://helseid-sts.test.nhn.no/connect/token",
        "clientId": "7f2f",
        "grantTypes": ["client_credentials"],
        "scopes": ["a/read", "a/write"],
        "privateJwk": new_key().to_json().expose(),
    });
    let (config, _folder) = read(&nhn.to_string(), None).unwrap();
    assert_eq!(config.issuer.as_str(), "https://helseid-sts.test.nhn.no");
    assert_eq!((config.client_id.as_str(), config.scope.len()), ("7f2f", 2));
    assert!(Client::new(config).is_ok());
}

/// What a platform may make of a key that it hands on as one line.
#[test]
fn a_key_in_a_variable_is_read_out_of_what_it_is_wrapped_in() {
    let key = new_key();
    let json = key.to_json();
    let pem = private_to_pem(&key, PemForm::Pkcs8).unwrap();
    let base64 = |text: &str| base64url::encode(text.as_bytes());
    for text in [
        json.expose().to_owned(),
        serde_json::to_string(json.expose()).unwrap(),
        format!("'{}'", json.expose()),
        base64(json.expose()),
        pem.expose().replace('\n', "\\n"),
        pem.expose().replace('\n', " "),
        format!("\"{}\"", pem.expose().replace('\n', "\\n")),
        base64(pem.expose()),
    ] {
        let said = environment(&[
            ("HELSEID_ISSUER", "http://localhost:8480\n"),
            ("HELSEID_CLIENT_ID", "2b0f\r\n"),
            ("HELSEID_CLIENT_JWK", &format!("{text}\n")),
        ]);
        let config = said.finish().unwrap();
        assert_eq!((config.issuer.as_str(), config.client_id.as_str()), ("http://localhost:8480", "2b0f"));
        let read = config.signing_key().unwrap_or_else(|why| panic!("{text}: {why}"));
        assert_eq!(read.public().thumbprint(), key.public().thumbprint());
    }
}

#[test]
fn a_key_of_a_keystore_is_chosen_by_its_alias_and_opened_by_a_mounted_password() {
    let (mut config, folder) = read(WHOLE, None).unwrap();
    let two = include_bytes!("../../../../fixtures/keys/corpus/two.p12");
    let file = folder.path().join("two.p12");
    std::fs::write(&file, two).unwrap();
    let said = environment(&[("HELSEID_KEY_PASSWORD", "for-tests-only\n"), ("HELSEID_KEY_ALIAS", "two\n")]);
    (config.key, config.key_password) = (KeyLocation::File(file), said.key_password);
    let why = config.signing_key().expect_err("two keys").why();
    assert!(why.contains("one, two") && why.contains("key_alias"), "{why}");
    config.key_alias = said.key_alias;
    assert_eq!(config.signing_key().unwrap().algorithm(), Algorithm::PS256, "the second is an RSA key");
    let (in_the_file, _folder) = read(&format!("key_alias = \"two\"\n{WHOLE}"), None).unwrap();
    assert_eq!(in_the_file.key_alias.as_deref(), Some("two"));
}

#[test]
fn a_configuration_in_utf16_is_read() {
    let (_, folder) = read(WHOLE, None).unwrap();
    let file = folder.path().join("helseid.toml");
    let utf16: Vec<u8> = format!("\u{feff}{WHOLE}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(&file, utf16).unwrap();
    assert_eq!(Settings::read(&file, None).unwrap().finish().unwrap().client_id.as_str(), "2b0f");
    std::fs::write(&file, b"\xff").unwrap();
    assert!(Settings::read(&file, None).expect_err("no text").why().contains("UTF-8"));
}

#[test]
fn certificates_that_cannot_be_used_are_called_so_before_anything_is_sent() {
    let (config, folder) = read(&format!("ca_file = \"ca.pem\"\n{WHOLE}"), None).unwrap();
    for content in [&b"no certificate"[..], b"\x30\x82\x01\x00\x02\x01\x03"] {
        std::fs::write(folder.path().join("ca.pem"), content).unwrap();
        let error = Client::new(config.clone()).expect_err("no certificates");
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
        assert_eq!(error.what(), "the trusted certificates cannot be used");
        assert!(error.next().contains("ca_file"), "{error}");
    }
}
