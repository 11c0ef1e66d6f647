//! What was granted: scopes, the organisation, and the token claim by claim.

use helseid_client::Token;
use helseid_http::system_clock;
use helseid_protocol::claims::AccessTokenClaims;
use helseid_protocol::details::Organisation;
use helseid_protocol::rule::Rule;
use helseid_protocol::scope::ScopeSet;

use super::configuration::Setup;
use super::recorder::Seen;
use super::report::Step;
use super::stage::Stage;
use crate::explain::{self, Explanation};
use crate::words;

/// Asked, granted, withheld and rejected.
pub(super) fn scopes(token: Option<&Token>, setup: &Setup) -> Step {
    let asked = match setup.config.scope.is_empty() {
        true => "every scope of the client".to_owned(),
        false => setup.config.scope.to_string(),
    };
    let Some(token) = token else {
        return Step::passed(Stage::Scopes, format!("requested {asked}; not refused"));
    };
    let granted = token.scope().map_or("not told".to_owned(), ToString::to_string);
    let says = format!("asked {asked}; granted {granted}");
    let of = |scopes: &ScopeSet| scopes.iter().map(ToString::to_string).collect::<Vec<_>>();
    let rejected = token.rejected_scope().map(of).unwrap_or_default();
    let withheld = of(token.withheld_scope());
    if !rejected.is_empty() {
        let says = format!("{says}; rejected {}", rejected.join(" "));
        return Step::warned(
            Stage::Scopes,
            says,
            "the organisation must sign the API's terms of use in self-service",
        );
    }
    if !withheld.is_empty() {
        let says = format!("{says}; withheld {}", withheld.join(" "));
        return Step::warned(Stage::Scopes, says, "register the client for them, or request fewer")
            .rule(Some(Rule::RequestScopeAllowed));
    }
    Step::passed(Stage::Scopes, says)
}

/// Whether the token names what was asked for.
pub(super) fn organisation(setup: &Setup, seen: &Seen) -> Step {
    let Some(named) = setup.config.details.organisation() else {
        return Step::skipped(Stage::Organisation, "no organisation is named");
    };
    let (parent, child) = match named {
        Organisation::Parent { parent, child } => {
            (Some(parent.as_str()), child.as_ref().map(|own| own.as_str()))
        }
        Organisation::Child(child) => (None, Some(child.as_str())),
    };
    let claims = seen.token.as_ref().and_then(|token| AccessTokenClaims::read(token.claims.clone()).ok());
    let Some(claims) = claims else { return Step::passed(Stage::Organisation, "accepted") };
    let says = format!("parent {}, child {}", parent.unwrap_or("none"), child.unwrap_or("none"));
    let right = parent.is_none_or(|own| claims.orgnr_parent() == Some(own))
        && child.is_none_or(|own| claims.orgnr_child() == Some(own));
    match right {
        true => Step::passed(Stage::Organisation, format!("accepted: {says}")),
        false => Step::warned(
            Stage::Organisation,
            format!("accepted, and the token does not name it: {says}"),
            "ask the API's owner whether its tokens have these claims",
        ),
    }
}

/// The token, without what is about persons.
pub(super) fn token(token: &Token, seen: &Seen) -> Step {
    let now = system_clock();
    let says = format!(
        "bound by DPoP, valid for {}",
        words::length(token.lifetime().as_secs().try_into().unwrap_or(i64::MAX))
    );
    let Some(decoded) = &seen.token else {
        return Step::warned(
            Stage::Token,
            format!("{says}; it is not a JWT"),
            "HelseID's tokens are: ask the operator of the issuer",
        );
    };
    let claims = explain::token_claims(&decoded.claims, now);
    let claims: Vec<_> = claims.into_iter().map(Explanation::without_person).collect();
    let several = AccessTokenClaims::read(decoded.claims.clone()).is_ok_and(|own| own.audiences().len() > 1);
    let step = match several {
        true => {
            Step::warned(Stage::Token, format!("{says}, for several APIs"), Rule::TokenSingleAudience.fix())
                .rule(Some(Rule::TokenSingleAudience))
        }
        false => Step::passed(Stage::Token, says),
    };
    step.claims(claims)
}
