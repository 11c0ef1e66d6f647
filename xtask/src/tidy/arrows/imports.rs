//! What the files of a crate, or of a folder in it, import of each other, by its top-level modules.

use std::collections::{BTreeMap, BTreeSet};

use super::super::source::{Source, first_names, is_word, line_at, words};
use super::super::tree::{File, Tree};

/// One import of a module by another.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) from: String,
    pub(super) to: String,
    pub(super) path: String,
    pub(super) line: usize,
}

/// The top-level modules of a crate or a folder, and what they import of each other.
pub(super) struct Imports {
    pub(super) modules: BTreeSet<String>,
    pub(super) all: Vec<Import>,
}

impl Imports {
    /// Reads the crate `name`, or the folder of a crate: `crate::folder`. What its root hands on counts as what it is handed on
    /// from.
    pub(super) fn of(tree: &Tree, name: &str) -> Self {
        let (package, folder) = name.split_once("::").unwrap_or((name, ""));
        let base = match folder {
            "" => format!("crates/{package}/src/"),
            folder => format!("crates/{package}/src/{}/", folder.replace("::", "/")),
        };
        let root_path = if folder.is_empty() { "crate::".to_owned() } else { format!("crate::{folder}::") };
        let files: Vec<_> = tree.files.iter().filter_map(|file| Some((file, module(file, &base)?))).collect();
        let modules: BTreeSet<String> = files.iter().map(|(_, module)| module.top.to_owned()).collect();
        let root = root_names(tree, &base, &modules);
        let mut all = Vec::new();
        for (file, Module { top, depth }) in files.iter().filter(|(file, _)| !file.is_test()) {
            let product = Source::of(file).product;
            for (at, name) in imported(&product, &root_path, *depth) {
                let to = if modules.contains(name) { Some(name) } else { root.get(name).map(String::as_str) };
                if let Some(to) = to.filter(|to| to != top) {
                    let line = line_at(&product, at);
                    all.push(Import { from: (*top).into(), to: to.into(), path: file.path.clone(), line });
                }
            }
        }
        Self { modules, all }
    }
}

/// Where a file's module stands: `store::sql` is below `store`, two steps from the root.
struct Module<'a> {
    top: &'a str,
    depth: usize,
}

/// The module of a file of the crate; none for the crate's root and for other files.
fn module<'a>(file: &'a File, base: &str) -> Option<Module<'a>> {
    let inside = file.path.strip_prefix(base)?.strip_suffix(".rs")?;
    let mut path: Vec<_> = inside.split('/').collect();
    if path.last() == Some(&"mod") {
        path.pop();
    }
    let top = path.first().filter(|_| path != ["lib"] && path != ["main"])?;
    Some(Module { top, depth: path.len() })
}

/// What the crate's root hands on, and from which module.
fn root_names(tree: &Tree, base: &str, modules: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for file in ["lib.rs", "main.rs", "mod.rs"].iter().filter_map(|root| tree.file(&format!("{base}{root}")))
    {
        let code = Source::of(file).code;
        for at in words(&code, "use ") {
            let statement = code[at + 4..].split(';').next().unwrap_or_default();
            let statement = statement.trim_start_matches("crate::").trim_start_matches("self::");
            let Some((from, rest)) = statement.split_once("::") else { continue };
            if modules.contains(from) {
                let handed_on = rest.split(|c| !is_word(c)).filter(|name| !name.is_empty());
                names.extend(handed_on.map(|name| (name.to_owned(), from.to_owned())));
            }
        }
    }
    names
}

/// The first names after the path of the root, and after as many `super::` as lead from a module of this depth to it.
fn imported<'a>(code: &'a str, root: &str, depth: usize) -> Vec<(usize, &'a str)> {
    let up = "super::".repeat(depth);
    let mut found = Vec::new();
    for start in [root, &up] {
        for at in words(code, start) {
            let before = &code[..at];
            if before.ends_with("super::") || before.ends_with('$') {
                continue;
            }
            let rest = &code[at + start.len()..];
            if !rest.starts_with("super::") {
                found.extend(first_names(rest).into_iter().map(|name| (at, name)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_by_its_own_path() {
        let code = "use crate::oauth::state::S; use crate::registry::R; use super::super::token;";
        let found = imported(code, "crate::oauth::", 2).into_iter().map(|(_, name)| name);
        assert_eq!(found.collect::<Vec<_>>(), ["state", "token"]);
    }

    #[test]
    fn as_many_supers_as_lead_to_the_root_are_an_import() {
        let found = |code, depth| {
            imported(code, "crate::", depth).into_iter().map(|(_, name)| name).collect::<Vec<_>>()
        };
        assert_eq!(found("use crate::app::App; use super::model;", 1), ["app", "model"]);
        assert_eq!(found("use super::sibling; use super::super::app;", 2), ["app"]);
        assert_eq!(found("use super::super::app;", 1), Vec::<&str>::new());
    }
}
