//! The one value that all requests share.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::dpop::{NonceKey, Target};
use helseid_protocol::id::{Issuer, LOOPBACK_HOSTS, is_loopback};
use helseid_protocol::jose::Algorithm;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::random::Random;
use helseid_protocol::rule::{Profile, Trail};
use helseid_protocol::time::Clock;
use url::{Host, Url};

use crate::StoreError;
use crate::admin::{Access, Pages};
use crate::config::Place;
use crate::conformance::Sessions;
use crate::domain::model::{Client, TOKEN_LIFETIME};
use crate::faults::Scenarios;
use crate::keys::{Ring, SigningKeys};
use crate::oauth::token::ProofKeys;
use crate::registry::Registry;
use crate::replica::LEAD;
use crate::storage::ephemeral::Fleeting;
use crate::trace::Trace;
use crate::web::rate_limit::{Limits, LogBudgets};

/// The authority, as its requests see it.
pub(crate) struct App {
    pub(crate) issuer: Issuer,
    pub(crate) token_endpoint: String,
    /// The addresses under which the token endpoint is known: what a proof's `htu` may be.
    pub(crate) token_targets: Vec<Target>,
    pub(crate) profile: Profile,
    pub(crate) algorithm: Algorithm,
    pub(crate) tolerance: Duration,
    /// How long a key is good that a client sends itself.
    pub(crate) self_service_key_lifetime: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) signing: Arc<SigningKeys>,
    pub(crate) nonces: NonceKey,
    /// Under which used assertions and proofs, and all that is fleeting, have their names.
    pub(crate) replay_key: MacKey,
    pub(crate) fleeting: Arc<dyn Fleeting>,
    pub(crate) proof_keys: Arc<ProofKeys>,
    /// Whether others work on the same store.
    pub(crate) is_replica: bool,
    pub(crate) access: Access,
    pub(crate) place: Place,
    pub(crate) pages: Pages,
    pub(crate) trace: Trace,
    pub(crate) limits: Arc<Limits>,
    /// What others can make us log.
    pub(crate) log: Arc<LogBudgets>,
    /// Sessions that report what a client does.
    pub(crate) conformance: Sessions,
    /// That this is such a session.
    pub(crate) judged: Option<Judged>,
    /// None unless they were asked for.
    pub(crate) scenarios: Option<Scenarios>,
}

/// What differs where clients are reported on, and not refused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    /// What every client is held to, whatever it is registered for.
    pub(crate) profile: Profile,
}

impl App {
    /// What a client is held to.
    pub(crate) fn profile_of(&self, client: &Client) -> Profile {
        self.judged.map(|judged| judged.profile).or(client.profile).unwrap_or(self.profile)
    }

    /// The trail of a new request.
    pub(crate) fn new_trail(&self) -> Trail {
        if self.judged.is_some() { Trail::insecure_going_on() } else { Trail::new() }
    }

    /// Of a replica: knows from here on what the others had answered before this was called. While the store is away nobody
    /// waits for it: reads are answered by what is in memory, as token requests are, and changes are refused.
    pub(crate) async fn catch_up(&self) {
        if self.is_replica
            && !self.registry.is_away()
            && let Err(why) = self.registry.refresh().await
        {
            tracing::debug!(%why, "a request is answered by what was known before");
        }
    }

    /// A new signing key, which signs after `lead`; of a replica, not before the others know it.
    pub(crate) async fn rotate(&self, lead: Duration) -> Result<Arc<Ring>, StoreError> {
        let lead = if self.is_replica { lead.max(LEAD) } else { lead };
        let lifetimes = self.registry.now().clients.values().map(|known| known.client.token_lifetime).max();
        let longest = lifetimes.unwrap_or_default().max(TOKEN_LIFETIME) + self.tolerance;
        if self.registry.is_away() {
            return Err(StoreError::Away);
        }
        let rotated = self.signing.rotate(lead, longest, self.clock.now()).await;
        rotated.inspect_err(|error| tracing::error!(%error, "the new signing key could not be kept"))
    }
}

/// The issuer's own address of `path` first; on loopback its other names, too.
pub(crate) fn targets(issuer: &Issuer, path: &str) -> Vec<Target> {
    let own = issuer.at(path);
    let mut targets: Vec<Target> = Target::parse(&own).into_iter().collect();
    if let Ok(url) = Url::parse(&own)
        && is_loopback(&url)
        && url.scheme() == "http"
    {
        for name in LOOPBACK_HOSTS {
            let mut other = url.clone();
            if Host::parse(name).is_ok_and(|_| other.set_host(Some(name)).is_ok())
                && let Ok(target) = Target::of_url(&other)
                && !targets.contains(&target)
            {
                targets.push(target);
            }
        }
    }
    targets
}
