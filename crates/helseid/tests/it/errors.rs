//! Every wrong turn at the command line. What is said is the table in `docs/errors-command-line.md`, which this test
//! writes when `HELSEID_WRITE_DOCS` is set, and otherwise holds against what is there.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::json;

use crate::taciturn::helseid;
use crate::tls::Front;
use crate::transcript::plain;
use crate::world::{Nobody, World};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors-command-line.md");

/// Answers each connection on a free port until the test ends; gives its address.
fn serve(answer: impl Fn(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || listener.incoming().flatten().for_each(answer));
    address
}

/// A server that sends its callers elsewhere.
fn redirecting() -> String {
    serve(|mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream
            .write_all(b"HTTP/1.1 302 Found\r\nlocation: https://x.example/\r\ncontent-length: 0\r\n\r\n");
    })
}

#[test]
fn each_wrong_turn_is_told_as_the_documentation_says() {
    let world = World::new();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    world.write("garbage.json", "{\"kty\":\"EC\"}");
    let authority = world.authority();
    let issuer = authority.line["issuer"].as_str().unwrap().to_owned();
    let address = authority.line["listen"][0].as_str().unwrap().to_owned();
    let api = world.serve(&["sample-api", "--listen", "127.0.0.1:0", "--issuer", &issuer]);
    let api = format!("http://{}", api.line["listen"][0].as_str().unwrap());
    let (redirecting, front) = (format!("http://{}", redirecting()), Front::new());
    front.forward_to(&address);
    let unheard = Nobody::new();
    let nobody = format!("http://{}", unheard.address);

    let mut table = String::new();
    let mut row = |what: &str, code: i32, arguments: &[&str]| {
        let said = plain(&world, &world.fails(code, arguments));
        let line = |prefix: &str| {
            let found = said.lines().find_map(|line| line.strip_prefix(prefix)).unwrap_or_default();
            // How a system says that it knows no such name differs.
            found.split(": failed to lookup").next().unwrap_or_default().replace('|', "\\|")
        };
        let (error, why, next) = (line("error: "), line("  why: "), line(" next: "));
        assert!(![&error, &why, &next].iter().any(|cell| cell.is_empty()), "{what}: {said}");
        table.push_str(&format!("| {what} | {code} | {error} | {why} | {next} |\n"));
    };
    let token = |issuer: &str, key: &str| {
        let words = ["token", "get", "--issuer", issuer, "--client-id", "a", "--key-file", key];
        words.map(str::to_owned)
    };
    let mut get = |what: &str, issuer: &str, key: &str| {
        row(what, 1, &token(issuer, key).iter().map(String::as_str).collect::<Vec<_>>());
    };
    get("nobody listens at the issuer's address", &nobody, "m2m_private.json");
    get("the issuer's name is not known", "https://nowhere.invalid", "m2m_private.json");
    get("what answers is no HelseID", &api, "m2m_private.json");
    get("the issuer sends elsewhere", &redirecting, "m2m_private.json");
    get("the issuer's certificate is not trusted", &front.url(), "m2m_private.json");
    get("the issuer is called by http, and not on loopback", "http://sts.example", "m2m_private.json");
    let reason =
        json!({"error": "temporarily_unavailable", "error_description": "the signing key is being made"});
    let busy = helseid("503 Service Unavailable", reason);
    get("the authority can give no token now", &busy, "m2m_private.json");
    get("the client is not registered", &issuer, "m2m_private.json");
    get("the key file is not there", &issuer, "nothing.json");
    get("the key file holds no key", &issuer, "garbage.json");
    get("the key file holds the public half", &issuer, "m2m_public.json");
    let insecure = [
        "call",
        "http://api.example/",
        "--issuer",
        &issuer,
        "--client-id",
        "a",
        "--key-file",
        "m2m_private.json",
    ];
    row("the API is called by http, and not on loopback", 1, &insecure);
    world.write("helseid.toml", "issuer = \"http://localhost:8480\"\nclientid = \"a\"\n");
    row("the configuration has an unknown setting", 1, &["token", "get"]);
    world.write("helseid.toml", "issuer = \"http://localhost:8480\"\n");
    row("the configuration lacks a setting", 1, &["token", "get"]);
    row("the configuration is not there", 1, &["token", "get", "--config", "nothing.toml"]);
    let register =
        ["client", "register", "--name", "x", "--key", "m2m_public.json", "--scope", "nhn:mine/read"];
    row("a scope is of no registered API", 1, &register);
    row("a key is there already", 1, &["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    row("the port is taken", 1, &["authority", "--in-memory", "--listen", &address]);
    row("the data folder is in use", 1, &["authority", "--listen", "127.0.0.1:0"]);
    row(
        "other machines can reach it, and it has no issuer",
        2,
        &["authority", "--in-memory", "--listen", "0.0.0.0:0"],
    );
    drop(authority);
    row("no authority runs", 1, &["client", "list"]);

    let document = format!(
        "# What the command line says when something is wrong\n\nThis page is written by a test that types each of these: \
         it is true of this version. What the authority and APIs answer is in\n[errors.md](errors.md). A key file that \
         others can read is used, with a warning that names its mode.\n\n| what is wrong | exit code | error | why | next \
         |\n| --- | --- | --- | --- | --- |\n{table}"
    );
    if std::env::var_os("HELSEID_WRITE_DOCS").is_some() {
        std::fs::write(DOCUMENT, &document).unwrap();
    }
    let written = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    assert!(
        written == document,
        "docs/errors-command-line.md is out of date: HELSEID_WRITE_DOCS=1 cargo test -p helseid"
    );
}
