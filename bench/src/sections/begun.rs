//! A million logins that are begun and never ended, half of them by strangers, and one person after the other who does log in.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use helseid_protocol::jose::Algorithm::ES256;
use helseid_protocol::rule::Profile;

use crate::figures::Figure;
use crate::load::{Begun, Exchange as _, Load, Logins, Who, exchange};
use crate::machine::{Place, Server};
use crate::now;
use crate::world::{FRONT_CLIENT, World};

const BEGUN: usize = 1_000_000;

/// How often the memory is looked at.
const PARTS: usize = 50;

/// More memory than before.
const MOST_MEMORY: f64 = 64.0 * MIB;

/// The person pauses between two logins.
const PAUSE: Duration = Duration::from_millis(50);

/// A nonce is good for a minute.
const NONCE: Duration = Duration::from_secs(20);

/// Who logs in.
const PERSON: &str = "06828399789";

const MIB: f64 = 1_048_576.0;

pub(crate) fn run(world: &World) {
    let count = if world.short { 2_000 } else { BEGUN };
    let (folder, client) = (world.new_folder(), world.client(ES256));
    let client = client.first().unwrap();
    let mut command = world.authority(folder.path(), ES256, Profile::Helseid);
    let server = Server::start(&mut command, world.cores, Place::Server);
    let (beginning, person) =
        (Logins::new(client, &server, Who::Nobody), Logins::new(client, &server, Who::Person(PERSON)));
    let (memory, over) = (server.usage().resident, AtomicBool::new(false));
    let (most, mut waits) = std::thread::scope(|scope| {
        let waits = scope.spawn(|| waits(&server, person, &over));
        let most = flood(&server, &beginning, count);
        over.store(true, Ordering::Relaxed);
        (most, waits.join().unwrap())
    });
    waits.sort_unstable();
    let more = most - memory;
    keep(count, more, &waits);
    assert!(world.short || more <= MOST_MEMORY, "{:.1} MiB more memory", more / MIB);
}

/// Begins them all: each second one by the client, which pushes its request, the others by strangers, in the address or by a form.
/// Tells the most memory that the server had.
fn flood(server: &Server, logins: &Logins<'_>, count: usize) -> f64 {
    let load = Load { connections: 16, warm_up: 0, time: Duration::from_secs(3_600) };
    let mut most = 0.0_f64;
    for part in 0..PARTS {
        let numbers = count * part / PARTS..count * (part + 1) / PARTS;
        // Made while they are asked for: so many do not fit into memory.
        let mut begun = numbers.map(|n| match n % 4 {
            0 | 2 => Begun::by_client(logins.login(n)),
            1 => Begun::by_address(logins, FRONT_CLIENT),
            _ => Begun::by_form(logins, FRONT_CLIENT),
        });
        let measured = load.run(server, &mut begun, &mut |page| assert!(!page.is_empty(), "no page"));
        most = most.max(measured.resident);
    }
    most
}

/// How long each whole login took, on connections of its own.
fn waits(server: &Server, mut logins: Logins<'_>, over: &AtomicBool) -> Vec<Duration> {
    let (mut waits, mut renewed) = (Vec::new(), now());
    while waits.is_empty() || !over.load(Ordering::Relaxed) {
        if renewed.elapsed() > NONCE {
            logins.renew_nonce();
            renewed = now();
        }
        let (mut login, begun) = (logins.login(waits.len()), now());
        let mut next = Some(login.first());
        while let Some(request) = next {
            let answer = exchange(server.address, &request).unwrap();
            next = login.next(answer.status, &answer.whole, &answer.body);
        }
        waits.push(begun.elapsed());
        std::thread::sleep(PAUSE);
    }
    waits
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
fn keep(count: usize, more: f64, waits: &[Duration]) {
    let at = |hundredths: usize| waits.get((waits.len() - 1) * hundredths / 100).copied().unwrap();
    let millis = |time: Duration| time.as_secs_f64() * 1_000.0;
    Figure::new("begun", "helseid authority", "logins that nobody ends")
        .with("begun", count as f64)
        .with("more_memory_mib", more / MIB)
        .with("logins", waits.len() as f64)
        .with("login_p50_ms", millis(at(50)))
        .with("login_p99_ms", millis(at(99)))
        .keep();
}
