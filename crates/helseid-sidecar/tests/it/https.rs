//! A sidecar off the loopback: HTTPS and a key, or nothing. The tests themselves stay on the loopback.

use helseid_http::Outbound;
use helseid_protocol::jose::base64url;
use helseid_protocol::rule::Profile;
use helseid_sidecar::{Listen, ListenFlags};
use helseid_testkit::World;
use http::Request;

use crate::world::{Folder, KEY, open, run};

const TLS: &str = "[sidecar]\ntls_cert = \"cert.pem\"\ntls_key = \"tls.key\"\n";

/// RFC 7468 section 3.
fn pem(label: &str, der: &[u8]) -> String {
    let text = base64url::encode(der).replace('-', "+").replace('_', "/");
    let padded = format!("{text}{}", "=".repeat((4 - text.len() % 4) % 4));
    let lines: Vec<_> = padded.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A folder with a certificate for localhost.
fn folder(world: &World, sections: &str) -> Folder {
    let folder = Folder::new(world, sections);
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.path("cert.pem"), pem("CERTIFICATE", made.cert.der())).unwrap();
    std::fs::write(folder.path("tls.key"), pem("PRIVATE KEY", &made.signing_key.serialize_der())).unwrap();
    folder
}

fn flags(folder: &Folder, address: [u8; 4]) -> ListenFlags {
    let shared_key_file = Some(folder.path("shared.key"));
    ListenFlags { listen: Some((address, 0).into()), shared_key_file, insecure_no_key: false, ..open() }
}

#[tokio::test]
async fn callers_with_the_key_are_served_by_https_and_nobody_in_clear() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let folder = folder(&world, TLS);
    let listen = flags(&folder, [127, 0, 0, 1]);
    let trusted = folder.path("cert.pem");
    let sidecar = run(&world, folder, listen).await;
    let port = sidecar.address.unwrap().port();
    let outbound = Outbound::builder().ca_file(Some(trusted)).build().unwrap();
    for (key, status) in [(KEY, 200), ("wrong", 401)] {
        let url = format!("https://localhost:{port}/call/sample/whoami");
        let request = Request::get(url).header("x-helseid-key", key).body(Vec::new()).unwrap();
        let answer = outbound.send(request, 64 * 1024).await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
    let clear = Request::get(format!("http://localhost:{port}/health")).body(Vec::new()).unwrap();
    outbound.send(clear, 64 * 1024).await.expect_err("it is no HTTP");
    sidecar.stop().await;
}

#[tokio::test]
async fn off_the_loopback_certificate_and_key_are_required() {
    let world = World::start(Profile::Helseid).await.unwrap();
    let with = folder(&world, TLS);
    let config = with.config(flags(&with, [0, 0, 0, 0])).unwrap();
    assert!(matches!(config.listen(), Listen::Https(address, _) if address.ip().is_unspecified()));
    let no_key = ListenFlags { listen: Some(([0, 0, 0, 0], 0).into()), ..open() };
    for (sections, listen, named) in [
        ("", flags(&with, [0, 0, 0, 0]), "in clear"),
        ("[sidecar]\ntls_cert = \"cert.pem\"\n", flags(&with, [127, 0, 0, 1]), "tls_key"),
        (TLS, no_key, "insecure_no_key"),
    ] {
        let folder = folder(&world, sections);
        let error = folder.config(listen).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
    let socket = folder(&world, &format!("{TLS}socket = \"a.sock\"\n"));
    let error = socket.config(ListenFlags::default()).unwrap_err().to_string();
    assert!(error.contains("tls_cert and socket"), "{error}");
}
