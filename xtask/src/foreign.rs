//! Programs in other languages: a folder of them installs what its lockfile pins, into itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Failure};

/// Installs what `package-lock.json` in `folder` pins.
pub(crate) fn npm_ci(folder: &Path) -> Result<(), Failure> {
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    shell::run(&mut npm)
}

/// Makes an environment in `folder` and installs what `requirements.txt` there pins.
pub(crate) fn venv(folder: &Path) -> Result<(), Failure> {
    let python = python(folder);
    if !shell::succeeds(Command::new(&python).args(["-m", "pip", "--version"])) {
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(folder.join("venv")))?;
    }
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    shell::run(pip.arg(folder.join("requirements.txt")))
}

/// Installs what `requirements-alone.txt` in `folder` pins, without what it depends on and whatever Python it names: what it really
/// uses of them is in the environment.
pub(crate) fn venv_alone(folder: &Path) -> Result<(), Failure> {
    let mut pip = Command::new(python(folder));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    shell::run(
        pip.args(["--ignore-requires-python", "--requirement"]).arg(folder.join("requirements-alone.txt")),
    )
}

/// The Python of the environment that [`venv`] makes.
pub(crate) fn python(folder: &Path) -> PathBuf {
    let programs = if cfg!(windows) { "Scripts" } else { "bin" };
    folder.join("venv").join(programs).join("python")
}
