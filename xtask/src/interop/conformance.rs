//! What `helseid conformance` says of our own client and of foreign ones.

use std::path::PathBuf;

use serde_json::Value;

use super::world::World;
use crate::foreign;
use crate::shell::{self, Failure};

/// A client, how it is asked, and which rules it breaks or is warned of.
struct Judged {
    profile: &'static str,
    algorithm: &'static str,
    client: &'static [&'static str],
    broken: &'static [&'static str],
    warned: &'static [&'static str],
}

const fn judged(profile: &'static str, algorithm: &'static str, client: &'static [&'static str]) -> Judged {
    Judged { profile, algorithm, client, broken: &[], warned: &[] }
}

/// As the guide to conformance has them.
const CLIENTS: [Judged; 8] = [
    Judged {
        broken: &["assertion.typ", "assertion.aud", "dpop.present"],
        ..judged("helseid", "PS256", &["python", "client_2021.py"])
    },
    Judged {
        broken: &["assertion.typ"],
        ..judged("helseid", "ES256", &["node", "openid_client.mjs", "as-it-is"])
    },
    judged("helseid", "ES256", &["node", "openid_client.mjs", "with-typ"]),
    Judged {
        warned: &["assertion.jti_once"],
        ..judged("helseid", "PS256", &["python", "resend_assertion.py"])
    },
    Judged {
        broken: &["assertion.jti_once"],
        ..judged("helseid-next", "PS256", &["python", "resend_assertion.py"])
    },
    Judged {
        warned: &["assertion.key_alg"],
        ..judged("helseid", "PS256", &["python", "other_algorithm.py"])
    },
    Judged { broken: &["assertion.alg"], ..judged("fapi2", "PS256", &["python", "other_algorithm.py"]) },
    judged("helseid", "PS256", &["python", "no_scope.py"]),
];

/// Each client's report names what the client breaks, and nothing else.
pub(super) fn reports(world: &World) -> Result<(), Failure> {
    CLIENTS.iter().try_for_each(|client| judge(world, client))
}

fn judge(world: &World, judged: &Judged) -> Result<(), Failure> {
    let [language, program, arguments @ ..] = judged.client else { return Ok(()) };
    let folder = shell::root().join("interop").join(language);
    let interpreter =
        if *language == "python" { foreign::python(&super::python::folder()) } else { PathBuf::from("node") };
    let base =
        ["conformance", "--format", "json", "--profile", judged.profile, "--alg", judged.algorithm, "--"];
    let mut command = world.command(&base);
    // Nothing listens there: the token is what matters.
    command.arg(interpreter).arg(folder.join(program)).args(arguments).env("API_URL", "http://127.0.0.1:9/");
    let failed =
        |why: &dyn std::fmt::Display| Failure::new(format!("{program} under {}: {why}", judged.profile));
    let output = command.output().map_err(|why| failed(&why))?;
    let report: Value = serde_json::from_slice(&output.stdout).map_err(|why| failed(&why))?;
    let (broken, warned) = (rules(&report, "broken"), rules(&report, "warned"));
    println!(
        "{program} {} under {}: broken {broken:?}, warned {warned:?}",
        arguments.join(" "),
        judged.profile
    );
    if broken == judged.broken && warned == judged.warned && output.status.success() == broken.is_empty() {
        return Ok(());
    }
    Err(failed(&format_args!("expected broken {:?}, warned {:?}", judged.broken, judged.warned)))
}

fn rules<'r>(report: &'r Value, state: &str) -> Vec<&'r str> {
    let rules = report["rules"].as_array().into_iter().flatten();
    rules.filter(|rule| rule["state"] == state).filter_map(|rule| rule["rule"].as_str()).collect()
}
