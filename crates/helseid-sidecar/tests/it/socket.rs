//! Who may ask over a Unix socket.

use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};

use helseid_protocol::rule::Profile;
use helseid_sidecar::{Listen, ListenFlags, Listener};
use helseid_testkit::{SCOPE, World};
use serde_json::json;
use tokio::net::UnixStream;

use crate::world::{Answer, Folder, Running, exchange, run};

async fn token(sidecar: &Running) -> Answer {
    let body = json!({ "identity_provider": "helseid", "target": SCOPE }).to_string();
    let stream = UnixStream::connect(sidecar.folder.path("s.sock")).await.unwrap();
    let length = body.len();
    let head = "POST /api/v1/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
    exchange(stream, &format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}")).await
}

fn on_socket(folder: &Folder) -> ListenFlags {
    ListenFlags { socket: Some(folder.path("s.sock")), ..ListenFlags::default() }
}

#[tokio::test]
async fn whoever_may_open_the_socket_may_ask_and_it_goes_with_the_sidecar() {
    let world = World::start(Profile::Helseid).await.unwrap();
    for (sections, mode) in [("", 0o660), ("[sidecar]\nsocket_mode = \"0600\"", 0o600)] {
        let folder = Folder::new(&world, sections);
        // One that was left behind by a sidecar that was killed.
        drop(std::os::unix::net::UnixListener::bind(folder.path("s.sock")).unwrap());
        let flags = on_socket(&folder);
        let sidecar = run(&world, folder, flags).await;
        let found = std::fs::metadata(sidecar.folder.path("s.sock")).unwrap();
        assert!(found.file_type().is_socket());
        assert_eq!(found.permissions().mode() & 0o7777, mode);
        assert_eq!(token(&sidecar).await.status, 200);
        let folder = sidecar.stop().await;
        assert!(!folder.path("s.sock").exists());
        let left: Vec<_> =
            std::fs::read_dir(folder.path("")).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 3, "{left:?}");
    }
}

#[tokio::test]
async fn a_caller_is_known_by_its_user() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let own = tempfile::tempfile().unwrap().metadata().unwrap().uid();
    for (user, status) in [(own, 200), (own + 1, 401)] {
        let folder = Folder::new(&world, &format!("[sidecar.caller.batch]\nuser = {user}"));
        let flags = on_socket(&folder);
        let sidecar = run(&world, folder, flags).await;
        assert_eq!(token(&sidecar).await.status, status, "{user}");
    }
}

#[tokio::test]
async fn what_is_no_left_behind_socket_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.sock");
    let listen = Listen::Socket { path: path.clone(), mode: 0o600 };
    std::fs::write(&path, "precious").unwrap();
    let error = Listener::bind(&listen).await.expect_err("a file");
    assert!(error.to_string().contains("not a socket"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    std::fs::remove_file(&path).unwrap();
    let _other = tokio::net::UnixListener::bind(&path).unwrap();
    let error = Listener::bind(&listen).await.expect_err("taken");
    assert!(error.to_string().contains("another program listens"), "{error}");
}
