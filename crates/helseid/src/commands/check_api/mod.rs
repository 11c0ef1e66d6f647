//! `check-api`: whether somebody's API refuses what it must refuse.
//!
//! `target -> good call | each fault alone | good test token, and each that is wrong | good call, and its proof once more`
//!
//! 1. The address is this machine's loopback, or its host was typed twice, and the issuer is not HelseID's production.
//! 2. The token is a real one, or with a person one of the test token service, bound to a key that was made for this run alone: one fault shows the key to the API. No other key
//!    signs a broken proof or token.
//! 3. Only the origin of the URL is called, with GET, at most [`MOST_REQUESTS`](calls::MOST_REQUESTS) times, and nothing follows
//!    a redirect.
//! 4. What the API says is read for status, challenge and nonce. No word of it is written but known error codes.
//! 5. The last good call shows that refusals were for their faults, and not because the API has had enough.

mod advice;
mod calls;
mod fault;
mod report;
mod sender;
mod target;
mod test_tokens;

use std::process::ExitCode;

use helseid_client::{Client, Config};
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};

use crate::args::{CheckApiFlags, ClientFlags, Global};
use crate::failure::Failure;
use crate::settings;
use calls::Calls;
use fault::{BrokenToken, Fault};
use report::Report;
use sender::Sender;
use test_tokens::TestTokens;

/// Ends with 0 if each fault was refused, and with 3 otherwise.
pub(crate) async fn run(flags: CheckApiFlags, global: &Global) -> Result<ExitCode, Failure> {
    let config = config(&flags.client, global)?;
    target::may_be_asked(&flags.url, flags.at.as_deref(), &config.issuer)?;
    let outbound = settings::outbound_of(config.ca_file.clone(), config.insecure_http.clone())?;
    let service = TestTokens::of(&flags, &config.issuer, &outbound)?;
    let private = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let client = Client::builder(config).prove_with(private.clone()).build()?;
    let mut sender = Sender::new(&flags.url, client.token().await?.access_token().clone(), private)?;
    if let Some(service) = service.as_ref().filter(|_| flags.test_person) {
        let of_person = service.make(&sender, None).await?;
        sender = sender.sending(of_person)?;
    }
    let mut calls = Calls::new(&outbound, &flags.url);
    let mut report = Report::new(&flags.url, calls.good(&sender).await?.status);
    for fault in Fault::by_the_sender() {
        report.add(fault, calls.with_fault(&sender, fault).await?);
    }
    if let Some(service) = service {
        by_the_issuer(&service, &sender, &mut calls, &mut report).await?;
    }
    let (_, used_again) = calls.good_and_again(&sender).await?;
    report.add(Fault::ProofUsedAgain, used_again);
    report.end(calls.sent(), global.format)
}

/// Tokens that the issuer's key has signed: first a good one, without which a refusal of the others would say nothing.
async fn by_the_issuer(
    service: &TestTokens<'_>,
    sender: &Sender,
    calls: &mut Calls<'_>,
    report: &mut Report,
) -> Result<(), Failure> {
    calls.good_test_token(sender, &service.make(sender, None).await?).await?;
    for broken in BrokenToken::ALL {
        let token = service.make(sender, Some(broken)).await?;
        report.add(Fault::Token(broken), calls.with_token(sender, &token).await?);
    }
    Ok(())
}

/// The configuration of a client that keeps no token.
fn config(flags: &ClientFlags, global: &Global) -> Result<Config, Failure> {
    if flags.token_cache.is_some() {
        let why = "the token is bound to a key that is shown to the API, so it is never kept";
        return Err(Failure::usage("check-api caches no token", why, "leave out --token-cache"));
    }
    settings::config(global, flags)
}
