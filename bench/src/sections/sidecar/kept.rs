//! What a sidecar takes in memory: idle, and with ten thousand tokens that it keeps.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bytes::Bytes;

use super::{account, sidecar};
use crate::figures::Figure;
use crate::load::{Load, SCOPE};
use crate::machine::{Place, Server};
use crate::world::World;

/// Each account requests so many tokens at once, and no more.
const EACH: usize = 60;

/// So that there are ten thousand.
const ACCOUNTS: usize = 167;

pub(super) fn run(world: &World) {
    // What the goal is for: a sidecar as most run it, with one account.
    let alone = world.new_folder();
    keep("idle", 0, before_a_token(world, alone.path(), 1).1);
    let accounts = if world.short { 2 } else { ACCOUNTS };
    let folder = world.new_folder();
    let (server, resident) = before_a_token(world, folder.path(), accounts);
    keep("accounts", accounts, resident);
    let count = accounts * EACH;
    let tokens = (0..count).map(|n| {
        let (account, resource) = (n % accounts, n / accounts);
        let body = format!(
            r#"{{"identity_provider":"helseid","account":"a{account}","target":"{SCOPE}","resource":"nhn:r{resource}"}}"#
        );
        let head = "Content-Type: application/json\r\nX-HelseID-Sidecar: 1";
        Bytes::from(format!(
            "POST /api/v1/token HTTP/1.1\r\nHost: {}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}",
            server.address,
            body.len()
        ))
    });
    keep("kept tokens", count, resident_after(&server, tokens.collect()));
}

/// A sidecar with so many accounts, and what it takes when it has answered once and asked for no token.
fn before_a_token(world: &World, folder: &Path, accounts: usize) -> (Server, f64) {
    let issuer = world.issuer.name.as_str();
    let sections = (0..accounts).map(|n| format!("[account.a{n}]\n{}\n", account(world, issuer)));
    let sections = sections.collect::<String>() + "[sidecar]\ninsecure_any_organisation = true\n";
    let mut command: Command = sidecar(world, folder, &sections);
    let server = Server::start(&mut command, world.cores, Place::Server);
    let health = format!("GET /health HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    let resident = resident_after(&server, vec![Bytes::from(health)]);
    (server, resident)
}

fn resident_after(server: &Server, requests: Vec<Bytes>) -> f64 {
    let load = Load { connections: 16, warm_up: 0, time: Duration::from_secs(3_600) };
    load.run(server, &mut requests.into_iter(), &mut |body| assert!(!body.is_empty(), "no answer")).resident
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
pub(super) fn keep(what: &str, count: usize, resident: f64) {
    Figure::new("sidecar", what, "memory")
        .with("count", count as f64)
        .with("resident_mib", resident / 1_048_576.0)
        .keep();
}
