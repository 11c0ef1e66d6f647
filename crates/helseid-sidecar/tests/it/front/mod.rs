//! Debian's nginx and Caddy with the files that are shipped, before an API in Python.

mod failing;
mod passing;
mod server;

use std::path::PathBuf;

use helseid_sidecar::ListenFlags;
use helseid_testkit::{SCOPE, World};

use crate::gate::section;
use crate::world::{Answer, Folder, Running, run};
use server::{Front, KINDS, Kind};

const URL: &str = "https://api.example/v1/patients";

/// A sidecar with a gate for a proxy of this kind, and its socket.
async fn gate(world: &World, kind: Kind, scope: &str) -> (Running, PathBuf) {
    gate_of(world, &section("patients", &settings(kind)).replace(SCOPE, scope)).await
}

/// The same with this in its section.
async fn gate_with(world: &World, kind: Kind, more: &str) -> (Running, PathBuf) {
    gate_of(world, &section("patients", &format!("{}\n{more}", settings(kind)))).await
}

fn settings(kind: Kind) -> String {
    format!("proxy = \"{}\"\npeers = [\"socket\"]", kind.name())
}

async fn gate_of(world: &World, sections: &str) -> (Running, PathBuf) {
    let folder = Folder::new(world, sections);
    let path = folder.path("s.sock");
    let flags = ListenFlags { socket: Some(path.clone()), ..ListenFlags::default() };
    (run(world, folder, flags).await, path)
}

/// What the API was sent under a name, in any spelling that a server behind may take for it; empty values, which say nothing,
/// are left out.
fn sent(answer: &Answer, name: &str) -> Vec<String> {
    let plain = |name: &str| name.to_ascii_lowercase().replace(['_', '.'], "-");
    let headers = answer.body["headers"].as_array().unwrap_or_else(|| panic!("{answer:?}")).iter();
    let same = headers.filter(|pair| plain(pair[0].as_str().unwrap()) == plain(name));
    let values = same.map(|pair| pair[1].as_str().unwrap().to_owned());
    values.filter(|value| !value.is_empty()).collect()
}

fn challenges(answer: &Answer) -> usize {
    answer.head.to_ascii_lowercase().matches("\nwww-authenticate:").count()
}
