//! What a client that logs people in, or exchanges tokens, must be registered with.
//!
//! The addresses themselves are checked by their types. No endpoint of the authority follows these settings yet.

use helseid_admin_api::LoginSettings;
use helseid_protocol::grant::GrantType;

use super::NotRegistered;
use crate::domain::model::Client;
use crate::registry::Snapshot;

/// The longest lifetime of an ID token and of a session, in seconds: a day.
const MAX_DAY: u32 = 86_400;

/// The longest lifetime of refresh tokens, in seconds: a year.
const MAX_REFRESH: u32 = 366 * 86_400;

/// The longest time for which a used refresh token may be presented again, in seconds.
const MAX_GRACE: u32 = 60;

/// Checks that the parts fit together.
pub(super) fn check(client: &Client, registry: &Snapshot) -> Result<(), NotRegistered> {
    let (grants, login) = (&client.grant_types, &client.login);
    require(
        grants.iter().next().is_some(),
        "the client has no grant type",
        "expected at least one",
        "leave grant_types out for client_credentials",
    )?;
    if grants.contains(GrantType::AuthorizationCode) {
        require(
            !login.redirect_uris.is_empty(),
            "the client has no redirect URI",
            "a client that logs people in must say where browsers are sent back to",
            "give redirect_uris, or leave out the grant type authorization_code",
        )?;
    }
    if grants.contains(GrantType::RefreshToken) {
        require(
            grants.contains(GrantType::AuthorizationCode),
            "the client can get no refresh token",
            "refresh tokens are given with an authorization code alone",
            "add the grant type authorization_code, or leave out refresh_token",
        )?;
    }
    if grants.contains(GrantType::TokenExchange) {
        require(
            !client.own_audiences.is_empty(),
            "the client has no token to exchange",
            "a client exchanges tokens that were issued for an API that it is itself",
            "name its APIs in own_audiences, or leave out the grant type of token exchange",
        )?;
    }
    if let Some(unknown) = client.own_audiences.iter().find(|audience| !registry.apis.contains_key(*audience))
    {
        let detail = format!("expected the audience of a registered API, got {unknown}");
        let next = format!("register the API: helseid api add {unknown} --scope SCOPE");
        return Err(NotRegistered::wrong("an API is not known", detail, next));
    }
    lifetimes(login)
}

fn lifetimes(login: &LoginSettings) -> Result<(), NotRegistered> {
    let bounds = [
        ("id_token_lifetime_seconds", login.id_token_lifetime_seconds, 1, MAX_DAY),
        ("refresh_token_lifetime_seconds", login.refresh_token_lifetime_seconds, 1, MAX_REFRESH),
        ("session_lifetime_seconds", login.session_lifetime_seconds, 1, MAX_DAY),
        ("refresh_grace_seconds", login.refresh_grace_seconds, 0, MAX_GRACE),
    ];
    for (name, given, least, most) in bounds {
        if let Some(seconds) = given.filter(|seconds| !(least..=most).contains(seconds)) {
            let title = format!("{name} is wrong");
            let detail = format!("expected {least} to {most} seconds, got {seconds}");
            return Err(NotRegistered::wrong(title, detail, "leave it out for the authority's own"));
        }
    }
    Ok(())
}

fn require(holds: bool, title: &str, detail: &str, next: &str) -> Result<(), NotRegistered> {
    if holds { Ok(()) } else { Err(NotRegistered::wrong(title, detail, next)) }
}
