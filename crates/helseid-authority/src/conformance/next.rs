//! What to do about a rule that was not kept.

use helseid_admin_api::RuleState;
use helseid_protocol::rule::{Family, Rule};

/// What to do about it.
pub(super) const fn next(rule: Rule, state: RuleState) -> &'static str {
    match state {
        RuleState::Kept => "",
        RuleState::Broken | RuleState::Warned => rule.fix(),
        RuleState::NotExercised => exercise(rule),
    }
}

/// How a rule is exercised.
const fn exercise(rule: Rule) -> &'static str {
    match rule.family() {
        Family::Details => {
            "Nothing, unless the client acts for organisations: then let it request a token with their numbers."
        }
        Family::Dpop => "Let the client request a token with a DPoP proof.",
        Family::Par | Family::Authorize => {
            "Let the client send a person to log in; a rule that is broken earlier hides later ones."
        }
        Family::RequestObject => {
            "Nothing, unless the client signs its authorization requests: then let it send a person to log in."
        }
        Family::Interaction => {
            "Nothing, unless the client asks for a level, an identity provider or a new login: then let it ask for one."
        }
        Family::Code => {
            "Let the client redeem the code of a login; a rule that is broken earlier hides later ones."
        }
        Family::Refresh => {
            "Let the client use a refresh token; a rule that is broken earlier hides later ones."
        }
        Family::UserInfo => "Let the client ask for userinfo with the access token of a login.",
        Family::EndSession => "Let the client log a person out, with the ID token as id_token_hint.",
        Family::Revocation => "Let the client revoke a refresh token.",
        _ if is_demanded_by_some(rule) => {
            "Nothing: it is for an API that demands it, and the session's does not."
        }
        _ if is_of_calls(rule) => {
            "Let the client call the session's API, at /api below its issuer, with a token of the session."
        }
        Family::Introspection => {
            "Nothing, unless the client is an API that asks about tokens: then let it ask about one."
        }
        _ => "Let the client request a token; a rule that is broken earlier hides later ones.",
    }
}

/// Whether only some APIs demand it.
const fn is_demanded_by_some(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::ApiPerson
            | Rule::ApiSecurityLevel
            | Rule::ApiHprNumber
            | Rule::ApiAttestation
            | Rule::ApiAttestationAge
            | Rule::ApiSamePerson
            | Rule::ApiTenancy
            | Rule::ApiOrganisation
            | Rule::ApiClaims
    )
}

/// Whether it is of calls of APIs, and of no request to the issuer.
const fn is_of_calls(rule: Rule) -> bool {
    matches!(rule.family(), Family::Api | Family::Token) && !matches!(rule, Rule::TokenSingleAudience)
}
