//! What is asked for under load, each beside what no sidecar can do without.

use std::time::Duration;

use bytes::Bytes;
use helseid_protocol::jose::Algorithm::ES256;

use super::super::ticks::{Tick, Ticker};
use super::nginx::{free_address, nginx};
use super::{account, sidecar};
use crate::figures::Figure;
use crate::load::{AUDIENCE, Calls, Load, Measured, PATH, SCOPE};
use crate::machine::{Place, Server};
use crate::world::World;

const ROUNDS: usize = 5;

/// Requests with a proof each, which is used up.
const PROVEN: usize = 20_000;

/// How many tokens the callers of the gate have.
const TOKENS: usize = 500;

pub(super) fn run(world: &World) {
    let ticker = Ticker::new(world.cores);
    let calls = world.cores.at(Place::Both, || Calls::new(&world.issuer, TOKENS, true));
    for round in 0..if world.short { 1 } else { ROUNDS } {
        let before = ticker.tick();
        let bare = bare(world);
        let (headers, token, call) = outbound(world);
        let (plain, gate) = fronts(world, &calls);
        let tick = before.between(ticker.tick());
        let row = |subject: &str, measured: &Measured, peer: &Measured, key_micros: f64| {
            let limit = Limit { wall: 1e6 / peer.rate + key_micros, cpu: peer.server_micros + key_micros };
            keep(round, subject, measured, limit, tick);
        };
        row("bare axum", &bare, &bare, 0.0);
        row("/api/v1/token, kept", &token, &bare, 0.0);
        row("/api/v1/headers", &headers, &bare, tick.sign(ES256));
        row("nginx, a plain proxy", &plain, &plain, 0.0);
        row("/call", &call, &plain, tick.sign(ES256));
        row("nginx and the gate", &gate, &plain, tick.verify(ES256));
    }
}

fn load(world: &World, warm_up: usize) -> Load {
    let (warm_up, seconds) = if world.short { (20, 1) } else { (warm_up, 2) };
    Load { connections: 16, warm_up, time: Duration::from_secs(seconds) }
}

/// The API without a sidecar, and without checks.
pub(super) fn api(world: &World, place: Place) -> Server {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    Server::start(command.arg("bare"), world.cores, place)
}

fn bare(world: &World) -> Measured {
    let server = api(world, Place::Server);
    let request = get(&server, PATH, "");
    load(world, 5_000).run(&server, &mut endless(world, request), &mut patients())
}

/// So many of a request as there is time for.
fn endless(world: &World, request: Bytes) -> Box<dyn Iterator<Item = Bytes>> {
    let all = std::iter::repeat(request);
    if world.short { Box::new(all.take(400)) } else { Box::new(all) }
}

fn get(server: &Server, path: &str, lines: &str) -> Bytes {
    Bytes::from(format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{lines}\r\n", server.address))
}

/// Headers, kept tokens, and calls, by one sidecar after the other.
fn outbound(world: &World) -> (Measured, Measured, Measured) {
    // On the core of the load: what is measured is the sidecar's.
    let (folder, api) = (world.new_folder(), api(world, Place::Load));
    let section = format!("[api.patients]\nurl = \"http://{}/api\"\n", api.address);
    let start = || {
        let sections = format!("{}\n{section}", account(world, world.issuer.name.as_str()));
        Server::start(&mut sidecar(world, folder.path(), &sections), world.cores, Place::Server)
    };
    let post = |server: &Server, path: &str, body: &str| {
        let head = "Content-Type: application/json\r\nX-HelseID-Sidecar: 1";
        Bytes::from(format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}",
            server.address,
            body.len()
        ))
    };
    let measured = |request: &dyn Fn(&Server) -> Bytes, says: &'static str| {
        let server = start();
        let request = request(&server);
        load(world, 2_000).run(&server, &mut endless(world, request), &mut |body| {
            assert!(String::from_utf8_lossy(&body).contains(says), "an answer without {says}");
        })
    };
    let url = format!("http://{}{PATH}", api.address);
    let headers = format!(r#"{{"api":"patients","method":"GET","url":"{url}"}}"#);
    let token = format!(r#"{{"identity_provider":"helseid","target":"{SCOPE}"}}"#);
    (
        measured(&|server| post(server, "/api/v1/headers", &headers), "\"DPoP\""),
        measured(&|server| post(server, "/api/v1/token", &token), "access_token"),
        measured(&|server| get(server, "/call/patients/patients", "X-HelseID-Sidecar: 1\r\n"), "13109525611"),
    )
}

/// nginx alone and with the gate, each with what it asks on the server's core.
fn fronts(world: &World, calls: &Calls) -> (Measured, Measured) {
    let api = api(world, Place::Load);
    let at = api.address.to_string();
    let (folder, address) = (world.new_folder(), free_address());
    let mut command = nginx(folder.path(), &address, &at, None);
    let server = Server::start(&mut command, world.cores, Place::Server);
    let request = get(&server, PATH, "");
    let plain = load(world, 2_000).run(&server, &mut endless(world, request), &mut patients());
    drop(server);

    let (folder, address) = (world.new_folder(), free_address());
    let sections = format!(
        "[sidecar]\nhosts = [\"helseid_sidecar\"]\n[protect.bench]\npublic_url = \"http://{address}/api\"\n\
         issuer = \"{}\"\naudience = \"{AUDIENCE}\"\nscopes = [\"{SCOPE}\"]\nproxy = \"nginx\"\npeers = [\"127.0.0.1\"]\n",
        world.issuer.name.as_str()
    );
    let gate = Server::start(&mut sidecar(world, folder.path(), &sections), world.cores, Place::Server);
    let gate_at = gate.address.to_string();
    let mut command = nginx(folder.path(), &address, &at, Some(&gate_at));
    let server = Server::start(&mut command, world.cores, Place::Server);
    let count = if world.short { 200 } else { PROVEN };
    let asked = world.cores.at(Place::Both, || calls.of(server.address, count));
    let before = gate.usage().cpu;
    let mut front = load(world, 1_000).run(&server, &mut asked.into_iter(), &mut patients());
    // What the gate took is a part of what a request costs.
    #[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
    let each = (gate.usage().cpu - before) * 1e6 / front.answers as f64;
    front.server_micros += each;
    (plain, front)
}

/// Checks that every answer has the patients in it.
fn patients() -> impl FnMut(Bytes) {
    |body| assert!(String::from_utf8_lossy(&body).contains("13109525611"), "an answer without patients")
}

/// What no sidecar can do without for a request, in microseconds: on the clock, and on a core.
#[derive(Clone, Copy)]
struct Limit {
    wall: f64,
    cpu: f64,
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
fn keep(round: usize, subject: &str, measured: &Measured, limit: Limit, tick: Tick) {
    Figure::new("sidecar", subject, "load")
        .with("round", round as f64)
        .with("answers", measured.answers as f64)
        .with("rate", measured.rate)
        .with("server_us", measured.server_micros)
        .with("p50_us", measured.p50)
        .with("p99_us", measured.p99)
        .with("resident_mib", measured.resident / 1_048_576.0)
        .with("limit_us", limit.wall)
        .with("limit_cpu_us", limit.cpu)
        .with("added_us", 1e6 / measured.rate - limit.wall)
        .with("p256_sign_us", tick.p256_sign)
        .with("p256_verify_us", tick.p256_verify)
        .keep();
}
