//! The token endpoint without HTTP: from a form and headers to a token, or to the one rule that was broken.
//!
//! `AuthenticatedClient -> Binding -> Granted -> claims -> token`; each is a type that only the step before can make. Cheap
//! checks come first. Ids are claimed as used last of all, in one atomic step, and only then is the token signed. A profile
//! may have the assertion's claimed right after authentication.

#[cfg(test)]
mod once;
#[cfg(test)]
mod tests;

use ::http::StatusCode;
use axum::response::Response;
use helseid_protocol::endpoint::ClientFormRules;
use helseid_protocol::endpoint::token::{LoginTokens, TokenForm, TokenGranted, TokenType};
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::{Endpoint, Facts, Rule};

use super::grants::{Asked, ServedGrant};
use super::issue::Issue;
use super::settle::Settled;
use crate::domain::model::Client;
use crate::oauth::binding::{self, ProofPlace};
use crate::oauth::signed_post::{self, Answer, Line, Notes, ReadCall, Redeemed, Stop};
use crate::oauth::state::OAuthState;
use crate::registry::Snapshot;
use crate::web::oauth_error;

/// The token endpoint.
pub(crate) struct TokenLine;

impl Line for TokenLine {
    type Granted = TokenGranted;
    const NAME: &'static str = "token endpoint";
    const ENDPOINT: Endpoint = Endpoint::Token(GrantType::ClientCredentials);
    const FORM: ClientFormRules = ClientFormRules::TOKEN;

    async fn granted(
        state: &OAuthState,
        registry: &Snapshot,
        call: ReadCall<'_>,
        notes: &mut Notes,
    ) -> Result<TokenGranted, Stop> {
        let ReadCall { when, .. } = call;
        let form = TokenForm::of(call.form);
        if let Some(grant) = ServedGrant::named(state, &form) {
            notes.endpoint = Endpoint::Token(grant);
        }
        let client = signed_post::authenticated(state, registry, call, notes)?;
        let trail = &mut notes.trail;
        // Before anything is claimed: a request that waits for the key in vain can be sent again.
        let key_set = state.keys.current().ok_or(Stop::NoKeyYet)?;
        signed_post::at_once(state, &client, when, trail).await?;
        let grant = ServedGrant::asked(state, &form, trail)?;
        notes.endpoint = Endpoint::Token(grant.grant_type());
        let allowed = grant_is_the_clients(grant.grant_type(), &client.known.client);
        trail.require_or_note(Rule::RequestGrantAllowed, allowed)?;
        let requirement = binding::requirement(state.issuer.mode, &client.known.client, client.profile);
        let place = ProofPlace { targets: &state.issuer.token_targets, requirement };
        let binding = signed_post::bound(state, &client, (call, place), trail).await?;
        let asked = Asked { state, registry, form: &form, when, client: &client, binding: &binding };
        let granted = grant.check(&asked, notes).await?;
        let trail = &mut notes.trail;
        let proof = binding.proof.as_ref();
        let redeemed = Redeemed { client: &client, proof, request_object: None, own: granted.uses_up.own() };
        let claimed = redeemed.claim(state, when, trail).await?;
        let settled = Settled { state, client: &client, is_bound: proof.is_some(), now: when.real };
        let refreshable = settled.settle(&granted, claimed, trail).await?;
        let issue = Issue {
            state,
            key_set: &key_set,
            client: &client.known.client,
            profile: client.profile,
            now: when.judged(),
        };
        let bound_to = proof.map(|proof| proof.thumbprint().as_str());
        let (access_token, id_token) = issue.tokens(bound_to, &granted)?;
        Ok(TokenGranted {
            access_token,
            token_type: if proof.is_some() { TokenType::Dpop } else { TokenType::Bearer },
            expires_in: granted.lifetime(&client.known.client, when.judged()),
            is_exchanged: granted.exchanged.is_some(),
            scope: Some(granted.scopes),
            rejected_scope: None,
            of_login: LoginTokens {
                id_token,
                refresh_expires_in: refreshable.as_ref().map(|refreshable| refreshable.expires_in(when.real)),
                refresh_token: refreshable.map(|refreshable| refreshable.token),
            },
        })
    }
}

impl Answer for TokenGranted {
    fn scope(&self) -> Option<String> {
        self.scope.as_ref().map(ToString::to_string)
    }

    fn into_response(self) -> Response {
        oauth_error::json(StatusCode::OK, self.to_json())
    }
}

/// RFC 6749 section 5.2: `unauthorized_client`.
fn grant_is_the_clients(grant: GrantType, client: &Client) -> Result<(), Facts> {
    let own = &client.grant_types;
    if own.contains(grant) { Ok(()) } else { Err(Facts::value(own, grant)) }
}
