use super::*;
use crate::{CaFiles, LocalCa, Tls};

fn open(folder: &Path, clock: &TestClock, hosts: &[&str]) -> TlsServer {
    let hosts = hosts.iter().map(|text| host(text)).collect();
    Tls::self_signed().clock(clock.clone()).open(Some(folder), "authority", hosts).unwrap()
}

#[tokio::test]
async fn a_folder_keeps_ca_and_certificate_until_the_latter_nears_its_end() {
    let (place, clock) = (tempfile::tempdir().unwrap(), clock());
    let folder = place.path().join("tls");
    let first = open(&folder, &clock, &["localhost"]);
    let ca = first.ca_pem().unwrap().to_owned();
    let leaf = shown(&first, &ca, clock.now()).await;

    clock.forward(DAY * 59);
    let again = open(&folder, &clock, &["localhost"]);
    assert_eq!((again.ca_pem(), shown(&again, &ca, clock.now()).await), (Some(ca.as_str()), leaf.clone()));

    clock.forward(DAY * 2);
    first.look();
    let renewed = shown(&first, &ca, clock.now().plus(DAY * 89)).await;
    assert_ne!(renewed, leaf);
    let again = open(&folder, &clock, &["localhost"]);
    assert_eq!((again.ca_pem(), shown(&again, &ca, clock.now()).await), (Some(ca.as_str()), renewed));
}

#[tokio::test]
async fn a_folder_that_is_removed_while_the_server_runs_gets_no_other_ca() {
    let (place, clock) = (tempfile::tempdir().unwrap(), clock());
    let folder = place.path().join("tls");
    let server = open(&folder, &clock, &["localhost"]);
    let ca = server.ca_pem().unwrap().to_owned();
    let leaf = shown(&server, &ca, clock.now()).await;
    std::fs::remove_dir_all(&folder).unwrap();
    clock.forward(DAY * 61);
    server.look();
    assert_eq!(shown(&server, &ca, clock.now()).await, leaf, "the old certificate goes on");
    assert!(!folder.join("ca_private.pem").exists());
    let again = open(&folder, &clock, &["localhost"]);
    assert_ne!(again.ca_pem(), Some(ca.as_str()), "a start makes one");
}

#[tokio::test]
async fn in_memory_a_certificate_is_renewed_by_the_same_ca() {
    let clock = clock();
    let server =
        Tls::self_signed().clock(clock.clone()).open(None, "authority", vec![host("a.test")]).unwrap();
    let ca = server.ca_pem().unwrap();
    let leaf = shown(&server, ca, clock.now()).await;
    server.look();
    assert_eq!(shown(&server, ca, clock.now()).await, leaf);
    clock.forward(DAY * 100);
    server.look();
    assert!(meet(&server, client(ca, clock.now()), "a.test").await.is_ok());
}

#[tokio::test]
async fn a_clock_that_went_back_gets_a_certificate_of_its_time() {
    let (place, ahead) = (tempfile::tempdir().unwrap(), clock());
    ahead.forward(DAY * 400);
    open(place.path(), &ahead, &["localhost"]);
    let server = open(place.path(), &clock(), &["localhost"]);
    shown(&server, server.ca_pem().unwrap(), clock().now()).await;
}

#[tokio::test]
async fn the_servers_host_may_change_and_another_servers_wish_changes_no_ca() {
    let (place, clock) = (tempfile::tempdir().unwrap(), clock());
    let localhost = open(place.path(), &clock, &["localhost"]).ca_pem().unwrap().to_owned();
    let tls = Tls::self_signed().clock(clock.clone());
    let beside = |name| tls.open_beside(place.path(), "api", vec![host(name)]);
    let refused = beside("api.test").unwrap_err();
    assert!(refused.to_string().contains("does not sign for api.test"), "{refused}");
    assert!(refused.next().contains("--tls-cert"));
    let api = beside("localhost").unwrap();
    shown(&api, &localhost, clock.now()).await;

    let server = open(place.path(), &clock, &["helseid.test", "10.0.0.7"]);
    let ca = server.ca_pem().unwrap().to_owned();
    assert_ne!(ca, localhost);
    for name in ["helseid.test", "10.0.0.7", "localhost"] {
        assert!(meet(&server, client(&ca, clock.now()), name).await.is_ok(), "{name}");
    }
    // The other server follows.
    api.look();
    shown(&api, &ca, clock.now()).await;
}

#[test]
fn a_ca_is_held_to_its_hosts_by_its_own_certificate() {
    let now = clock().now();
    let ca = LocalCa::make(&[host("helseid.test")], now).unwrap();
    assert!(ca.issue(&[host("helseid.test"), host("below.helseid.test")], now).is_ok());
    for other in ["example.com", "nhelseid.test", "10.0.0.7", "2001:db8::1"] {
        assert!(ca.issue(&[host(other)], now).is_err(), "{other}");
    }
}

#[cfg(unix)]
#[test]
fn keys_are_their_owners_alone_and_one_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (place, clock) = (tempfile::tempdir().unwrap(), clock());
    let folder = place.path().join("tls");
    open(&folder, &clock, &["localhost"]);
    for name in ["ca_private.pem", "authority_private.pem"] {
        let file = folder.join(name);
        assert_eq!(mode(&file), 0o600, "{name}");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let tls = Tls::self_signed().clock(clock.clone());
        let refused = tls.open(Some(&folder), "authority", vec![host("localhost")]).unwrap_err();
        assert!(refused.to_string().contains(name) && refused.next().contains("chmod 600"), "{refused}");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[tokio::test]
async fn a_certificate_that_is_broken_or_of_another_ca_is_made_anew_and_a_broken_ca_is_not() {
    let (place, clock) = (tempfile::tempdir().unwrap(), clock());
    let ca = open(place.path(), &clock, &["localhost"]).ca_pem().unwrap().to_owned();
    let (leaf, ca_file) = (place.path().join("authority_private.pem"), place.path().join("ca_private.pem"));
    std::fs::write(&leaf, "half").unwrap();
    let server = open(place.path(), &clock, &["localhost"]);
    shown(&server, &ca, clock.now()).await;

    std::fs::copy(&leaf, place.path().join("kept")).unwrap();
    std::fs::remove_file(&ca_file).unwrap();
    let server = open(place.path(), &clock, &["localhost"]);
    assert_ne!(server.ca_pem(), Some(ca.as_str()));
    shown(&server, server.ca_pem().unwrap(), clock.now()).await;

    std::fs::write(&ca_file, "half").unwrap();
    let tls = Tls::self_signed().clock(clock.clone());
    let refused = tls.open(Some(place.path()), "authority", vec![host("localhost")]).unwrap_err();
    assert!(refused.next().starts_with("remove it"), "{refused}");
}

#[test]
fn other_programs_get_the_ca_alone_and_with_the_systems() {
    let place = tempfile::tempdir().unwrap();
    let pem = LocalCa::make(&[], clock().now()).unwrap().pem();
    let files = CaFiles::write(&place.path().join("tls"), &pem).unwrap();
    assert_eq!(std::fs::read_to_string(&files.ca).unwrap(), pem);
    assert!(std::fs::read_to_string(&files.bundle).unwrap().ends_with(&pem));
    let store = std::fs::read(&files.java).unwrap();
    CaFiles::write(&place.path().join("tls"), &pem).unwrap();
    assert_eq!(std::fs::read(&files.java).unwrap(), store, "written once for each CA");
    let other = LocalCa::make(&[], clock().now()).unwrap().pem();
    CaFiles::write(&place.path().join("tls"), &other).unwrap();
    assert_ne!(std::fs::read(&files.java).unwrap(), store);
}
