//! What the endpoints of one issuer share.

use std::sync::Arc;

use helseid_protocol::dpop::{FirstUse, NonceKey, ProofKeyCache};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::random::Random;
use helseid_protocol::resource::BoundToken;
use helseid_protocol::time::{Clock, Timestamp};

use crate::issuer::ServedIssuer;
use crate::keys::SigningKeys;
use crate::login::LoginState;
use crate::outgoing::Outgoing;
use crate::registry::Registry;
use crate::registry::registration::RegistrationPolicy;
use crate::storage::ephemeral::{EphemeralStore, OneTimeUse, Unavailable};
use crate::storage::sessions::SessionStore;
use crate::trace::Trace;
use crate::web::rate_limit::Limits;

/// What every handler of an issuer's endpoints is given.
#[derive(Clone)]
pub(crate) struct OAuthState {
    pub(crate) issuer: Arc<ServedIssuer>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) keys: Arc<SigningKeys>,
    pub(crate) replay: Arc<ReplayProtection>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) trace: Arc<Trace>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    /// None of an issuer that logs nobody in: its endpoints are neither routed nor advertised.
    pub(crate) login: Option<Arc<UserLogin>>,
}

/// What the endpoints of user login need besides.
pub(crate) struct UserLogin {
    /// Sessions and refresh families.
    pub(crate) sessions: Arc<dyn SessionStore>,
    /// Where people log in.
    pub(crate) rooms: LoginState,
    /// The way to clients that are told of a logout.
    pub(crate) outgoing: Arc<Outgoing>,
    /// What may be registered now. What was registered under other settings is not used.
    pub(crate) addresses: Arc<RegistrationPolicy>,
}

/// How many keys of proofs an issuer remembers.
const PROOF_KEYS: usize = 512;

/// What keeps a request from being accepted twice.
pub(crate) struct ReplayProtection {
    /// Remembers the ids of assertions and proofs that were used.
    pub(crate) store: Arc<dyn EphemeralStore>,
    /// Hashes those ids, so that they are bound to this issuer.
    pub(crate) ids: Arc<MacKey>,
    pub(crate) nonces: NonceKey,
    /// The keys of proofs that were checked before.
    pub(crate) proof_keys: ProofKeyCache,
}

impl ReplayProtection {
    /// Claims the proof that came with a token as used; without a proof there is nothing to claim.
    pub(crate) async fn first_use(&self, call: &BoundToken, now: Timestamp) -> Result<FirstUse, Unavailable> {
        match call.replay_id(&self.ids) {
            None => Ok(FirstUse::Yes),
            Some((id, end)) => self.store.claim(OneTimeUse { id, end }, now).await,
        }
    }
}

/// What the issuers of one process share.
#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) registry: Arc<Registry>,
    pub(crate) keys: Arc<SigningKeys>,
    pub(crate) store: Arc<dyn EphemeralStore>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
}

/// The secrets of one issuer.
pub(crate) struct IssuerSecrets {
    pub(crate) ids: Arc<MacKey>,
    pub(crate) nonces: NonceKey,
}

impl OAuthState {
    /// The state of one issuer over what all of them share.
    pub(crate) fn new(backend: Backend, issuer: ServedIssuer, secrets: IssuerSecrets, trace: Trace) -> Self {
        let Backend { registry, keys, store, limits, clock, random } = backend;
        let IssuerSecrets { ids, nonces } = secrets;
        let replay = ReplayProtection { store, ids, nonces, proof_keys: ProofKeyCache::new(PROOF_KEYS) };
        Self {
            issuer: Arc::new(issuer),
            registry,
            keys,
            replay: Arc::new(replay),
            limits,
            trace: Arc::new(trace),
            clock,
            random,
            login: None,
        }
    }

    /// The same, of an issuer at which people log in.
    pub(crate) fn with_login(self, login: UserLogin) -> Self {
        Self { login: Some(Arc::new(login)), ..self }
    }
}
