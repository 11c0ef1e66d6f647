//! The tree of files that a package installs.

use std::path::Path;
use std::process::Command;

use super::failed;
use crate::shell::{self, Failure};

/// Where the files of the repository go, and with which mode.
const FILES: [(&str, &str, u32); 17] = [
    (
        "packaging/systemd/helseid-authority.service",
        "usr/lib/systemd/system/helseid-authority.service",
        0o644,
    ),
    (
        "packaging/systemd/helseid-key-expiry@.service",
        "usr/lib/systemd/system/helseid-key-expiry@.service",
        0o644,
    ),
    (
        "packaging/systemd/helseid-key-expiry@.timer",
        "usr/lib/systemd/system/helseid-key-expiry@.timer",
        0o644,
    ),
    ("packaging/systemd/helseid-sidecar.service", "usr/lib/systemd/system/helseid-sidecar.service", 0o644),
    ("packaging/systemd/helseid-sidecar.socket", "usr/lib/systemd/system/helseid-sidecar.socket", 0o644),
    ("packaging/systemd/helseid-sidecar.sysusers", "usr/lib/sysusers.d/helseid.conf", 0o644),
    ("packaging/debian/helseid-authority.default", "etc/default/helseid-authority", 0o644),
    ("packaging/nginx/helseid-gate.conf", "usr/share/helseid/nginx/helseid-gate.conf", 0o644),
    ("packaging/nginx/helseid-protected.conf", "usr/share/helseid/nginx/helseid-protected.conf", 0o644),
    ("packaging/caddy/helseid.caddy", "usr/share/helseid/caddy/helseid.caddy", 0o644),
    ("packaging/kubernetes/sidecar.yaml", "usr/share/helseid/kubernetes/sidecar.yaml", 0o644),
    ("packaging/debian/copyright", "usr/share/doc/helseid/copyright", 0o644),
    ("packaging/debian/postinst", "DEBIAN/postinst", 0o755),
    ("packaging/debian/prerm", "DEBIAN/prerm", 0o755),
    ("packaging/debian/postrm", "DEBIAN/postrm", 0o755),
    ("LICENSE-MIT", "usr/share/doc/helseid/LICENSE-MIT", 0o644),
    ("CHANGELOG.md", "usr/share/doc/helseid/changelog", 0o644),
];

/// Where each shell looks for completions.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "usr/share/bash-completion/completions/helseid"),
    ("zsh", "usr/share/zsh/vendor-completions/_helseid"),
    ("fish", "usr/share/fish/vendor_completions.d/helseid.fish"),
];

/// Puts everything below `tree`.
pub(super) fn fill(tree: &Path, binary: &Path) -> Result<(), Failure> {
    let content = std::fs::read(binary).map_err(|why| failed(binary, &why))?;
    put(&tree.join("usr/bin/helseid"), &content, 0o755)?;
    for (from, to, mode) in FILES {
        let from = shell::root().join(from);
        put(&tree.join(to), &std::fs::read(&from).map_err(|why| failed(&from, &why))?, mode)?;
    }
    for (shell_name, to) in COMPLETIONS {
        put(&tree.join(to), &shell::read(Command::new(binary).args(["completions", shell_name]))?, 0o644)?;
    }
    let pages = tree.join("usr/share/man/man1");
    std::fs::create_dir_all(&pages).map_err(|why| failed(&pages, &why))?;
    shell::run(Command::new(binary).arg("man").arg("--out").arg(&pages))?;
    compress(&pages)?;
    compress(&tree.join("usr/share/doc/helseid/changelog"))
}

/// One file, with its folders; the modes are the same whatever the umask is.
fn put(to: &Path, content: &[u8], mode: u32) -> Result<(), Failure> {
    let written = || {
        std::fs::create_dir_all(to.parent().unwrap_or(to))?;
        std::fs::write(to, content)?;
        set_mode(to, mode)
    };
    written().map_err(|why| failed(to, &why))
}

#[cfg(unix)]
fn set_mode(file: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode))
}

/// Debian packages are made where files have modes.
#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// As Debian wants documentation; without names and times, so that equal content gives equal files.
fn compress(path: &Path) -> Result<(), Failure> {
    shell::run(Command::new("gzip").args(["--recursive", "--best", "--no-name", "--force"]).arg(path))
}
