//! A rotation that is killed at any point leaves a client that gets its token, and can be run again.

use helseid_test_services::rounds;
use helseid_testkit::{Proxy, Weather};
use serde_json::Value;

use crate::world::{Server, World};

struct Desk {
    world: World,
    proxy: Proxy,
    _authority: Server,
}

impl Desk {
    fn new() -> Self {
        let (world, proxy) = (World::new(), Proxy::new().unwrap());
        let name = proxy.name().unwrap();
        let authority =
            world.serve(&["authority", "--issuer", &name, "--listen", "127.0.0.1:0", "--alg", "ES256"]);
        proxy.forward_to(authority.line["listen"][0].as_str().unwrap().parse().unwrap()).unwrap();
        Self { world, proxy, _authority: authority }
    }

    fn with(&self, client: &str, arguments: &[&str]) -> std::process::Command {
        let mut command = self.world.command(arguments);
        command.current_dir(self.world.path(client));
        command
    }

    /// What a command prints that must succeed.
    fn ok(&self, client: &str, arguments: &[&str]) -> String {
        let output = self.with(client, arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn thumbprint(&self, client: &str) -> String {
        self.ok(client, &["key", "thumbprint", "m2m_private.json"]).trim().to_owned()
    }

    /// Kills a rotation (SIGKILL) when its request number `at` meets this weather; tells whether it came that far.
    fn kill_at(&self, client: &str, at: usize, silence: Weather) -> bool {
        self.proxy.next(std::iter::repeat_n(Weather::Fair, at).chain([silence]));
        let mut rotation = self.with(client, &["rotate"]).spawn().unwrap();
        let killed = loop {
            if self.proxy.fell_silent() {
                rotation.kill().unwrap();
                rotation.wait().unwrap();
                break true;
            }
            if rotation.try_wait().unwrap().is_some() {
                break false;
            }
            std::thread::yield_now();
        };
        self.proxy.all(Weather::Fair);
        killed
    }

    /// What is promised after a kill: a token at once, and a rotation that ends well when it is run again.
    fn recovers(&self, client: &str, before: &str) {
        self.ok(client, &["token", "get"]);
        let rotated: Value = serde_json::from_str(&self.ok(client, &["--format", "json", "rotate"])).unwrap();
        self.ok(client, &["token", "get"]);
        let now = self.thumbprint(client);
        assert_eq!(rotated["thumbprint"], now.as_str());
        assert_ne!(now, before);
        let mut files: Vec<_> = std::fs::read_dir(self.world.path(client))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let expected = [
            "helseid.toml",
            "m2m_private.json",
            "m2m_private.json.lock",
            "m2m_private.json.retired",
            "m2m_public.json",
        ];
        assert_eq!(files, expected, "something is left behind");
        let public = self.ok(client, &["key", "thumbprint", "m2m_public.json"]);
        assert_eq!(public.trim(), now, "the public half is of the old key");
    }
}

/// How often each point of a rotation is killed at, unless the environment asks for more.
const TIMES: usize = 3;

#[test]
fn a_rotation_that_is_killed_at_any_request_is_mended_by_running_it_again() {
    let desk = Desk::new();
    let mut points = 0;
    for at in 0.. {
        let mut reached = false;
        for (name, silence) in [("before", Weather::SilentBefore), ("after", Weather::SilentAfter)] {
            for time in 0..rounds(TIMES) {
                let client = format!("{name}-{at}-{time}");
                desk.world.ok(&["init", &client]);
                let before = desk.thumbprint(&client);
                if !desk.kill_at(&client, at, silence) {
                    break;
                }
                reached = true;
                assert_eq!(
                    desk.thumbprint(&client),
                    before,
                    "{client}: the old key stays until the new one is proven"
                );
                desk.recovers(&client, &before);
            }
            points += usize::from(reached);
        }
        if !reached {
            break;
        }
    }
    // Metadata, nonce, token, registration, and the proof with the new key; each before and after.
    assert!(points >= 10, "{points}");
}

#[test]
fn a_rotation_that_is_killed_between_its_files_is_mended_by_running_it_again() {
    let desk = Desk::new();
    // Each state of the disk between two requests, as the steps leave it.
    for (client, steps) in [("new", 1), ("note", 2), ("retired", 3), ("swapped", 4)] {
        desk.world.ok(&["init", client]);
        let before = desk.thumbprint(client);
        let path = |name: &str| desk.world.path(client).join(name);
        let new = desk.ok(client, &["key", "generate", "--alg", "ES256"]);
        std::fs::write(path("m2m_private.json.new"), &new).unwrap();
        if steps >= 2 {
            std::fs::write(path("m2m_private.json.rotation"), "{\"step\":\"generated\"}").unwrap();
            // Half of a file that was never finished.
            std::fs::write(path("m2m_private.json.unfinished"), "{\"kty\":").unwrap();
        }
        if steps >= 3 {
            std::fs::copy(path("m2m_private.json"), path("m2m_private.json.retired")).unwrap();
            let id = desk.world.ok(&["--format", "json", "client", "list"]);
            let clients: Value = serde_json::from_str(&id).unwrap();
            let own = clients
                .as_array()
                .unwrap()
                .iter()
                .find(|known| known["keys"][0]["thumbprint"] == before.as_str());
            let id = own.unwrap()["client_id"].as_str().unwrap().to_owned();
            desk.ok(client, &["client", "key", "add", &id, "--key", "m2m_private.json.new"]);
        }
        if steps >= 4 {
            std::fs::copy(path("m2m_private.json.new"), path("m2m_private.json")).unwrap();
        }
        let _ = std::fs::remove_file(path("m2m_private.json.unfinished"));
        desk.recovers(client, &before);
    }
}

#[test]
fn a_dry_run_changes_nothing() {
    let desk = Desk::new();
    desk.world.ok(&["init", "dry"]);
    let before = desk.thumbprint("dry");
    let plan = desk.ok("dry", &["rotate", "--dry-run"]);
    assert!(plan.contains(&before) && plan.contains("would make a new key"), "{plan}");
    assert_eq!(desk.thumbprint("dry"), before);
    assert_eq!(std::fs::read_dir(desk.world.path("dry")).unwrap().count(), 3);
}

#[test]
fn a_dry_run_tells_the_same_of_a_new_key_that_cannot_be_read_as_the_rotation() {
    let desk = Desk::new();
    desk.world.ok(&["init", "broken"]);
    std::fs::write(desk.world.path("broken").join("m2m_private.json.new"), "{\"kty\":").unwrap();
    let said = [&["rotate", "--dry-run"][..], &["rotate"]].map(|arguments| {
        let output = desk.with("broken", arguments).output().unwrap();
        assert_eq!((output.status.code(), output.stdout), (Some(1), vec![]), "{arguments:?}");
        String::from_utf8(output.stderr).unwrap()
    });
    assert_eq!(said[0], said[1]);
    assert!(said[0].contains("remove m2m_private.json.new, and rotate again"), "{}", said[0]);
}

#[test]
fn a_key_that_nobody_knows_how_to_write_is_not_rotated() {
    let desk = Desk::new();
    desk.world.ok(&["init", "pem"]);
    desk.ok("pem", &["key", "convert", "m2m_private.json", "--to", "pem", "--out", "key.pem"]);
    let output = desk.with("pem", &["rotate", "--key-file", "key.pem"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("helseid key convert"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_key_behind_links_is_rotated_where_it_is_and_the_links_stay() {
    use std::os::unix::fs::symlink;
    let desk = Desk::new();
    desk.world.ok(&["init", "linked"]);
    let at = |name: &str| desk.world.path("linked").join(name);
    // As Kubernetes does it, in a folder that can be written to.
    std::fs::create_dir_all(at("..2026")).unwrap();
    std::fs::rename(at("m2m_private.json"), at("..2026/m2m_private.json")).unwrap();
    symlink("..2026", at("..data")).unwrap();
    symlink("..data/m2m_private.json", at("m2m_private.json")).unwrap();
    // What somebody who may write there could have left for the key to be written through.
    let elsewhere = desk.world.path("elsewhere");
    for name in [
        "..2026/m2m_private.unfinished",
        "..2026/m2m_private.json.unfinished",
        "..2026/m2m_private.json.retired",
    ] {
        symlink(&elsewhere, at(name)).unwrap();
    }
    let before = desk.thumbprint("linked");
    desk.ok("linked", &["rotate"]);
    assert!(at("m2m_private.json").is_symlink() && at("..data").is_symlink());
    let now = desk.ok("linked", &["key", "thumbprint", "..2026/m2m_private.json"]);
    assert_ne!(now.trim(), before);
    assert_eq!(desk.thumbprint("linked"), now.trim());
    assert_eq!(desk.ok("linked", &["key", "thumbprint", "m2m_public.json"]), now);
    assert_eq!(desk.ok("linked", &["key", "thumbprint", "..2026/m2m_private.json.retired"]).trim(), before);
    assert!(!elsewhere.exists());
    desk.ok("linked", &["token", "get"]);
}

/// Needs a kernel that lets this user mount in a namespace of its own; elsewhere it passes without a word.
#[cfg(target_os = "linux")]
#[test]
fn a_key_file_that_is_mounted_by_itself_is_refused_before_a_key_is_registered() {
    let desk = Desk::new();
    desk.world.ok(&["init", "mounted"]);
    let in_namespace = |script: &str| {
        let rotate = desk.with("mounted", &["rotate"]);
        let mut command = std::process::Command::new("unshare");
        command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh"]);
        command.arg(rotate.get_program()).args(rotate.get_args());
        command.current_dir(desk.world.path("mounted"));
        for (name, value) in rotate.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.output()
    };
    let mount = "mount --bind m2m_private.json m2m_private.json";
    if !in_namespace(mount).is_ok_and(|output| output.status.success()) {
        return;
    }
    let before = desk.thumbprint("mounted");
    let output = in_namespace(&format!("{mount} && exec \"$@\"")).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("mounted by itself"), "{said}");
    assert_eq!(desk.thumbprint("mounted"), before);
    assert!(!desk.world.path("mounted").join("m2m_private.json.new").exists());
}

#[cfg(unix)]
#[test]
fn a_rotated_key_is_its_owners_alone_whatever_lay_there_before() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    desk.world.ok(&["init", "open"]);
    let at = |name: &str| desk.world.path("open").join(name);
    for name in ["m2m_private.json", "m2m_private.unfinished", "m2m_private.json.unfinished"] {
        std::fs::OpenOptions::new().create(true).append(true).open(at(name)).unwrap();
        std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    desk.ok("open", &["rotate"]);
    for name in ["m2m_private.json", "m2m_private.json.retired"] {
        assert_eq!(at(name).metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_not_rotated() {
    let desk = Desk::new();
    desk.world.ok(&["init", "dangling"]);
    let at = |name: &str| desk.world.path("dangling").join(name);
    std::os::unix::fs::symlink("nowhere.json", at("link.json")).unwrap();
    let output = desk.with("dangling", &["rotate", "--key-file", "link.json"]).output().unwrap();
    assert!(!output.status.success());
    assert!(!at("nowhere.json").exists() && at("link.json").is_symlink());
}
