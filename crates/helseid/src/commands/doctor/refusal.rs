//! What a refusal of the authority means: at which step it belongs, which rule it names, and what to do.

use helseid_admin_api::RegisteredClient;
use helseid_protocol::endpoint::token::OAuthError;
use helseid_protocol::rule::{Family, Rule};
use helseid_protocol::secret::shown;

use super::configuration::Setup;
use super::registry;
use super::report::Step;
use super::stage::Stage;
use crate::verdict::named;

/// The step that a refusal belongs to, and the rule that it names; HelseID itself names none.
pub(super) fn place(error: &OAuthError, clock_is_wrong: bool) -> (Stage, Option<Rule>) {
    let rule = named(error.description.as_deref().unwrap_or_default());
    let step = match rule {
        Some(rule) => of_rule(rule, clock_is_wrong),
        None => of_code(error, clock_is_wrong),
    };
    (step, rule)
}

const fn of_rule(rule: Rule, clock_is_wrong: bool) -> Stage {
    match rule {
        Rule::AssertionExp
        | Rule::AssertionLifetime
        | Rule::AssertionNbf
        | Rule::AssertionIat
        | Rule::DpopIat
            if clock_is_wrong =>
        {
            Stage::Clock
        }
        Rule::AssertionClient | Rule::AssertionIss | Rule::AssertionSub | Rule::RequestClientId => {
            Stage::Client
        }
        Rule::AssertionKid | Rule::AssertionKeyAlg | Rule::AssertionSignature | Rule::AssertionKeyExpiry => {
            Stage::Registration
        }
        Rule::TokenSingleAudience => Stage::Scopes,
        _ => match rule.family() {
            Family::Dpop => Stage::Nonce,
            Family::Details => Stage::Organisation,
            Family::Request => Stage::Scopes,
            // Those of a login have no stage here: no request of this command breaks them.
            _ => Stage::Assertion,
        },
    }
}

/// Without a rule, the code must do (RFC 6749 section 5.2; HelseID: error messages).
fn of_code(error: &OAuthError, clock_is_wrong: bool) -> Stage {
    let description = error.description.as_deref().unwrap_or_default();
    match error.code.as_str() {
        "invalid_client" if clock_is_wrong => Stage::Clock,
        "invalid_scope" | "invalid_target" => Stage::Scopes,
        "invalid_dpop_proof" | "use_dpop_nonce" => Stage::Nonce,
        _ if description.starts_with("HID-") => Stage::Organisation,
        _ => Stage::Client,
    }
}

/// The failure of that step.
pub(super) async fn step(error: &OAuthError, setup: &Setup, clock_offset: Option<i64>) -> Step {
    let clock_is_wrong = clock_offset.is_some_and(is_wrong);
    let (stage, rule) = place(error, clock_is_wrong);
    let says = match stage {
        Stage::Clock => clock_says(clock_offset.unwrap_or_default()),
        Stage::Registration => match rule {
            Some(Rule::AssertionKeyExpiry) => "the registration of the key has expired".to_owned(),
            Some(Rule::AssertionSignature) => "another key is registered with this kid".to_owned(),
            _ => "the key is not registered for this client".to_owned(),
        },
        Stage::Client => format!("the client {} was refused", setup.config.client_id),
        Stage::Scopes => "not every requested scope is granted".to_owned(),
        Stage::Organisation => "the client may not act for this organisation".to_owned(),
        _ => "the token request was refused".to_owned(),
    };
    let next = next(stage, rule, setup).await;
    Step::failed(stage, says, shown(&error.to_string()), next).rule(rule).see(error.uri.clone())
}

/// Beyond the tolerance of 10 s.
pub(super) fn is_wrong(offset: i64) -> bool {
    offset.unsigned_abs() > helseid_protocol::time::TOLERANCE.as_secs()
}

pub(super) fn clock_says(offset: i64) -> String {
    // Whole minutes: a Date has a second's play.
    let seconds = offset.saturating_abs();
    let rounded = if seconds < 60 { seconds } else { seconds.saturating_add(30) / 60 * 60 };
    let length = crate::words::length(rounded);
    match offset {
        0 => "agrees with the authority's".to_owned(),
        1.. => format!("the authority's clock is {length} ahead of this machine's"),
        _ => format!("the authority's clock is {length} behind this machine's"),
    }
}

async fn next(stage: Stage, rule: Option<Rule>, setup: &Setup) -> String {
    if stage == Stage::Clock {
        return "set this machine's clock with NTP; inside Helsenettet from ntp.nhn.no".to_owned();
    }
    if matches!(stage, Stage::Client | Stage::Registration)
        && let Some(known) = owner_of_the_key(setup).await
    {
        return known;
    }
    if let Some(rule) = rule {
        return rule.fix().to_owned();
    }
    let thumbprint = setup.key.public().thumbprint();
    match stage {
        Stage::Client => format!(
            "HelseID does not say more: compare in its self-service the client id, whether the client is enabled, and \
             whether a key with the thumbprint {thumbprint} is registered and has not expired"
        ),
        Stage::Scopes => "compare scope with what the client is registered for in self-service".to_owned(),
        Stage::Organisation => {
            "check the numbers, the client's tenancy, and the delegation in Altinn".to_owned()
        }
        _ => "fix what the description names, and try again".to_owned(),
    }
}

/// Where the local authority's registry is at hand, it knows whose key this is.
async fn owner_of_the_key(setup: &Setup) -> Option<String> {
    let clients = registry::clients(setup).await?;
    let thumbprint = setup.key.public().thumbprint();
    let own = &setup.config.client_id;
    let has_it =
        |client: &&RegisteredClient| client.keys.iter().any(|key| key.thumbprint == thumbprint.as_str());
    let owners: Vec<_> = clients.iter().filter(has_it).collect();
    if owners.iter().any(|owner| owner.client_id == *own) {
        return None;
    }
    match (owners.first(), clients.iter().any(|client| client.client_id == *own)) {
        (Some(owner), _) => Some(format!(
            "the key is that of the client {} ({}): write that client_id, or the other key's key_file",
            owner.client_id, owner.name
        )),
        (None, true) => Some(format!(
            "register it with helseid client key add {own} --key FILE; or write the key_file of the registered key"
        )),
        (None, false) => None,
    }
}
