//! What a token says of its client.

use helseid_protocol::claims::name;
use helseid_protocol::forge::Jwt;
use helseid_protocol::id::{Audience, ClientId, JwtId};
use helseid_protocol::random::capital_hexadecimal;
use helseid_protocol::scope::ScopeSet;
use serde_json::Value;

use super::super::ask::{Ask, ClientClaims, Generation, Tenancy};
use crate::oauth::OAuthState;
use crate::registry::Snapshot;

/// Who a token is for when nobody says so.
const CLIENT_ID: &str = "test-token-client";

/// The client of a token, as it is asked for.
pub(super) struct Client<'a> {
    given: &'a ClientClaims,
    /// Whether default claims are made.
    defaults: bool,
    pub(super) id: ClientId,
    pub(super) scopes: ScopeSet,
}

impl<'a> Client<'a> {
    /// Of `none`, where no claims of a client are given.
    pub(super) fn of(
        ask: &'a Ask,
        none: &'a ClientClaims,
        (registry, audience): (&Snapshot, &Audience),
    ) -> Result<Self, String> {
        let (defaults, given) = (generation(ask).0, given(ask).unwrap_or(none));
        let id = ClientId::parse(given.client_id.as_deref().unwrap_or(CLIENT_ID))
            .map_err(|why| format!("clientId: {why}"))?;
        let scopes = match &given.scope {
            Some(scopes) => ScopeSet::parse(&scopes.join(" ")).map_err(|why| format!("scope: {why}"))?,
            None if defaults => registry.apis.get(audience).map(|api| api.scopes.clone()).unwrap_or_default(),
            None => ScopeSet::default(),
        };
        Ok(Self { given, defaults, id, scopes })
    }

    /// A new one, unless one is given.
    pub(super) fn jwt_id(&self, oauth: &OAuthState) -> Result<JwtId, String> {
        let own = || capital_hexadecimal(&*oauth.random);
        JwtId::parse(&self.given.jti.clone().unwrap_or_else(own)).map_err(|why| format!("jti: {why}"))
    }

    /// The organisation and the unit that it acts for.
    pub(super) fn organisation(&self) -> (Option<&'a str>, Option<&'a str>) {
        (self.given.orgnr_parent.as_deref(), self.given.orgnr_child.as_deref())
    }

    /// `token` with the claims about the client, and without those that are not wanted.
    pub(super) fn claims(&self, mut token: Jwt) -> Jwt {
        if !self.defaults && self.given.client_id.is_none() {
            token = token.without_claim("client_id").without_claim("client_amr");
        }
        if !self.defaults && self.given.scope.is_none() {
            token = token.without_claim("scope");
        }
        claims(self.given, self.defaults)
            .into_iter()
            .fold(token, |token, (name, value)| token.claim(name, value))
    }
}

/// What is given of the client, where that counts.
pub(super) fn given(ask: &Ask) -> Option<&ClientClaims> {
    ask.client_claims_parameters.as_ref().filter(|_| generation(ask).1)
}

/// Whether default claims are made, and whether those of the parameters are.
fn generation(ask: &Ask) -> (bool, bool) {
    match ask.client_claims_parameters_generation {
        Some(Generation::GenerateNone) => (false, false),
        Some(Generation::GenerateOnlyDefault) => (true, false),
        Some(Generation::GenerateOnlyFromNonEmptyParameterValues) => (false, true),
        Some(Generation::GenerateDefaultWithClaimsFromNonEmptyParameterValues) => (true, true),
        None => (ask.without_default_client_claims != Some(true), true),
    }
}

/// The claims about the client, beyond those of every token.
fn claims(given: &ClientClaims, defaults: bool) -> Vec<(&'static str, Value)> {
    let tenancy = match (given.client_tenancy_type, given.client_tenancy) {
        (Some(Tenancy::MultiTenant) | None, Some(true)) => Some("multi-tenant"),
        (Some(Tenancy::SingleTenant), Some(true)) => Some("single-tenant"),
        (Some(Tenancy::None), Some(true)) => Some("none"),
        // The type counts only where a tenancy is asked for.
        (_, Some(false) | None) => defaults.then_some("none"),
    };
    let name = given.client_name.as_deref().or_else(|| defaults.then_some("Test token client"));
    let texts = [
        (name::CLIENT_NAME, name),
        (name::CLIENT_TENANCY, tenancy),
        (name::ORGNR_PARENT, given.orgnr_parent.as_deref()),
        (name::ORGNR_CHILD, given.orgnr_child.as_deref()),
        (name::ORGNR_SUPPLIER, given.orgnr_supplier.as_deref()),
        (name::SFM_JOURNAL_ID, given.sfm_journal_id.as_deref()),
        ("client_amr", given.client_authentication_methods_references.as_deref()),
    ];
    let mut claims: Vec<_> =
        texts.into_iter().filter_map(|(name, text)| Some((name, Value::from(text?)))).collect();
    if let Some(methods) = &given.authentication_methods_references {
        claims.push(("amr", methods.as_slice().into()));
    }
    claims
}
