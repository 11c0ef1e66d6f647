//! `proof`.

use std::path::Path;
use std::process::ExitCode;

use helseid_http::system_clock;
use helseid_protocol::address;
use helseid_protocol::claims::AccessTokenClaims;
use helseid_protocol::dpop::{MAX_BYTES, Nonce, ProofKey, ProofRequest, Target, token_hash};
use helseid_protocol::jose::SigningKey;
use helseid_protocol::jose::jws::{self, Unverified};
use helseid_protocol::random::{SystemRandom, jwt_id};
use helseid_protocol::rule::{Endpoint, Family, Finding, Rule, Trail};
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;
use serde_json::json;

use crate::args::{Format, Global, ProofCommand, ProofMakeFlags, ProofOf, ProofVerifyFlags};
use crate::failure::{Failure, NOT_VALID};
use crate::proof_check::{self, Sent};
use crate::{files, key_files, output, verdict};

pub(crate) fn run(command: ProofCommand, global: &Global) -> Result<ExitCode, Failure> {
    match command {
        ProofCommand::Make(flags) => make(&flags, global.format).map(|()| ExitCode::SUCCESS),
        ProofCommand::Verify(flags) => verify(&flags, global),
    }
}

fn make(flags: &ProofMakeFlags, format: Format) -> Result<(), Failure> {
    let private = key_files::private(&flags.key)?;
    let signing = SigningKey::new(&private).map_err(|why| {
        Failure::new("the key cannot sign", why, "make another: helseid key generate --alg ES256 --out dpop")
    })?;
    let nonce = flags.nonce.as_deref().map(Nonce::parse).transpose().map_err(|facts| {
        let why = format!("expected {}, got {}", facts.expected, facts.got);
        Failure::usage("the nonce is wrong", why, "give the value of the DPoP-Nonce header as it came")
    })?;
    let token = flags.request.token_file.as_deref().map(token).transpose()?;
    let proof = ProofKey::new(signing).make(ProofRequest {
        method: &flags.request.method,
        target: &target(&flags.request)?,
        nonce: nonce.as_ref(),
        access_token: token.as_ref(),
        jwt_id: &jwt_id(&SystemRandom),
        now: system_clock(),
    });
    match format {
        Format::Text => output::line(proof.expose()),
        Format::Json => output::json(&json!({ "proof": proof.expose() })),
    }
}

fn verify(flags: &ProofVerifyFlags, global: &Global) -> Result<ExitCode, Failure> {
    if flags.request.token_file.as_deref() == Some(Path::new("-")) {
        return Err(Failure::usage("stdin is the proof", "--token-file - asks for it twice", "give a file"));
    }
    let text = text(Path::new("-"), "the proof", MAX_BYTES)?;
    let token = flags.request.token_file.as_deref().map(token).transpose()?;
    let bound =
        token.as_ref().map(|token| Ok::<_, Failure>((token_hash(token.expose()), thumbprint(token)?)));
    let bound = bound.transpose()?;
    let targets = [target(&flags.request)?];
    let sent = Sent {
        method: &flags.request.method,
        targets: &targets,
        token: bound.as_ref(),
        switches: flags.profile.switches(),
        now: flags.at.map_or_else(system_clock, Timestamp::from_seconds),
    };
    let mut trail = Trail::new();
    let checked = proof_check::check(&text, &sent, &mut trail);
    let verdict = trail.verdict(Endpoint::Api, checked.as_ref().err());
    // The proof came by itself: how many headers held it, and what its server remembers, is not seen from here.
    let unseen = [Rule::ApiProof, Rule::DpopOnce, Rule::DpopNonce, Rule::DpopJtiOnce];
    let seen = |finding: &&Finding| finding.rule.family() == Family::Dpop && !unseen.contains(&finding.rule);
    let mut findings: Vec<&Finding> = verdict.findings().iter().filter(seen).collect();
    findings.sort_by_key(|finding| verdict::check_number(finding.rule));
    match global.format {
        Format::Text => output::text(&verdict::numbered(&findings))?,
        Format::Json => output::json(&verdict::with_numbers(&findings))?,
    }
    Ok(if checked.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(NOT_VALID) })
}

fn target(request: &ProofOf) -> Result<Target, Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        Failure::usage("--url is wrong", why, "give the whole address, such as https://api.example/patients")
    };
    let url = address::parse(&request.url).map_err(|why| wrong(&why))?;
    Target::of_url(&url).map_err(|why| wrong(&why))
}

fn token(file: &Path) -> Result<AccessToken, Failure> {
    text(file, "the token", jws::MAX_BYTES).map(AccessToken::new)
}

/// `cnf.jkt`, unverified: only which key the token says that it is bound to.
fn thumbprint(token: &AccessToken) -> Result<String, Failure> {
    let unfit = |why: String| {
        Failure::new(
            "the token cannot be used with a proof",
            why,
            "fetch one with a proof: helseid token get",
        )
    };
    let parsed = Unverified::parse(token.expose(), jws::MAX_BYTES).map_err(|why| unfit(why.to_string()))?;
    let claims = AccessTokenClaims::read(parsed.unverified_claims().clone());
    let claims = claims.map_err(|fault| unfit(fault.happened()))?;
    claims.bound_to().map(ToString::to_string).ok_or_else(|| unfit("it has no cnf.jkt".to_owned()))
}

/// The one line of a file.
fn text(file: &Path, what: &str, limit: usize) -> Result<String, Failure> {
    let content = files::read_text(file)?;
    let text = content.trim();
    if text.is_empty() || text.len() > limit || text.contains(char::is_whitespace) {
        let why = format!("expected one word of at most {limit} bytes, got {}", text.len());
        return Err(Failure::new(format!("{what} cannot be read"), why, "give only the proof itself"));
    }
    Ok(text.to_owned())
}
