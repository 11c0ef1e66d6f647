//! The one value that all requests share.

use std::sync::Arc;
use std::time::Duration;

use helseid_admin_api::ConformanceReport;
use helseid_protocol::dpop::{NonceKey, Target};
use helseid_protocol::id::{InvalidIssuer, Issuer, LOOPBACK_HOSTS, is_loopback};
use helseid_protocol::jose::Algorithm;
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::random::Random;
use helseid_protocol::rule::{Profile, Trail};
use helseid_protocol::time::Clock;
use url::{Host, Url};

use crate::admin::{
    Access, AdminMount, AdminSite, AdminState, ConformanceAdmin, ConformanceSessions, FaultAdmin,
    RegistryAdmin, SignInTokens, SigningKeyAdmin, TraceAdmin,
};
use crate::conformance::Sessions;
use crate::domain::model::Client;
use crate::faults::Scenarios;
use crate::keys::{Ring, SigningKeys};
use crate::nhn::guard::DoublesGuard;
use crate::oauth::token::ProofKeys;
use crate::registry::Registry;
use crate::replica;
use crate::storage::ephemeral::Fleeting;
use crate::storage::registry::StoreError;
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
    pub(crate) replay_key: Arc<MacKey>,
    pub(crate) fleeting: Arc<dyn Fleeting>,
    pub(crate) proof_keys: Arc<ProofKeys>,
    pub(crate) access: Access,
    pub(crate) admin_mount: AdminMount,
    pub(crate) trace: Arc<Trace>,
    pub(crate) limits: Arc<Limits>,
    /// What others can make us log.
    pub(crate) log: Arc<LogBudgets>,
    /// Sessions that report what a client does.
    pub(crate) conformance: Sessions,
    /// That this is such a session.
    pub(crate) judged: Option<Judged>,
    /// None unless they were asked for.
    pub(crate) scenarios: Option<Arc<Scenarios>>,
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

    /// Whether somebody can be told why a request was refused: not where the admin is off.
    pub(crate) fn explains_requests(&self) -> bool {
        self.admin_mount != AdminMount::Off
    }

    /// A new signing key, which signs after `lead`; of a replica, not before the others know it.
    pub(crate) async fn rotate(&self, lead: Duration) -> Result<Arc<Ring>, StoreError> {
        replica::rotate(&self.registry, &self.signing, lead, self.tolerance, self.clock.now()).await
    }

    /// What the admin needs of this.
    pub(crate) fn admin_state(self: &Arc<Self>) -> AdminState {
        let (registry, clock) = (self.registry.clone(), self.clock.clone());
        AdminState {
            site: Arc::new(AdminSite {
                issuer: self.issuer.clone(),
                mount: self.admin_mount.clone(),
                profile: self.profile,
                clock: clock.clone(),
                log: self.log.clone(),
            }),
            access: Arc::new(self.access.clone()),
            signing_keys: Arc::new(SigningKeyAdmin {
                keys: self.signing.clone(),
                registry: registry.clone(),
                algorithm: self.algorithm,
                tolerance: self.tolerance,
                clock: clock.clone(),
            }),
            trace: Arc::new(TraceAdmin::new(self.trace.clone())),
            conformance: Arc::new(ConformanceAdmin::new(Arc::new(SessionsOf(self.clone())))),
            faults: Arc::new(FaultAdmin { faults: self.scenarios.clone(), registry: registry.clone() }),
            sign_in: Arc::new(SignInTokens {
                store: self.fleeting.clone(),
                key: self.replay_key.clone(),
                clock: clock.clone(),
                random: self.random.clone(),
            }),
            registry: Arc::new(RegistryAdmin {
                registry,
                profile: self.profile,
                clock,
                random: self.random.clone(),
            }),
        }
    }

    /// What guards the doubles of NHN's services.
    pub(crate) fn doubles_guard(&self) -> DoublesGuard {
        DoublesGuard {
            origins: self.access.origins.clone(),
            limits: self.limits.clone(),
            registry: self.registry.clone(),
            clock: self.clock.clone(),
        }
    }
}

/// The conformance sessions of an authority.
struct SessionsOf(Arc<App>);

impl ConformanceSessions for SessionsOf {
    fn open(&self, profile: Option<Profile>) -> Result<ConformanceReport, InvalidIssuer> {
        Ok(self.0.conformance.open(&self.0, profile)?.report())
    }

    fn report(&self, id: &str) -> Option<ConformanceReport> {
        self.0.conformance.find(id).map(|session| session.report())
    }

    fn reports(&self) -> Vec<ConformanceReport> {
        self.0.conformance.all().iter().map(|session| session.report()).collect()
    }

    fn end(&self, id: &str) -> bool {
        self.0.conformance.end(id)
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
