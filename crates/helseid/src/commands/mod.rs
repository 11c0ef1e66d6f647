//! One file for each command; each a thin call into the libraries.

#[cfg(feature = "authority")]
mod authority;
#[cfg(feature = "authority")]
mod beside;
mod call;
pub(crate) mod client;
mod config;
#[cfg(feature = "authority")]
mod conformance;
#[cfg(feature = "authority")]
mod demo;
mod doctor;
mod init;
mod jws;
pub(crate) mod key;
mod key_expiry;
#[cfg(feature = "authority")]
mod maintenance;
mod manual;
mod operations;
mod proof;
mod resources;
mod rotate;
mod rules;
#[cfg(feature = "authority")]
mod sample_api;
mod token;
mod trace;

use std::process::ExitCode;

use crate::args::{Arguments, Command};
use crate::failure::Failure;

/// Does what the arguments say.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let global = &arguments.global;
    match arguments.command {
        #[cfg(feature = "authority")]
        Command::Demo => demo::run().await?,
        #[cfg(feature = "authority")]
        Command::Authority(flags) => return authority::run(flags, global).await,
        #[cfg(feature = "authority")]
        Command::SampleApi(flags) => sample_api::run(flags, global).await?,
        Command::Init(flags) => init::run(flags, global).await?,
        Command::Key(command) => return key::run(command, global).await,
        Command::Client(command) => client::run(command, global).await?,
        Command::Api(command) => resources::api(command, global).await?,
        Command::Org(command) => resources::org(command, global).await?,
        Command::Rotate(flags) => rotate::run(flags, global).await?,
        Command::Trace(flags) => trace::run(flags, global).await?,
        Command::Audit(flags) => operations::audit(flags, global).await?,
        Command::AccessKey(command) => operations::access_key(command, global).await?,
        Command::Token(command) => return token::run(command, global).await,
        Command::Doctor(flags) => return doctor::run(*flags, global).await,
        Command::Jws(command) => return jws::run(&command),
        Command::Proof(command) => return proof::run(command, global),
        Command::Rules(flags) => rules::run(&flags, global)?,
        Command::Call(flags) => return call::run(*flags, global).await,
        #[cfg(feature = "authority")]
        Command::Conformance(flags) => return conformance::run(*flags, global).await,
        Command::Config(command) => config::run(&command, global)?,
        Command::Completions(flags) => manual::completions(&flags)?,
        Command::Man(flags) => manual::man(&flags)?,
    }
    Ok(ExitCode::SUCCESS)
}
