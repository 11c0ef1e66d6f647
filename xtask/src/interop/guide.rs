//! The examples of the guide to logins in tests: each is a file of its own, and runs as it stands there.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::login::{Application, Registered};
use super::program::{self, expect};
use super::world::World;
use super::{node, python};
use crate::foreign;
use crate::shell::{self, Failure};

const GUIDE: &str = "docs/guides/login-in-tests.md";

/// The examples by the names that they begin with, and what each says once it has run.
const EXAMPLES: [(&str, &str); 6] = [
    ("login.test.mjs", "# pass 2"),
    ("test_login_selenium.py", "1 passed"),
    ("login.sh", "Kvart Grevling"),
    ("test_login_requests.py", "1 passed"),
    ("sign_in.sh", "DPoP"),
    ("test_sign_in.py", "1 passed"),
];

/// Runs all of them, against one authority and one application.
pub(super) fn examples_run(world: &World) -> Result<(), Failure> {
    let guide = std::fs::read_to_string(shell::root().join(GUIDE))
        .map_err(|why| Failure::new(format!("{GUIDE}: {why}")))?;
    let examples = examples(&guide);
    // Where the guide has its files: the authority's folder, the key of the proofs, and the libraries of Node.
    link(&world.path("data"), &world.path("helseid-authority"))?;
    link(&node::folder().join("node_modules"), &world.path("node_modules"))?;
    program::read(&mut world.command(&["key", "generate", "--alg", "ES256", "--out", "dpop"]))?;
    let mut application = python::authlib_application();
    let application = Application::start(world, &mut application, &Registered::with("legacy", &[]))?;
    for (name, says) in EXAMPLES {
        println!("{name}");
        let text = examples.get(name).ok_or_else(|| Failure::new(format!("{GUIDE} has no {name}")))?;
        let file = world.path(name);
        std::fs::write(&file, text).map_err(|why| Failure::new(format!("{name}: {why}")))?;
        let mut command = runner(name);
        command.arg(file).env("APPLICATION", application.address());
        expect(world.with_helseid_installed(&mut command)?, says)?;
    }
    Ok(())
}

/// What runs a file of this name.
fn runner(name: &str) -> Command {
    let (program, arguments): (_, &[&str]) = match name.rsplit('.').next() {
        Some("mjs") => ("node".into(), &["--test", "--test-reporter=tap"]),
        Some("py") => (foreign::python(&python::folder()), &["-B", "-m", "pytest", "-p", "no:cacheprovider"]),
        _ => ("sh".into(), &["-e"]),
    };
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// The blocks of code that begin with a name, by their names.
pub(super) fn examples(guide: &str) -> BTreeMap<&str, &str> {
    let blocks = guide.split("\n```").skip(1).step_by(2);
    let codes = blocks.filter_map(|block| Some(block.split_once('\n')?.1));
    codes.filter_map(|code| Some((name(code)?, code))).collect()
}

/// The name in the first line, which is a comment.
fn name(code: &str) -> Option<&str> {
    let (first, _) = code.split_once('\n')?;
    ["// ", "# "].iter().find_map(|comment| first.strip_prefix(comment))
}

fn link(to: &Path, at: &Path) -> Result<(), Failure> {
    #[cfg(unix)]
    let linked = std::os::unix::fs::symlink(to, at);
    #[cfg(windows)]
    let linked = std::os::windows::fs::symlink_dir(to, at);
    linked.map_err(|why| Failure::new(format!("{}: {why}", at.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = include_str!("../../../docs/guides/login-in-tests.md");

    #[test]
    fn every_example_of_the_guide_is_run() {
        let found: Vec<_> = examples(GUIDE).into_keys().collect();
        let mut known: Vec<_> = EXAMPLES.iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        assert_eq!(found, known);
        let code = ["```js\n", "```python\n", "```sh\n"].iter().map(|begin| GUIDE.matches(begin).count());
        assert_eq!(code.sum::<usize>(), known.len(), "a block of code begins without a name");
    }

    #[test]
    fn an_example_is_what_stands_between_its_fences() {
        let guide = "text\n\n```sh\n# a.sh\necho a\n```\n\n```json\n{}\n```\n\n```js\n// b.mjs\nb()\n```\n";
        assert_eq!(examples(guide), BTreeMap::from([("a.sh", "# a.sh\necho a"), ("b.mjs", "// b.mjs\nb()")]));
    }
}
