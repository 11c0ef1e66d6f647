//! `doctor`: the real handshake, step by step, against any HelseID.
//!
//! `configuration key | dns tcp tls discovery issuer_keys | clock assertion client registration nonce scopes organisation
//! token | api challenge call | login_client pushed_request`
//!
//! With `--login`, after the issuer's keys: `login_client | pushed_request | authorize | code | id_token | userinfo refresh logout`
//!
//! A bar is where a failure ends the examination. The token request is the client library's own; its observer and the
//! authority's answer tell what became of each step.

mod api;
mod arrived;
mod assertion;
mod configuration;
mod grant;
mod handshake;
mod issuer;
mod login;
mod offered;
mod recorder;
mod refusal;
mod registry;
mod report;
mod stage;

use std::process::ExitCode;

use helseid_http::system_clock;

use crate::args::{DoctorFlags, Global};
use crate::failure::Failure;
use report::Report;

/// Ends with 1 if a step failed; warnings end with 0.
pub(crate) async fn run(flags: DoctorFlags, global: &Global) -> Result<ExitCode, Failure> {
    let mut report = Report::new(global.format, flags.login);
    examine(&flags, global, &mut report).await?;
    report.end(system_clock().rfc3339())
}

/// Fails only if the report cannot be written.
async fn examine(flags: &DoctorFlags, global: &Global, report: &mut Report) -> Result<(), Failure> {
    let Some(setup) = configuration::examine(flags, global, report)? else { return Ok(()) };
    let Some(metadata) = issuer::examine(&setup, report).await? else { return Ok(()) };
    if flags.login {
        return login::examine(flags, &setup, report).await;
    }
    let Some(client) = handshake::examine(&setup, &metadata, report).await? else { return Ok(()) };
    api::examine(flags, &setup, &client, report).await?;
    if report.is_well() { offered::examine(&setup, &metadata, report).await } else { Ok(()) }
}
