//! How the login of an app is put together.

use std::sync::Arc;

use helseid_client::Client;
use helseid_http::InsecureHosts;
use helseid_protocol::log_budget::LogBudget;
use helseid_protocol::rule::Trail;
use helseid_protocol::scope::ScopeSet;
use tokio::sync::Semaphore;

use super::builder::{LoginBuilder, Source};
use super::cookie::SealedCookies;
use super::form_source;
use super::login::Login;
use super::site::Site;
use super::state::{LOG_LINES, PER_SECOND, PLACES, Shared};
use crate::flow::LoginClient;
use crate::keys::SealingKeys;
use crate::session::{Rate, Sessions};
use crate::store::{MemoryStore, SessionStore};

/// Why a login cannot be set up. `Display` has three lines: what, why, and what to do.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use helseid_login::Login;
///
/// let slip = Login::with_client(login).public_url("http://app.example").build();
/// // Three lines: what, why, and what to do.
/// assert_eq!(slip.err().map(|error| error.to_string().lines().count()), Some(3));
/// # Ok(()) }
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{what}\n  {why}\n  {next}")]
pub struct InvalidLogin {
    what: &'static str,
    why: String,
    next: &'static str,
}

impl LoginBuilder {
    /// Checks everything, and sends nothing yet.
    pub fn build(self) -> Result<Login, InvalidLogin> {
        if self.request.attests() {
            return Err(InvalidLogin {
                what: "every login would attest the same",
                why: "the request of the builder has an attestation, which is of one person's care for one patient".to_owned(),
                next: "leave it out, and use Login::attesting or User::attest",
            });
        }
        let Made { client, insecure, scope } = made(self.source, &self.public_url)?;
        let site = Site::new(&self.public_url, &insecure, client.issuer(), client.client_id());
        let site = site.map_err(|why| InvalidLogin {
            what: "the public address cannot be used",
            why: why.to_string(),
            next: ADDRESS,
        })?;
        if client.redirect_uri() != site.at("/callback") {
            return Err(InvalidLogin {
                what: "the public address is not that of the redirect URI",
                why: format!("people come back to {}", client.redirect_uri()),
                next: "register /callback of the public address, and give the same to both",
            });
        }
        let organisation_page = self.organisation_page.map(|path| page_of_organisations(&site, &path));
        let (sessions, keys) = sessions(self.store, self.keys, &client)?;
        let sessions = sessions.lifetimes(self.lifetimes).organisations(self.organisations);
        let request = match (self.scope, scope) {
            (Some(scope), _) => self.request.scope(scope),
            (None, Some(scope)) => self.request.with_scope(&scope).map_err(|why| InvalidLogin {
                what: "a login asks for too many scopes",
                why: why.to_string(),
                next: "name fewer scopes in the configuration or in the request",
            })?,
            (None, None) => self.request,
        };
        let sealed = SealedCookies::new(keys, client.issuer().clone(), client.client_id().clone());
        let away = form_source(client.issuer().as_str());
        let (at_once, per_second) = LOG_LINES;
        Ok(Login::of(Shared {
            site,
            client,
            sessions,
            sealed,
            request,
            level: self.level,
            policy: self.policy,
            places: Semaphore::new(PLACES),
            rate: Rate::new(PER_SECOND),
            front_channel: self.front_channel,
            organisation_page: organisation_page.transpose()?,
            away,
            log: LogBudget::new(at_once, per_second),
        }))
    }
}

/// What to do about an address that cannot be used.
const ADDRESS: &str = "give the https address that people open the app by, or http on loopback, such as https://app.example/portal";

/// What is made of the source.
struct Made {
    client: LoginClient,
    insecure: InsecureHosts,
    scope: Option<ScopeSet>,
}

fn made(source: Source, public_url: &str) -> Result<Made, InvalidLogin> {
    let config = match source {
        Source::Client(client) => {
            return Ok(Made { client, insecure: InsecureHosts::default(), scope: None });
        }
        Source::Config(config) => config,
    };
    let insecure = InsecureHosts::parse(&config.insecure_http).map_err(|why| InvalidLogin {
        what: "a host of insecure_http is none",
        why: why.to_string(),
        next: "name hosts as NAME or NAME:PORT",
    })?;
    let scope = (!config.scope.is_empty()).then(|| config.scope.clone());
    let redirect_uri = format!("{}/callback", public_url.trim_end_matches('/'));
    let client = Client::new(*config).map_err(|error| InvalidLogin {
        what: "the client cannot be set up",
        why: error.to_string().replace('\n', "; "),
        next: "check the settings of the client",
    })?;
    let client = LoginClient::new(client, &redirect_uri).map_err(|error| InvalidLogin {
        what: "people cannot be logged in at this address",
        why: error.to_string().replace('\n', "; "),
        next: ADDRESS,
    })?;
    Ok(Made { client, insecure, scope })
}

fn sessions(
    store: Option<Arc<dyn SessionStore>>,
    keys: Option<SealingKeys>,
    client: &LoginClient,
) -> Result<(Sessions, SealingKeys), InvalidLogin> {
    let keys = match (keys, &store) {
        (Some(keys), _) => keys,
        (None, None) => SealingKeys::of_this_process(&*client.random()),
        (None, Some(_)) => {
            return Err(InvalidLogin {
                what: "the login has no sealing keys",
                why: "sessions in a store outlive the process, and its keys must too".to_owned(),
                next: "give keys, such as SealingKeys::from_environment()",
            });
        }
    };
    let store = store.unwrap_or_else(|| Arc::new(MemoryStore::default()));
    Ok((Sessions::new(client.clone(), store, keys.clone()), keys))
}

fn page_of_organisations(site: &Site, path: &str) -> Result<String, InvalidLogin> {
    let path = site.local_path(&site.path(path), &mut Trail::new()).map_err(|fault| InvalidLogin {
        what: "nobody can be sent to the page of organisations",
        why: fault.happened(),
        next: "give a route of the app that begins with one slash",
    })?;
    Ok(path.as_str().to_owned())
}
