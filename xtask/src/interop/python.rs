//! The programs in Python, in an environment of their own.

use std::path::PathBuf;
use std::process::Command;

use super::world::{SCOPE, World};
use crate::shell::{self, Failure};

/// A `kid` with the characters of plain base64, as the key page of those days made them.
const KEY_ID_OF_2021: &str = "q2R/3fVb+9kW0sLx8uYt1ZcQmE4JhNpA7oGdIiTrUXw=";

fn folder() -> PathBuf {
    shell::root().join("interop/python")
}

fn python() -> PathBuf {
    let programs = if cfg!(windows) { "Scripts" } else { "bin" };
    folder().join("venv").join(programs).join("python")
}

/// Makes the environment and installs what `requirements.txt` pins.
pub(super) fn install() -> Result<(), Failure> {
    let has_pip = shell::succeeds(Command::new(python()).args(["-m", "pip", "--version"]));
    if !has_pip {
        shell::run(Command::new("python3").args(["-m", "venv"]).arg(folder().join("venv")))?;
    }
    let mut pip = Command::new(python());
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    shell::run(pip.arg(folder().join("requirements.txt")))
}

/// A client of 2021 reads the patients of an API that is on its way from Bearer to DPoP.
pub(super) fn client_2021(world: &World) -> Result<(), Failure> {
    let client_id = world.register("PS256", KEY_ID_OF_2021, "legacy")?;
    let api = world.sample_api("transition")?;
    let output = shell::read(
        Command::new(python())
            .arg(folder().join("client_2021.py"))
            .env("HELSEID_ISSUER", world.issuer())
            .env("HELSEID_CLIENT_ID", client_id)
            .env("HELSEID_CLIENT_JWK_FILE", world.path("client_private.json"))
            .env("HELSEID_SCOPE", SCOPE)
            .env("API_URL", format!("http://{}/api/patients", api.address())),
    )?;
    let patients = String::from_utf8_lossy(&output);
    print!("{patients}");
    if patients.lines().count() == 5 && patients.contains("13109525611 Johannes 25") {
        Ok(())
    } else {
        Err(Failure::new("expected the five patients"))
    }
}
