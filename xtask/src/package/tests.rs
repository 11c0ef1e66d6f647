//! What the package does to the machine besides putting files there: its scripts, run as dpkg runs them.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::Command;

use crate::shell;

/// A machine with systemd, as far as the scripts see it; it notes what is asked of it.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().expect("a folder"));
        let state = machine.at("var/lib/private/helseid");
        for folder in [&machine.at("run/systemd/system"), &machine.at("bin"), &state] {
            std::fs::create_dir_all(folder).expect("a folder");
        }
        std::fs::write(state.join("registry.sqlite"), "signing keys").expect("a file");
        symlink("private/helseid", machine.at("var/lib/helseid")).expect("a link");
        let systemctl = machine.at("bin/systemctl");
        for (program, file) in [(systemctl, "asked"), (machine.at("bin/systemd-sysusers"), "users")] {
            let script = format!("#!/bin/sh\necho \"$*\" >>\"$DPKG_ROOT/{file}\"\n");
            std::fs::write(&program, script).expect("a program");
            std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        }
        machine
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    /// Runs a script; gives what it asked of systemd.
    fn run(&self, script: &str, arguments: &[&str]) -> String {
        let _ = std::fs::remove_file(self.at("asked"));
        let path = std::env::var("PATH").expect("PATH");
        let path = format!("{}:{path}", self.at("bin").display());
        let mut command = Command::new("sh");
        command.arg(shell::root().join("packaging/debian").join(script)).args(arguments);
        let status = command.env("PATH", path).env("DPKG_ROOT", self.0.path()).status();
        assert!(status.expect("sh").success(), "{script} {arguments:?}");
        std::fs::read_to_string(self.at("asked")).unwrap_or_default()
    }

    fn has_state(&self) -> bool {
        self.at("var/lib/private/helseid/registry.sqlite").exists()
    }
}

#[test]
fn an_installation_starts_nothing_and_an_upgrade_goes_on_with_the_new_binary() {
    let machine = Machine::new();
    assert_eq!(machine.run("postinst", &["configure"]), "daemon-reload\n");
    let users = std::fs::read_to_string(machine.at("users")).expect("a group for callers of the sidecar");
    assert!(users.starts_with("--root=") && users.ends_with(" helseid.conf\n"), "{users}");
    assert_eq!(machine.run("prerm", &["upgrade", "0.2.0"]), "");
    let asked = machine.run("postinst", &["configure", "0.1.0"]);
    assert_eq!(asked, "daemon-reload\ntry-restart helseid-authority.service helseid-sidecar.service\n");
    assert_eq!(machine.run("postrm", &["upgrade", "0.2.0"]), "");
    assert!(machine.has_state());
}

#[test]
fn a_removal_ends_what_runs_and_keeps_the_data() {
    let machine = Machine::new();
    let asked = machine.run("prerm", &["remove"]);
    let mut lines = asked.lines();
    assert_eq!(
        lines.next(),
        Some(
            "stop helseid-authority.service helseid-sidecar.socket helseid-sidecar.service helseid-key-expiry@*"
        )
    );
    let disabled = lines.next().expect("what is disabled");
    let units =
        "helseid-authority.service helseid-sidecar.socket helseid-sidecar.service helseid-key-expiry@.timer";
    assert!(disabled.ends_with(&format!("disable {units}")), "{disabled}");
    assert_eq!(machine.run("postrm", &["remove"]), "daemon-reload\n");
    assert!(machine.has_state());
}

#[test]
fn a_purge_takes_the_data_and_what_people_put_there_stays() {
    let machine = Machine::new();
    let own = machine.at("etc/helseid/m2m_private.json");
    std::fs::create_dir_all(own.parent().expect("a folder")).expect("a folder");
    std::fs::write(&own, "key").expect("a file");
    assert_eq!(machine.run("postrm", &["purge"]), "");
    let left = |path: &str| machine.at(path).symlink_metadata().is_ok();
    assert!(!left("var/lib/private/helseid") && !left("var/lib/helseid") && own.exists());
    assert_eq!(machine.run("postrm", &["purge"]), "", "a second time does no harm");
}

#[test]
fn a_machine_without_systemd_is_asked_nothing_while_it_stands_still() {
    let machine = Machine::new();
    std::fs::remove_dir_all(machine.at("run")).expect("a folder");
    assert_eq!(machine.run("postinst", &["configure", "0.1.0"]), "");
    let asked = machine.run("prerm", &["remove"]);
    assert!(asked.contains("disable") && !asked.contains("stop"), "{asked}");
}

/// What a unit says, one setting a line.
fn settings(unit: &str) -> Vec<String> {
    let text = std::fs::read_to_string(shell::root().join("packaging/systemd").join(unit)).expect(unit);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn each_service_is_shut_in_as_far_as_the_other() {
    let units = ["helseid-authority.service", "helseid-key-expiry@.service", "helseid-sidecar.service"];
    let [authority, expiry, sidecar] = units.map(settings);
    let begin = |line: &&String| {
        ["Protect", "Private", "Restrict", "System", "Memory", "Lock", "NoNew", "Proc", "UMask", "Capability"]
            .iter()
            .any(|word| line.starts_with(word))
    };
    let shut: Vec<_> = authority.iter().filter(begin).collect();
    assert!(shut.len() > 15, "{shut:?}");
    for line in shut {
        assert!(expiry.contains(line), "{line} is missing in helseid-key-expiry@.service");
        // In a user namespace the kernel tells one user for all callers of the socket.
        let told_apart = line == "PrivateUsers=yes";
        assert_eq!(sidecar.contains(line), !told_apart, "{line} in helseid-sidecar.service");
    }
}
