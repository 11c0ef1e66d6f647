//! A person logs in at a client by one call of an administrator, for tests: by the rules of a pushed request, of a login by
//! `test_pid` and of the token endpoint, and what comes of it is stored as theirs is.
//!
//! Only where people may log in at all: whoever picks a person is that person.

use helseid_admin_api::TraceOutcome;
use helseid_protocol::details::{Details, Organisation};
use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::{base64url, crypto};
use helseid_protocol::person::PersonNumber;
use helseid_protocol::random::bytes32;
use helseid_protocol::rule::{Endpoint, Fault};

use super::authorize::granted_apart;
use super::client_auth::client_is_registered;
use super::signed_post::{Ended, NO_KEY_YET, Notes, Stop, TOO_MANY, keep_notes, stores_away};
use super::state::{OAuthState, UserLogin};
use super::token::Apart;
use crate::registry::Snapshot;
use crate::registry::registration::usable;
use crate::trace::RequestArtifacts;

/// Who logs in where, and for what.
#[derive(Clone)]
pub(crate) struct SignIn {
    pub(crate) client_id: ClientId,
    /// A short name, or a synthetic number.
    pub(crate) person: String,
    /// Separated by spaces, as in a request.
    pub(crate) scope: String,
    pub(crate) resources: Vec<String>,
    /// The key that tokens are bound to.
    pub(crate) dpop_jkt: Option<String>,
    pub(crate) organisation: Option<Organisation>,
}

/// Why nobody is logged in.
#[derive(Debug)]
pub(crate) enum NotSignedIn {
    /// People do not log in at this authority.
    Nowhere,
    /// The text is neither the short name of a person nor a synthetic number. It is not repeated.
    Nobody,
    Fault(Box<Fault>),
    Unavailable(&'static str),
}

/// Logs a person in; gives the answer of the token endpoint.
pub(crate) async fn sign_in(state: &OAuthState, asked: SignIn) -> Result<TokenGranted, NotSignedIn> {
    let login = state.login.as_deref().ok_or(NotSignedIn::Nowhere)?;
    let persons = &login.rooms.persons;
    let number = match persons.find(&asked.person) {
        Some(entry) => entry.person.number,
        None => PersonNumber::parse(&asked.person, persons.month()).map_err(|_| NotSignedIn::Nobody)?,
    };
    let registry = state.registry.now();
    let artifacts = RequestArtifacts::of_our_own(asked.client_id.as_str());
    let mut notes = Notes { endpoint: Endpoint::Authorize, artifacts, trail: state.issuer.new_trail() };
    let granted = granted((state, login), &registry, (&asked, &number), &mut notes).await;
    let (outcome, fault, scope) = match &granted {
        Ok(granted) => (TraceOutcome::Granted, None, granted.scope.as_ref().map(ToString::to_string)),
        Err(Stop::Fault(fault)) => (TraceOutcome::Refused, Some(fault.clone()), None),
        Err(_) => (TraceOutcome::Unavailable, None, None),
    };
    keep_notes(state, notes, Ended { outcome, fault, scope, at: state.clock.now() });
    granted.map_err(|stop| not_signed_in(state, stop))
}

fn not_signed_in(state: &OAuthState, stop: Stop) -> NotSignedIn {
    match stop {
        Stop::Fault(fault) => NotSignedIn::Fault(Box::new(fault)),
        Stop::Storage(why) => NotSignedIn::Unavailable(stores_away(state, &why)),
        Stop::Unavailable(why) => NotSignedIn::Unavailable(why),
        Stop::TooMany => NotSignedIn::Unavailable(TOO_MANY),
        Stop::NoKeyYet => NotSignedIn::Unavailable(NO_KEY_YET),
    }
}

async fn granted(
    (state, login): (&OAuthState, &UserLogin),
    registry: &Snapshot,
    (asked, number): (&SignIn, &PersonNumber),
    notes: &mut Notes,
) -> Result<TokenGranted, Stop> {
    let form = form((state, login), registry, (asked, number));
    let code = granted_apart((state, login), registry, &form, notes).await?;
    let details = asked
        .organisation
        .clone()
        .map_or_else(Details::new, |organisation| Details::new().for_organisation(organisation));
    // It was found for the code.
    let Ok(known) = client_is_registered(registry, &asked.client_id) else {
        return Err(Stop::Unavailable("the client is gone"));
    };
    let client = &known.client;
    let profile = state.issuer.profile_for(client.profile);
    let apart = Apart { state, login, registry, client, profile, now: state.clock.now() };
    apart.tokens(code, details, &mut notes.trail).await
}

/// The authorization request, as the client would push it.
fn form(
    (state, login): (&OAuthState, &UserLogin),
    registry: &Snapshot,
    (asked, number): (&SignIn, &PersonNumber),
) -> String {
    let client = registry.clients.get(&asked.client_id);
    let redirects = client.map(|known| usable(&known.client.login.redirect_uris, &login.addresses));
    let redirect = redirects.as_deref().and_then(<[_]>::first).map_or("", |uri| uri.as_str());
    // Nobody redeems the code by its verifier.
    let challenge = base64url::encode(&crypto::sha256(&bytes32(&*state.random)));
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs([
        ("response_type", "code"),
        ("client_id", asked.client_id.as_str()),
        ("redirect_uri", redirect),
        ("scope", asked.scope.as_str()),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("test_pid", number.expose()),
    ]);
    form.extend_pairs(asked.resources.iter().map(|resource| ("resource", resource)));
    form.extend_pairs(asked.dpop_jkt.iter().map(|thumbprint| ("dpop_jkt", thumbprint)));
    form.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::tests::world::World;
    use helseid_protocol::rule::Profile;

    #[test]
    fn each_reason_is_told_for_what_it_is() {
        let world = World::new(Profile::Helseid);
        let told = |stop| match not_signed_in(&world.state, stop) {
            NotSignedIn::Unavailable(why) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(told(Stop::TooMany), "the client sends too many requests");
        assert_eq!(told(Stop::NoKeyYet), "the signing key is being made");
        assert_eq!(told(Stop::Unavailable("another")), "another");
    }
}
