//! What to do about a rule that was not kept.

use helseid_admin_api::{RuleState, SessionDemands};
use helseid_protocol::rule::{Family, Rule};

/// What to do about it.
pub(super) const fn next(rule: Rule, state: RuleState, demands: &SessionDemands) -> &'static str {
    match state {
        RuleState::Kept => "",
        RuleState::Broken | RuleState::Warned => rule.fix(),
        RuleState::NotExercised => exercise(rule, demands),
    }
}

/// How a rule is exercised, in a session whose API demands this.
const fn exercise(rule: Rule, demands: &SessionDemands) -> &'static str {
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
        _ => match is_demanded(rule, demands) {
            Some(true) => CALL,
            Some(false) => {
                "Nothing, unless the client's API demands it: then open a session whose API demands it, too."
            }
            None => other(rule),
        },
    }
}

/// How a rule of the session's API is exercised.
const CALL: &str =
    "Let the client call the session's API, at /api below its issuer, with a token of the session.";

const fn other(rule: Rule) -> &'static str {
    match rule.family() {
        _ if is_of_other_apis(rule) => {
            "Nothing: it is for an API that demands it, and the session's does not."
        }
        _ if is_of_calls(rule) => CALL,
        Family::Introspection => {
            "Nothing, unless the client is an API that asks about tokens: then let it ask about one."
        }
        _ => "Let the client request a token; a rule that is broken earlier hides later ones.",
    }
}

/// Whether the session's API demands it, of what it may be told to demand.
const fn is_demanded(rule: Rule, demands: &SessionDemands) -> Option<bool> {
    match rule {
        Rule::ApiPerson => {
            Some(demands.person || demands.hpr_number || demands.attestation_minutes.is_some())
        }
        Rule::ApiSecurityLevel => Some(demands.security_level.is_some()),
        Rule::ApiHprNumber => Some(demands.hpr_number),
        Rule::ApiAttestation | Rule::ApiAttestationAge => Some(demands.attestation_minutes.is_some()),
        Rule::ApiOrganisation => Some(demands.organisation),
        _ => None,
    }
}

/// Whether only some APIs demand it, of which the session's is none.
const fn is_of_other_apis(rule: Rule) -> bool {
    matches!(rule, Rule::ApiSamePerson | Rule::ApiTenancy | Rule::ApiClaims)
}

/// Whether it is of calls of APIs, and of no request to the issuer.
const fn is_of_calls(rule: Rule) -> bool {
    matches!(rule.family(), Family::Api | Family::Token) && !matches!(rule, Rule::TokenSingleAudience)
}
