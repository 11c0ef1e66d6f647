//! What an authorization request is held against, as the registry has it.

use helseid_admin_api::{RedirectUri, TestProvider};
use helseid_protocol::authorize::{Client, Expectations};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::id_token::Hint;
use helseid_protocol::rule::{Facts, Profile};
use helseid_protocol::scope::Scope;
use helseid_protocol::time::Timestamp;

use crate::domain::model::KnownClient;
use crate::oauth::state::{OAuthState, UserLogin};
use crate::oauth::test_mark::is_test_token;
use crate::registry::Snapshot;
use crate::registry::registration::usable;

/// Whose request is judged, by what, and when.
#[derive(Clone, Copy)]
pub(super) struct Judging<'a> {
    pub(super) state: &'a OAuthState,
    pub(super) login: &'a UserLogin,
    pub(super) registry: &'a Snapshot,
    pub(super) known: &'a KnownClient,
    pub(super) profile: Profile,
    pub(super) now: Timestamp,
}

impl Judging<'_> {
    /// Hands what is known of the client, and what else counts, to a judge.
    pub(super) fn by<T>(&self, judge: impl FnOnce(&Client<'_>, &Expectations<'_>) -> T) -> T {
        let registered = &self.known.client;
        let redirect_uris = self.redirect_uris();
        let api_of = |scope: &Scope| self.registry.api_of(scope).cloned();
        let client = Client {
            id: &registered.id,
            keys: &self.known.keys,
            redirect_uris: &redirect_uris,
            scopes: &registered.scopes,
            api_of: &api_of,
            may_use_codes: registered.grant_types.contains(GrantType::AuthorizationCode),
            may_use_refresh_tokens: registered.grant_types.contains(GrantType::RefreshToken),
            require_par: registered.login.require_par,
            require_signed_requests: registered.login.require_signed_requests,
        };
        let providers = TestProvider::ALL.map(TestProvider::name);
        let hint = |text: &str| self.hint_is_the_clients(text, &registered.id);
        let expectations = Expectations {
            issuer: &self.state.issuer.name,
            switches: self.profile.switches(),
            tolerance: self.state.issuer.tolerance,
            now: self.now,
            identity_providers: &providers,
            test_persons: Some(self.login.rooms.persons.month()),
            id_token_hint: &hint,
        };
        judge(&client, &expectations)
    }

    /// The client's, as far as they may be registered now.
    pub(super) fn redirect_uris(&self) -> Vec<RedirectUri> {
        usable(&self.known.client.login.redirect_uris, &self.login.addresses)
    }

    /// OpenID Connect Core 1.0 section 3.1.2.2. Whose a foreign hint is, is not told.
    fn hint_is_the_clients(&self, text: &str, client: &ClientId) -> Result<(), Facts> {
        let hint = read_hint(self.state, text)?;
        if hint.client_id() == client {
            Ok(())
        } else {
            Err(Facts::new("an ID token of this client", "one of another"))
        }
    }
}

/// An ID token that this issuer signed, of any age, and that is not a test's.
pub(crate) fn read_hint(state: &OAuthState, text: &str) -> Result<Hint, Facts> {
    let key_set =
        state.keys.current().ok_or_else(|| Facts::new("an ID token of ours", "one before our first key"))?;
    let algorithms = state.issuer.profile.switches().algorithms;
    let hint = Hint::read(text, &state.issuer.name, algorithms, |kid, _| key_set.past_key(kid))?;
    if is_test_token(hint.claims().all()) {
        return Err(Facts::new("an ID token of a login", "a test token"));
    }
    Ok(hint)
}
