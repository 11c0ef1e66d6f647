//! How the sidecar's clients ask the authority: how much, how long, how often.

use std::sync::Arc;
use std::time::Duration;

use helseid_client::{Client, ClientBuilder, Event, Observer, RequestBudget};
use helseid_protocol::random::Random;

use super::calls::Ambient;
use crate::metrics::Metrics;

/// How many tokens an account may request at once for what callers ask for freely, and how often one more; and as many again to renew
/// those of its APIs, so that no caller keeps them from being renewed.
const BURST: u32 = 60;
const INTERVAL: Duration = Duration::from_secs(1);

/// The same for calls of its APIs, and as many again on behalf of others: of the first no caller can ask for more than one for each
/// organisation, and of the others for as many as there are persons.
const BURST_OF_CALLS: u32 = 600;
const EACH_OF_CALLS: u32 = 10;

/// The most tokens that the client of an API or an account keeps, and of those that were exchanged: one for each person whose token was
/// admitted and is remembered.
const TOKENS_KEPT: usize = crate::admitted::CAPACITY;

/// When a token is renewed: early, so that what is left of one of an hour outlasts an authority that is away for 20 minutes.
const RENEW_AFTER_PERCENT: u8 = 50;

/// How often an authority that fails is asked again.
const PROBE_EVERY: Duration = Duration::from_secs(4);

/// How long connecting to the authority, each read and a whole exchange may take: whoever waits has a deadline, too.
const TIMEOUTS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(10)];

/// How much a client may request of the authority.
#[derive(Clone)]
pub(super) struct Budgets {
    of_callers: RequestBudget,
    of_exchanges: RequestBudget,
    of_renewals: RequestBudget,
}

impl Budgets {
    /// Of tokens that callers ask for freely: renewals of them are theirs, too.
    pub(super) fn of_wishes() -> Self {
        let of_callers = RequestBudget::new(BURST, INTERVAL);
        let of_exchanges = RequestBudget::new(BURST, INTERVAL);
        Self { of_renewals: of_callers.clone(), of_exchanges, of_callers }
    }

    /// Of the APIs of an account.
    pub(super) fn of_calls() -> Self {
        let of_calls = || RequestBudget::new(BURST_OF_CALLS, INTERVAL).each(EACH_OF_CALLS);
        Self {
            of_callers: of_calls(),
            of_exchanges: of_calls(),
            of_renewals: RequestBudget::new(BURST, INTERVAL),
        }
    }
}

/// A client with the sidecar's ways of asking the authority.
pub(super) fn builder(config: helseid_client::Config, budgets: Budgets, ambient: &Ambient) -> ClientBuilder {
    let (clock, random) = (ambient.clock.clone(), ambient.random.clone());
    let [connect, read, whole] = TIMEOUTS;
    let builder = Client::builder(config).timeouts(connect, read, whole);
    let Budgets { of_callers, of_exchanges, of_renewals } = budgets;
    let builder =
        builder.request_budget(of_callers).exchange_budget(of_exchanges).renewal_budget(of_renewals);
    let builder = builder.tokens_kept(TOKENS_KEPT);
    let builder = builder.renew_after_percent(RENEW_AFTER_PERCENT).circuit_breaker(PROBE_EVERY, PROBE_EVERY);
    builder.clock(move || clock.now()).random(FromOutside(random))
}

/// Hears how long the authority takes.
pub(super) struct AuthorityTimes {
    account: String,
    metrics: Arc<Metrics>,
}

impl AuthorityTimes {
    pub(super) fn new(account: &str, metrics: &Arc<Metrics>) -> Self {
        Self { account: account.to_owned(), metrics: metrics.clone() }
    }
}

impl Observer for AuthorityTimes {
    fn event(&self, event: Event<'_>) {
        if let Event::TokenRequestEnded { took } = event {
            self.metrics.authority_took(&self.account, took);
        }
    }
}

/// Randomness that others share.
struct FromOutside(Arc<dyn Random>);

impl Random for FromOutside {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }
}
