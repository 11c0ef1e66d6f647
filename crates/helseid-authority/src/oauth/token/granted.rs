//! What a grant gives: what a token is issued for, and what that uses up.

use std::time::Duration;

use helseid_protocol::claims::{AccessTokenClaims, NewActor};
use helseid_protocol::endpoint::token::{CodeForm, RefreshForm};
use helseid_protocol::id::Audience;
use helseid_protocol::person::Person;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;

use super::attested::Attested;
use super::claims::ClientClaims;
use crate::domain::model::Client;
use crate::oauth::signed_post::OwnUse;
use crate::oauth::state::UserLogin;
use crate::oauth::user::{GrantedLogin, RefreshText};
use crate::storage::sessions::{Endings, Family, FamilyId, Session};

/// What a token is issued for.
pub(super) struct Granted<'a> {
    pub(super) scopes: ScopeSet,
    /// The APIs that the scopes belong to; none for a token of a login that asked for no API.
    pub(super) audiences: Vec<Audience>,
    /// The claims about the client.
    pub(super) client: ClientClaims,
    /// Of a person who logged in; a client that acts for no person has none.
    pub(super) login: Option<LoginGrant>,
    /// The token that it is given for, where one is exchanged.
    pub(super) exchanged: Option<ExchangedToken>,
    pub(super) uses_up: UsesUp<'a>,
}

/// The login that a token is issued for.
pub(super) struct LoginGrant {
    pub(super) login: GrantedLogin,
    pub(super) person: Person,
    pub(super) family: FamilyId,
    /// What the person attests.
    pub(super) attested: Option<Attested>,
    /// Of the authorization request, for the first ID token.
    pub(super) nonce: Option<String>,
}

/// A token that another is given for.
pub(super) struct ExchangedToken {
    /// What it says.
    pub(super) subject: AccessTokenClaims,
    /// Who exchanges it.
    pub(super) actor: NewActor,
    /// The tokens of the person's login, of which the new one is one more; none of a machine's.
    pub(super) family: Option<FamilyId>,
}

/// What a grant uses up beside assertion and proof.
pub(super) enum UsesUp<'a> {
    Nothing,
    /// A code, in one step with them.
    Code {
        form: CodeForm<'a>,
        own: OwnUse,
        login: &'a UserLogin,
        first: First,
    },
    /// A refresh token, in a step after them.
    RefreshToken {
        form: RefreshForm<'a>,
        text: RefreshText,
        family: Family,
        login: &'a UserLogin,
    },
}

/// What the first tokens of a login have, and no later ones.
pub(super) struct First {
    /// The session, where it is stored with them.
    pub(super) begins: Option<Session>,
    /// As it was when they were granted.
    pub(super) granted_at: Endings,
}

impl Granted<'_> {
    /// How long the token is good: as its client is set up, and no longer than the one that it was exchanged for.
    pub(super) fn lifetime(&self, client: &Client, now: Timestamp) -> Duration {
        let left = self.exchanged.as_ref().map(|exchanged| exchanged.subject.expires().since(now));
        left.map_or(client.token_lifetime, |left| left.min(client.token_lifetime))
    }
}

impl UsesUp<'_> {
    /// What is claimed in one step with assertion and proof.
    pub(super) const fn own(&self) -> Option<OwnUse> {
        match self {
            Self::Code { own, .. } => Some(*own),
            Self::Nothing | Self::RefreshToken { .. } => None,
        }
    }
}
