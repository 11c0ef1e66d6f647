//! What the trace tells of an attestation to everybody who may read it: no number of a practitioner, and none of a patient.

use helseid_admin_api::{TracedAttestation, TracedDecision};
use helseid_protocol::details::{Attestation, Details};
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::json;
use helseid_protocol::rule::{Rule, Trail};

/// More digits than this, one after the other or with some of [`BETWEEN`] among them, may be a person's number: those of HPR have seven
/// and more, national ones eleven.
const MAX_DIGITS: usize = 6;

/// What people write within a number.
const BETWEEN: [char; 5] = ['-', '_', '.', ' ', '\u{a0}'];

/// Whether an attestation is refused by it.
pub(super) const fn is_refused_by(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::DetailsAttestation
            | Rule::DetailsAttestationCodes
            | Rule::DetailsAttestationDecision
            | Rule::DetailsAttestationPatients
            | Rule::DetailsAttestationPerson
            | Rule::DetailsAttestationAuthorization
            | Rule::CodeDetailsPlace
            | Rule::RefreshDetailsPlace
    )
}

/// What is told of an attestation that follows the rules of its form.
pub(super) fn told(attestation: &Attestation) -> TracedAttestation {
    let Attestation { practitioner, care_relationship, .. } = attestation;
    let decision = care_relationship.decision_ref.as_ref();
    TracedAttestation {
        purpose: without_numbers(&care_relationship.purpose_of_use.code),
        authorization: practitioner.authorization.as_ref().map(|coded| without_numbers(&coded.code)),
        legal_entity: practitioner.legal_entity.id.clone(),
        decision: decision
            .map(|by| TracedDecision { id: without_numbers(&by.id), user_selected: by.user_selected }),
        of_login: false,
    }
}

/// What is told of the attestation in a JWT without its signature; none if there is none that follows the rules of its form.
pub(super) fn told_in(signing_input: &str) -> Option<TracedAttestation> {
    let (_, claims) = signing_input.split_once('.')?;
    let claims = json::read_object(&base64url::decode(claims).ok()?).ok()?;
    Details::read(&claims, &mut Trail::new()).ok()?.attestation().map(told)
}

fn without_numbers(text: &str) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut told = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(is_digit) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c| !is_digit(c) && !BETWEEN.contains(&c)).unwrap_or(from.len());
        let (run, after) = from.split_at(end);
        told.push_str(before);
        if run.chars().filter(|c| is_digit(*c)).count() > MAX_DIGITS {
            told.extend(run.chars().map(|c| if is_digit(c) { '#' } else { c }));
        } else {
            told.push_str(run);
        }
        rest = after;
    }
    told + rest
}

#[cfg(test)]
mod tests {
    use super::without_numbers;

    #[test]
    fn what_may_be_a_persons_number_is_hidden() {
        for (text, told) in [
            ("a-1.2_b", "a-1.2_b"),
            ("26-1234", "26-1234"),
            ("123456", "123456"),
            ("1234567", "#######"),
            ("of-06828399789", "of-###########"),
            ("068283-99789", "######-#####"),
            ("068283.99789", "######.#####"),
            ("068283_99789", "######_#####"),
            ("06 82 83 99789", "## ## ## #####"),
            ("0-6-8-2-8-3-9", "#-#-#-#-#-#-#"),
            ("06--828399789", "##--#########"),
            ("123456x7", "123456x7"),
            ("", ""),
        ] {
            assert_eq!(without_numbers(text), told);
        }
    }
}
