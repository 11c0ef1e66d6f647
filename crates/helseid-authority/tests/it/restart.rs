use std::path::Path;

use helseid_admin_api::AdminFile;
use helseid_authority::{Authority, Config, Error, StoreError};
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::base64url;

use crate::{http, json, start_with, url};

fn in_folder(folder: &Path) -> Config {
    // One name for all starts, as the port changes.
    Config::in_folder(folder.join("data")).issuer(Issuer::parse("http://localhost:8480").unwrap())
}

#[tokio::test]
async fn clients_keys_and_the_admin_token_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let first = start_with(in_folder(folder.path())).await;
    let keys = |running: &helseid_authority::Running| url(running, "/.well-known/openid-configuration/jwks");
    let before = json(http().get(keys(&first)).send().await.unwrap()).await;
    let register = http().put(url(&first, "/admin/api/clients/mine")).bearer_auth(first.admin_token());
    let register = register.header("host", "localhost:8480").header("content-type", "application/json");
    assert!(register.body(r#"{"name":"mine"}"#).send().await.unwrap().status().is_success());
    let token = first.admin_token().to_owned();
    first.shut_down().await;

    let second = start_with(in_folder(folder.path())).await;
    assert_eq!(second.admin_token(), token);
    assert_eq!(json(http().get(keys(&second)).send().await.unwrap()).await, before);
    let mine = http().get(url(&second, "/admin/api/clients/mine")).bearer_auth(&token);
    let mine = mine.header("host", "localhost:8480").send().await.unwrap();
    assert_eq!(json(mine).await["name"], "mine");
}

#[tokio::test]
async fn a_folder_serves_one_authority_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = start_with(in_folder(folder.path())).await;
    let listen = ["127.0.0.1:0".parse().unwrap()];
    let second = Authority::start(in_folder(folder.path()).listen(listen)).await;
    assert!(matches!(second, Err(Error::Store(StoreError::Locked(_)))));
    first.shut_down().await;
    start_with(in_folder(folder.path())).await;
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_secret_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let running = start_with(in_folder(folder.path())).await;
    running.ready().await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let data = folder.path().join("data");
    assert_eq!(mode(&data), 0o700);
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    let file: AdminFile = serde_json::from_slice(&std::fs::read(data.join("admin.json")).unwrap()).unwrap();
    assert_eq!((file.token.as_str(), &file.issuer), (running.admin_token(), running.issuer()));
    assert_eq!(base64url::decode(&file.token).unwrap().len(), 32);
    let registry = std::fs::read(data.join("registry.sqlite")).unwrap();
    let wal = std::fs::read(data.join("registry.sqlite-wal")).unwrap_or_default();
    let holds = |bytes: &[u8]| bytes.windows(file.token.len()).any(|window| window == file.token.as_bytes());
    assert!(!holds(&registry) && !holds(&wal), "the store keeps the token's hash alone");
}

#[tokio::test]
async fn a_lost_admin_file_is_made_anew_with_another_token() {
    let folder = tempfile::tempdir().unwrap();
    let first = start_with(in_folder(folder.path())).await;
    let token = first.admin_token().to_owned();
    first.shut_down().await;
    std::fs::remove_file(folder.path().join("data/admin.json")).unwrap();
    let second = start_with(in_folder(folder.path())).await;
    assert_ne!(second.admin_token(), token);
}

#[tokio::test]
async fn a_data_folder_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), b"a file").unwrap();
    let listen = ["127.0.0.1:0".parse().unwrap()];
    let refused = Authority::start(in_folder(folder.path()).listen(listen)).await;
    assert!(matches!(refused, Err(Error::Store(StoreError::File(_)))));
}
