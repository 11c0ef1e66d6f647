//! The claims of an access token (HelseID: claims; RFC 9068 section 2.2).

use std::collections::BTreeSet;

use helseid_protocol::claims::{NewActor, exchanged, name};
use helseid_protocol::details::Details;
use helseid_protocol::id::{Audience, ClientId, Issuer};
use helseid_protocol::jose::json::Object;
use helseid_protocol::random::capital_hexadecimal;
use helseid_protocol::rule::{Fault, Trail};
use helseid_protocol::time::Timestamp;
use serde_json::{Value, json};

use super::attested::Attested;
use super::granted::Granted;
use super::organisation::ActsFor;
use crate::domain::model::Client;
use crate::oauth::state::OAuthState;
use crate::oauth::user::access_token_id;
use crate::registry::Snapshot;

/// What a token says of its client, beyond its id.
pub(super) struct ClientClaims {
    acts_for: ActsFor,
    sfm_journal_id: Option<String>,
    /// The names of the claims that the APIs want; none if one of them wants all.
    wanted: Option<BTreeSet<String>>,
    /// The values that this client has of the APIs' own claims.
    of_apis: Vec<(String, String)>,
}

impl ClientClaims {
    /// The claims for a token of these APIs, with the organisation that the assertion's details name, if the client may act for
    /// it.
    pub(super) fn check(
        registry: &Snapshot,
        registered: &Client,
        (audiences, details): (&[Audience], &Details),
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let acts_for = ActsFor::check(details.organisation(), registered, registry, trail)?;
        let sfm_journal_id = details.sfm_journal_id().map(str::to_owned);
        let wanted = wanted_claims(audiences, registry);
        let of_apis = claims_of_the_apis(registered, audiences, registry);
        Ok(Self { acts_for, sfm_journal_id, wanted, of_apis })
    }

    /// Whether tokens of these APIs have a claim of this name.
    pub(super) fn are_wanted(&self, name: &str) -> bool {
        self.wanted.as_ref().is_none_or(|wanted| wanted.contains(name))
    }

    /// What the token of another says of this client, which exchanges it.
    pub(super) fn as_actor(&self, issuer: &Issuer, client: &ClientId) -> NewActor {
        let claims = self.of_the_organisation();
        claims.fold(NewActor::new(issuer, client), |actor, (name, value)| actor.with(name, value))
    }

    /// For whom the client acts.
    fn of_the_organisation(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let numbers = [
            (name::ORGNR_PARENT, &self.acts_for.parent),
            (name::ORGNR_CHILD, &self.acts_for.child),
            (name::ORGNR_SUPPLIER, &self.acts_for.supplier),
        ];
        let numbers =
            numbers.into_iter().filter_map(|(name, number)| Some((name, number.as_ref()?.as_str())));
        numbers.chain(self.sfm_journal_id.as_deref().map(|journal| (name::SFM_JOURNAL_ID, journal)))
    }
}

/// HelseID: claims: an API says which claims its tokens have; one that says nothing wants all.
fn wanted_claims(audiences: &[Audience], registry: &Snapshot) -> Option<BTreeSet<String>> {
    let apis: Vec<_> = audiences.iter().filter_map(|audience| registry.apis.get(audience)).collect();
    if apis.iter().any(|api| api.claims.is_empty()) {
        return None;
    }
    Some(apis.iter().flat_map(|api| api.claims.iter().map(ToString::to_string)).collect())
}

/// HelseID: audience-specific client claims: in tokens for the API that defines them.
fn claims_of_the_apis(client: &Client, audiences: &[Audience], registry: &Snapshot) -> Vec<(String, String)> {
    let ours = |name: &str| registry.api_of_claim(name).is_some_and(|api| audiences.contains(&api.audience));
    let claims = client.api_claims.all().iter().filter(|(name, _)| ours(name));
    claims.filter_map(|(name, claim)| Some((name.clone(), claim.active.clone()?))).collect()
}

/// The claims, in the order in which HelseID writes them.
pub(super) fn of(
    state: &OAuthState,
    (registered, bound_to): (&Client, Option<&str>),
    granted: &Granted<'_>,
    now: Timestamp,
) -> Object {
    let mut claims = Object::new();
    let mut claim = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    claim("iss", state.issuer.name.as_str().into());
    claim("nbf", now.seconds().into());
    claim("iat", now.seconds().into());
    claim("exp", now.plus(granted.lifetime(registered, now)).seconds().into());
    claim(
        "aud",
        match granted.audiences.as_slice() {
            // For userinfo, which is the issuer's own (RFC 9068 section 3).
            [] => state.issuer.name.as_str().into(),
            [one] => one.as_str().into(),
            several => several.iter().map(|audience| audience.as_str()).collect(),
        },
    );
    if let Some(thumbprint) = bound_to {
        claim("cnf", json!({ "jkt": thumbprint }));
    }
    if let Some(grant) = &granted.login {
        claim("sub", grant.person.subject().as_str().into());
    }
    claim("scope", granted.scopes.iter().map(|scope| scope.as_str()).collect());
    claim("client_id", registered.id.as_str().into());
    claim("client_amr", "private_key_jwt".into());
    let about = &granted.client;
    // Which of the others a token has is up to its APIs.
    let is_wanted = |name: &str| about.are_wanted(name);
    if let Some(grant) = &granted.login {
        let logged_in = grant.login.logged_in(&grant.person);
        logged_in.access_token_claims(is_wanted).for_each(|(name, value)| claim(name, value));
        grant.attested.iter().flat_map(Attested::claims).for_each(|(name, value)| claim(name, value));
    }
    match &granted.exchanged {
        // Of the client that got the first token, as of the person, the new one says what that one said.
        Some(token) => claims.extend(exchanged(&token.subject, token.actor.clone(), is_wanted)),
        None => {
            let of_client = [
                (name::CLIENT_NAME, registered.name.as_str()),
                (name::CLIENT_TENANCY, registered.tenancy.name()),
            ];
            let of_client = of_client.into_iter().chain(about.of_the_organisation());
            let wanted = of_client.filter(|(name, _)| is_wanted(name));
            wanted.for_each(|(name, value)| claim(name, value.into()));
        }
    }
    for (name, value) in &about.of_apis {
        claims.insert(name.clone(), value.as_str().into());
    }
    let exchanged_family = || granted.exchanged.as_ref().and_then(|token| token.family.as_ref());
    let jwt_id = match granted.login.as_ref().map(|grant| &grant.family).or_else(exchanged_family) {
        Some(family) => access_token_id(&*state.random, family),
        None => capital_hexadecimal(&*state.random),
    };
    claims.insert("jti".to_owned(), jwt_id.into());
    claims
}
