use rcgen::PKCS_ECDSA_P256_SHA256 as P256;
use tokio::sync::watch;

use super::*;
use crate::{Tls, TlsError};

fn tls(files: &Files) -> Tls {
    Tls::files(files.certificate.clone(), files.key.clone()).clock(clock())
}

fn open(files: &Files) -> Result<TlsServer, TlsError> {
    tls(files).open(None, "server", vec![host("localhost")])
}

#[test]
fn a_pair_that_cannot_be_used_is_refused_with_why_and_what_to_do() {
    let (other, encrypted) = (
        Files::new(&P256),
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
    );
    let (certificate, key) = (other.pem(), std::fs::read_to_string(&other.key).unwrap());
    let garbage = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n".to_owned();
    // Which file is overwritten, with what, the file that is named, why, and what to do.
    for (key_file, content, named, why, next) in [
        (
            true,
            key.clone(),
            "tls.crt",
            "tls.key does not belong to this certificate",
            "the key that this certificate was made for",
        ),
        (
            false,
            certificate.clone(),
            "tls.crt",
            "tls.key does not belong to this certificate",
            "the server's own certificate comes first",
        ),
        (true, encrypted.to_owned(), "tls.key", "the key is encrypted", "openssl pkey -in"),
        (true, certificate, "tls.key", "no private key", "PKCS#8"),
        (false, key, "tls.crt", "no certificate", "the server's certificate in PEM"),
        (false, garbage, "tls.crt", "not an X.509 certificate", "the server's certificate in PEM"),
        (false, "\u{0}".to_owned(), "tls.crt", "no certificate", "the server's certificate in PEM"),
        (true, "x".repeat(1024 * 1024 + 1), "tls.key", "over 1 MiB", "PKCS#8"),
    ] {
        let files = Files::new(&P256);
        std::fs::write(if key_file { &files.key } else { &files.certificate }, content).unwrap();
        let refused = open(&files).unwrap_err();
        let text = refused.to_string();
        let named = files.folder.path().join(named).display().to_string();
        assert!(text.starts_with(&named) && text.contains(why), "{text}: {why}");
        assert!(refused.next().contains(next), "{text}: {}", refused.next());
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let files = Files::new(&P256);
    std::fs::remove_file(&files.key).unwrap();
    let refused = open(&files).unwrap_err();
    assert!(
        refused.to_string().contains("tls.key") && refused.next().contains("check the name"),
        "{refused}"
    );
}

#[tokio::test]
async fn another_pair_is_shown_to_new_connections_and_a_bad_one_is_not() {
    let (files, now) = (Files::new(&P256), clock().now());
    let (server, first) = (open(&files).unwrap(), files.pem());
    let before = shown(&server, &first, now).await;

    // Half of a swap: the certificate is there, its key not yet.
    let old_key = std::fs::read(&files.key).unwrap();
    files.renew(&P256);
    let new_key = std::fs::read(&files.key).unwrap();
    std::fs::write(&files.key, old_key).unwrap();
    server.look();
    assert_eq!(shown(&server, &first, now).await, before);

    std::fs::write(&files.key, new_key).unwrap();
    server.look();
    let after = shown(&server, &files.pem(), now).await;
    assert_ne!(after, before);

    std::fs::remove_file(&files.certificate).unwrap();
    server.look();
    assert!(meet(&server, client(&first, now), "localhost").await.is_err(), "the old one is gone");
}

#[tokio::test]
async fn a_server_looks_for_another_pair_by_itself() {
    let (files, now) = (Files::new(&P256), clock().now());
    let server = tls(&files).check_every(Duration::from_millis(1));
    let server = server.open(None, "server", vec![host("localhost")]).unwrap();
    let (stop, stopped) = watch::channel(false);
    let looking = tokio::spawn(server.clone().follow(stopped));
    files.renew(&P256);
    let new = files.pem();
    let swapped = async { while meet(&server, client(&new, now), "localhost").await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(30), swapped).await.expect("the new one is shown");
    stop.send_replace(true);
    looking.await.unwrap();
}

#[test]
fn a_certificate_for_another_host_or_of_the_past_is_complained_of() {
    let files = Files::new(&P256);
    let pair = crate::pair::read(&files.certificate, &files.key).unwrap();
    let complaints = |name, now| crate::pair::complaints(&pair, host(name).name(), now);
    assert_eq!(complaints("localhost", clock().now()), Vec::<String>::new());
    assert_eq!(complaints("other.example", clock().now()), ["the certificate is not for other.example"]);
    let late = complaints("localhost", Timestamp::from_seconds(100_000_000_000));
    assert!(late.len() == 1 && late[0].contains("expired at 4096"), "{late:?}");
}
