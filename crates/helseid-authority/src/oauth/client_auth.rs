//! Authenticates the client of a request (RFC 7523).

use ::http::HeaderMap;
use helseid_protocol::assertion::{CheckedAssertion, Expectations, PresentedAssertion};
use helseid_protocol::endpoint::ClientForm;
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::{Facts, Fault, Profile, Rule, Trail};
use helseid_protocol::time::Timestamp;

use super::state::OAuthState;
use crate::domain::change::Subject;
use crate::domain::model::KnownClient;
use crate::registry::Snapshot;
use crate::trace::RequestArtifacts;

/// A registered client whose assertion is valid now. Whether the assertion was used before is still open.
pub(super) struct AuthenticatedClient<'a> {
    pub(super) known: &'a KnownClient,
    pub(super) profile: Profile,
    pub(super) assertion: CheckedAssertion,
}

impl<'a> AuthenticatedClient<'a> {
    pub(super) fn check(
        state: &OAuthState,
        registry: &'a Snapshot,
        (form, headers): (&ClientForm<'_>, &HeaderMap),
        artifacts: &mut RequestArtifacts,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let assertion = PresentedAssertion::read_for(form.assertion().expose(), form.client_id(), trail)?;
        artifacts.client_id = Some(assertion.client_id().to_string());
        form.require_client(assertion.client_id().as_str(), trail)?;
        form.require_no_basic(headers, assertion.client_id().as_str(), trail)?;
        let known = client_is_registered(registry, assertion.client_id());
        let known = trail.require(Rule::AssertionClient, known)?;
        let issuer = &state.issuer;
        let profile = issuer.profile_for(known.client.profile);
        let expectations = Expectations {
            issuer: &issuer.name,
            token_endpoint: &issuer.token_endpoint,
            switches: profile.switches(),
            tolerance: issuer.tolerance,
            now,
        };
        let assertion = assertion.check(&known.keys, expectations, trail)?;
        artifacts.is_authenticated = true;
        Ok(Self { known, profile, assertion })
    }
}

/// RFC 7523 section 3 (2), RFC 6749 section 4.1.2.1.
pub(super) fn client_is_registered<'a>(
    registry: &'a Snapshot,
    id: &ClientId,
) -> Result<&'a KnownClient, Facts> {
    match registry.clients.get(id) {
        Some(known) if known.client.enabled && known.client.approved => Ok(known),
        Some(known) if known.client.enabled => {
            let facts = Facts::new("an approved client", format_args!("'{id}', a draft"));
            Err(facts
                .saying(format_args!("The client '{id}' is a draft: approve it by helseid client approve")))
        }
        Some(_) => {
            let facts = Facts::new("an enabled client", format_args!("'{id}', which is disabled"));
            Err(facts.saying(format_args!("The client '{id}' is disabled")))
        }
        None if registry.broken.contains_key(&Subject::client(id)) => {
            let got = format!("'{id}', whose registration cannot be read: see the authority's log");
            let facts = Facts::new("a client whose registration can be read", got);
            Err(facts.saying(format_args!("The registration of the client '{id}' cannot be read")))
        }
        None => {
            Err(Facts::value("a registered client", id)
                .saying(format_args!("No client is registered as '{id}'")))
        }
    }
}
