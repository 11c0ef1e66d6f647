//! Who asks (RFC 7523).

use std::sync::Arc;

use ::http::HeaderMap;
use helseid_protocol::assertion::{CheckedAssertion, Expectations, PresentedAssertion};
use helseid_protocol::endpoint::token::TokenForm;
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::{Facts, Fault, Profile, Rule, Trail};
use helseid_protocol::time::Timestamp;

use crate::app::App;
use crate::domain::change::Subject;
use crate::domain::model::KnownClient;
use crate::trace::Seen;

/// A client that signed its assertion for us, now. Whether for the first time is still open.
pub(super) struct AuthenticatedClient {
    pub(super) known: Arc<KnownClient>,
    pub(super) profile: Profile,
    pub(super) assertion: CheckedAssertion,
}

impl AuthenticatedClient {
    pub(super) fn check(
        app: &App,
        (form, headers): (&TokenForm<'_>, &HeaderMap),
        seen: &mut Seen,
        now: Timestamp,
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let assertion = PresentedAssertion::read_for(form.assertion().expose(), form.client_id(), trail)?;
        seen.client_id = Some(assertion.client_id().to_string());
        form.require_client(assertion.client_id().as_str(), trail)?;
        form.require_no_basic(headers, assertion.client_id().as_str(), trail)?;
        let known = client_is_registered(app, assertion.client_id());
        let known = trail.require(Rule::AssertionClient, known)?;
        let profile = app.profile_of(&known.client);
        let expectations = Expectations {
            issuer: &app.issuer,
            token_endpoint: &app.token_endpoint,
            switches: profile.switches(),
            tolerance: app.tolerance,
            now,
        };
        let assertion = assertion.check(&known.keys, expectations, trail)?;
        Ok(Self { known, profile, assertion })
    }
}

/// RFC 7523 section 3 (2).
fn client_is_registered(app: &App, id: &ClientId) -> Result<Arc<KnownClient>, Facts> {
    match app.registry.client(id) {
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
        None if app.registry.now().broken.contains_key(&Subject::client(id)) => {
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
