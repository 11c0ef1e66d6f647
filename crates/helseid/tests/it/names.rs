//! An authority, an API and a client that know each other by names, as containers do. The names are resolved by a proxy, so that
//! the test needs no name server.

use std::io::Write as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use helseid_testkit::read_message;

use crate::world::{Server, World};

const ISSUER: &str = "http://helseid:8480";
const API: &str = "http://api:5000";

/// Who is behind each `NAME:PORT`.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<(String, String)>>>);

impl Names {
    fn add(&self, name: &str, server: &Server) {
        let address = server.line["listen"][0].as_str().unwrap().to_owned();
        self.0.lock().unwrap().push((name.trim_start_matches("http://").to_owned(), address));
    }

    /// A proxy that knows them: its address, without a scheme.
    fn serve(&self) -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (address, names) = (listener.local_addr().unwrap().to_string(), self.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let names = names.clone();
                std::thread::spawn(move || drop(names.bring(stream)));
            }
        });
        address
    }

    fn bring(&self, mut client: TcpStream) -> std::io::Result<()> {
        while let Some(request) = read_message(&mut client)? {
            let line = String::from_utf8_lossy(&request).into_owned();
            let host = line.split('/').nth(2).unwrap_or_default();
            let found =
                self.0.lock().unwrap().iter().find(|(name, _)| name == host).map(|(_, to)| to.clone());
            let mut server = TcpStream::connect(found.ok_or(std::io::ErrorKind::NotFound)?)?;
            server.write_all(&request)?;
            let answer = read_message(&mut server)?.unwrap_or_default();
            server.shutdown(Shutdown::Both)?;
            client.write_all(&answer)?;
        }
        Ok(())
    }
}

/// What a command says, and whether it was done.
fn said(mut command: Command) -> (bool, String) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn an_authority_an_api_and_an_app_know_each_other_by_names_alone() {
    let (world, names) = (World::new(), Names::default());
    let proxy = names.serve();
    let authority =
        world.serve(&["authority", "--listen", "127.0.0.1:0", "--alg", "ES256", "--issuer", ISSUER]);
    names.add(ISSUER, &authority);
    let by_name = |arguments: &[&str], hosts: &str| {
        let mut command = world.command(arguments);
        command.env("HTTP_PROXY", &proxy).env("HELSEID_INSECURE_HTTP", hosts);
        command
    };

    // On the authority's own machine nothing needs to be named: the admin token stays on loopback.
    world.ok(&["init"]);
    assert!(world.read("helseid.toml").contains("insecure_http = [\"helseid:8480\"]"));
    let (done, token) = said(by_name(&["token", "get"], ""));
    assert!(done, "{token}");

    // An API needs the issuer's host to be named, and its own.
    let serve = ["sample-api", "--listen", "127.0.0.1:0", "--issuer", ISSUER, "--public-url", API];
    world.write("helseid.toml", &world.read("helseid.toml").replace("insecure_http", "#"));
    for hosts in ["", "helseid:8481,api", "helseid"] {
        let (done, said) = said(by_name(&serve, hosts));
        let missing = if hosts == "helseid" { "api:5000" } else { "helseid:8480" };
        assert!(!done && said.contains(&format!("insecure_http, such as {missing}")), "{hosts}: {said}");
        assert!(said.contains("--insecure-http (HELSEID_INSECURE_HTTP)"), "{said}");
    }
    let api = World::served(by_name(&serve, "helseid:8480,api:5000"));
    names.add(API, &api);

    // So does the app.
    let url = format!("{API}/api/patients");
    for (hosts, missing) in [("", "api"), ("api", "helseid"), ("helseid", "api")] {
        let (done, said) = said(by_name(&["call", &url], hosts));
        assert!(!done && said.contains(&format!("http://{missing}")), "{hosts}: {said}");
        assert!(said.contains("--insecure-http, HELSEID_INSECURE_HTTP"), "{hosts}: {said}");
    }
    let (done, patients) = said(by_name(&["call", &url], "helseid, api\n"));
    assert!(done && patients.contains("Johannes"), "{patients}");
}

#[test]
fn the_admin_token_goes_to_its_authority_by_loopback_or_by_the_name_that_was_given() {
    let (world, names) = (World::new(), Names::default());
    let proxy = names.serve();
    let authority =
        world.serve(&["authority", "--listen", "127.0.0.1:0", "--alg", "ES256", "--issuer", ISSUER]);
    names.add(ISSUER, &authority);
    let port = authority.line["listen"][0].as_str().unwrap().rsplit_once(':').unwrap().1;

    world.ok(&["client", "list"]);
    for address in [ISSUER.to_owned(), format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}")]
    {
        world.ok(&["client", "list", "--authority", &address]);
    }
    for address in ["http://other:8480", "http://127.0.0.1:1", "http://helseid:8481"] {
        let flags = ["client", "list", "--authority", address, "--insecure-http", "other,helseid"];
        assert!(world.fails(1, &flags).contains("is not sent to any other authority"), "{address}");
    }

    // From elsewhere, with the token alone.
    let file: serde_json::Value = serde_json::from_str(&world.read("data/admin.json")).unwrap();
    world.write("token", file["token"].as_str().unwrap());
    let elsewhere = |hosts: &str| {
        let mut command = world.command(&["client", "list", "--authority", ISSUER, "--insecure-http", hosts]);
        command.env("HELSEID_ADMIN_TOKEN_FILE", world.path("token")).env("HTTP_PROXY", &proxy);
        said(command)
    };
    let (done, refused) = elsewhere("other");
    assert!(!done && refused.contains("--insecure-http helseid:8480 (HELSEID_INSECURE_HTTP)"), "{refused}");
    let (done, listed) = elsewhere("helseid:8480");
    assert!(done, "{listed}");
}
