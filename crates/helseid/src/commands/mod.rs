//! One file for each command; each a thin call into the libraries.

#[cfg(feature = "authority")]
mod authority;
#[cfg(feature = "authority")]
mod authority_config;
#[cfg(feature = "authority")]
mod beside;
mod call;
mod check_api;
mod client;
mod config;
#[cfg(feature = "authority")]
mod conformance;
#[cfg(feature = "authority")]
mod demo;
mod doctor;
mod init;
mod jws;
mod key;
mod key_expiry;
mod login;
mod login_settings;
mod logout;
#[cfg(feature = "authority")]
mod maintenance;
mod manual;
mod operations;
mod person;
mod proof;
mod resources;
mod rotate;
mod rules;
#[cfg(feature = "authority")]
mod sample_api;
#[cfg(feature = "sidecar")]
mod sidecar;
mod token;
mod trace;
mod whoami;

use std::process::ExitCode;

use crate::args::{Arguments, Command, Format};
use crate::failure::Failure;

/// Does what the arguments say.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let global = &arguments.global;
    if global.format == Format::Json {
        refuse_what_has_no_json(&arguments.command)?;
    }
    match arguments.command {
        #[cfg(feature = "authority")]
        Command::Demo { login } => demo::run(login).await?,
        #[cfg(feature = "authority")]
        Command::Authority(flags) => return authority::run(*flags, global).await,
        #[cfg(feature = "authority")]
        Command::SampleApi(flags) => sample_api::run(flags, global).await?,
        #[cfg(feature = "sidecar")]
        Command::Sidecar(flags) => sidecar::run(flags, global).await?,
        Command::Init(flags) => init::run(flags, global).await?,
        Command::Key(command) => return key::run(command, global).await,
        Command::Client(command) => client::run(command, global).await?,
        Command::Api(command) => resources::api(command, global).await?,
        Command::Person(command) => person::run(command, global).await?,
        Command::Org(command) => resources::org(command, global).await?,
        Command::Rotate(flags) => rotate::run(flags, global).await?,
        Command::Trace(flags) => trace::run(flags, global).await?,
        Command::Audit(flags) => operations::audit(flags, global).await?,
        Command::AccessKey(command) => operations::access_key(command, global).await?,
        Command::Login(flags) => login::run(*flags, global).await?,
        Command::Logout(flags) => logout::run(&flags, global).await?,
        Command::Whoami(flags) => whoami::run(&flags, global)?,
        Command::Token(command) => return token::run(command, global).await,
        Command::Doctor(flags) => return doctor::run(*flags, global).await,
        Command::Jws(command) => return jws::run(&command, global.format),
        Command::Proof(command) => return proof::run(command, global),
        Command::Rules(flags) => rules::run(&flags, global)?,
        Command::Call(flags) => return call::run(*flags, global).await,
        Command::CheckApi(flags) => return check_api::run(*flags, global).await,
        #[cfg(feature = "authority")]
        Command::Conformance(flags) => return conformance::run(*flags, global).await,
        Command::Config(command) => config::run(&command, global)?,
        Command::Completions(flags) => manual::completions(&flags)?,
        Command::Man(flags) => manual::man(&flags)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// `--format json` is obeyed or refused, never passed over: a program would read what it did not ask for.
fn refuse_what_has_no_json(command: &Command) -> Result<(), Failure> {
    let (name, why) = match command {
        #[cfg(feature = "authority")]
        Command::Demo { .. } => ("demo", "its output is a story for people, step by step"),
        Command::Call(_) => ("call", "it writes what the API answers, byte for byte"),
        Command::Completions(_) => ("completions", "it writes a script for a shell"),
        Command::Man(_) => ("man", "it writes a page for man"),
        _ => return Ok(()),
    };
    Err(Failure::usage(format_args!("helseid {name} has no JSON"), why, "leave out --format json"))
}
