//! Files beside the key that hold its public half: they follow a rotation, so that nobody registers the old key from them.

use std::path::{Path, PathBuf};

use helseid_files::{Readers, replace, target};
use helseid_protocol::id::Thumbprint;
use helseid_protocol::jose::PublicJwk;
use serde_json::Value;

/// How the names of private halves end, and those of public halves and sets: as this program and FHI's helseid-cli name them,
/// and as NHN's HelseID.JwkGenerator does.
const NAMES: [(&str, [&str; 2]); 2] =
    [("_private.json", ["_public.json", "_jwks.json"]), ("jwk.json", ["jwk_pub.json", "jwks.json"])];

/// Replaces the old key with the new one in the public halves of these key files. Files with another key stay as they are.
pub(super) fn follow(keys: &[&Path], old: &Thumbprint, new: &PublicJwk) {
    let mut files: Vec<PathBuf> = keys.iter().flat_map(|key| beside(key)).collect();
    files.dedup();
    for file in files {
        let Some(content) = std::fs::read(&file).ok().and_then(|content| with(&content, old, new)) else {
            continue;
        };
        let written = target(&file).and_then(|file| replace(&file, content.as_bytes(), Readers::Everyone));
        if let Err(why) = written {
            tracing::warn!(%why, "the key was rotated, but a file still holds the old public half");
        }
    }
}

fn beside(key: &Path) -> Vec<PathBuf> {
    let name = key.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let ends = NAMES.iter().find_map(|(private, public)| Some((name.strip_suffix(private)?, public)));
    let named = |(stem, ends): (&str, &[&str; 2])| {
        ends.iter().map(|end| key.with_file_name(format!("{stem}{end}"))).collect()
    };
    ends.map(named).unwrap_or_default()
}

/// The content with the new key; nothing if the old one is not in it.
fn with(content: &[u8], old: &Thumbprint, new: &PublicJwk) -> Option<String> {
    let is_old = |json: &[u8]| PublicJwk::read(json).is_ok_and(|key| key.thumbprint() == *old);
    if is_old(content) {
        return Some(new.to_json() + "\n");
    }
    let mut document: Value = serde_json::from_slice(content).ok()?;
    let keys = document.get_mut("keys")?.as_array_mut()?;
    let place = keys.iter_mut().find(|key| is_old(key.to_string().as_bytes()))?;
    *place = Value::Object(new.members().clone());
    Some(document.to_string() + "\n")
}

#[cfg(test)]
mod tests {
    use helseid_protocol::jose::{Algorithm, JwkSet, PrivateJwk, RsaSize};

    use super::*;

    fn key() -> PublicJwk {
        PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None).public().clone()
    }

    #[test]
    fn public_halves_and_sets_follow_and_other_keys_stay() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let (old, new, other) = (key(), key(), key());
        let files = [("m2m_public.json", "m2m_jwks.json"), ("jwk_pub.json", "jwks.json")];
        for ((public, set), private) in files.into_iter().zip(["m2m_private.json", "jwk.json"]) {
            std::fs::write(at(public), old.to_json()).unwrap();
            std::fs::write(at(set), JwkSet::new(vec![other.clone(), old.clone()]).to_json()).unwrap();
            follow(&[&at(private)], &old.thumbprint(), &new);
            assert_eq!(std::fs::read_to_string(at(public)).unwrap(), new.to_json() + "\n", "{public}");
            let keys = JwkSet::read(&std::fs::read(at(set)).unwrap()).unwrap();
            let found: Vec<_> = keys.keys().iter().map(PublicJwk::thumbprint).collect();
            assert_eq!(found, [other.thumbprint(), new.thumbprint()], "{set}");
        }
        std::fs::write(at("x_public.json"), other.to_json()).unwrap();
        follow(&[&at("x_private.json")], &old.thumbprint(), &new);
        assert_eq!(std::fs::read_to_string(at("x_public.json")).unwrap(), other.to_json());
    }
}
