//! What tidy looks at: every file of the checkout, and the members of the workspace.

use std::fs;
use std::path::Path;

use super::members::{self, Member};
use crate::shell::Failure;

/// What was built or installed, not written. `.git` is a folder, and in a linked worktree a file that names one.
const NOT_OURS: &[&str] = &[".git", "target", "venv", ".venv", "node_modules", "__pycache__"];

/// A text file, by its path from the root with `/` between names.
pub(super) struct File {
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    /// Whether the file is Rust.
    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the whole file is a test: `tests.rs`, or below a folder `tests`.
    pub(super) fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// Whether the file is source of a product or a sample.
    pub(super) fn is_product_source(&self) -> bool {
        self.is_rust() && (self.path.starts_with("crates/") || self.path.starts_with("samples/"))
    }
}

/// The checkout.
pub(super) struct Tree {
    /// Every path, of binary files too.
    pub(super) paths: Vec<String>,
    pub(super) files: Vec<File>,
    pub(super) members: Vec<Member>,
}

impl Tree {
    /// Reads everything below `root` that is not built or installed.
    pub(super) fn read(root: &Path) -> Result<Self, Failure> {
        let mut tree = Self { paths: Vec::new(), files: Vec::new(), members: members::read()? };
        tree.walk(root, "")?;
        tree.paths.sort();
        tree.files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(tree)
    }

    /// The file at `path`, if it is there and text.
    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Every `Cargo.toml`.
    pub(super) fn manifests(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path == "Cargo.toml" || file.path.ends_with("/Cargo.toml"))
    }

    fn walk(&mut self, folder: &Path, prefix: &str) -> Result<(), Failure> {
        let failed =
            |error: std::io::Error| Failure::new(format!("{} cannot be read: {error}", folder.display()));
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(failed)?;
            if NOT_OURS.contains(&name.as_str()) {
                continue;
            }
            if kind.is_dir() {
                self.walk(&entry.path(), &format!("{path}/"))?;
            } else if kind.is_file() {
                let bytes = fs::read(entry.path()).map_err(failed)?;
                if let Ok(text) = String::from_utf8(bytes) {
                    self.files.push(File { path: path.clone(), text });
                }
                self.paths.push(path);
            }
        }
        Ok(())
    }
}

/// A tree of these files and members, for tests.
#[cfg(test)]
pub(super) fn tree(files: &[(&str, &str)], members: Vec<Member>) -> Tree {
    Tree {
        paths: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
        files: files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect(),
        members,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ours_is_left_out_be_it_a_folder_or_a_file() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        fs::create_dir_all(root.join("target")).unwrap();
        for name in [".git", "target/built.txt", "ours.txt"] {
            fs::write(root.join(name), "gitdir: elsewhere").unwrap();
        }
        let mut tree = tree(&[], vec![]);
        tree.walk(root, "").unwrap();
        assert_eq!(tree.paths, ["ours.txt"]);
    }
}
