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

/// A client's first message (RFC 5246 section 7.4.1.2) with this version as its highest, in its record.
fn client_hello(version: [u8; 2]) -> Vec<u8> {
    /// With its length before it.
    fn counted(bytes: &[u8]) -> Vec<u8> {
        [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat()
    }
    let extension = |kind: u16, content: &[u8]| [&kind.to_be_bytes()[..], &counted(content)].concat();
    let name = [&[0][..], &counted(b"localhost")].concat();
    let extensions = [
        extension(0, &counted(&name)),
        // secp256r1, uncompressed points, and ecdsa_secp256r1_sha256.
        extension(10, &counted(&[0, 23])),
        extension(11, &[1, 0]),
        extension(13, &counted(&[4, 3])),
    ];
    // ECDHE_ECDSA with AES 128: with GCM for TLS 1.2, and with CBC for the versions before it.
    let suites = counted(&[0xc0, 0x2b, 0xc0, 0x09]);
    let random_and_no_session = [7; 32].into_iter().chain([0]).collect::<Vec<u8>>();
    let body =
        [&version[..], &random_and_no_session, &suites, &[1, 0], &counted(&extensions.concat())].concat();
    let message = [&[1, 0][..], &counted(&body)].concat();
    [&[22, 3, 1][..], &counted(&message)].concat()
}

#[tokio::test]
async fn a_client_of_tls_1_1_is_refused_and_one_of_tls_1_2_is_not() {
    const ALERT: u8 = 21;
    const HANDSHAKE: u8 = 22;
    // The alert protocol_version (RFC 5246 section 7.2), which is fatal.
    const PROTOCOL_VERSION: [u8; 2] = [2, 70];
    let server = in_memory();
    for (version, begins) in [([3, 1], ALERT), ([3, 2], ALERT), ([3, 3], HANDSHAKE)] {
        let (ours, mut theirs) = duplex(64 * 1_024);
        theirs.write_all(&client_hello(version)).await.unwrap();
        let mut answer = [0; 7];
        let (accepted, read) = tokio::join!(server.accept(ours), async {
            let read = theirs.read_exact(&mut answer).await;
            drop(theirs);
            read
        });
        read.unwrap();
        assert!(accepted.is_err(), "the client goes away");
        assert_eq!(answer[0], begins, "{version:?}: {answer:?}");
        assert_eq!(answer[5..] == PROTOCOL_VERSION, begins == ALERT, "{version:?}: {answer:?}");
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
