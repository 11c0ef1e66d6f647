//! The APIs and accounts, each with a client of its own: what callers ask for freely takes no room from an API's tokens, and a
//! nonce that one API issued is used at no other (threats B16, B18).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::random::Random;
use helseid_protocol::time::Clock;

use super::api::Api;
use super::client::{AuthorityTimes, Budgets, builder};
use super::handles::Handles;
use super::keys::{Keys, WatchedKey};
use super::ready::Source;
use super::under_way::UnderWay;
use crate::admitted::AdmittedTokens;
use crate::callers::Caller;
use crate::config::{ApiConfig, KeysConfig};
use crate::error::SidecarError;
use crate::metrics::AccountState;
use crate::outcomes::Outcomes;
use crate::refusal::Refusal;

/// How many APIs a caller is told of that names another.
const MAX_NAMED: usize = 20;

/// The APIs and accounts.
pub(crate) struct Calls {
    accounts: BTreeMap<String, Source>,
    apis: BTreeMap<String, Api>,
    pub(super) handles: Handles,
    pub(super) admitted: Arc<AdmittedTokens>,
    pub(super) any_organisation: bool,
    pub(super) any_user_token: bool,
    /// The accounts whose tokens are bound to no key.
    bearer: BTreeSet<String>,
    keys: Keys,
    clock: Arc<dyn Clock>,
}

/// Where clients take time and randomness from.
#[derive(Clone)]
pub(crate) struct Ambient {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

/// The clients as they are configured.
pub(crate) struct Clients {
    pub(crate) accounts: BTreeMap<String, helseid_client::Config>,
    pub(crate) apis: BTreeMap<String, ApiConfig>,
    pub(crate) bearer: BTreeSet<String>,
    pub(crate) keys: KeysConfig,
    /// How many callers may ask.
    pub(crate) callers: usize,
    pub(crate) any_organisation: bool,
    pub(crate) any_user_token: bool,
}

/// What is known of tokens that were requested, and of those that came.
pub(crate) struct Known {
    pub(crate) outcomes: Arc<Outcomes>,
    pub(crate) admitted: Arc<AdmittedTokens>,
}

impl Calls {
    /// Reads the keys. Sends nothing.
    pub(crate) fn new(clients: Clients, ambient: &Ambient, known: Known) -> Result<Self, SidecarError> {
        let source = |account: &str, config, budgets| {
            let is_bearer = clients.bearer.contains(account);
            let builder = builder(config, budgets, ambient);
            let builder = builder.observer(AuthorityTimes::new(account, &known.outcomes.metrics));
            let builder = if is_bearer { builder.insecure_bearer() } else { builder };
            let (client, outcomes) = (builder.build()?, known.outcomes.clone());
            Ok::<_, SidecarError>(Source {
                account: account.into(),
                client,
                outcomes,
                under_way: UnderWay::default(),
            })
        };
        // All APIs of an account share what they may request.
        let mut of_calls = BTreeMap::<String, Budgets>::new();
        let apis = clients.apis.into_iter().map(|(name, api)| {
            let budgets = of_calls.entry(api.account.clone()).or_insert_with(Budgets::of_calls).clone();
            let source = source(&api.account, api.client.clone(), budgets)?;
            let api = Api::new(&name, api, source)?;
            Ok((name, api))
        });
        let apis = apis.collect::<Result<_, SidecarError>>()?;
        // What callers request takes nothing from those that ask when keys expire.
        let watched = clients.accounts.iter().filter(|(name, _)| clients.keys.watch(name));
        let watched = watched.map(|(name, config)| {
            let client = source(name, config.clone(), Budgets::of_wishes())?.client;
            let rotate_before_end = clients.keys.rotate_before_end(name);
            Ok(WatchedKey { account: name.clone(), client, rotate_before_end })
        });
        let watched = watched.collect::<Result<_, SidecarError>>()?;
        let accounts = clients.accounts.into_iter().map(|(name, config)| {
            let source = source(&name, config, Budgets::of_wishes())?;
            Ok((name, source))
        });
        Ok(Self {
            accounts: accounts.collect::<Result<_, SidecarError>>()?,
            apis,
            handles: Handles::new(ambient.clone(), clients.callers),
            admitted: known.admitted,
            any_organisation: clients.any_organisation,
            any_user_token: clients.any_user_token,
            bearer: clients.bearer,
            keys: Keys::new(watched, known.outcomes.metrics.clone()),
            clock: ambient.clock.clone(),
        })
    }

    /// The account of this name that `caller` may use, or the only one if none is named.
    pub(super) fn account_of(&self, name: Option<&str>, caller: &Caller) -> Result<&Source, Refusal> {
        let found = self.account(name).filter(|account| caller.rights.allow_account(&account.account));
        let missing = "there is no such account: name one in account, or add a client to helseid.toml";
        found.ok_or_else(|| Refusal::invalid(missing))
    }

    /// Whether the tokens of this account are bound to no key.
    pub(super) fn is_bearer(&self, account: &str) -> bool {
        self.bearer.contains(account)
    }

    /// The clock of all clients.
    pub(super) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    fn account(&self, name: Option<&str>) -> Option<&Source> {
        match name {
            Some(name) => self.accounts.get(name),
            None => {
                let only = || self.accounts.values().next().filter(|_| self.accounts.len() == 1);
                self.accounts.get(crate::config::DEFAULT_ACCOUNT).or_else(only)
            }
        }
    }

    /// Renews what is due of the tokens that callers were given, so that an authority that goes away finds them new.
    pub(crate) fn renew_tokens(&self) {
        self.sources().for_each(|source| source.client.renew_tokens());
    }

    /// Drops calls whose answers nobody has told in time.
    pub(crate) fn drop_old(&self) {
        self.handles.drop_old();
    }

    /// Asks when keys expire, and rotates those that are to be, where that is due.
    pub(crate) fn check_keys(&self) {
        self.keys.check();
    }

    /// Waits for rotations that are under way, so long at most.
    pub(crate) async fn end_keys(&self, within: Duration) {
        self.keys.end(within).await;
    }

    /// What is known of each account, by its client and those of its APIs.
    pub(crate) fn states(&self) -> Vec<AccountState<'_>> {
        let now = self.clock.now();
        let mut states = BTreeMap::new();
        for Source { account, client, .. } in self.sources() {
            let failing = client.failing_since().map_or(Duration::ZERO, |since| now.since(since));
            let offset = client.clock_offset_seconds();
            let state = states.entry(account).or_insert(AccountState { account, failing, offset, kept: 0 });
            state.kept += client.tokens_kept();
            state.failing = state.failing.max(failing);
            state.offset = state.offset.or(offset);
        }
        states.into_values().collect()
    }

    fn sources(&self) -> impl Iterator<Item = &Source> {
        self.accounts.values().chain(self.apis.values().map(Api::source))
    }

    /// The API of this name, if `caller` may have both it and the account whose tokens it takes.
    pub(super) fn api_of(&self, name: &str, caller: &Caller) -> Option<&Api> {
        let (api, rights) = (self.apis.get(name)?, &caller.rights);
        (rights.allow_api(name) && rights.allow_account(&api.source().account)).then_some(api)
    }

    /// What `caller` is told that names none of its APIs: at most [`MAX_NAMED`] of those that it may have, and nothing of others.
    pub(super) fn no_such_api(&self, caller: &Caller) -> String {
        let mut own = self.apis.keys().map(String::as_str).filter(|name| self.api_of(name, caller).is_some());
        let mut named = own.by_ref().take(MAX_NAMED).collect::<Vec<_>>().join(", ");
        if own.next().is_some() {
            named.push_str(", …");
        }
        match &*named {
            "" => "there is no API of this name: add a section [api.NAME]".to_owned(),
            _ => format!(
                "there is no API of this name for you; you may call {named}; for another, add a section [api.NAME], or allow it to this caller"
            ),
        }
    }
}
