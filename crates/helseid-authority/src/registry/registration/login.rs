//! What a client that logs people in, or exchanges tokens, must be registered with.
//!
//! The addresses themselves are checked by their types.

use helseid_admin_api::{LoginSettings, LogoutUri, RedirectUri};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::is_loopback;
use helseid_protocol::rule::Profile;
use url::Url;

use super::{NotRegistered, RegistrationPolicy};
use crate::domain::model::{Client, lets_clients_lift};
use crate::registry::Snapshot;

/// The longest lifetime of an ID token and of a session, in seconds: a day.
const MAX_DAY: u32 = 86_400;

/// The longest lifetime of refresh tokens, in seconds: a year.
const MAX_REFRESH: u32 = 366 * 86_400;

/// The longest time for which a used refresh token may be presented again, in seconds.
const MAX_GRACE: u32 = 60;

/// Checks that the parts fit together, and that they fit this authority.
pub(super) fn check(
    client: &Client,
    registry: &Snapshot,
    policy: &RegistrationPolicy,
) -> Result<(), NotRegistered> {
    let login = &client.login;
    grants_have_what_they_need(client)?;
    if let Some(unknown) = client.own_audiences.iter().find(|audience| !registry.apis.contains_key(*audience))
    {
        let detail = format!("expected the audience of a registered API, got {unknown}");
        let next = format!("register the API: helseid api add {unknown} --scope SCOPE");
        return Err(NotRegistered::wrong("an API is not known", detail, next));
    }
    profile_can_be_lifted(login, client.profile.unwrap_or(policy.profile))?;
    let redirects =
        login.redirect_uris.iter().chain(&login.post_logout_redirect_uris).map(RedirectUri::as_str);
    let logouts = [&login.frontchannel_logout_uri, &login.backchannel_logout_uri];
    let logouts = logouts.into_iter().flatten().map(LogoutUri::as_str);
    redirects.chain(logouts.clone()).try_for_each(|uri| require_secure(uri, policy))?;
    logouts.into_iter().try_for_each(|uri| logout_is_reachable(uri, policy))?;
    lifetimes(login)
}

fn grants_have_what_they_need(client: &Client) -> Result<(), NotRegistered> {
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
            "refresh tokens are only given with an authorization code",
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
    Ok(())
}

/// What a profile demands of everyone is not lifted for one client, but in the profiles whose platform lets it.
fn profile_can_be_lifted(login: &LoginSettings, profile: Profile) -> Result<(), NotRegistered> {
    let lifted = [
        ("require_par", login.require_par == Some(false)),
        ("require_dpop", login.require_dpop == Some(false)),
        ("insecure_userinfo_by_bearer", login.insecure_userinfo_by_bearer),
    ];
    let lifted = lifted.into_iter().find(|(_, lifts)| *lifts).filter(|_| !lets_clients_lift(profile));
    let Some((name, _)) = lifted else { return Ok(()) };
    let title = format!("{name} cannot be set so");
    let detail = format!("profile {profile} lets no client off");
    let next = "leave it out, or register the client with profile helseid or legacy";
    Err(NotRegistered::wrong(title, detail, next))
}

/// An address of http is on loopback, or of the one host that the authority was set up for.
pub(crate) fn require_secure(uri: &str, policy: &RegistrationPolicy) -> Result<(), NotRegistered> {
    let is_named = |url: &Url| policy.insecure_host.as_ref().is_some_and(|host| host.covers(url));
    let is_allowed = |url: Url| url.scheme() != "http" || is_loopback(&url) || is_named(&url);
    if Url::parse(uri).is_ok_and(is_allowed) {
        return Ok(());
    }
    let detail = format!("expected https, or http on loopback, got {uri}");
    let next = "use https; between containers, start the authority with --insecure-redirect-host HOST:PORT";
    Err(NotRegistered::wrong("an address of the client is insecure", detail, next))
}

/// A logout is sent to loopback by an authority alone that is there itself: another one would call its own machine.
fn logout_is_reachable(uri: &str, policy: &RegistrationPolicy) -> Result<(), NotRegistered> {
    let is_here = Url::parse(uri).is_ok_and(|url| is_loopback(&url));
    require(
        !is_here || policy.issuer_is_loopback,
        "a logout URI is on loopback",
        "this authority is not on loopback, and would reach its own machine there",
        "give the address by which others reach the client",
    )
}

/// Those of registered addresses to which browsers may be sent: the host that http was allowed for may not be named any more.
pub(crate) fn usable(registered: &[RedirectUri], policy: &RegistrationPolicy) -> Vec<RedirectUri> {
    let is_usable = |uri: &&RedirectUri| require_secure(uri.as_str(), policy).is_ok();
    registered.iter().filter(is_usable).cloned().collect()
}

/// Whether a logout may be sent to an address that was registered, maybe under other settings.
pub(crate) fn may_be_told_of_a_logout(uri: &str, policy: &RegistrationPolicy) -> bool {
    require_secure(uri, policy).and_then(|()| logout_is_reachable(uri, policy)).is_ok()
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
