//! `cargo xtask interop`: programs in other languages against the real `helseid` binary.
//!
//! Each program is as its users would write it, with libraries that are not ours: what passes between us is the
//! protocol, not our own dialect of it. What they need is installed below `interop/`, and nowhere else.

mod checks;
mod conformance;
mod go;
mod java;
mod jvm_go;
mod node;
mod program;
mod python;
mod server;
mod suite;
mod world;

use crate::foreign;
use crate::shell::Failure;
use suite::Program;
use world::World;

pub(crate) use jvm_go::{left_out, run as run_jvm_go};

/// The programs. A new one is a new entry.
const PROGRAMS: &[Program<()>] = &[
    Program {
        name: "client-2021",
        what: "a Python client of 2021 (Authlib, Bearer) gets a token under legacy and reads the patients",
        run: |world, ()| python::client_2021(world),
    },
    Program {
        name: "openid-client",
        what: "openid-client (Node) with typ gets a token and reads the patients, with DPoP",
        run: |world, ()| node::openid_client(world),
    },
    Program {
        name: "openid-client-as-it-is",
        what: "openid-client without typ is refused by assertion.typ, and taken under legacy",
        run: |world, ()| node::openid_client_without_typ(world),
    },
    Program {
        name: "oidc-provider",
        what: "our client gets a token of oidc-provider (Node), and our API takes it",
        run: |world, ()| node::oidc_provider(world),
    },
    Program {
        name: "jose",
        what: "jose (Node) verifies our token",
        run: |world, ()| node::verify_token(world),
    },
    Program {
        name: "joserfc",
        what: "joserfc (Python) verifies our token",
        run: |world, ()| python::verify_token(world),
    },
    Program {
        name: "foreign-issuer",
        what: "our API takes tokens and proofs that jose signs, with each of the nine algorithms",
        run: |world, ()| node::foreign_issuer(world),
    },
    Program {
        name: "resend-assertion",
        what: "an assertion sent again with the nonce passes today, and not under helseid-next",
        run: |world, ()| python::resend_assertion(world),
    },
    Program {
        name: "other-algorithm",
        what: "PS512 by a key marked PS256 passes",
        run: |world, ()| python::other_algorithm(world),
    },
    Program {
        name: "signatures-python",
        what: "keys of every format and signatures of the nine algorithms go both ways with cryptography and joserfc",
        run: |world, ()| python::signatures(world),
    },
    Program {
        name: "signatures-node",
        what: "keys and signatures of the nine algorithms go both ways with jose",
        run: |world, ()| node::signatures(world),
    },
    Program {
        name: "conformance",
        what: "the reports of a session name what each client breaks, and nothing else",
        run: |world, ()| conformance::reports(world),
    },
    Program {
        name: "admin-api",
        what: "schemathesis finds no request that the admin API answers otherwise than its document says",
        run: |world, ()| python::admin_api(world),
    },
    Program {
        name: "no-scope",
        what: "without scope the answer says what was granted",
        run: |world, ()| python::no_scope(world),
    },
];

/// Runs every program, each in a world of its own.
pub(crate) fn run() -> Result<(), Failure> {
    world::build()?;
    foreign::venv(&python::folder())?;
    foreign::npm_ci(&node::folder())?;
    for program in PROGRAMS {
        println!("\n-- {}: {}", program.name, program.what);
        (program.run)(&World::new()?, &()).map_err(|why| Failure::new(format!("{}: {why}", program.name)))?;
    }
    let count = PROGRAMS.len();
    println!("\ninterop: {count} passed, 0 failed");
    Ok(())
}
