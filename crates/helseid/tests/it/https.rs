//! Servers that serve HTTPS themselves, and the commands that trust what they made.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use helseid_protocol::jose::format::{Certificate, PemForm, private_from_der, private_to_pem};

use crate::tls::Front;
use crate::world::{Server, World};

const SECURE: [&str; 5] = ["authority", "--listen", "127.0.0.1:0", "--tls", "self-signed"];

fn authority(world: &World) -> Server {
    world.serve(&[&SECURE[..], &["--alg", "ES256"]].concat())
}

fn issuer(server: &Server) -> &str {
    server.line["issuer"].as_str().unwrap()
}

#[test]
fn every_command_trusts_the_certificate_that_the_authority_made() {
    let world = World::new();
    let authority = authority(&world);
    assert!(issuer(&authority).starts_with("https://localhost:"), "{}", authority.line);
    let ca_file = world.path("data/tls/ca.pem");
    assert_eq!(authority.line["ca_file"].as_str(), ca_file.to_str());
    let api =
        ["sample-api", "--listen", "127.0.0.1:0", "--issuer", issuer(&authority), "--tls", "self-signed"];
    let api = world.serve(&api);
    let url = api.line["url"].as_str().unwrap();
    assert!(url.starts_with("https://localhost:"), "{url}");

    world.ok(&["init"]);
    assert!(world.read("helseid.toml").contains(&format!("ca_file = \"{}\"", ca_file.display())));
    assert!(world.ok(&["call", url]).contains("Sigrid"));
    assert!(world.ok(&["call", &url.replace("localhost", "127.0.0.1")]).contains("Sigrid"));
    world.ok(&["doctor", url]);
    assert!(!world.ok(&["trace"]).trim().is_empty());
    world.write("token.txt", &world.ok(&["token", "get"]));
    world.ok(&["token", "verify", "token.txt", "--audience", "norsk-helsenett:python-sample-api"]);
    world.ok(&["client", "register", "--name", "other", "--key", "m2m_public.json", "--out", "other.toml"]);
    assert!(world.read("other.toml").contains("ca_file = "));
    let link = world.ok(&["authority", "sign-in"]);
    assert!(link.starts_with(issuer(&authority)), "{link}");
}

#[test]
fn the_ca_stays_and_another_is_refused_with_what_to_do() {
    let (world, front) = (World::new(), Front::new());
    let first = authority(&world);
    world.ok(&["init"]);
    let ca = world.read("data/tls/ca.pem");
    drop(first);
    let second = authority(&world);
    assert_eq!(world.read("data/tls/ca.pem"), ca);
    let own = world.read("data/tls/authority_private.pem");
    drop(second);
    let again = authority(&world);
    assert_eq!(world.read("data/tls/authority_private.pem"), own, "kept as long as it is fresh");

    world.write("other.pem", &front.certificate);
    let get = ["token", "get", "--issuer", issuer(&again), "--ca-file"];
    let refused = world.fails(1, &[&get[..], &["other.pem"]].concat());
    assert!(refused.contains("certificate") && refused.contains("--ca-file"), "{refused}");
    world.ok(&[&get[..], &["data/tls/ca.pem"]].concat());
}

#[cfg(unix)]
#[test]
fn an_expired_certificate_is_warned_of_and_refused_with_what_to_check() {
    let world = World::new();
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2001, 1, 1);
    params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    let made = params.self_signed(&key).unwrap();
    world.write("old.pem", &Certificate::from_der(made.der()).unwrap().to_pem());
    let key = private_from_der(&key.serialize_der()).unwrap();
    world.write("old.key", private_to_pem(&key, PemForm::Pkcs8).unwrap().expose());
    let files = ["authority", "--listen", "127.0.0.1:0", "--tls-cert", "old.pem", "--tls-key", "old.key"];
    let mut command = world.command(&files);
    command.stderr(std::fs::File::create(world.path("log")).unwrap());
    let authority = World::served(command);
    let refused = world.fails(1, &["--ca-file", "old.pem", "init"]);
    assert!(refused.contains("expired") && refused.contains("the certificate of the server"), "{refused}");
    assert_eq!(authority.terminate(), Some(0));
    let log = world.read("log");
    assert!(log.contains("old.pem") && log.contains("expired at 2002-01-01"), "{log}");
}

#[test]
fn what_cannot_be_served_is_refused_with_why_and_what_to_do() {
    let world = World::new();
    drop(authority(&world));
    let own = "data/tls/authority_private.pem";
    let ca = "data/tls/ca_private.pem";
    for (code, arguments, why, next) in [
        (
            2,
            &["--tls", "self-signed", "--issuer", "http://localhost:8480"][..],
            "an http address",
            "https://",
        ),
        (
            1,
            &["--tls-cert", own, "--tls-key", ca],
            "does not belong to this certificate",
            "the key that this certificate",
        ),
        (1, &["--tls-cert", own, "--tls-key", "none.pem"], "none.pem", "check the name"),
    ] {
        for command in
            [&["authority", "--in-memory", "--listen", "127.0.0.1:0"][..], &["authority", "config", "check"]]
        {
            let refused = world.fails(code, &[command, arguments].concat());
            assert!(refused.contains(why) && refused.contains(next), "{arguments:?}: {refused}");
        }
    }
    for alone in [["--tls-cert", own], ["--tls-key", own]] {
        let output = world.run(&[&["authority", "--in-memory"][..], &alone].concat());
        assert_eq!(output.status.code(), Some(2), "{alone:?}");
    }
    let valid = world.ok(&["authority", "config", "check", "--tls-cert", own, "--tls-key", own]);
    assert!(valid.contains("https://localhost and its port"), "{valid}");
    let foreign = world.fails(1, &["sample-api", "--tls", "self-signed", "--public-url", "https://api.test"]);
    assert!(foreign.contains("api.test") && foreign.contains("--tls-cert"), "{foreign}");
}

#[cfg(unix)]
#[test]
fn a_command_beside_the_authority_trusts_it_in_other_languages_too() {
    let world = World::new();
    world.write("helseid.toml", "");
    let beside_after = |before: Option<&str>, options: &[&str], line: &str| {
        let memory = ["authority", "--in-memory", "--listen", "127.0.0.1:0", "--tls", "self-signed"];
        let mut command = world.command(&[options, &memory[..], &["--", "sh", "-c", line]].concat());
        for name in ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
            match before {
                Some(file) => command.env(name, world.path(file)),
                None => command.env_remove(name),
            };
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let beside = |options: &[&str], line: &str| beside_after(None, options, line);
    let own = env!("CARGO_BIN_EXE_helseid");
    let told = beside(
        &[],
        "echo $HELSEID_ISSUER; test $NODE_EXTRA_CA_CERTS = $HELSEID_CA_FILE && cat $NODE_EXTRA_CA_CERTS; \
         test $REQUESTS_CA_BUNDLE = $SSL_CERT_FILE && test $CURL_CA_BUNDLE = $SSL_CERT_FILE && tail -n 1 $SSL_CERT_FILE; \
         test -s $(dirname $HELSEID_CA_FILE)/truststore.p12",
    );
    let lines: Vec<_> = told.lines().collect();
    assert!(lines[0].starts_with("https://localhost:") && lines[1].contains("BEGIN CERTIFICATE"), "{told}");
    assert_eq!(lines.iter().filter(|line| line.contains("END CERTIFICATE")).count(), 2, "{told}");
    assert!(
        beside(&[], &format!("{own} init client && {own} --config client/helseid.toml token get"))
            .contains('.')
    );

    // Both are trusted where the user named one, too.
    world.write("other.pem", &Front::new().certificate);
    let told = beside(&["--ca-file", "other.pem"], &format!("cat $HELSEID_CA_FILE; {own} api list"));
    assert_eq!(told.matches("BEGIN CERTIFICATE").count(), 2, "{told}");

    // What other programs trusted before, they trust still; and what --ca-file names.
    world.write("before.pem", "# before");
    let other = world.read("other.pem");
    let other = other.lines().nth(1).unwrap();
    for name in ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"] {
        let told = beside_after(Some("before.pem"), &["--ca-file", "other.pem"], &format!("cat ${name}"));
        assert!(told.contains("# before") && told.contains(other), "{name}: {told}");
        assert!(told.matches("BEGIN CERTIFICATE").count() >= 2, "{name}: {told}");
    }
}

#[cfg(unix)]
#[test]
fn plain_http_is_closed_and_said_in_the_log_for_developers() {
    let world = World::new();
    let mut command = world.command(&SECURE);
    let log = std::fs::File::create(world.path("log")).unwrap();
    command.env("HELSEID_LOG", "debug").stderr(log);
    let authority = World::served(command);
    let mut stream = TcpStream::connect(authority.line["listen"][0].as_str().unwrap()).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer.first(), Some(&21), "a TLS alert");
    assert_eq!(authority.terminate(), Some(0));
    let log = world.read("log");
    assert!(log.contains("a TLS handshake failed") && !log.contains("panicked"), "{log}");
}
