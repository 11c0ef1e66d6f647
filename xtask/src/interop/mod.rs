//! `cargo xtask interop`: programs in other languages against the real `helseid` binary.
//!
//! Each program is as its users would write it, with libraries that are not ours: what passes between us is the
//! protocol, not our own dialect of it. What they need is installed below `interop/`, and nowhere else.

mod conformance;
mod node;
mod program;
mod python;
mod server;
mod world;

use crate::foreign;
use crate::shell::Failure;
use world::World;

/// One foreign program and what it shows.
struct Program {
    name: &'static str,
    what: &'static str,
    run: fn(&World) -> Result<(), Failure>,
}

/// The programs. A new one is a new entry.
const PROGRAMS: &[Program] = &[
    Program {
        name: "client-2021",
        what: "a Python client of 2021 (Authlib, Bearer) gets a token under legacy and reads the patients",
        run: python::client_2021,
    },
    Program {
        name: "openid-client",
        what: "openid-client (Node) with typ gets a token and reads the patients, with DPoP",
        run: node::openid_client,
    },
    Program {
        name: "openid-client-as-it-is",
        what: "openid-client without typ is refused by assertion.typ, and taken under legacy",
        run: node::openid_client_without_typ,
    },
    Program {
        name: "oidc-provider",
        what: "our client gets a token of oidc-provider (Node), and our API takes it",
        run: node::oidc_provider,
    },
    Program { name: "jose", what: "jose (Node) verifies our token", run: node::verify_token },
    Program { name: "joserfc", what: "joserfc (Python) verifies our token", run: python::verify_token },
    Program {
        name: "foreign-issuer",
        what: "our API takes tokens and proofs that jose signs, with each of the nine algorithms",
        run: node::foreign_issuer,
    },
    Program {
        name: "resend-assertion",
        what: "an assertion sent again with the nonce passes today, and not under helseid-next",
        run: python::resend_assertion,
    },
    Program {
        name: "other-algorithm",
        what: "PS512 by a key marked PS256 passes",
        run: python::other_algorithm,
    },
    Program {
        name: "signatures-python",
        what: "keys of every format and signatures of the nine algorithms go both ways with cryptography and joserfc",
        run: python::signatures,
    },
    Program {
        name: "signatures-node",
        what: "keys and signatures of the nine algorithms go both ways with jose",
        run: node::signatures,
    },
    Program {
        name: "conformance",
        what: "the reports of a session name what each client breaks, and nothing else",
        run: conformance::reports,
    },
    Program {
        name: "admin-api",
        what: "schemathesis finds no request that the admin API answers otherwise than its document says",
        run: python::admin_api,
    },
    Program {
        name: "no-scope",
        what: "without scope the answer says what was granted",
        run: python::no_scope,
    },
];

/// Runs every program, each in a world of its own.
pub(crate) fn run() -> Result<(), Failure> {
    world::build()?;
    foreign::venv(&python::folder())?;
    foreign::npm_ci(&node::folder())?;
    for program in PROGRAMS {
        println!("\n-- {}: {}", program.name, program.what);
        (program.run)(&World::new()?).map_err(|why| Failure::new(format!("{}: {why}", program.name)))?;
    }
    let count = PROGRAMS.len();
    println!("\ninterop: {count} passed, 0 failed");
    Ok(())
}
