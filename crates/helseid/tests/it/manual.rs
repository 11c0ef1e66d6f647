//! `docs/cli.md` is what `--help` says of every command; written when `HELSEID_WRITE_DOCS` is set, and otherwise held
//! against it. Completions and man pages know the same commands.

use std::fmt::Write as _;

use crate::world::World;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cli.md");

const HEAD: &str = "\
# The command line

What `helseid COMMAND --help` says, for every command; written by a test: `HELSEID_WRITE_DOCS=1 cargo test -p helseid manual`. The same as
man pages: `helseid man --out DIR`. Completions: `helseid completions bash`.

Data is written to stdout, messages to stderr. `--format json` prints JSON for programs. Colours and tables are used only on a terminal, and
`NO_COLOR` turns colours off. `-` means stdin. No secret is taken as an argument. The options of every command are listed once, under `helseid`. Exit codes: 0 success, 1 failure, 2 wrong usage, 3 not
valid or expiring soon; `call` exits with 4 for a 4xx response and 5 for 5xx.
";

/// Every command with its words, parents before children.
pub(crate) fn commands(world: &World) -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    let mut open = vec![Vec::new()];
    while let Some(words) = open.pop() {
        let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
        // Help tells what variables hold; here none is set.
        let help = world.command(&arguments).env_remove("HELSEID_DATA_DIR").output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let list = help.split_once("Commands:\n").map(|(_, after)| after).unwrap_or_default();
        let names = list.lines().take_while(|line| !line.is_empty());
        // Only a line with two spaces before it begins a command; more is a description that goes on.
        let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        let names: Vec<_> = names.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect();
        for name in names.into_iter().filter(|name| name != "help").rev() {
            open.push([&words[..], &[name]].concat());
        }
        found.push((words, help));
    }
    found
}

/// The help of a command, but for the options that every command has.
fn without_those_of_every_command(help: &str) -> String {
    let (before, rest) = help.split_once("Options of every command:\n").expect("every command has them");
    // Theirs are indented, in one paragraph or in several.
    let after = rest.lines().skip_while(|line| line.is_empty() || line.starts_with(' '));
    format!("{before}{}", after.collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_document_is_what_each_command_says_of_itself() {
    let world = World::new();
    let mut document = HEAD.to_owned();
    let all = commands(&world);
    assert!(all.len() > 50, "{}", all.len());
    for (words, help) in &all {
        let name = [&["helseid".to_owned()], &words[..]].concat().join(" ");
        let shown = if words.is_empty() { help.clone() } else { without_those_of_every_command(help) };
        writeln!(document, "\n## {name}\n\n```text\n{}\n```", shown.trim_end()).unwrap();
        // Whoever reads a command's help finds how it is used: by an example, or by the commands below it.
        assert!(help.contains("Example") || help.contains("Commands:\n"), "no example: {name}");
    }
    if std::env::var_os("HELSEID_WRITE_DOCS").is_some() {
        std::fs::write(DOCUMENT, &document).unwrap();
    }
    let written = std::fs::read_to_string(DOCUMENT).unwrap_or_default();
    assert!(
        written == document,
        "docs/cli.md is out of date: HELSEID_WRITE_DOCS=1 cargo test -p helseid manual"
    );
}

#[test]
fn every_command_has_a_man_page_and_is_completed() {
    let world = World::new();
    world.ok(&["man", "--out", "man1"]);
    let pages: Vec<_> =
        std::fs::read_dir(world.path("man1")).unwrap().map(|page| page.unwrap().file_name()).collect();
    let bash = world.ok(&["completions", "bash"]);
    let all = commands(&world);
    assert_eq!(pages.len(), all.len());
    for (words, _) in all {
        let name = [&["helseid".to_owned()], &words[..]].concat().join("-");
        assert!(pages.contains(&format!("{name}.1").into()), "{name}");
        if let Some(last) = words.last() {
            assert!(bash.contains(last), "{name}");
        }
    }
    let page = world.ok(&["man", "token", "get"]);
    assert!(page.contains(".TH") && page.contains("helseid token get"), "{page}");
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(world.ok(&["completions", shell]).contains("doctor"), "{shell}");
    }
    assert!(world.fails(2, &["man", "nonsense"]).contains("there is no command nonsense"));
}
