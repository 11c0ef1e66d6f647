//! What a Debian package says of itself (Debian policy, chapter 5).

use std::path::Path;
use std::process::Command;

use super::failed;
use crate::shell::{self, Failure};

/// Debian's name for a target of Rust; of this machine if none is named.
pub(super) fn architecture(target: Option<&str>) -> Result<String, Failure> {
    let Some(target) = target else {
        let told = shell::read(Command::new("dpkg").arg("--print-architecture"))?;
        return Ok(String::from_utf8_lossy(&told).trim().to_owned());
    };
    match target.split('-').next().unwrap_or_default() {
        "x86_64" => Ok("amd64".to_owned()),
        "aarch64" => Ok("arm64".to_owned()),
        other => Err(Failure::new(format!("Debian's name for {other} is not known: add it in control.rs"))),
    }
}

/// Writes `control` and `conffiles`.
pub(super) fn write(tree: &Path, architecture: &str, target: Option<&str>) -> Result<(), Failure> {
    let binary = tree.join("usr/bin/helseid");
    let content = std::fs::read(&binary).map_err(|why| failed(&binary, &why))?;
    let depends = match target {
        Some(target) if target.ends_with("-musl") => String::new(),
        _ => format!("Depends: libc6 (>= {})\n", newest_glibc(&content).unwrap_or_else(|| "2.36".to_owned())),
    };
    let kilobytes = size(tree)? / 1024;
    let control = format!(
        "Package: helseid\nVersion: {}\nArchitecture: {architecture}\nMaintainer: the contributors of HelseID in Rust \
         <maintainers@helseid-rust.invalid>\nInstalled-Size: {kilobytes}\n{depends}Section: net\nPriority: \
         optional\nDescription: tokens for Norwegian health APIs, and a local HelseID to try them against\n Keys, \
         registration, tokens, calls, diagnosis and key rotation for HelseID, the\n authorization server of the Norwegian \
         health sector, and a local authority as\n strict as the real one for development and tests.\n",
        env!("CARGO_PKG_VERSION"),
    );
    let folder = tree.join("DEBIAN");
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join("control"), control))
        .and_then(|()| std::fs::write(folder.join("conffiles"), "/etc/default/helseid-authority\n"));
    written.map_err(|why| failed(&folder, &why))
}

/// The newest version of glibc that the binary names a symbol of: `2.34`.
fn newest_glibc(binary: &[u8]) -> Option<String> {
    const MARK: &[u8] = b"GLIBC_2.";
    let number = |at: usize| {
        let digits = binary.get(at + MARK.len()..)?.iter().take_while(|byte| byte.is_ascii_digit());
        String::from_utf8(digits.copied().collect()).ok()?.parse::<u32>().ok()
    };
    let places = binary.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK);
    places.filter_map(|(at, _)| number(at)).max().map(|minor| format!("2.{minor}"))
}

fn size(folder: &Path) -> Result<u64, Failure> {
    let mut total = 0;
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).map_err(|why| failed(&next, &why))? {
            let entry = entry.map_err(|why| failed(&next, &why))?;
            let metadata = entry.metadata().map_err(|why| failed(&next, &why))?;
            if metadata.is_dir() { open.push(entry.path()) } else { total += metadata.len() }
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_symbol_says_which_glibc_is_needed() {
        assert_eq!(newest_glibc(b"..GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.9\0"), Some("2.34".to_owned()));
        assert_eq!(newest_glibc(b"static"), None);
    }

    #[test]
    fn a_target_has_its_debian_name() {
        assert_eq!(architecture(Some("aarch64-unknown-linux-gnu")).ok().as_deref(), Some("arm64"));
        assert!(architecture(Some("sparc-unknown-none")).is_err());
    }
}
