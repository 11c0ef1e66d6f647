//! Every command, good and bad, as it is typed and with all that it says: the files in `tests/transcripts`. They are
//! written when `HELSEID_WRITE_DOCS` is set, and otherwise held against what is said.

use std::fmt::Write as _;

use crate::manual::commands;
#[cfg(feature = "service-tests")]
use crate::scripts::UNAVAILABLE;
use crate::scripts::{CLIENT, NO_AUTHORITY, OFFLINE, REGISTRY, SERVERS, Script};
use crate::transcript::plain;
use crate::world::World;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts");

/// Lines of a shell, one after the other, in one folder.
struct Session<'a> {
    world: &'a World,
    variables: Vec<(&'static str, String)>,
    said: String,
    typed: Vec<(String, i32)>,
}

impl<'a> Session<'a> {
    fn new(world: &'a World) -> Self {
        Self { world, variables: Vec::new(), said: String::new(), typed: Vec::new() }
    }

    /// Types a line that must end with `code`.
    #[track_caller]
    fn types(&mut self, code: i32, line: &str) {
        let mut shell = self.world.shell(line);
        shell.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = shell.output().unwrap();
        let text = |bytes: &[u8]| {
            let said = String::from_utf8(bytes.to_vec()).unwrap();
            plain(self.world, &said)
        };
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{line}\n{stdout}{stderr}");
        writeln!(self.said, "$ {line}").unwrap();
        self.said.push_str(&stdout);
        if !stdout.is_empty() && !stdout.ends_with('\n') {
            self.said.push_str("(no line's end)\n");
        }
        stderr.lines().for_each(|line| writeln!(self.said, "! {line}").unwrap());
        if code != 0 {
            writeln!(self.said, "[exit {code}]").unwrap();
        }
        self.said.push('\n');
        self.typed.push((line.to_owned(), code));
    }

    fn plays(&mut self, script: Script) {
        script.iter().for_each(|(code, line)| self.types(*code, line));
    }

    /// Holds what was said against the file of this name.
    fn end(self, name: &str) -> Vec<(String, i32)> {
        let file = format!("{FOLDER}/{name}.txt");
        if std::env::var_os("HELSEID_WRITE_DOCS").is_some() {
            std::fs::write(&file, &self.said).unwrap();
        }
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        let differs = written.lines().zip(self.said.lines()).find(|(written, said)| written != said);
        assert!(
            written == self.said,
            "tests/transcripts/{name}.txt is out of date: HELSEID_WRITE_DOCS=1 cargo test -p helseid transcripts\n{differs:#?}"
        );
        self.typed
    }
}

#[test]
fn every_command_is_in_a_transcript_with_a_good_and_a_bad_end() {
    let typed = [offline(), client(), registry(), servers()].concat();
    let world = World::new();
    let leaves = commands(&world).into_iter().filter(|(_, help)| !help.contains("\nCommands:\n"));
    for words in
        leaves.map(|(words, _)| words).filter(|words| !words.is_empty()).chain([vec!["authority".into()]])
    {
        let name = format!("helseid {}", words.join(" "));
        let ends = |good: bool| {
            typed.iter().any(|(line, code)| {
                (*code == 0) == good && (line.contains(&format!("{name} ")) || line.ends_with(&name))
            })
        };
        assert!(ends(true), "{name} has no good end");
        assert!(ends(false), "{name} has no bad end");
    }
}

/// An authority whose Redis was killed, and what its clients are told meanwhile.
#[cfg(feature = "service-tests")]
#[test]
fn an_authority_that_can_give_no_token_now_is_in_a_transcript() {
    let mut shared = crate::replicas::Shared::new();
    // Gives the authority its name before it has a port.
    let proxy = helseid_testkit::Proxy::new().unwrap();
    let authority = shared.started(&["--issuer", &proxy.name().unwrap()]);
    proxy.forward_to(authority.line["listen"][0].as_str().unwrap().parse().unwrap()).unwrap();
    shared.world.ok(&["init"]);
    shared.world.ok(&["token", "get"]);
    shared.redis.stop(helseid_test_services::Stop::Kill);
    let mut session = Session::new(&shared.world);
    session.plays(UNAVAILABLE);
    session.end("unavailable");
}

fn offline() -> Vec<(String, i32)> {
    let world = World::new();
    let mut session = Session::new(&world);
    session.plays(OFFLINE);
    session.end("offline")
}

fn client() -> Vec<(String, i32)> {
    let world = World::new();
    let (_authority, api) = world.authority_and_api();
    let mut session = Session::new(&world);
    session.variables = vec![("API", api.line["url"].as_str().unwrap().to_owned())];
    session.plays(CLIENT);
    session.end("client")
}

fn registry() -> Vec<(String, i32)> {
    let world = World::new();
    let (authority, _api) = world.authority_and_api();
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "ny"]);
    let mut session = Session::new(&world);
    session.plays(REGISTRY);
    drop(authority);
    session.plays(NO_AUTHORITY);
    session.end("registry")
}

fn servers() -> Vec<(String, i32)> {
    let world = World::new();
    world.write("seed.toml", "[[api]]\naudience = \"nhn:min\"\nscopes = [\"nhn:min/les\"]\n");
    let api = world.serve(&["sample-api", "--listen", "127.0.0.1:0", "--issuer", "http://localhost:8480"]);
    let mut session = Session::new(&world);
    let line = plain(&world, &api.line.to_string());
    writeln!(session.said, "$ helseid sample-api --listen 127.0.0.1:0\n{line}\n").unwrap();
    session.typed.push(("helseid sample-api --listen 127.0.0.1:0".to_owned(), 0));
    world.ok(&["key", "generate", "--alg", "ES256", "--out", "m2m"]);
    let client = "environment = \"local\"\nclient_id = \"my-client\"\nkey_file = \"m2m_private.json\"\n";
    world.write("sidecar.toml", &format!("{client}[api.patients]\nurl = \"http://localhost:5000/api\"\n"));
    let typed = "helseid sidecar --config sidecar.toml --insecure-no-key --listen 127.0.0.1:0";
    let sidecar = world.serve(&typed.split(' ').skip(1).collect::<Vec<_>>());
    writeln!(session.said, "$ {typed}\n{}\n", plain(&world, &sidecar.line.to_string())).unwrap();
    session.typed.push((typed.to_owned(), 0));
    session.plays(SERVERS);
    session.end("servers")
}
