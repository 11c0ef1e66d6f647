//! A million requests of strangers who mean harm, and a client that wants its tokens all the while.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use helseid_protocol::jose::Algorithm::ES256;
use helseid_protocol::rule::Profile;
use serde_json::Value;

use crate::figures::{self, Figure};
use crate::load::{Asking, KINDS_COUNT, exchange, send_hostile};
use crate::machine::{Place, Server};
use crate::now;
use crate::world::World;

const REQUESTS: usize = 1_000_000;

/// How often the memory is looked at.
const PARTS: usize = 50;

/// More memory than before.
const MOST_MEMORY: f64 = 20.0 * MIB;

/// More log than before.
const MOST_LOG: u64 = 10 * 1_048_576;

/// A token, to all but one in a hundred requests of a client.
const MOST_WAIT: Duration = Duration::from_millis(50);

/// The client pauses between two tokens.
const PAUSE: Duration = Duration::from_millis(50);

/// A nonce is good for a minute.
const NONCE: Duration = Duration::from_secs(20);

/// Requests of the client before anything hostile, which the trace must still show at the end.
const BEFORE: usize = 50;

const MIB: f64 = 1_048_576.0;

pub(crate) fn run(world: &World, requests: Option<usize>) {
    let count = requests.unwrap_or(if world.short { KINDS_COUNT * 100 } else { REQUESTS });
    let (folder, client) = (world.new_folder(), world.client(ES256));
    let mut command = world.authority(folder.path(), ES256, Profile::Helseid);
    let server = Server::start(command.arg("--limit-loopback"), world.cores, Place::Server);
    let admin = std::fs::read(folder.path().join("admin.json")).unwrap();
    let admin: Value = serde_json::from_slice(&admin).unwrap();
    let token = admin["token"].as_str().unwrap();

    let mut asking = Asking::new(&client, &server, true);
    for n in 0..BEFORE {
        token_in(&server, &asking, n);
    }
    let shown = traced(&server, token);
    let (memory, log) = (server.usage().resident, log_bytes());
    let over = AtomicBool::new(false);
    let (most_memory, mut waits) = std::thread::scope(|scope| {
        let waits = scope.spawn(|| waits(&server, &mut asking, &over));
        let most = flood(&server, count);
        over.store(true, Ordering::Relaxed);
        (most, waits.join().unwrap())
    });
    waits.sort_unstable();
    let at = |hundredths: usize| waits.get((waits.len() - 1) * hundredths / 100).copied().unwrap();
    let (more_memory, more_log) = (most_memory - memory, log_bytes() - log);
    keep(count, (more_memory, more_log), (at(50), at(99), at(100)), waits.len());
    let still = traced(&server, token);
    assert!(still >= shown.min(200), "the trace showed {shown} requests of the client, and now {still}");
    if !world.short {
        assert!(more_memory <= MOST_MEMORY, "{:.1} MiB more memory", more_memory / MIB);
        assert!(more_log <= MOST_LOG, "{more_log} bytes of log");
        assert!(at(99) <= MOST_WAIT, "a token took {:?}", at(99));
    }
}

/// Sends them all; tells the most memory that the server had.
fn flood(server: &Server, count: usize) -> f64 {
    let mut most = 0.0_f64;
    for part in 0..PARTS {
        let (first, next) = (count * part / PARTS, count * (part + 1) / PARTS);
        send_hostile(server.address, &server.issuer, first, next - first);
        most = most.max(server.usage().resident);
    }
    most
}

/// How long the client waited for each token.
fn waits(server: &Server, asking: &mut Asking<'_>, over: &AtomicBool) -> Vec<Duration> {
    let (mut waits, mut renewed) = (Vec::new(), now());
    while waits.is_empty() || !over.load(Ordering::Relaxed) {
        if renewed.elapsed() > NONCE {
            asking.renew_nonce();
            renewed = now();
        }
        waits.push(token_in(server, asking, waits.len()));
        std::thread::sleep(PAUSE);
    }
    waits
}

/// A token, on a connection of its own.
fn token_in(server: &Server, asking: &Asking<'_>, n: usize) -> Duration {
    let request = asking.request(n);
    let begun = now();
    let answer = exchange(server.address, &request).unwrap();
    let took = begun.elapsed();
    assert!(answer.status == 200, "no token: {}", String::from_utf8_lossy(&answer.body));
    took
}

/// How many requests of the client the trace shows.
fn traced(server: &Server, token: &str) -> usize {
    let path = "/admin/api/trace?limit=1000";
    let host = server.address;
    let head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n");
    let answer = exchange(server.address, head.as_bytes()).unwrap();
    let page: Value = serde_json::from_slice(&answer.body).unwrap();
    let granted = |entry: &&Value| entry["outcome"] == "granted";
    page["items"].as_array().unwrap().iter().filter(granted).count()
}

fn log_bytes() -> u64 {
    std::fs::metadata(figures::folder().join("servers.log")).map_or(0, |file| file.len())
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
fn keep(
    count: usize,
    (memory, log): (f64, u64),
    (half, most, worst): (Duration, Duration, Duration),
    tokens: usize,
) {
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    Figure::new("hostile", "helseid authority", "strangers who mean harm")
        .with("requests", count as f64)
        .with("more_memory_mib", memory / MIB)
        .with("more_log_kib", log as f64 / 1_024.0)
        .with("tokens", tokens as f64)
        .with("token_p50_ms", millis(half))
        .with("token_p99_ms", millis(most))
        .with("token_worst_ms", millis(worst))
        .keep();
}
