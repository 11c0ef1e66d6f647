//! What every part of the bench finds: cores, keys in files, an issuer, and the programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use helseid_protocol::id::{ClientId, KeyId};
use helseid_protocol::jose::{Algorithm, PrivateJwk, PublicJwk, RsaSize, SigningKey};
use helseid_protocol::rule::Profile;
use tempfile::TempDir;

use crate::load::{AUDIENCE, AskingClient, BenchIssuer, CALLBACK, SCOPE};
use crate::machine::Cores;

/// A seed file has at most 256 KiB.
const CLIENTS_IN_A_FILE: usize = 500;

/// The client of most loads.
const CLIENT: &str = "bench-client";

/// A client whose requests may come with a browser, too.
pub(crate) const FRONT_CLIENT: &str = "front-client";

/// The folder of the checkout's peers, the programs, and what they are told.
pub(crate) struct World {
    pub(crate) cores: Cores,
    pub(crate) issuer: BenchIssuer,
    /// Only proves that everything runs.
    pub(crate) short: bool,
    helseid: PathBuf,
    root: PathBuf,
    folder: TempDir,
    clients: Vec<(Algorithm, PrivateJwk)>,
}

impl World {
    /// Makes keys and files. `helseid` is the binary to measure, `root` the checkout.
    pub(crate) fn new(helseid: PathBuf, root: PathBuf, short: bool) -> Self {
        let cores = Cores::find();
        assert!(
            short || cores.are_two(),
            "measuring takes two cores: one for the server and one for its load"
        );
        let folder = tempfile::tempdir().unwrap();
        let mut clients = Vec::new();
        for algorithm in [Algorithm::RS256, Algorithm::ES256, Algorithm::PS256] {
            let key = PrivateJwk::generate(algorithm, RsaSize::Bits2048, KeyId::parse(algorithm.name()).ok());
            let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
            write(&format!("client-{}.json", algorithm.name()), &key.public().to_json());
            write(&format!("client-private-{}.json", algorithm.name()), key.to_json().expose());
            let signing = PrivateJwk::generate(algorithm, RsaSize::Bits2048, KeyId::parse("signing").ok());
            write(&format!("signing-{}.json", algorithm.name()), signing.to_json().expose());
            clients.push((algorithm, key));
        }
        let world = Self { cores, issuer: BenchIssuer::start(), short, helseid, root, folder, clients };
        let with_logins = |id: &str, require_par: &str| {
            let client = seed_client(id, world.clients.iter().map(|(_, key)| key.public()));
            format!("{}{}", client.trim_end(), seed_logins(require_par))
        };
        let clients = [with_logins(CLIENT, ""), with_logins(FRONT_CLIENT, ", require_par = false")];
        world.write_seed("seed.toml", &clients);
        world.cores.go(crate::machine::Place::Load);
        world
    }

    /// The bench's client with its key for `algorithm`.
    pub(crate) fn client(&self, algorithm: Algorithm) -> [AskingClient; 1] {
        let (_, key) = self.clients.iter().find(|(known, _)| *known == algorithm).unwrap();
        [AskingClient { id: ClientId::parse(CLIENT).unwrap(), key: SigningKey::new(key).unwrap() }]
    }

    /// So many clients with a P-256 key each, registered in the data folder.
    pub(crate) fn many_clients(&self, count: usize, data: &Path) -> Vec<AskingClient> {
        let keys: Vec<_> =
            (0..count).map(|_| PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None)).collect();
        let name = |n: usize| format!("client-{n}");
        let entries: Vec<_> =
            keys.iter().enumerate().map(|(n, key)| seed_client(&name(n), [key.public()])).collect();
        for part in entries.chunks(CLIENTS_IN_A_FILE) {
            self.write_seed("clients.toml", part);
            let mut command =
                self.authority_with(data, Algorithm::ES256, Profile::Helseid, &self.path("clients.toml"));
            let output = command.args(["--", "true"]).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let client = |(n, key)| AskingClient {
            id: ClientId::parse(&name(n)).unwrap(),
            key: SigningKey::new(key).unwrap(),
        };
        keys.iter().enumerate().map(client).collect()
    }

    fn write_seed(&self, name: &str, clients: &[String]) {
        std::fs::write(self.path(name), clients.concat()).unwrap();
    }

    /// A file of this world.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A new folder in this world.
    pub(crate) fn new_folder(&self) -> TempDir {
        tempfile::tempdir_in(self.folder.path()).unwrap()
    }

    /// The binary that is measured.
    pub(crate) fn helseid_file(&self) -> &Path {
        &self.helseid
    }

    /// `helseid`, with nothing of the user's own.
    pub(crate) fn helseid(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.helseid);
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("HELSEID_"))
        {
            command.env_remove(name);
        }
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    /// Our authority as it is shipped, with a data folder of its own and the bench's client.
    pub(crate) fn authority(&self, data: &Path, signing: Algorithm, profile: Profile) -> Command {
        self.authority_with(data, signing, profile, &self.path("seed.toml"))
    }

    /// The same with other clients.
    pub(crate) fn authority_with(
        &self,
        data: &Path,
        signing: Algorithm,
        profile: Profile,
        seed: &Path,
    ) -> Command {
        let mut command = self.authority_of(signing, profile, seed);
        command.arg("--data-dir").arg(data);
        command
    }

    /// Our authority with the bench's client, and nothing that lasts.
    pub(crate) fn authority_in_memory(&self, signing: Algorithm) -> Command {
        let mut command = self.authority_of(signing, Profile::Helseid, &self.path("seed.toml"));
        command.arg("--in-memory");
        command
    }

    fn authority_of(&self, signing: Algorithm, profile: Profile, seed: &Path) -> Command {
        let mut command = self.helseid(&["authority", "--listen", "127.0.0.1:0", "--rsa-bits", "2048"]);
        command.args(["--alg", signing.name(), "--profile", profile.name()]);
        // All requests are counted, as always; so many in one second come from no other client.
        command.args(["--requests-per-second", "1000000"]);
        command.arg("--seed").arg(seed);
        command
    }

    /// A program of the peers: `node/NAME.mjs` or `python/NAME.py`.
    pub(crate) fn peer(&self, program: &str, environment: &[(&str, &str)]) -> Command {
        let peers = self.root.join("bench/peers");
        let mut command = if program.starts_with("python/") {
            Command::new(peers.join("python/venv/bin/python"))
        } else {
            Command::new("node")
        };
        command.arg(peers.join(program)).env("NODE_ENV", "production");
        command.envs([("SCOPE", SCOPE), ("AUDIENCE", AUDIENCE), ("CLIENT_ID", CLIENT)]);
        command.envs(environment.iter().copied());
        command
    }

    /// A peer that signs with one algorithm, and whose client does with another.
    pub(crate) fn peer_authority(&self, program: &str, signed: Algorithm, assertion: Algorithm) -> Command {
        let file = |kind: &str, algorithm: Algorithm| {
            self.path(&format!("{kind}-{}.json", algorithm.name())).display().to_string()
        };
        let (signing, client) = (file("signing", signed), file("client", assertion));
        self.peer(program, &[("SIGNING_JWK_FILE", &signing), ("CLIENT_JWK_FILE", &client)])
    }

    /// A program of interop, in its environment.
    pub(crate) fn interop_python(&self, program: &str) -> Command {
        let folder = self.root.join("interop/python");
        let mut command = Command::new(folder.join("venv/bin/python"));
        command.arg("-B").arg(folder.join(program));
        command
    }

    /// The bench's client for PS256: its id, and the file with its key.
    pub(crate) fn ps256_client(&self) -> (&'static str, PathBuf) {
        (CLIENT, self.path("client-private-PS256.json"))
    }
}

fn seed_client<'k>(id: &str, keys: impl IntoIterator<Item = &'k PublicJwk>) -> String {
    let keys: Vec<_> = keys.into_iter().map(inline_table).collect();
    format!("[[client]]\nid = \"{id}\"\nscopes = [\"{SCOPE}\"]\nkeys = [{}]\n\n", keys.join(", "))
}

/// What lets a client log people in.
fn seed_logins(more: &str) -> String {
    format!(
        "\ngrant_types = [\"client_credentials\", \"authorization_code\", \"refresh_token\"]\n\
         login = {{ redirect_uris = [\"{CALLBACK}\"]{more} }}\n\n"
    )
}

/// A public JWK in TOML: all its members are texts, which TOML writes as JSON does.
fn inline_table(key: &PublicJwk) -> String {
    let members = key.members().iter().map(|(name, value)| format!("{name} = {value}"));
    format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
}
