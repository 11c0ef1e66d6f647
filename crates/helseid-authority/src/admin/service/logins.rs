//! Logins that an administrator makes and ends, for tests.

use helseid_admin_api::{ActingFor, LoginTokens, LoginsToEnd, PersonSignIn};
use helseid_protocol::details::Organisation;
use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::person::PersonNumber;

use super::error::ServiceError;
use crate::oauth::{self, NotSignedIn, OAuthState, SignIn, UserLogin};
use crate::registry::registration::Reason;

/// The logins of the authority's own issuer, for whoever administers them.
pub(crate) struct LoginAdmin {
    pub(crate) oauth: OAuthState,
}

impl LoginAdmin {
    /// Logs a person in at a client.
    pub(crate) async fn sign_in(&self, asked: PersonSignIn) -> Result<LoginTokens, ServiceError> {
        let scope = asked.scope.unwrap_or_else(|| self.all_scopes(&asked.client_id));
        let sign_in = SignIn {
            client_id: asked.client_id,
            person: asked.person,
            scope,
            resources: asked.resource,
            dpop_jkt: asked.dpop_jkt,
            organisation: asked.organisation.map(organisation).transpose()?,
        };
        let granted = oauth::sign_in(&self.oauth, sign_in).await;
        granted.map(tokens).map_err(|why| match why {
            NotSignedIn::Nowhere => nowhere(),
            NotSignedIn::Nobody => nobody(),
            NotSignedIn::Fault(fault) => {
                let fix = fault.rule().fix();
                ServiceError::invalid("the person is not logged in", fault.description(), fix)
            }
            NotSignedIn::Unavailable(why) => {
                let title = "the person is not logged in";
                ServiceError::new(Reason::Unavailable, title, why, "try again in a moment")
            }
        })
    }

    /// Ends logins.
    pub(crate) async fn end(&self, which: LoginsToEnd) -> Result<(), ServiceError> {
        let login = self.oauth.login.as_deref().ok_or_else(nowhere)?;
        let here = (&self.oauth, login);
        match (which.session, which.person, which.client_id) {
            (Some(sid), None, None) => Ok(oauth::end_session(here, &sid).await?),
            (None, Some(person), None) => Ok(oauth::end_person(here, &number(login, &person)?).await?),
            (None, None, Some(client)) => {
                if !self.oauth.registry.now().clients.contains_key(&client) {
                    return Err(ServiceError::unknown("client", client));
                }
                Ok(oauth::end_client(here, &client).await?)
            }
            _ => {
                let detail = "expected exactly one of session, person and client_id";
                Err(ServiceError::invalid("which logins end is not clear", detail, "give one of them"))
            }
        }
    }

    /// What a client may ask for at a login, all of it.
    fn all_scopes(&self, client: &ClientId) -> String {
        let registry = self.oauth.registry.now();
        let Some(known) = registry.clients.get(client) else { return "openid".to_owned() };
        let refreshes = known.client.grant_types.contains(GrantType::RefreshToken);
        let mut all = vec!["openid"];
        all.extend(refreshes.then_some("offline_access"));
        all.extend(known.client.scopes.iter().map(|scope| scope.as_str()));
        all.join(" ")
    }
}

fn organisation(named: ActingFor) -> Result<Organisation, ServiceError> {
    Ok(match named {
        ActingFor { parent: Some(parent), child } => Organisation::Parent { parent, child },
        ActingFor { parent: None, child: Some(child) } => Organisation::Child(child),
        ActingFor { parent: None, child: None } => {
            let detail = "expected a parent, a child, or both, got neither";
            return Err(ServiceError::invalid("the organisation is empty", detail, "leave organisation out"));
        }
    })
}

fn number(login: &UserLogin, person: &str) -> Result<PersonNumber, ServiceError> {
    let persons = &login.rooms.persons;
    match persons.find(person) {
        Some(entry) => Ok(entry.person.number),
        None => PersonNumber::parse(person, persons.month()).map_err(|_| nobody()),
    }
}

/// The text may be a number: it is not repeated.
fn nobody() -> ServiceError {
    let detail = "expected the short name of a registered person, or a synthetic number";
    ServiceError::invalid("there is no such person", detail, "see helseid person list")
}

fn nowhere() -> ServiceError {
    let detail =
        "people cannot log in at this authority, because whoever picks a person is logged in as that person";
    let next = "where that is meant, start it with --test-login-at and the host of its issuer";
    ServiceError::new(Reason::Conflict, "logins are not allowed here", detail, next)
}

fn tokens(granted: TokenGranted) -> LoginTokens {
    let of_login = granted.of_login;
    LoginTokens {
        access_token: granted.access_token.expose().to_owned(),
        token_type: granted.token_type.as_str().to_owned(),
        expires_in: granted.expires_in.as_secs(),
        scope: granted.scope.map(|scope| scope.to_string()).unwrap_or_default(),
        id_token: of_login.id_token.map(|token| token.expose().to_owned()),
        refresh_token: of_login.refresh_token.map(|token| token.expose().to_owned()),
        rt_expires_in: of_login.refresh_expires_in.map(|lifetime| lifetime.as_secs()),
    }
}
