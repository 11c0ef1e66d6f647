//! The part of the forms for clients that is about logins and the exchange of tokens.

use helseid_admin_api::{
    Audiences, ClientIds, GrantTypes, LoginSettings, RedirectUris, RefreshTokenUsage, RegisteredClient,
};
use helseid_protocol::grant::GrantType;

use super::read::{list, misread, parsed};
use super::refusal::Refusal;
use crate::web::form::{Fields, words};

/// What the form says of logins, and of the exchange of tokens.
pub(super) struct LoginFields {
    pub(super) grant_types: GrantTypes,
    pub(super) login: LoginSettings,
    pub(super) own_audiences: Audiences,
    pub(super) may_be_exchanged_by: ClientIds,
}

impl LoginFields {
    pub(super) fn read(fields: &Fields) -> Result<Self, Refusal> {
        let grant = |name: &str| name.parse::<GrantType>().map_err(|_| misread(name, "a grant type"));
        let grants = fields.all("grant").map(grant).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            grant_types: grants.into_iter().collect(),
            login: login(fields)?,
            own_audiences: names(fields, "own_audiences", "the audience of an API")?,
            may_be_exchanged_by: names(fields, "may_be_exchanged_by", "a client id")?,
        })
    }
}

fn login(fields: &Fields) -> Result<LoginSettings, Refusal> {
    let seconds = |name| parsed(fields, name, "a number of seconds", |text| text.parse().ok());
    let logout = |name| parsed(fields, name, "an address that can be registered", |text| text.parse().ok());
    let provider = |name: &str| name.parse().map_err(|_| misread(name, "the name of an identity provider"));
    Ok(LoginSettings {
        redirect_uris: uris(fields, "redirect_uris")?,
        post_logout_redirect_uris: uris(fields, "post_logout_redirect_uris")?,
        frontchannel_logout_uri: logout("frontchannel_logout_uri")?,
        backchannel_logout_uri: logout("backchannel_logout_uri")?,
        id_token_lifetime_seconds: seconds("id_token_lifetime")?,
        refresh_token_lifetime_seconds: seconds("refresh_token_lifetime")?,
        session_lifetime_seconds: seconds("session_lifetime")?,
        refresh_token_usage: match fields.text("refresh_usage") {
            "reusable" => RefreshTokenUsage::Reusable,
            _ => RefreshTokenUsage::OneTime,
        },
        refresh_grace_seconds: seconds("refresh_grace")?,
        require_par: demand(fields, "require_par"),
        require_dpop: demand(fields, "require_dpop"),
        require_signed_requests: fields.given("require_signed_requests").is_some(),
        identity_providers: list(fields.all("identity_provider").map(provider).collect::<Result<_, _>>()?)?,
        insecure_userinfo_by_bearer: fields.given("insecure_userinfo_by_bearer").is_some(),
    })
}

/// `yes`, `no`, or what the profile says.
fn demand(fields: &Fields, name: &str) -> Option<bool> {
    match fields.text(name) {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn uris(fields: &Fields, name: &str) -> Result<RedirectUris, Refusal> {
    let uri = |text: &str| text.parse().map_err(|_| misread(text, "an address that can be registered"));
    list(words(fields.text(name)).map(uri).collect::<Result<_, _>>()?)
}

/// Names, one on each line: they may hold spaces and commas.
fn names<T: std::str::FromStr, const MAX: usize>(
    fields: &Fields,
    name: &str,
    what: &str,
) -> Result<helseid_protocol::bounded::Bounded<T, MAX>, Refusal> {
    let lines = fields.text(name).lines().map(str::trim).filter(|line| !line.is_empty());
    list(lines.map(|line| line.parse().map_err(|_| misread(line, what))).collect::<Result<_, _>>()?)
}

/// The form of a client as it is.
pub(super) fn fields_of(client: &RegisteredClient) -> Vec<(&'static str, String)> {
    let login = &client.login;
    let seconds = |given: Option<u32>| given.map(|seconds| seconds.to_string()).unwrap_or_default();
    let demand = |given: Option<bool>| given.map_or("", |is| if is { "yes" } else { "no" }).to_owned();
    let mut fields = vec![
        ("redirect_uris", lines(&login.redirect_uris)),
        ("post_logout_redirect_uris", lines(&login.post_logout_redirect_uris)),
        ("frontchannel_logout_uri", lines(login.frontchannel_logout_uri.as_slice())),
        ("backchannel_logout_uri", lines(login.backchannel_logout_uri.as_slice())),
        ("id_token_lifetime", seconds(login.id_token_lifetime_seconds)),
        ("refresh_token_lifetime", seconds(login.refresh_token_lifetime_seconds)),
        ("session_lifetime", seconds(login.session_lifetime_seconds)),
        ("refresh_usage", login.refresh_token_usage.name().to_owned()),
        ("refresh_grace", seconds(login.refresh_grace_seconds)),
        ("require_par", demand(login.require_par)),
        ("require_dpop", demand(login.require_dpop)),
        ("own_audiences", lines(&client.own_audiences)),
        ("may_be_exchanged_by", lines(&client.may_be_exchanged_by)),
    ];
    let ticks = [
        ("require_signed_requests", login.require_signed_requests),
        ("insecure_userinfo_by_bearer", login.insecure_userinfo_by_bearer),
    ];
    fields.extend(ticks.into_iter().filter(|(_, on)| *on).map(|(name, _)| (name, "yes".to_owned())));
    fields.extend(client.grant_types.iter().map(|grant| ("grant", grant.to_string())));
    fields.extend(login.identity_providers.iter().map(|name| ("identity_provider", name.to_string())));
    fields
}

fn lines(values: &[impl ToString]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
