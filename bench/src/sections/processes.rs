//! Whole processes: a server's start and size, and a client from its first instruction to its last.

use std::process::Command;

use helseid_protocol::jose::Algorithm::{ES256, RS256};
use helseid_protocol::rule::Profile;

use crate::figures::Figure;
use crate::load::{AUDIENCE, PATH, SCOPE, exchange};
use crate::machine::{Place, Server, run_to_end};
use crate::now;
use crate::world::World;

const ROUNDS: usize = 11;

pub(crate) fn run(world: &World) {
    let rounds = if world.short { 1 } else { ROUNDS };
    starts(world, rounds);
    clients(world, rounds);
    #[expect(clippy::cast_precision_loss, reason = "bytes of a file")]
    let bytes = std::fs::metadata(world.helseid_file()).unwrap().len() as f64;
    Figure::new("processes", "helseid", "size").with("mib", bytes / 1_048_576.0).keep();
}

/// From the start of the process to the whole answer to the first request.
fn starts(world: &World, rounds: usize) {
    let used = world.new_folder();
    // The second start finds the key that the first made.
    drop(first_answer(world, &mut world.authority(used.path(), RS256, Profile::Helseid), METADATA));
    for _ in 0..rounds {
        let (new, of_es256) = (world.new_folder(), world.new_folder());
        let file = |name: &str| world.path(name).display().to_string();
        let peer = |program: &str| {
            let (signing, client) = (file("signing-RS256.json"), file("client-RS256.json"));
            world.peer(program, &[("SIGNING_JWK_FILE", &signing), ("CLIENT_JWK_FILE", &client)])
        };
        let mut api = world.helseid(&["sample-api", "--listen", "127.0.0.1:0", "--audience", AUDIENCE]);
        api.args(["--issuer", world.issuer.name.as_str(), "--scheme", "dpop"]);
        let starts = [
            ("helseid authority, new folder", world.authority(new.path(), RS256, Profile::Helseid), METADATA),
            (
                "helseid authority, new folder, ES256",
                world.authority(of_es256.path(), ES256, Profile::Helseid),
                METADATA,
            ),
            (
                "helseid authority, used folder",
                world.authority(used.path(), RS256, Profile::Helseid),
                METADATA,
            ),
            ("helseid sample-api", api, PATH),
            ("oidc-provider", peer("node/oidc_provider.mjs"), METADATA),
            ("Authlib", peer("python/authlib_server.py"), METADATA),
        ];
        for (name, mut command, path) in starts {
            let (server, seconds) = first_answer(world, &mut command, path);
            let usage = server.usage();
            Figure::new("processes", name, "start")
                .with("wall_ms", seconds * 1e3)
                .with("idle_mib", usage.resident / 1_048_576.0)
                .keep();
        }
    }
}

const METADATA: &str = "/.well-known/openid-configuration";

fn first_answer(world: &World, command: &mut Command, path: &str) -> (Server, f64) {
    let begun = now();
    let server = Server::start(command, world.cores, Place::Server);
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    let answer = exchange(server.address, request.as_bytes()).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    // An API answers whoever has no token, too.
    assert!(answer.status == if path == PATH { 401 } else { 200 }, "{path}: {}", answer.status);
    (server, seconds)
}

/// Discovery, a token and a call, against the same work by the Python program of interop.
fn clients(world: &World, rounds: usize) {
    let folder = world.new_folder();
    let authority =
        Server::start(&mut world.authority(folder.path(), RS256, Profile::Legacy), world.cores, Place::Load);
    let mut api = world.helseid(&["sample-api", "--listen", "127.0.0.1:0", "--audience", AUDIENCE]);
    api.args(["--issuer", &authority.issuer, "--scheme", "transition"]);
    let api = Server::start(&mut api, world.cores, Place::Load);
    let url = format!("http://{}{PATH}", api.address);
    let key = world.ps256_client();
    for _ in 0..rounds {
        for (name, mut command) in [
            ("helseid call", world.helseid(&["call", &url])),
            ("client_2021.py", world.interop_python("client_2021.py")),
        ] {
            command.envs([
                ("HELSEID_ISSUER", authority.issuer.as_str()),
                ("HELSEID_SCOPE", SCOPE),
                ("API_URL", &url),
            ]);
            command.env("HELSEID_CLIENT_ID", key.0).env("HELSEID_CLIENT_JWK_FILE", &key.1);
            let (wall, cpu, said) = run_to_end(&mut command, world.cores);
            assert!(said.contains("13109525611"), "{name} read no patients: {said}");
            Figure::new("processes", name, "whole process")
                .with("wall_ms", wall * 1e3)
                .with("cpu_ms", cpu * 1e3)
                .keep();
        }
    }
}
