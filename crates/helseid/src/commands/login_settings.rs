//! What the flags say of a client's logins, over what is registered.

use helseid_admin_api::{
    Audiences, ClientChange, ClientIds, GrantTypes, LoginSettings, RedirectUris, RefreshTokenUsage,
    RegisteredClient, TestProviders,
};
use helseid_protocol::bounded::{Bounded, TooMany};

use crate::args::{Cleared, LoginFlags, RefreshUsage};
use crate::failure::Failure;

/// What is registered of a client's logins.
#[derive(Debug, Clone, Default)]
pub(super) struct Logins {
    pub(super) grant_types: GrantTypes,
    pub(super) login: LoginSettings,
    pub(super) own_audiences: Audiences,
    pub(super) may_be_exchanged_by: ClientIds,
}

impl Logins {
    /// As it is registered.
    pub(super) fn of(client: &RegisteredClient) -> Self {
        Self {
            grant_types: client.grant_types.clone(),
            login: client.login.clone(),
            own_audiences: client.own_audiences.clone(),
            may_be_exchanged_by: client.may_be_exchanged_by.clone(),
        }
    }

    /// With what the flags say; what they leave out stays.
    pub(super) fn with(mut self, flags: LoginFlags) -> Result<Self, Failure> {
        let login = &mut self.login;
        if !flags.grant.is_empty() {
            self.grant_types = flags.grant.into_iter().collect();
        }
        replace(&mut login.redirect_uris, flags.redirect_uri, "--redirect-uri")?;
        let after_logout = flags.post_logout_redirect_uri;
        replace(&mut login.post_logout_redirect_uris, after_logout, "--post-logout-redirect-uri")?;
        replace(&mut login.identity_providers, flags.identity_provider, "--identity-provider")?;
        replace(&mut self.own_audiences, flags.own_audience, "--own-audience")?;
        replace(&mut self.may_be_exchanged_by, flags.may_be_exchanged_by, "--may-be-exchanged-by")?;
        set(&mut login.frontchannel_logout_uri, flags.frontchannel_logout_uri);
        set(&mut login.backchannel_logout_uri, flags.backchannel_logout_uri);
        set(&mut login.id_token_lifetime_seconds, flags.id_token_lifetime);
        set(&mut login.refresh_token_lifetime_seconds, flags.refresh_token_lifetime);
        set(&mut login.session_lifetime_seconds, flags.session_lifetime);
        set(&mut login.refresh_grace_seconds, flags.refresh_grace);
        login.refresh_token_usage = match flags.refresh_usage {
            Some(RefreshUsage::Once) => RefreshTokenUsage::OneTime,
            Some(RefreshUsage::Reusable) => RefreshTokenUsage::Reusable,
            None => login.refresh_token_usage,
        };
        login.require_par = flags.require_par.map_or(login.require_par, |demand| demand.setting());
        login.require_dpop = flags.require_dpop.map_or(login.require_dpop, |demand| demand.setting());
        login.require_signed_requests =
            flags.require_signed_requests.unwrap_or(login.require_signed_requests);
        login.insecure_userinfo_by_bearer =
            flags.insecure_userinfo_by_bearer.unwrap_or(login.insecure_userinfo_by_bearer);
        Ok(self)
    }

    /// With this list empty; the client's scopes and units are not among them.
    pub(super) fn without(mut self, list: Cleared) -> Self {
        let login = &mut self.login;
        match list {
            Cleared::Scope | Cleared::OrgChild => {}
            Cleared::RedirectUri => login.redirect_uris = RedirectUris::default(),
            Cleared::PostLogoutRedirectUri => login.post_logout_redirect_uris = RedirectUris::default(),
            Cleared::FrontchannelLogoutUri => login.frontchannel_logout_uri = None,
            Cleared::BackchannelLogoutUri => login.backchannel_logout_uri = None,
            Cleared::IdentityProvider => login.identity_providers = TestProviders::default(),
            Cleared::OwnAudience => self.own_audiences = Audiences::default(),
            Cleared::MayBeExchangedBy => self.may_be_exchanged_by = ClientIds::default(),
        }
        self
    }

    /// What differs from `before`, as a change.
    pub(super) fn change_from(self, before: &Self) -> ClientChange {
        ClientChange {
            grant_types: Some(self.grant_types).filter(|grants| *grants != before.grant_types),
            login: Some(self.login).filter(|login| *login != before.login),
            own_audiences: Some(self.own_audiences).filter(|own| *own != before.own_audiences),
            may_be_exchanged_by: Some(self.may_be_exchanged_by)
                .filter(|clients| *clients != before.may_be_exchanged_by),
            ..ClientChange::default()
        }
    }

    /// The lines that show it, of a client that is for more than machines.
    pub(super) fn lines(&self) -> Vec<String> {
        let login = &self.login;
        let mut lines = vec![];
        if !self.grant_types.is_default() {
            lines.push(format!("grants      {}", self.grant_types));
        }
        let mut listed = |name: &str, values: Vec<String>| {
            lines.extend(values.iter().map(|value| format!("{name:<11} {value}")));
        };
        listed("redirect", texts(&login.redirect_uris));
        listed("logged out", texts(&login.post_logout_redirect_uris));
        listed("front", texts(login.frontchannel_logout_uri.as_slice()));
        listed("back", texts(login.backchannel_logout_uri.as_slice()));
        listed("is API", texts(&self.own_audiences));
        listed("actor", texts(&self.may_be_exchanged_by));
        let seconds = |name: &str, given: Option<u32>| given.map(|seconds| format!("{name} {seconds} s"));
        let demand = |name: &str, given: Option<bool>| {
            given.map(|is| format!("{name} {}", if is { "required" } else { "not required" }))
        };
        let flag = |name: &str, on: bool| on.then(|| name.to_owned());
        let settings = [
            seconds("ID tokens for", login.id_token_lifetime_seconds),
            seconds("sessions for", login.session_lifetime_seconds),
            seconds("refresh tokens for", login.refresh_token_lifetime_seconds),
            flag("refresh tokens reusable", login.refresh_token_usage == RefreshTokenUsage::Reusable),
            seconds("grace", login.refresh_grace_seconds),
            demand("PAR", login.require_par),
            demand("DPoP", login.require_dpop),
            flag("signed requests required", login.require_signed_requests),
            flag("insecure: userinfo by Bearer", login.insecure_userinfo_by_bearer),
            Some(providers(&login.identity_providers)).filter(|text| !text.is_empty()),
        ];
        let settings: Vec<_> = settings.into_iter().flatten().collect();
        if !settings.is_empty() {
            lines.push(format!("logins      {}", settings.join(", ")));
        }
        lines
    }
}

fn set<T>(setting: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *setting = given;
    }
}

fn replace<T, const MAX: usize>(
    setting: &mut Bounded<T, MAX>,
    given: Vec<T>,
    flag: &str,
) -> Result<(), Failure> {
    if given.is_empty() {
        return Ok(());
    }
    *setting = Bounded::try_from(given).map_err(|why: TooMany| {
        Failure::usage(format_args!("there are too many {flag}"), why, "give fewer")
    })?;
    Ok(())
}

fn texts(values: &[impl ToString]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn providers(providers: &TestProviders) -> String {
    texts(providers).join(" and ")
}

/// The redirect URIs of a sample on this machine.
pub(super) fn uris(texts: &[&str]) -> RedirectUris {
    RedirectUris::of(texts.iter().filter_map(|text| text.parse().ok())).unwrap_or_default()
}
