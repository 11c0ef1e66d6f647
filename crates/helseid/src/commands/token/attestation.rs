//! What a person attests, from a file.

use std::path::Path;

use helseid_protocol::details::attestation::ATTESTATION_TYPE;
use helseid_protocol::details::{Attestation, CLAIM, Details};
use helseid_protocol::jose::json::{self, Object};
use helseid_protocol::rule::{Fault, Rule, Trail};
use serde_json::Value;

use crate::failure::Failure;
use crate::files;

/// The most bytes of a file.
const MOST: u64 = 64 * 1024;

/// Reads the structure, and checks it by the rules of the authority, but for those about the person. Nothing that is said of a breach
/// repeats what stands there.
pub(super) fn read(file: &Path) -> Result<Attestation, Failure> {
    let content = files::read_up_to(file, MOST)?;
    let wrong = |why: &dyn std::fmt::Display, next: &dyn std::fmt::Display| {
        let place = if file == Path::new("-") { "stdin".into() } else { file.display().to_string() };
        Failure::usage(format_args!("{place} has no attestation"), why, next)
    };
    let example = format!("expected a JSON object with the type {ATTESTATION_TYPE}");
    let guide = "see docs/guides/attestation.md for one to copy";
    let mut structure = json::read_object(&content).map_err(|_| wrong(&example, &guide))?;
    structure.entry("type").or_insert_with(|| ATTESTATION_TYPE.into());
    let claims = Object::from_iter([(CLAIM.to_owned(), Value::Object(structure))]);
    let by_rule = |fault: &Fault| wrong(&fault.happened(), &fault.rule().fix());
    let details = Details::read(&claims, &mut Trail::new()).map_err(|fault| by_rule(&fault))?;
    details.attestation().cloned().ok_or_else(|| wrong(&example, &Rule::DetailsType.fix()))
}
