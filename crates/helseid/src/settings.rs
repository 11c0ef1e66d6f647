//! The client's configuration: flags before the environment before the file.

use std::path::{Path, PathBuf};

use helseid_client::{Client, Config, DEFAULT_FILE, Environment, KeyPlace, Scopes, Settings};
use helseid_http::Outbound;

use crate::args::{ClientFlags, Global};
use crate::failure::Failure;
use crate::token_cache::TokenCache;

/// What each source says, the stronger before the weaker.
pub(crate) struct Layers {
    said: Settings,
    environment: Settings,
    file: Option<(PathBuf, Settings)>,
}

/// One setting in force.
pub(crate) struct InForce {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) from: String,
}

/// The whole configuration.
pub(crate) fn config(global: &Global, flags: &ClientFlags) -> Result<Config, Failure> {
    Layers::read(global, flags)?.finish()
}

/// A client with that configuration, and with what was kept of earlier calls if that was asked for.
pub(crate) fn client(global: &Global, flags: &ClientFlags) -> Result<Client, Failure> {
    let builder = Client::builder(config(global, flags)?);
    let client = match &flags.token_cache {
        None => builder.build(),
        Some(file) => {
            let cache = TokenCache::open(file)?;
            let (key, sealing) = (cache.proof_key.clone(), cache.sealing.clone());
            builder.prove_with(key).shared_cache(cache, sealing).build()
        }
    };
    Ok(client?)
}

/// A client that sends its tokens as Bearer. They are bound to no key, and so never kept.
pub(crate) fn bearer_client(global: &Global, flags: &ClientFlags) -> Result<Client, Failure> {
    if flags.token_cache.is_some() {
        let why =
            "a token that is sent as Bearer is not bound to a key: anyone who reads the file could use it";
        return Err(Failure::usage("bearer tokens are not cached", why, "leave out --token-cache"));
    }
    Ok(Client::builder(config(global, flags)?).insecure_bearer().build()?)
}

/// The issuer alone, for what needs no client.
pub(crate) fn issuer(global: &Global) -> Result<Option<String>, Failure> {
    let Layers { environment, file, .. } = Layers::read(global, &ClientFlags::default())?;
    let all = environment.or(file.map(|(_, settings)| settings).unwrap_or_default());
    let known = all.environment.map(|known| known.issuer().to_owned());
    Ok(all.issuer.or(known))
}

/// The way out of a command that needs no client: the same certificates, hosts and proxies as a client's.
pub(crate) fn outbound(global: &Global) -> Result<Outbound, Failure> {
    let Layers { said, environment, file } = Layers::read(global, &ClientFlags::default())?;
    let all = said.or(environment).or(file.map(|(_, settings)| settings).unwrap_or_default());
    outbound_of(all.ca_file, all.insecure_http.unwrap_or_default())
}

/// The way out with these settings.
pub(crate) fn outbound_of(
    ca_file: Option<PathBuf>,
    insecure_http: impl IntoIterator<Item = String>,
) -> Result<Outbound, Failure> {
    Ok(Outbound::builder().ca_file(ca_file).insecure_http(insecure_http).build()?)
}

impl Layers {
    /// Reads all three.
    pub(crate) fn read(global: &Global, flags: &ClientFlags) -> Result<Self, Failure> {
        let said = Settings {
            issuer: flags.issuer.clone(),
            environment: flags.environment.map(Environment::from),
            client_id: flags.client_id.clone(),
            key_file: flags.key_file.clone(),
            scope: (!flags.scope.is_empty()).then(|| Scopes::List(flags.scope.clone())),
            resource: flags.resource.clone(),
            org_parent: flags.org_parent.clone(),
            org_child: flags.org_child.clone(),
            ca_file: global.ca_file.clone(),
            insecure_http: (!global.insecure_http.is_empty()).then(|| global.insecure_http.clone()),
            ..Settings::default()
        };
        let environment = Settings::from_environment(|name| std::env::var(name).ok());
        let named = match &global.config {
            Some(file) => Some(file.as_path()),
            None if Path::new(DEFAULT_FILE).exists() || global.account.is_some() => {
                Some(Path::new(DEFAULT_FILE))
            }
            None => None,
        };
        let file = match named {
            Some(file) => Some((file.to_owned(), Settings::read(file, global.account.as_deref())?)),
            None => None,
        };
        Ok(Self { said, environment, file })
    }

    /// The file that was read.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_ref().map(|(file, _)| file.as_path())
    }

    /// Every setting that is set, and where.
    pub(crate) fn in_force(&self) -> Vec<InForce> {
        let file = self.file.as_ref().map(|(file, settings)| (file.display().to_string(), settings));
        let layers = [("flags".to_owned(), &self.said), ("environment".to_owned(), &self.environment)];
        let layers: Vec<_> = layers.into_iter().chain(file).collect();
        let strongest = |name: &'static str, value: fn(&Settings) -> Option<String>| {
            layers.iter().find_map(|(from, settings)| {
                value(settings).map(|value| InForce { name, value, from: from.clone() })
            })
        };
        // Two name the issuer, and three the key: the stronger source takes the place of each.
        let issuer = |settings: &Settings| {
            let known = settings.environment.map(|known| known.issuer().to_owned());
            settings.issuer.clone().or(known)
        };
        let key = |settings: &Settings| {
            let named = [
                settings.key.map(|place| match place {
                    KeyPlace::External => "external".to_owned(),
                    KeyPlace::Unknown => "not \"external\", hidden".to_owned(),
                }),
                settings.jwk.as_ref().map(|_| "a JWK, hidden".to_owned()),
                settings.key_file.as_ref().map(|file| file.display().to_string()),
            ];
            let named: Vec<_> = named.into_iter().flatten().collect();
            (!named.is_empty()).then(|| named.join(" and "))
        };
        let all = [
            strongest("issuer", issuer),
            strongest("client_id", |settings| settings.client_id.clone()),
            strongest("key", key),
            strongest("key_password", |settings| {
                settings.key_password.as_ref().map(|_| "set, hidden".to_owned())
            }),
            strongest("key_alias", |settings| settings.key_alias.clone()),
            strongest("scope", |settings| settings.scope.as_ref().map(joined)),
            strongest("resource", |settings| settings.resource.clone()),
            strongest("org_parent", |settings| settings.org_parent.clone()),
            strongest("org_child", |settings| settings.org_child.clone()),
            strongest("self_service_url", |settings| settings.self_service_url.clone()),
            strongest("ca_file", |settings| settings.ca_file.as_ref().map(|file| file.display().to_string())),
            strongest("insecure_http", |settings| {
                settings.insecure_http.as_ref().map(|hosts| hosts.join(" "))
            }),
            strongest("api.url", |settings| settings.api.as_ref()?.url.clone()),
        ];
        all.into_iter().flatten().collect()
    }

    /// The whole configuration, checked.
    pub(crate) fn finish(self) -> Result<Config, Failure> {
        let file = self.file.map(|(_, settings)| settings).unwrap_or_default();
        Ok(self.said.or(self.environment).or(file).finish()?)
    }
}

fn joined(scopes: &Scopes) -> String {
    match scopes {
        Scopes::Text(text) => text.clone(),
        Scopes::List(list) => list.join(" "),
    }
}
