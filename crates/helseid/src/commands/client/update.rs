//! `client update`: what the flags say, over what is registered. What is replaced as a whole is replaced in the state that was read,
//! or not at all.

use helseid_admin_api::{ClientChange, OrganisationNumbers, RegisteredClient, operation};
use helseid_protocol::scope::ScopeSet;

use super::super::login_settings::Logins;
use super::{children, scopes};
use crate::admin::Admin;
use crate::args::{Cleared, Global, LoginFlags, UpdateFlags};
use crate::failure::Failure;

pub(super) async fn run(flags: UpdateFlags, global: &Global) -> Result<RegisteredClient, Failure> {
    require_one_of_both(&flags)?;
    let admin = Admin::of(&flags.registry, global)?;
    let is_cleared = |list| flags.clear.contains(&list);
    let new_scopes = match flags.scope.as_slice() {
        [] => is_cleared(Cleared::Scope).then(ScopeSet::default),
        given => Some(scopes(given)?),
    };
    let new_children = match flags.org_child.as_slice() {
        [] => is_cleared(Cleared::OrgChild).then(OrganisationNumbers::default),
        given => Some(children(given.to_vec())?),
    };
    let logins = login_change(&admin, &flags).await?;
    let change = ClientChange {
        name: flags.name,
        scopes: new_scopes,
        tenancy: flags.tenancy,
        org_parent: flags.org_parent,
        org_children: new_children,
        profile: flags.profile,
        token_lifetime_seconds: flags.token_lifetime,
        enabled: flags.enabled,
        ..logins
    };
    admin.call(&operation::CHANGE_CLIENT, &[flags.client_id.as_str()], &change).await
}

/// What changes of a client's logins, which the registry takes whole: what is registered, with what the flags say. It is made of
/// what was read here, so that of two updates at once neither undoes the other.
async fn login_change(admin: &Admin, flags: &UpdateFlags) -> Result<ClientChange, Failure> {
    let cleared = flags.clear.iter().filter(|list| !matches!(list, Cleared::Scope | Cleared::OrgChild));
    if flags.login == LoginFlags::default() && cleared.clone().next().is_none() {
        return Ok(ClientChange::default());
    }
    let client = admin.call(&operation::SHOW_CLIENT, &[flags.client_id.as_str()], &()).await?;
    let before = Logins::of(&client);
    let after = before.clone().with(flags.login.clone())?;
    let after = cleared.fold(after, |after, list| after.without(*list));
    // An older authority has no versions.
    let version = Some(client.version).filter(|version| !version.is_empty());
    Ok(ClientChange { version, ..after.change_from(&before) })
}

/// Refuses to empty what is given.
fn require_one_of_both(flags: &UpdateFlags) -> Result<(), Failure> {
    let login = &flags.login;
    let given = |list: &Cleared| match list {
        Cleared::Scope => !flags.scope.is_empty(),
        Cleared::OrgChild => !flags.org_child.is_empty(),
        Cleared::RedirectUri => !login.redirect_uri.is_empty(),
        Cleared::PostLogoutRedirectUri => !login.post_logout_redirect_uri.is_empty(),
        Cleared::FrontchannelLogoutUri => login.frontchannel_logout_uri.is_some(),
        Cleared::BackchannelLogoutUri => login.backchannel_logout_uri.is_some(),
        Cleared::IdentityProvider => !login.identity_provider.is_empty(),
        Cleared::OwnAudience => !login.own_audience.is_empty(),
        Cleared::MayBeExchangedBy => !login.may_be_exchanged_by.is_empty(),
    };
    if !flags.clear.iter().any(given) {
        return Ok(());
    }
    let why = "a list that is given replaces the one that is there";
    Err(Failure::usage("--clear empties a list that is given, too", why, "leave out one of the two"))
}
