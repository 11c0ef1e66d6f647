use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};
use rustls::crypto::aws_lc_rs::cipher_suite as suite;
use rustls::{ProtocolVersion, SupportedCipherSuite};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::Tls;

fn in_memory() -> TlsServer {
    Tls::self_signed().clock(clock()).open(None, "server", vec![host("localhost")]).unwrap()
}

/// A client that offers one suite.
fn limited(to: SupportedCipherSuite, ca_pem: &str) -> ClientConfig {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    client_of(CryptoProvider { cipher_suites: vec![to], ..provider }, ca_pem, clock().now())
}

#[tokio::test]
async fn loopback_names_are_served_to_who_trusts_the_ca() {
    let server = in_memory();
    let ca = server.ca_pem().unwrap();
    for name in ["localhost", "authority.localhost", "app.localhost", "127.0.0.1", "::1"] {
        let met = meet(&server, client(ca, clock().now()), name).await;
        assert_eq!(met.map(|(version, _)| version), Ok(ProtocolVersion::TLSv1_3), "{name}");
    }
    let other = meet(&server, client(ca, clock().now()), "example.com").await.unwrap_err();
    assert!(other.contains("not valid for name"), "{other}");
    let foreign = in_memory();
    let foreign = meet(&server, client(foreign.ca_pem().unwrap(), clock().now()), "localhost").await;
    assert!(foreign.unwrap_err().contains("UnknownIssuer"));
    let late = meet(&server, client(ca, clock().now().plus(DAY * 91)), "localhost").await.unwrap_err();
    assert!(late.contains("expired"), "{late}");
}

#[tokio::test]
async fn tls_1_2_has_the_four_suites_that_fapi_permits_and_no_other() {
    let (ec, rsa) = (Files::new(&PKCS_ECDSA_P256_SHA256), Files::new(&PKCS_RSA_SHA256));
    for (files, suite, wanted) in [
        (&ec, suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, true),
        (&ec, suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, true),
        (&ec, suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, false),
        (&rsa, suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, true),
        (&rsa, suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, true),
        (&rsa, suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, false),
    ] {
        let tls = Tls::files(files.certificate.clone(), files.key.clone()).clock(clock());
        let server = tls.open(None, "server", vec![host("localhost")]).unwrap();
        let met = meet(&server, limited(suite, &files.pem()), "localhost").await;
        assert_eq!(
            met.map(|(version, _)| version).ok(),
            wanted.then_some(ProtocolVersion::TLSv1_2),
            "{suite:?}"
        );
    }
}

#[tokio::test]
async fn a_client_of_http_2_alone_is_refused_and_one_of_both_gets_http_1_1() {
    let server = in_memory();
    for (offered, wanted) in
        [(vec![b"h2".to_vec()], false), (vec![b"h2".to_vec(), b"http/1.1".to_vec()], true)]
    {
        let mut client = client(server.ca_pem().unwrap(), clock().now());
        client.alpn_protocols = offered;
        assert_eq!(meet(&server, client, "localhost").await.is_ok(), wanted);
    }
}

#[tokio::test]
async fn who_speaks_no_tls_is_told_by_an_alert() {
    let (ours, mut theirs) = duplex(1_024);
    theirs.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let refused = in_memory().accept(ours).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::InvalidData);
    let mut answer = Vec::new();
    theirs.read_to_end(&mut answer).await.unwrap();
    // A record of type alert (RFC 8446 section 5.1).
    assert_eq!(answer.first(), Some(&21));
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_end_is_ended() {
    for sent in [&b""[..], &[22, 3, 1, 2, 0, 1]] {
        let (ours, mut theirs) = duplex(1_024);
        theirs.write_all(sent).await.unwrap();
        let began = tokio::time::Instant::now();
        let ended = in_memory().accept(ours).await.unwrap_err();
        assert_eq!((ended.kind(), began.elapsed().as_secs()), (std::io::ErrorKind::TimedOut, 10));
    }
}
