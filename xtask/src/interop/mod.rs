//! `cargo xtask interop`: programs in other languages against the real `helseid` binary.
//!
//! Each program is as its users would write it, with libraries that are not ours: what passes between us is the
//! protocol, not our own dialect of it. What they need is installed below `interop/`, and nowhere else.

mod checks;
mod conformance;
mod go;
mod guide;
mod java;
mod jvm_go;
mod login;
mod node;
mod program;
mod python;
mod server;
mod sidecar;
mod suite;
mod world;

use crate::foreign;
use crate::shell::Failure;
use suite::Program;

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
        name: "openid-client-login",
        what: "openid-client (Node) logs a person in with every check on, by PAR and DPoP, in three profiles",
        run: |world, ()| node::openid_client_login(world),
    },
    Program {
        name: "express-login",
        what: "express-openid-connect (Node) logs a person in by PAR, Bearer",
        run: |world, ()| node::express_login(world),
    },
    Program {
        name: "authlib-login",
        what: "Authlib with Flask logs a person in as the sample of 2021 did, Bearer",
        run: |world, ()| python::authlib_login(world),
    },
    Program {
        name: "login-in-tests",
        what: "the examples of the guide run as they stand there: Playwright, Selenium, curl and requests",
        run: |world, ()| guide::examples_run(world),
    },
    Program {
        name: "requests-oauth2client-login",
        what: "requests_oauth2client (Python) logs a person in by PAR and DPoP under fapi2",
        run: |world, ()| python::requests_oauth2client_login(world),
    },
    Program {
        name: "django-login",
        what: "django-helseid logs a person in by PAR and DPoP",
        run: |world, ()| python::django_login(world),
    },
    Program {
        name: "nhn-samples",
        what: "what samples for HelseID send beyond the specifications is in nobody's way",
        run: |world, ()| python::nhn_samples(world),
    },
    Program {
        name: "oidc-provider",
        what: "our client gets a token of oidc-provider (Node), and our API takes it",
        run: |world, ()| node::oidc_provider(world),
    },
    Program {
        name: "oidc-provider-login",
        what: "our library logs a person in at oidc-provider under FAPI 2.0: PAR, DPoP, refresh, logout",
        run: |world, ()| node::login_at_oidc_provider(world),
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
        name: "jose-actors",
        what: "jose (Node) verifies a token that was exchanged twice, and who acts in it",
        run: |world, ()| node::verify_actors(world),
    },
    Program {
        name: "joserfc-actors",
        what: "joserfc (Python) verifies a token that was exchanged twice, and who acts in it",
        run: |world, ()| python::verify_actors(world),
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
        name: "check-api",
        what: "an API on Flask and joserfc refuses each fault, and one that remembers no proof is found out",
        run: |world, ()| python::protected_api(world),
    },
    Program {
        name: "admin-api",
        what: "schemathesis finds no request that the admin API answers otherwise than its document says",
        run: |world, ()| python::admin_api(world),
    },
    Program {
        name: "sidecar-languages",
        what: "the programs of the guide call an API by the sidecar: curl, Python, Node",
        run: |world, ()| sidecar::languages(world),
    },
    Program {
        name: "sidecar-flask",
        what: "an API in Flask refuses each fault that the sidecar finds",
        run: |world, ()| sidecar::flask(world),
    },
    Program {
        name: "sidecar-chain",
        what: "an API in Flask calls the next one on behalf of its caller",
        run: |world, ()| sidecar::chain(world),
    },
    Program {
        name: "kubernetes",
        what: "the manifest for Kubernetes: its sidecar is probed and asked as in a pod",
        run: |world, ()| python::kubernetes(world),
    },
    Program {
        name: "no-scope",
        what: "without scope the answer says what was granted",
        run: |world, ()| python::no_scope(world),
    },
];

/// Runs the programs of these names, or all.
pub(crate) fn run(names: &[String]) -> Result<(), Failure> {
    world::build()?;
    foreign::venv(&python::folder())?;
    foreign::venv_alone(&python::folder())?;
    foreign::npm_ci(&node::folder())?;
    let count = suite::run(&suite::chosen(PROGRAMS, names), &())?;
    suite::passed("interop", count, names)
}
