//! `rules`.

use helseid_protocol::rule::{Profile, Rule};
use serde_json::json;

use crate::args::{Format, Global, RulesFlags};
use crate::failure::Failure;
use crate::output;

pub(crate) fn run(flags: &RulesFlags, global: &Global) -> Result<(), Failure> {
    let wanted = flags.id.as_deref().unwrap_or_default();
    let is_wanted = |rule: &Rule| wanted.is_empty() || rule.id() == wanted || rule.family().name() == wanted;
    let rules: Vec<Rule> = Rule::ALL.iter().copied().filter(is_wanted).collect();
    if rules.is_empty() {
        let why =
            format!("expected an id such as assertion.aud, or a family such as assertion, got {wanted}");
        return Err(Failure::usage("there is no such rule", why, "look at all of them: helseid rules"));
    }
    match global.format {
        Format::Json => {
            output::json(&rules.iter().map(|rule| shown(*rule, flags.profile)).collect::<Vec<_>>())
        }
        Format::Text => {
            rules.into_iter().try_for_each(|rule| output::data(block(rule, flags.profile).as_bytes()))
        }
    }
}

fn shown(rule: Rule, profile: Option<Profile>) -> serde_json::Value {
    json!({
        "id": rule.id(), "statement": rule.statement(), "source": rule.source(),
        // "mend" is the name that "fix" had before.
        "fix": rule.fix(), "mend": rule.fix(),
        "error": rule.code().as_str(), "profile": profile.and_then(|profile| profile.switches().meaning(rule)),
    })
}

fn block(rule: Rule, profile: Option<Profile>) -> String {
    let mut text = format!("{}  ({})\n  {}\n", rule.id(), rule.code(), rule.statement());
    let of_it = |profile: Profile| Some((profile, profile.switches().meaning(rule)?));
    if let Some((profile, meaning)) = profile.and_then(of_it) {
        text.push_str(&format!("  {profile}: {meaning}\n"));
    }
    text.push_str(&format!("  fix: {}\n  source: {}\n\n", rule.fix(), rule.source()));
    text
}
