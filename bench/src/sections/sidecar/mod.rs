//! The sidecar beside the bare answer, beside nginx, and in memory.
//!
//! | file | what |
//! | --- | --- |
//! | `rows` | what is asked for under load, and what it is measured beside |
//! | `nginx` | nginx with the shipped files, and as a plain proxy |
//! | `kept` | memory, idle and with kept tokens |
//! | `bodies` | memory while large bodies pass |

mod bodies;
mod kept;
mod nginx;
mod rows;

use std::path::Path;
use std::process::Command;

use crate::load::SCOPE;
use crate::world::World;

/// Measures everything.
pub(crate) fn run(world: &World) {
    rows::run(world);
    kept::run(world);
    bodies::run(world);
}

/// `helseid sidecar` on a loopback port, for whoever asks, with this configuration beside the bench's key for ES256.
fn sidecar(world: &World, folder: &Path, sections: &str) -> Command {
    let file = folder.join("helseid.toml");
    std::fs::write(&file, sections).unwrap();
    let mut command = world.helseid(&["sidecar", "--listen", "127.0.0.1:0", "--insecure-no-key", "--config"]);
    command.arg(file);
    command
}

/// The settings of an account of the bench's client at this issuer.
fn account(world: &World, issuer: &str) -> String {
    let key = world.path("client-private-ES256.json");
    let client = crate::world::FRONT_CLIENT;
    format!(
        "issuer = \"{issuer}\"\nclient_id = \"{client}\"\nkey_file = \"{}\"\nscope = [\"{SCOPE}\"]\n",
        key.display()
    )
}
