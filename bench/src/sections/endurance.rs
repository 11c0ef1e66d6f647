//! Memory over millions of tokens, whose assertions and proofs are all remembered for as long as they could come back.

use std::cell::RefCell;
use std::time::Duration;

use bytes::Bytes;
use helseid_protocol::jose::Algorithm::ES256;
use helseid_protocol::rule::Profile;

use crate::figures::Figure;
use crate::load::{Asking, Load};
use crate::machine::{Place, Server};
use crate::now;
use crate::world::World;

const TOKENS: usize = 3_000_000;

/// How often the memory is looked at.
const PARTS: usize = 12;

/// A nonce is good for a minute.
const NONCE: Duration = Duration::from_secs(20);

pub(crate) fn run(world: &World) {
    let (folder, client) = (world.new_folder(), world.client(ES256));
    let mut command = world.authority(folder.path(), ES256, Profile::Helseid);
    let server = Server::start(&mut command, world.cores, Place::Server);
    let asking = RefCell::new((Asking::new(&client, &server, true), now()));
    let request = |n: usize| -> Bytes {
        let mut asking = asking.borrow_mut();
        if asking.1.elapsed() > NONCE {
            asking.0.renew_nonce();
            asking.1 = now();
        }
        asking.0.request(n)
    };
    let count = if world.short { 1_200 } else { TOKENS } / PARTS;
    let load = Load { connections: 16, warm_up: 0, time: Duration::from_secs(3_600) };
    keep(0, server.usage().resident, f64::NAN);
    for part in 1..=PARTS {
        // Made while they are asked for: so many do not fit into memory.
        let mut requests = (0..count).map(&request);
        let measured = load.run(&server, &mut requests, &mut |body| assert!(!body.is_empty(), "no token"));
        assert_eq!(measured.answers, count);
        keep(part * count, measured.resident, measured.rate);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
fn keep(tokens: usize, resident: f64, rate: f64) {
    Figure::new("endurance", "helseid authority", &tokens.to_string())
        .with("tokens", tokens as f64)
        .with("resident_mib", resident / 1_048_576.0)
        .with("rate", if rate.is_nan() { 0.0 } else { rate })
        .keep();
}
