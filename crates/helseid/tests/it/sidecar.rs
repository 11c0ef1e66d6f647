//! The programs of the guide to the sidecar, as they are typed.

use crate::world::{Server, World};

const GUIDE: &str = include_str!("../../../../docs/guides/sidecar.md");

/// The guide's programs of one language, in their order.
fn programs(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let parts = GUIDE.split(&fence[..]).skip(1);
    parts.map(|part| part.split("```").next().unwrap()).collect()
}

/// A sidecar as the guide starts it, and the program of the guide at the addresses of this test.
struct Desk {
    world: World,
    _servers: [Server; 2],
    sidecar: Server,
    api: String,
}

impl Desk {
    fn new() -> Self {
        let world = World::new();
        let (authority, api, url) = world.whole();
        let api_address = url.trim_end_matches("/api/patients").to_owned();
        let section = programs("toml")[0];
        let toml =
            world.read("helseid.toml") + "\n" + &section.replace("http://localhost:5000", &api_address);
        world.write("helseid.toml", &toml);
        world.write("sidecar.key", "0123456789abcdef0123456789abcdef\n");
        world.write("sidecar.header", "X-HelseID-Key: 0123456789abcdef0123456789abcdef\n");
        let sidecar =
            world.serve(&["sidecar", "--shared-key-file", "sidecar.key", "--listen", "127.0.0.1:0"]);
        Self { world, _servers: [authority, api], sidecar, api: api_address }
    }

    fn at_this_test(&self, program: &str) -> String {
        let sidecar = self.sidecar.line["listen"][0].as_str().unwrap();
        program
            .replace("http://localhost:8481", &format!("http://{sidecar}"))
            .replace("http://localhost:5000", &self.api)
    }

    #[track_caller]
    fn prints(&self, mut command: std::process::Command) -> String {
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stdout).unwrap()
    }
}

#[test]
fn the_programs_of_the_guide_call_the_api_and_get_a_token() {
    let desk = Desk::new();
    assert_eq!(desk.sidecar.line["apis"][0], "patients");
    let shell = programs("sh");
    let of = |word: &str| desk.at_this_test(shell.iter().find(|program| program.contains(word)).unwrap());
    let patients = desk.prints(desk.world.shell(&format!("set -e\n{}", of("/api/v1/headers"))));
    assert!(patients.contains("Sigrid"), "{patients}");
    let called = desk.prints(desk.world.shell(&of("/call/patients")));
    assert!(called.contains("Sigrid"), "{called}");
    let token = desk.prints(desk.world.shell(&of("/api/v1/token")));
    assert!(token.contains("\"token_type\":\"DPoP\""), "{token}");
    assert_eq!(desk.sidecar.terminate(), Some(0));
}
