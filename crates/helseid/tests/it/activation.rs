//! `helseid sidecar` by the shipped units, as systemd starts it: with a socket that is open already.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::Command;

use crate::world::{Server, World};

const SERVICE: &str = include_str!("../../../../packaging/systemd/helseid-sidecar.service");
const SOCKET: &str = include_str!("../../../../packaging/systemd/helseid-sidecar.socket");

/// What systemd does: opens the sockets, and becomes the program, which finds them from the third handle on.
const PARENT: &str = r#"
import os, socket, sys
places, program = sys.argv[1].split(), sys.argv[2:]
for at, place in enumerate(places):
    kind, _, where = place.partition("=")
    listener = socket.socket(socket.AF_UNIX if kind in ("unix", "abstract") else socket.AF_INET)
    if kind == "tcp":
        host, _, port = where.rpartition(":")
        listener.bind((host, int(port)))
    elif kind == "abstract":
        listener.bind("\0" + where)
    else:
        listener.bind(where)
        os.chmod(where, 0o660)
    if listener.fileno() != 3 + at:
        os.dup2(listener.fileno(), 3 + at)
    os.set_inheritable(3 + at, True)
    listener.listen()
    listener.detach()
os.environ["LISTEN_FDS"] = str(len(places))
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(program[0], program)
"#;

/// The value of a unit's only setting of this name.
fn setting<'u>(unit: &'u str, name: &str) -> &'u str {
    let mut values = unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let (Some(value), None) = (values.next(), values.next()) else { panic!("{name} is not there once") };
    value
}

/// A client's files where systemd puts its copies of them.
fn credentials(world: &World) -> Server {
    let authority = world.authority();
    world.ok(&["init"]);
    let names = ["sidecar.toml", "sidecar_private.json"];
    for name in names {
        assert!(SERVICE.contains(&format!("\nLoadCredential={name}:/etc/helseid/{name}\n")), "{name}");
    }
    let [config, key] = names;
    world.write(config, &world.read("helseid.toml").replace("m2m_private.json", key));
    std::fs::rename(world.path("m2m_private.json"), world.path(key)).unwrap();
    std::fs::remove_file(world.path("helseid.toml")).unwrap();
    authority
}

/// The command of the service with these sockets.
fn activated(world: &World, places: &str) -> Command {
    let mut command = Command::new("python3");
    world.prepare(&mut command);
    let folder = world.path("").display().to_string();
    let (name, value) = setting(SERVICE, "Environment").split_once('=').unwrap();
    command.env(name, value.replace("%d/", &folder));
    let mut words = setting(SERVICE, "ExecStart").split(' ');
    assert_eq!(words.next(), Some("/usr/bin/helseid"));
    command.args(["-c", PARENT, places, env!("CARGO_BIN_EXE_helseid")]).args(words);
    command
}

fn token(world: &World) -> String {
    let body = "identity_provider=helseid&target=norsk-helsenett:python-sample-api/read";
    let mut stream = UnixStream::connect(world.path("sidecar.sock")).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST /api/v1/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[cfg(target_os = "linux")]
#[test]
fn the_shipped_service_answers_at_the_socket_that_systemd_opened() {
    let world = World::new();
    let _authority = credentials(&world);
    assert_eq!(setting(SOCKET, "SocketMode"), "0660");
    assert_eq!(setting(SOCKET, "ListenStream"), "/run/helseid/sidecar.sock");
    let path = world.path("sidecar.sock");
    let sidecar = World::served(activated(&world, &format!("unix={}", path.display())));
    assert_eq!(sidecar.line["socket"], path.display().to_string());
    let answer = token(&world);
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"token_type\":\"DPoP\""), "{answer}");
    // Keys and tokens are left to no core file.
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", sidecar.process.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    assert_eq!(sidecar.terminate(), Some(0));
    // It is systemd's, and the next start goes on with it.
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o660);
}

#[test]
fn a_port_of_systemds_needs_a_key_and_is_of_the_loopback_as_one_of_our_own() {
    let world = World::new();
    let _authority = credentials(&world);
    for (place, says) in [
        ("tcp=127.0.0.1:0", "nobody could use this sidecar"),
        ("tcp=0.0.0.0:0", "is not listened on"),
        ("abstract=helseid-test-of-activation", "the socket has no file"),
        ("tcp=127.0.0.1:0 tcp=127.0.0.1:0", "it opened 2"),
    ] {
        let output = activated(&world, place).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && said.contains(says), "{place} {said}");
    }
    world.write("sidecar.key", "0123456789abcdef0123456789abcdef\n");
    let mut command = activated(&world, "tcp=127.0.0.1:0");
    command.env("HELSEID_SIDECAR_KEY_FILE", world.path("sidecar.key"));
    let sidecar = World::served(command);
    assert!(sidecar.line["listen"][0].as_str().unwrap().starts_with("127.0.0.1:"), "{:?}", sidecar.line);
    assert_eq!(sidecar.terminate(), Some(0));
}

#[test]
fn a_place_of_the_variables_beside_that_of_systemd_is_one_too_many() {
    let world = World::new();
    let _authority = credentials(&world);
    let mut command = activated(&world, "tcp=127.0.0.1:0");
    command.env("HELSEID_SIDECAR_SOCKET", world.path("other.sock"));
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && said.contains("names a place, too"), "{said}");
}
