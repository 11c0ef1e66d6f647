//! What live logins take: in memory while their codes are known, in memory of a process that finds them in its store, and there.

use std::path::Path;
use std::time::Duration;

use helseid_protocol::jose::Algorithm::ES256;
use helseid_protocol::rule::Profile;

use crate::figures::Figure;
use crate::load::{Load, Logins, Who};
use crate::machine::{Place, Server};
use crate::world::World;

const LOGINS: usize = 100_000;

/// The signatures of so many are made at a time: assertions live for a minute.
const AT_ONCE: usize = 5_000;

/// Who logs in, each time anew.
const PERSON: &str = "06828399789";

pub(crate) fn run(world: &World) {
    let (folder, client) = (world.new_folder(), world.client(ES256));
    let client = client.first().unwrap();
    let start = || {
        let mut command = world.authority(folder.path(), ES256, Profile::Helseid);
        Server::start(&mut command, world.cores, Place::Server)
    };
    let count = if world.short { 200 } else { LOGINS };
    let (server, stored) = (start(), stored(folder.path()));
    log_in(&server, client, 100);
    let before = server.usage().resident;
    for _ in 0..count.div_ceil(AT_ONCE) {
        log_in(&server, client, count.min(AT_ONCE));
    }
    keep("login, in an authority that knows its code", count, server.usage().resident - before);
    drop(server);
    keep("login, in SQLite", count, self::stored(folder.path()) - stored);
    // The next process finds them all, and goes on with others.
    let server = start();
    log_in(&server, client, 100);
    keep("login that lives, in an authority", count, server.usage().resident - before);
}

fn log_in(server: &Server, client: &crate::load::AskingClient, count: usize) {
    let logins = Logins::new(client, server, Who::Person(PERSON));
    let load = Load { connections: 16, warm_up: 0, time: Duration::from_secs(3_600) };
    let measured = load.run(server, &mut (0..count).map(|n| logins.login(n)), &mut |body| {
        assert!(!body.is_empty(), "no token");
    });
    assert_eq!(measured.answers, count);
}

/// The bytes of the database.
#[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
fn stored(folder: &Path) -> f64 {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let own = files.filter(|file| file.file_name().to_string_lossy().starts_with("registry.sqlite"));
    own.map(|file| file.metadata().unwrap().len() as f64).sum()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench")]
fn keep(what: &str, count: usize, bytes: f64) {
    let count = count as f64;
    Figure::new("memory", what, "").with("count", count).with("bytes_each", bytes / count).keep();
}
