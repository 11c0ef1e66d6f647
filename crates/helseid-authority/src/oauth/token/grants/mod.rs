//! The grants of the token endpoint. A grant says what differs from the others: how its request is read from the form, what is
//! granted, and what that uses up. All else is the line's: authentication, binding, what is used once, and the signature.

mod authorization_code;
mod client_credentials;
mod refresh_token;
mod scopes;
mod token_exchange;

pub(super) use authorization_code::of_code;

use helseid_protocol::endpoint::token::TokenForm;
use helseid_protocol::grant::GrantType;
use helseid_protocol::rule::{Fault, Trail};

use super::granted::Granted;
use crate::oauth::binding::Binding;
use crate::oauth::client_auth::AuthenticatedClient;
use crate::oauth::signed_post::{Notes, Stop, When};
use crate::oauth::state::{OAuthState, UserLogin};
use crate::registry::Snapshot;

/// A grant that tokens are issued for. A new one has an arm in each function below, which do not compile without it.
#[derive(Clone, Copy)]
pub(crate) enum ServedGrant<'a> {
    ClientCredentials,
    AuthorizationCode(&'a UserLogin),
    RefreshToken(&'a UserLogin),
    /// Of machines' tokens, and of persons' where people log in.
    TokenExchange(Option<&'a UserLogin>),
}

/// What a grant judges.
pub(super) struct Asked<'a> {
    pub(super) state: &'a OAuthState,
    pub(super) registry: &'a Snapshot,
    pub(super) form: &'a TokenForm<'a>,
    pub(super) when: When,
    pub(super) client: &'a AuthenticatedClient<'a>,
    pub(super) binding: &'a Binding,
}

impl<'a> ServedGrant<'a> {
    /// Those of an issuer: without user login, machines alone are served.
    fn all(state: &'a OAuthState) -> Vec<Self> {
        let of_people = |login| [Self::AuthorizationCode(login), Self::RefreshToken(login)];
        let login = state.login.as_deref();
        let of_people = login.into_iter().flat_map(of_people);
        let all = std::iter::once(Self::ClientCredentials).chain(of_people);
        all.chain([Self::TokenExchange(login)]).collect()
    }

    /// Its name, as `grant_type` and the metadata have it.
    pub(crate) const fn grant_type(self) -> GrantType {
        match self {
            Self::ClientCredentials => GrantType::ClientCredentials,
            Self::AuthorizationCode(_) => GrantType::AuthorizationCode,
            Self::RefreshToken(_) => GrantType::RefreshToken,
            Self::TokenExchange(_) => GrantType::TokenExchange,
        }
    }

    /// What the metadata advertises.
    pub(crate) fn types(state: &'a OAuthState) -> Vec<GrantType> {
        Self::all(state).into_iter().map(Self::grant_type).collect()
    }

    /// The grant that a form names, if it is one of these. Whether it may is not asked.
    pub(super) fn named(state: &'a OAuthState, form: &TokenForm<'_>) -> Option<GrantType> {
        let name = form.parameter("grant_type")?;
        Self::types(state).into_iter().find(|grant| grant.name() == name)
    }

    /// The grant that a form asks for. A trail that goes on looks at the rest of another as at client credentials.
    pub(super) fn asked(
        state: &'a OAuthState,
        form: &TokenForm<'_>,
        trail: &mut Trail,
    ) -> Result<Self, Fault> {
        let grant = form.grant(&Self::types(state), trail)?;
        let served = Self::all(state).into_iter().find(|served| served.grant_type() == grant);
        Ok(served.unwrap_or(Self::ClientCredentials))
    }

    /// Checks what the form asks for by the grant's own rules.
    pub(super) async fn check(self, asked: &Asked<'a>, notes: &mut Notes) -> Result<Granted<'a>, Stop> {
        match self {
            Self::ClientCredentials => Ok(client_credentials::check(asked, &mut notes.trail)?),
            Self::AuthorizationCode(login) => authorization_code::check(asked, login, notes).await,
            Self::RefreshToken(login) => refresh_token::check(asked, login, notes).await,
            Self::TokenExchange(login) => token_exchange::check(asked, login, notes).await,
        }
    }
}
