//! Tokens of a login that an administrator makes for a test: by the steps of the token endpoint behind client and proof.

use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::{LoginTokens, TokenGranted, TokenType};
use helseid_protocol::rule::{Facts, Fault, Profile, ProofRequirement, Rule, Trail};
use helseid_protocol::time::Timestamp;

use super::attested::Said;
use super::first_tokens::{FirstTokens, Stored};
use super::grants::of_code;
use super::issue::Issue;
use crate::domain::model::Client;
use crate::oauth::binding::requirement;
use crate::oauth::signed_post::Stop;
use crate::oauth::state::{OAuthState, UserLogin};
use crate::oauth::user::StoredCode;
use crate::registry::Snapshot;

/// For whom tokens are made, by what is registered now.
#[derive(Clone, Copy)]
pub(in crate::oauth) struct Apart<'a> {
    pub(in crate::oauth) state: &'a OAuthState,
    pub(in crate::oauth) login: &'a UserLogin,
    pub(in crate::oauth) registry: &'a Snapshot,
    pub(in crate::oauth) client: &'a Client,
    pub(in crate::oauth) profile: Profile,
    pub(in crate::oauth) now: Timestamp,
}

impl Apart<'_> {
    /// What the token endpoint would answer to this code, which nobody was given. The tokens are bound to the key that the code
    /// is bound to; nobody has shown a proof by it.
    pub(in crate::oauth) async fn tokens(
        self,
        code: StoredCode,
        details: Details,
        trail: &mut Trail,
    ) -> Result<TokenGranted, Stop> {
        let Self { state, login, registry, client, profile, now } = self;
        let bound_to = code.dpop_jkt.clone();
        if bound_to.is_none() && requirement(state.issuer.mode, client, profile) != ProofRequirement::Optional
        {
            let facts =
                Facts::missing("dpop_jkt, the thumbprint of the key that the client makes proofs with");
            return Err(Fault::new(Rule::DpopPresent, facts).into());
        }
        // Before anything is stored.
        let key_set = state.keys.wait().await.map_err(|_| Stop::NoKeyYet)?;
        let said = Said::of(details, &code.login, now);
        let (granted, first) = of_code(code, &[], (client, registry), (&said, trail))?;
        let Some(grant) = &granted.login else { return Err(Stop::Unavailable("nobody is logged in")) };
        let tokens = FirstTokens { random: &*state.random, client, is_bound: bound_to.is_some(), now };
        let Stored::Done(refreshable) = tokens.store(&*login.sessions, grant, &first).await? else {
            return Err(Stop::Unavailable("all logins of this person or client were ended just now"));
        };
        let issue = Issue { state, key_set: &key_set, client, profile, now };
        let (access_token, id_token) = issue.tokens(bound_to.as_deref(), &granted)?;
        Ok(TokenGranted {
            access_token,
            token_type: if bound_to.is_some() { TokenType::Dpop } else { TokenType::Bearer },
            expires_in: client.token_lifetime,
            scope: Some(granted.scopes),
            rejected_scope: None,
            is_exchanged: false,
            of_login: LoginTokens {
                id_token,
                refresh_expires_in: refreshable.as_ref().map(|refreshable| refreshable.expires_in(now)),
                refresh_token: refreshable.map(|refreshable| refreshable.token),
            },
        })
    }
}
