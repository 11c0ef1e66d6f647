//! The story of a login: a person, by a client, at an API, until the end of the login.

use helseid_admin_api::{ClientRegistration, LoginSettings};
use helseid_authority::Running;
use helseid_client::Client;
use helseid_http::Outbound;
use helseid_login::flow::{Found, LoggedIn, LoginClient, LoginErrorKind, LoginRequest, RefreshAsk, Returned};
use helseid_protocol::details::Details;
use helseid_protocol::grant::GrantType;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::RefreshToken;
use http::header;
use url::Url;

use super::narrator::Narrator;
use super::{patients, register};
use crate::commands::login_settings;
use crate::failure::Failure;
use crate::session::REDIRECT_URI;

/// Who logs in, by short name: one of the persons of every local authority.
const PERSON: &str = "doctor";

/// Who it is, and a refresh token.
const IDENTITY: &str = "openid profile offline_access helseid://scopes/identity/security_level";

pub(super) async fn run(authority: &Running, url: &str, narrator: &Narrator) -> Result<(), Failure> {
    let scope = ScopeSet::parse(&format!("{IDENTITY} {}", sample_api::read_scope(sample_api::AUDIENCE)))
        .map_err(|why| Failure::new("the scope is wrong", why, "report this as a bug"))?;
    let client = register(authority, narrator, |registration| for_logins(registration, &scope)).await?;
    let login = LoginClient::new(client.clone(), REDIRECT_URI)?;
    let person = log_in(&client, &login, scope, narrator).await?;
    let call = client.get(url).bound_token(person.access.token.clone(), person.key.proof_key().clone());
    narrator.patients(&patients(call.send().await?.bytes())?);
    end(&person, &login, narrator).await
}

fn for_logins(registration: ClientRegistration, scope: &ScopeSet) -> ClientRegistration {
    ClientRegistration {
        scopes: scope.clone(),
        grant_types: [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect(),
        login: LoginSettings {
            redirect_uris: login_settings::uris(&[REDIRECT_URI]),
            ..LoginSettings::default()
        },
        ..registration
    }
}

async fn log_in(
    client: &Client,
    login: &LoginClient,
    scope: ScopeSet,
    narrator: &Narrator,
) -> Result<LoggedIn, Failure> {
    let pushed = login.begin(&LoginRequest::default().scope(scope).login_hint(PERSON)).await?;
    narrator.step(
        "The client pushes what it asks for, with PKCE, state, nonce and the key of the login",
        &["The browser is sent to", pushed.authorize.as_str()],
    );
    let answer = Outbound::builder().build()?.get(pushed.authorize.as_str()).await?;
    let back = answer.headers().get(header::LOCATION).and_then(|to| Url::parse(to.to_str().ok()?).ok());
    let back = back.ok_or_else(|| {
        Failure::new("nobody is logged in", "the authority shows a page", "report this as a bug")
    })?;
    let names: Vec<_> = back.query_pairs().map(|(name, _)| name.into_owned()).collect();
    narrator.step(
        "login_hint names a synthetic person, so no page is shown: the browser comes back at once",
        &[REDIRECT_URI, &format!("with {}", names.join(", "))],
    );
    let returned = Returned::read(back.query().unwrap_or_default().as_bytes())?;
    let person = returned.recognise(Found::Pending(pushed.pending), login)?.complete(login).await?;
    let level = person.claims.security_level().map(|level| level.to_string()).unwrap_or_default();
    let name = person.claims.name().unwrap_or(PERSON);
    let issuer = format!("signed by {}, for client {}", login.issuer(), client.config().client_id);
    narrator.step(&format!("The ID token holds: {name} is logged in at {level}"), &[&issuer]);
    Ok(person)
}

/// A refresh, the end of the login, and a refresh that is refused.
async fn end(person: &LoggedIn, login: &LoginClient, narrator: &Narrator) -> Result<(), Failure> {
    let missing = || Failure::new("there is no refresh token", "none was given", "report this as a bug");
    let first = person.refresh.clone().ok_or_else(missing)?.token;
    let answer = login.refresh(ask(person, &first)).await?;
    let newest = answer.refresh_grant().map_or(first, |grant| grant.token.clone());
    answer.verify(login, &person.claims).await?;
    narrator.step("A refresh gives new tokens of the same login", &[]);
    login.revoke(&newest).await?;
    narrator.step("The client ends the login: its refresh token is revoked", &[]);
    match login.refresh(ask(person, &newest)).await {
        Err(error) if error.kind() == LoginErrorKind::GrantEnded => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err(Failure::new("a login that has ended was refreshed", "200", "report this as a bug")),
    }
}

fn ask<'a>(person: &'a LoggedIn, token: &'a RefreshToken) -> RefreshAsk<'a> {
    const EVERYTHING: &ScopeSet = &ScopeSet::none();
    RefreshAsk {
        refresh_token: token,
        key: &person.key,
        resource: None,
        scope: EVERYTHING,
        details: Details::new(),
    }
}
