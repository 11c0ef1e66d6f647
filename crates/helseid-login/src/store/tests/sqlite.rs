//! A SQLite file that two processes of one machine share.

use super::*;

async fn open(file: &std::path::Path) -> Arc<dyn SessionStore> {
    Arc::new(super::super::sqlite(file).await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_its_promises() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions.sqlite");
    keeps_its_promises([open(&file).await, open(&file).await]).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_its_owners_alone_and_remembers() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions.sqlite");
    let store = open(&file).await;
    assert_eq!(store.insert(&row("kept"), Replaces::Nothing, NOW).await, Ok(Inserted::Done));
    let epoch = store.epoch().await.unwrap();
    drop(store);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = open(&file).await;
    assert_eq!(again.find(&id("kept")).await.unwrap().unwrap().epoch, epoch);
}

#[tokio::test]
async fn a_sweep_is_bounded_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("sessions.sqlite")).await;
    for n in 0..501 {
        let ended = NewRow { ends: NOW, ..row(&n.to_string()) };
        assert_eq!(store.insert(&ended, Replaces::Nothing, at(-1)).await, Ok(Inserted::Done));
    }
    assert_eq!(store.sweep(at(-HOUR), NOW).await, Ok(true));
    assert_eq!(store.sweep(at(-HOUR), NOW).await, Ok(false));
}
