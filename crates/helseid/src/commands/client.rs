//! `client`.

mod update;

use std::path::{Path, PathBuf};
use std::time::Duration;

use helseid_admin_api::{
    ClientChange, ClientRegistration, ClientsQuery, NewKey, OrganisationNumbers, RegisteredClient, operation,
};
use helseid_http::{InsecureHosts, system_clock};
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::id::Issuer;
use helseid_protocol::scope::ScopeSet;
use serde::Serialize;
use serde_json::{Value, json};
use url::Url;

use super::login_settings::Logins;
use crate::admin::Admin;
use crate::args::{ClientCommand, ClientKeyCommand, Format, Global, RegisterFlags};
use crate::failure::Failure;
use crate::files::{self, Existing, Readers};
use crate::{key_files, output};

/// The API that the sample app calls, and the scope that it takes.
pub(super) const SAMPLE_API: (&str, &str) =
    ("norsk-helsenett:python-sample-api/read", "http://localhost:5000/api/patients");

const DAY: Duration = Duration::from_secs(86_400);

pub(crate) async fn run(command: ClientCommand, global: &Global) -> Result<(), Failure> {
    match command {
        ClientCommand::Register(flags) => register(&flags, global).await,
        ClientCommand::List(registry) => {
            let admin = Admin::of(&registry, global)?;
            list(&admin, global.format).await
        }
        ClientCommand::Show { client_id, registry } => {
            let admin = Admin::of(&registry, global)?;
            let client = admin.call(&operation::SHOW_CLIENT, &[client_id.as_str()], &()).await?;
            show(&client, global.format)
        }
        ClientCommand::Update(flags) => show(&update::run(*flags, global).await?, global.format),
        ClientCommand::Approve { client_id, registry } => {
            let change = ClientChange { approved: Some(true), ..ClientChange::default() };
            let admin = Admin::of(&registry, global)?;
            let client = admin.call(&operation::CHANGE_CLIENT, &[client_id.as_str()], &change).await?;
            show(&client, global.format)
        }
        ClientCommand::Key(command) => change_keys(command, global).await,
        ClientCommand::Remove { client_id, registry } => {
            let admin = Admin::of(&registry, global)?;
            admin.call(&operation::REMOVE_CLIENT, &[client_id.as_str()], &()).await?;
            output::done(global.format, &json!({ "removed": client_id }), &format!("removed {client_id}"))
        }
    }
}

async fn change_keys(command: ClientKeyCommand, global: &Global) -> Result<(), Failure> {
    let client = match command {
        ClientKeyCommand::Add { client_id, key, key_days, registry } => {
            let admin = Admin::of(&registry, global)?;
            let expires = key_days.map(|days| system_clock().plus(DAY * days));
            let key = NewKey { jwk: Value::Object(key_files::public(&key)?.members().clone()), expires };
            admin.call(&operation::ADD_KEY, &[client_id.as_str()], &key).await?
        }
        ClientKeyCommand::Remove { client_id, name, registry } => {
            let admin = Admin::of(&registry, global)?;
            admin.call(&operation::REMOVE_KEY, &[client_id.as_str(), &name], &()).await?
        }
    };
    show(&client, global.format)
}

async fn register(flags: &RegisterFlags, global: &Global) -> Result<(), Failure> {
    let admin = Admin::of(&flags.registry, global)?;
    let existing = if flags.force { Existing::Replace } else { Existing::Keep };
    // Before the registration, which could not be undone.
    if let Some(out) = &flags.out {
        files::require_free(out, existing)?;
    }
    let keys = vec![Value::Object(key_files::public(&flags.key)?.members().clone())];
    let logins = Logins::default().with(flags.login.clone())?;
    let registration = ClientRegistration {
        client_id: flags.client_id.clone(),
        keys_expire: flags.key_days.map(|days| system_clock().plus(DAY * days)),
        tenancy: flags.tenancy,
        org_parent: flags.org_parent.clone(),
        org_children: children(flags.org_child.clone())?,
        profile: flags.profile,
        token_lifetime_seconds: flags.token_lifetime,
        grant_types: logins.grant_types,
        login: logins.login,
        own_audiences: logins.own_audiences,
        may_be_exchanged_by: logins.may_be_exchanged_by,
        ..ClientRegistration::new(flags.name.clone(), scopes(&flags.scope)?, keys)
    };
    let client = send(&admin, &registration).await?;
    if let Some(out) = &flags.out {
        let key_file = private_half(&flags.key);
        write_configuration(out, &admin, &client, &key_file, existing)?;
    }
    match global.format {
        Format::Json => output::json(&client),
        Format::Text => output::line(client.client_id.as_str()),
    }
}

/// Registers a new client, or changes the one that is named.
pub(crate) async fn send(
    admin: &Admin,
    registration: &ClientRegistration,
) -> Result<RegisteredClient, Failure> {
    match &registration.client_id {
        None => admin.call(&operation::REGISTER_CLIENT, &[], registration).await,
        Some(id) => admin.call(&operation::PUT_CLIENT, &[id.as_str()], registration).await,
    }
}

/// Scopes of flags, each of which may hold several.
pub(crate) fn scopes(flags: &[String]) -> Result<ScopeSet, Failure> {
    ScopeSet::parse(&flags.join(" "))
        .map_err(|why| Failure::usage("a scope is wrong", why, "correct --scope"))
}

/// Units of flags, no more than may be registered.
pub(crate) fn children(flags: Vec<OrganisationNumber>) -> Result<OrganisationNumbers, Failure> {
    OrganisationNumbers::try_from(flags)
        .map_err(|why| Failure::usage("there are too many units", why, "name fewer"))
}

/// Says which entries of these kinds the authority cannot read. They are on no list.
pub(crate) async fn tell_broken(admin: &Admin, kinds: &[&str]) -> Result<(), Failure> {
    let all = admin.call(&operation::LIST_BROKEN, &[], &()).await?;
    for entry in all.iter().filter(|entry| kinds.contains(&entry.kind.as_str())) {
        let (id, why) = (output::printable(&entry.id), output::printable(&entry.why));
        output::tell(&format!("{} {id} cannot be read, and is left out: {why}", entry.kind));
        output::tell("register it again as a whole, or remove it");
    }
    Ok(())
}

/// How the halves of a key are called: by this program and FHI's helseid-cli, and by NHN's HelseID.JwkGenerator.
const HALVES: [(&str, &str); 5] = [
    ("_public.json", "_private.json"),
    ("_jwks.json", "_private.json"),
    ("jwk_pub.json", "jwk.json"),
    ("jwks.json", "jwk.json"),
    ("_public.pem", "_private.pfx"),
];

/// The file of the private key: the one that was named, or the one that belongs to a public half.
fn private_half(file: &Path) -> PathBuf {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let half = |(public, private): &(&str, &str)| {
        Some(file.with_file_name(format!("{}{private}", name.strip_suffix(public)?)))
    };
    let known: Vec<_> = HALVES.iter().filter_map(half).collect();
    let there = known.iter().find(|file| file.exists()).or(known.first());
    there.cloned().unwrap_or_else(|| file.to_owned())
}

/// `helseid.toml`, in the order in which people read it.
#[derive(Serialize)]
struct Written<'a> {
    issuer: &'a str,
    /// The issuer's host, if its name is one of http elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    insecure_http: Option<[String; 1]>,
    /// The CA that the authority made, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<String>,
    client_id: &'a str,
    key_file: &'a str,
    scope: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api: Option<WrittenApi>,
}

#[derive(Serialize)]
struct WrittenApi {
    url: &'static str,
}

/// Writes a client's `helseid.toml`.
pub(crate) fn write_configuration(
    out: &Path,
    admin: &Admin,
    client: &RegisteredClient,
    key_file: &Path,
    existing: Existing,
) -> Result<(), Failure> {
    let own = |scope: &&str| *scope != "nhn:selvbetjening/client";
    let scopes: Vec<_> = client.scopes.iter().map(|scope| scope.as_str()).filter(own).collect();
    let is_sample = scopes.contains(&SAMPLE_API.0);
    let written = Written {
        issuer: admin.issuer().as_str(),
        insecure_http: insecure_host(admin.issuer()).map(|host| [host]),
        ca_file: admin.ca_file().map(|file| relative(file, out).display().to_string()),
        client_id: client.client_id.as_str(),
        key_file: &relative(key_file, out).display().to_string(),
        scope: scopes,
        api: is_sample.then_some(WrittenApi { url: SAMPLE_API.1 }),
    };
    let text = toml::to_string(&written)
        .map_err(|why| Failure::new("the configuration cannot be written", why, "report this as a bug"))?;
    files::write(out, text.as_bytes(), Readers::Everyone, existing)?;
    output::tell(&format!("wrote {}", out.display()));
    Ok(())
}

/// What the client must say to reach an issuer by http that is not on loopback.
fn insecure_host(issuer: &Issuer) -> Option<String> {
    let url = Url::parse(issuer.as_str()).ok().filter(|_| !issuer.is_secure())?;
    Some(InsecureHosts::entry_for(&url))
}

/// The path of a key or a certificate as seen from the configuration's folder, where that is plain.
fn relative(file: &Path, out: &Path) -> PathBuf {
    let folder =
        |path: &Path| std::path::absolute(path).ok().and_then(|path| path.parent().map(Path::to_owned));
    match (folder(file), folder(out), file.file_name()) {
        (Some(of_file), Some(of_out), Some(name)) if of_file == of_out => PathBuf::from(name),
        _ => std::path::absolute(file).unwrap_or_else(|_| file.to_owned()),
    }
}

/// Every client of the registry.
pub(crate) async fn all(admin: &Admin) -> Result<Vec<RegisteredClient>, Failure> {
    let (mut all, mut query) = (Vec::new(), ClientsQuery { limit: Some(500), after: None });
    loop {
        let page = admin.query(&operation::LIST_CLIENTS, &[], &query).await?;
        all.extend(page.items);
        query.after = page.next;
        if query.after.is_none() {
            return Ok(all);
        }
    }
}

async fn list(admin: &Admin, format: Format) -> Result<(), Failure> {
    let all = all(admin).await?;
    tell_broken(admin, &["client"]).await?;
    if format == Format::Json {
        return output::json(&all);
    }
    let row = |client: &RegisteredClient| {
        [client.client_id.to_string(), client.name.clone(), client.scopes.to_string()]
    };
    output::rows(["client id", "name", "scopes"], all.iter().map(row).collect())
}

fn show(client: &RegisteredClient, format: Format) -> Result<(), Failure> {
    if format == Format::Json {
        return output::json(client);
    }
    let number = |number: &Option<_>| number.as_ref().map_or("none".to_owned(), ToString::to_string);
    let profile = client.profile.map_or("the authority's", helseid_protocol::rule::Profile::name);
    let mut lines = vec![
        format!("client id   {}", client.client_id),
        format!("name        {}", output::printable(&client.name)),
        format!("scopes      {}", client.scopes),
        format!("tenancy     {}, parent {}", client.tenancy.name(), number(&client.org_parent)),
        format!(
            "profile     {profile}, tokens for {} s, {}",
            client.token_lifetime_seconds,
            on_or_off(client.enabled)
        ),
    ];
    lines.extend(Logins::of(client).lines());
    if !client.approved {
        lines.push("a draft      it waits for helseid client approve".to_owned());
    }
    if !client.pending_scopes.is_empty() {
        lines.push(format!("waiting     {}", client.pending_scopes));
    }
    for (name, claim) in &client.api_claims {
        let value = claim.active.as_deref().unwrap_or("none");
        let waiting =
            claim.pending.as_ref().map(|value| format!(", waiting for {value}")).unwrap_or_default();
        lines.push(format!("claim       {name} = {value}{waiting}"));
    }
    if client.managed_by_file {
        lines.push("managed     by a seed file".to_owned());
    }
    for key in &client.keys {
        let kid = key.kid.as_deref().unwrap_or("no kid");
        let alg = key.alg.as_deref().unwrap_or("any algorithm");
        let expires =
            key.expires.map_or("never expires".to_owned(), |at| format!("expires {}", at.rfc3339()));
        lines.push(format!("key         {kid}  {} {alg}  {expires}  thumbprint {}", key.kty, key.thumbprint));
    }
    output::line(&lines.join("\n"))
}

const fn on_or_off(enabled: bool) -> &'static str {
    if enabled { "enabled" } else { "disabled" }
}
