//! A real Redis with TLS: who is believed, and by whose cryptography.

use std::time::Duration;

use helseid_http::{RedisServer, RedisTimeouts};
use helseid_test_services::{Redis, Stop, TestCa};
use rustls::crypto::CryptoProvider;

const TIMEOUTS: RedisTimeouts =
    RedisTimeouts { connect: Duration::from_secs(10), answer: Duration::from_secs(10) };

struct Tls {
    folder: tempfile::TempDir,
    right: TestCa,
    redis: Redis,
}

impl Tls {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let right = TestCa::new(folder.path(), "right").unwrap();
        let redis = Redis::start_with_tls(&right.certificate("localhost").unwrap(), None).unwrap();
        Self { folder, right, redis }
    }

    fn url(&self, ca: &TestCa) -> String {
        format!("{}?ca_file={}", self.redis.url(), ca.file().display())
    }
}

/// Whether a command goes there and back; why not otherwise.
async fn answers(url: &str) -> Result<(), String> {
    let server = RedisServer::parse(url).map_err(|why| why.to_string())?;
    let mut connection = server.connect(TIMEOUTS).await.map_err(|why| why.to_string())?;
    redis::cmd("PING").query_async(&mut connection).await.map_err(|why| why.to_string())
}

#[tokio::test]
async fn a_server_is_believed_by_its_ca_and_its_name_and_found_again() {
    let mut tls = Tls::start();
    let (url, wrong) = (tls.url(&tls.right), TestCa::new(tls.folder.path(), "wrong").unwrap());
    assert_eq!(answers(&url).await, Ok(()));
    let of_another = answers(&tls.url(&wrong)).await.unwrap_err();
    assert!(
        of_another.contains("TLS to localhost failed") && of_another.contains("UnknownIssuer"),
        "{of_another}"
    );
    let unnamed = answers(&tls.redis.url()).await.unwrap_err();
    assert!(unnamed.contains("UnknownIssuer"), "{unnamed}");
    let other_name = answers(&url.replace("localhost", "127.0.0.1")).await.unwrap_err();
    assert!(other_name.contains("not valid for"), "{other_name}");
    // Without TLS it is not spoken to.
    answers(&tls.redis.url().replace("rediss", "redis")).await.unwrap_err();
    tls.redis.stop(Stop::Kill);
    answers(&url).await.unwrap_err();
    tls.redis.start_again().unwrap();
    assert_eq!(answers(&url).await, Ok(()));
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_gets_the_one_that_the_address_names() {
    let folder = tempfile::tempdir().unwrap();
    let ca = TestCa::new(folder.path(), "own").unwrap();
    let redis = Redis::start_with_tls(&ca.certificate("localhost").unwrap(), Some(&ca)).unwrap();
    let bare = format!("{}?ca_file={}", redis.url(), ca.file().display());
    answers(&bare).await.unwrap_err();
    let own = ca.certificate("client").unwrap();
    let named = format!("{bare}&cert_file={}&key_file={}", own.certificate.display(), own.key.display());
    assert_eq!(answers(&named).await, Ok(()));
}

/// Names the address that a process of its own is to ask.
const CHILD: &str = "HELSEID_TEST_ASK";

#[tokio::test]
async fn the_crypto_provider_of_the_process_is_neither_asked_nor_set() {
    if let Ok(url) = std::env::var(CHILD) {
        assert_eq!(answers(&url).await, Ok(()));
        assert!(CryptoProvider::get_default().is_none(), "nothing is set");
        // What another library may make of it, at the worst: one that can do nothing.
        let mut useless = rustls::crypto::aws_lc_rs::default_provider();
        useless.cipher_suites.clear();
        useless.install_default().unwrap();
        assert_eq!(answers(&url).await, Ok(()), "nothing is asked");
        return;
    }
    let tls = Tls::start();
    let name = "redis::the_crypto_provider_of_the_process_is_neither_asked_nor_set";
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap());
    child.args([name, "--exact"]).env(CHILD, tls.url(&tls.right)).kill_on_drop(true);
    let output = child.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
