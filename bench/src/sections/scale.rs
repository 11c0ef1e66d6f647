//! Whether a request costs the same however many there are of something; what is kept; and what other stores cost.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use helseid_protocol::jose::Algorithm::ES256;
use helseid_protocol::random::{Random as _, SystemRandom};
use helseid_protocol::rule::Profile;
use helseid_test_services::{Postgres, Redis};

use crate::figures::Figure;
use crate::load::{AUDIENCE, Asking, AskingClient, Calls, Load, Measured, PATH, prepared, verify_tokens};
use crate::machine::{Place, Server};
use crate::timestamp;
use crate::world::World;

const ROUNDS: usize = 3;

/// Tokens are signed with ES256 here, for assertions signed with it: signatures hide least of the rest.
const REQUESTS: usize = 14_000;

/// Everything that is asked of scale.
pub(crate) fn run(world: &World) {
    for _ in 0..if world.short { 1 } else { ROUNDS } {
        clients(world);
        used_assertions(world);
        connections(world);
        cores(world);
        stores(world);
    }
}

fn clients(world: &World) {
    for count in if world.short { [1, 2, 20] } else { [1, 100, 10_000] } {
        let folder = world.new_folder();
        let clients = world.many_clients(count, folder.path());
        let server = Server::start(&mut authority(world, folder.path()), world.cores, Place::Server);
        let idle = server.usage().resident;
        let measured = tokens(world, &server, &clients, 16);
        keep("clients", count, &measured, idle);
    }
}

/// The file of used assertions is what an authority starts from; this one is full of strangers' ids.
fn used_assertions(world: &World) {
    for count in [0, if world.short { 1_000 } else { 1_000_000 }] {
        let folder = world.new_folder();
        let end = timestamp().plus(Duration::from_secs(600)).seconds().to_be_bytes();
        let mut file = Vec::with_capacity(count * 24);
        for _ in 0..count {
            let mut id = [0; 16];
            SystemRandom.fill(&mut id);
            file.extend_from_slice(&id);
            file.extend_from_slice(&end);
        }
        let used = folder.path().join("used");
        std::fs::write(&used, file).unwrap();
        // The authority takes no file that others may read.
        std::fs::set_permissions(&used, PermissionsExt::from_mode(0o600)).unwrap();
        let server = Server::start(&mut authority(world, folder.path()), world.cores, Place::Server);
        let idle = server.usage().resident;
        let measured = tokens(world, &server, &world.client(ES256), 16);
        keep("used assertions", count, &measured, idle);
    }
}

fn connections(world: &World) {
    let folder = world.new_folder();
    let server = Server::start(&mut authority(world, folder.path()), world.cores, Place::Server);
    let mut sample_api = world.helseid(&["sample-api", "--listen", "127.0.0.1:0", "--audience", AUDIENCE]);
    sample_api.args(["--issuer", world.issuer.name.as_str(), "--scheme", "dpop"]);
    let api = Server::start(&mut sample_api, world.cores, Place::Server);
    let calls = world.cores.at(Place::Both, || Calls::new(&world.issuer, 1_000, true));
    for count in if world.short { [1, 4, 16] } else { [1, 100, 1_000] } {
        let idle = server.usage().resident;
        let measured = tokens(world, &server, &world.client(ES256), count);
        keep("connections", count, &measured, idle);
        let all = world.cores.at(Place::Both, || calls.of(api.address, requests(world)));
        let load = load(world, count);
        let idle = api.usage().resident;
        let measured = load.run(&api, &mut all.into_iter(), &mut |body| assert!(!body.is_empty(), "{PATH}"));
        keep("API connections", count, &measured, idle);
    }
}

/// The load is on one of the two cores, too: what it costs the server is in the figure.
fn cores(world: &World) {
    for (count, place) in [(1, Place::Server), (2, Place::Both)] {
        let folder = world.new_folder();
        let server = Server::start(&mut authority(world, folder.path()), world.cores, place);
        let idle = server.usage().resident;
        let measured = tokens(world, &server, &world.client(ES256), 16);
        keep("cores", count, &measured, idle);
    }
}

fn stores(world: &World) {
    let (postgres, redis) =
        world.cores.at(Place::Both, || (Postgres::start().unwrap(), Redis::start().unwrap()));
    let folder = world.new_folder();
    let secret = folder.path().join("secret");
    assert!(world.helseid(&["authority", "make-secret"]).arg(&secret).status().unwrap().success());
    let mut shared = authority(world, &folder.path().join("data"));
    shared.env("HELSEID_AUTHORITY_STORE", postgres.url()).env("HELSEID_AUTHORITY_EPHEMERAL", redis.url());
    shared.args(["--issuer", "http://localhost:8480", "--secret-file"]).arg(&secret);
    let alone = world.new_folder();
    for (name, mut command) in [("SQLite", authority(world, alone.path())), ("PostgreSQL and Redis", shared)]
    {
        let server = Server::start(&mut command, world.cores, Place::Server);
        let idle = server.usage().resident;
        let measured = tokens(world, &server, &world.client(ES256), 16);
        figure("stores", name, &measured, idle).keep();
    }
}

fn authority(world: &World, folder: &Path) -> Command {
    world.authority(folder, ES256, Profile::Helseid)
}

fn requests(world: &World) -> usize {
    if world.short { 100 } else { REQUESTS }
}

fn load(world: &World, connections: usize) -> Load {
    let warm_up = if world.short { 40 } else { 2_000 };
    Load { connections, warm_up, time: Duration::from_secs(2) }
}

fn tokens(world: &World, server: &Server, clients: &[AskingClient], connections: usize) -> Measured {
    let asking = Asking::new(clients, server, true);
    let all = world.cores.at(Place::Both, || prepared(requests(world), |n| asking.request(n)));
    let mut bodies = Vec::new();
    let measured = load(world, connections).run(server, &mut all.into_iter(), &mut |body| bodies.push(body));
    verify_tokens(&bodies, &asking.keys(), bodies.len() / 100);
    measured
}

fn keep(subject: &str, count: usize, measured: &Measured, idle: f64) {
    figure(subject, &count.to_string(), measured, idle).keep();
}

fn figure(subject: &str, load: &str, measured: &Measured, idle: f64) -> Figure {
    Figure::new("scale", subject, load)
        .with("server_us", measured.server_micros)
        .with("rate", measured.rate)
        .with("p50_us", measured.p50)
        .with("p99_us", measured.p99)
        .with("idle_mib", idle / 1_048_576.0)
        .with("resident_mib", measured.resident / 1_048_576.0)
}
