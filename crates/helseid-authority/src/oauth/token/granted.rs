//! What a grant gives: what a token is issued for, and what that uses up.

use helseid_protocol::endpoint::token::{CodeForm, RefreshForm};
use helseid_protocol::id::Audience;
use helseid_protocol::person::Person;
use helseid_protocol::scope::ScopeSet;

use super::claims::ClientClaims;
use crate::oauth::signed_post::OwnUse;
use crate::oauth::state::UserLogin;
use crate::oauth::user::{GrantedLogin, RefreshText};
use crate::storage::sessions::{Family, FamilyId};

/// What a token is issued for.
pub(super) struct Granted<'a> {
    pub(super) scopes: ScopeSet,
    /// The APIs that the scopes belong to; none for a token of a login that asked for no API.
    pub(super) audiences: Vec<Audience>,
    /// The claims about the client.
    pub(super) client: ClientClaims,
    /// Of a person who logged in; a client that acts for no person has none.
    pub(super) login: Option<LoginGrant>,
    pub(super) uses_up: UsesUp<'a>,
}

/// The login that a token is issued for.
pub(super) struct LoginGrant {
    pub(super) login: GrantedLogin,
    pub(super) person: Person,
    pub(super) family: FamilyId,
    /// Of the authorization request, for the first ID token.
    pub(super) nonce: Option<String>,
}

/// What a grant uses up beside assertion and proof.
pub(super) enum UsesUp<'a> {
    Nothing,
    /// A code, in one step with them.
    Code {
        form: CodeForm<'a>,
        own: OwnUse,
        login: &'a UserLogin,
    },
    /// A refresh token, in a step after them.
    RefreshToken {
        form: RefreshForm<'a>,
        text: RefreshText,
        family: Family,
        login: &'a UserLogin,
    },
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
