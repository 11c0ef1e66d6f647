//! `doctor`: the real handshake, step by step, against any HelseID.
//!
//! `configuration key | dns tcp tls discovery issuer_keys | clock assertion client registration nonce scopes organisation
//! token | api challenge call`
//!
//! A bar is where a failure ends the examination. The token request is the client library's own; its observer and the
//! authority's answer tell what became of each step.

mod api;
mod assertion;
mod configuration;
mod grant;
mod handshake;
mod issuer;
mod recorder;
mod refusal;
mod report;
mod stage;

use std::process::ExitCode;

use helseid_http::system_clock;

use crate::args::{DoctorFlags, Global};
use crate::failure::Failure;
use report::Report;

/// Ends with 1 if a step failed; warnings end with 0.
pub(crate) async fn run(flags: DoctorFlags, global: &Global) -> Result<ExitCode, Failure> {
    let mut report = Report::new(global.format);
    examine(&flags, global, &mut report).await?;
    report.end(system_clock().rfc3339())
}

/// Fails only if the report cannot be written.
async fn examine(flags: &DoctorFlags, global: &Global, report: &mut Report) -> Result<(), Failure> {
    let Some(setup) = configuration::examine(flags, global, report)? else { return Ok(()) };
    let Some(metadata) = issuer::examine(&setup, report).await? else { return Ok(()) };
    let Some(client) = handshake::examine(&setup, &metadata, report).await? else { return Ok(()) };
    api::examine(flags, &setup, &client, report).await
}
