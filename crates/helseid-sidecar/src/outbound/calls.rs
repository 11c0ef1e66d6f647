//! The APIs and accounts, each with a client of its own: what callers ask for freely takes no room from an API's tokens, and a
//! nonce that one API issued is used at no other (threats B16, B18).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use helseid_client::{Client, RequestBudget};
use helseid_protocol::random::Random;
use helseid_protocol::time::Clock;

use super::api::Api;
use super::handles::Handles;
use super::ready::Source;
use crate::admitted::AdmittedTokens;
use crate::callers::Caller;
use crate::config::ApiConfig;
use crate::error::SidecarError;
use crate::metrics::AccountState;
use crate::outcomes::Outcomes;
use crate::refusal::Refusal;

/// How many tokens an account may request at once, and how often one more.
const BURST: u32 = 60;
const INTERVAL: Duration = Duration::from_secs(1);

/// When a token is renewed: early, so that what is left of one of an hour outlasts an authority that is away for 20 minutes.
const RENEW_AFTER_PERCENT: u8 = 50;

/// How often an authority that fails is asked again.
const PROBE_EVERY: Duration = Duration::from_secs(4);

/// How long connecting to the authority, each read and a whole exchange may take: whoever waits has a deadline, too.
const TIMEOUTS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(10)];

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
        let budgets: BTreeMap<_, _> =
            clients.accounts.keys().map(|name| (name.clone(), RequestBudget::new(BURST, INTERVAL))).collect();
        let client = |account: &str, config| {
            let budget = budgets.get(account).cloned();
            let budget = budget.unwrap_or_else(|| RequestBudget::new(BURST, INTERVAL));
            client(config, (budget, clients.bearer.contains(account)), ambient)
        };
        let source = |account: &str, config| {
            let client = client(account, config)?;
            Ok::<_, SidecarError>(Source {
                account: account.into(),
                client,
                outcomes: known.outcomes.clone(),
            })
        };
        let apis = clients.apis.into_iter().map(|(name, api)| {
            let source = source(&api.account, api.client.clone())?;
            let api = Api::new(&name, api, source)?;
            Ok((name, api))
        });
        let apis = apis.collect::<Result<_, SidecarError>>()?;
        let accounts = clients.accounts.into_iter().map(|(name, config)| {
            let source = source(&name, config)?;
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

    /// What is known of each account, by its client and those of its APIs.
    pub(crate) fn states(&self) -> Vec<AccountState<'_>> {
        let now = self.clock.now();
        let mut states = BTreeMap::new();
        for Source { account, client, .. } in self.sources() {
            let failing = client.failing_since().map_or(Duration::ZERO, |since| now.since(since));
            let offset = client.clock_offset_seconds();
            let state = states.entry(account).or_insert(AccountState { account, failing, offset });
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
}

fn client(
    config: helseid_client::Config,
    (budget, is_bearer): (RequestBudget, bool),
    ambient: &Ambient,
) -> Result<Client, SidecarError> {
    let (clock, random) = (ambient.clock.clone(), ambient.random.clone());
    let [connect, read, whole] = TIMEOUTS;
    let builder = Client::builder(config).request_budget(budget).timeouts(connect, read, whole);
    let builder = builder.renew_after_percent(RENEW_AFTER_PERCENT).circuit_breaker(PROBE_EVERY, PROBE_EVERY);
    let builder = if is_bearer { builder.insecure_bearer() } else { builder };
    Ok(builder.clock(move || clock.now()).random(FromOutside(random)).build()?)
}

/// Randomness that others share.
struct FromOutside(Arc<dyn Random>);

impl Random for FromOutside {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}
