//! The handle of an authority that runs.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use helseid_admin_api::{
    ApiResource, ClientFaults, ClientRegistration, ConformanceReport, Delegation, LoginTokens,
    NewConformance, OrganisationEntry, PersonEntry, PersonSignIn, RegisteredClient,
};
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::rule::Profile;
use helseid_tls::CaFiles;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::admin::{self, AdminState};
use crate::config::TLS_FOLDER;
use crate::conformance::{NotOpened, Sessions};
use crate::domain::change::{Actor, Change};
use crate::faults::Faults;
use crate::oauth::OAuthState;
use crate::registry::Snapshot;
use crate::registry::registration::{
    NotRegistered, Seed, SeedStep, apply_seed, checked, checked_api, checked_organisation, checked_person,
    new_id, put_api, put_person,
};
use crate::storage::registry::{Author, Folder};

/// How long clients are still told of logouts after the last request.
const LAST_LETTERS: Duration = Duration::from_secs(5);

/// An authority that answers. Dropping it stops it at once; [`Running::shut_down`] ends requests under way first.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_authority::{Authority, Config, Running};
/// use std::net::Ipv4Addr;
///
/// let authority: Running = Authority::start(Config::in_memory().listen([(Ipv4Addr::LOCALHOST, 0).into()])).await?;
/// // For the pages in a browser, once.
/// println!("{:?}", authority.sign_in_link().await);
/// authority.shut_down().await;
/// # Ok(()) }
/// ```
pub struct Running {
    pub(crate) oauth: OAuthState,
    pub(crate) sessions: Arc<Sessions>,
    /// None unless the authority was started with them.
    pub(crate) faults: Option<Arc<Faults>>,
    pub(crate) admin: AdminState,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) admin_token: String,
    pub(crate) ca_pem: Option<String>,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) servers: JoinSet<()>,
    /// Held locked for as long as the authority runs.
    pub(crate) _folder: Option<Folder>,
}

impl Running {
    /// The authority's issuer.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.oauth.issuer.name
    }

    /// The addresses that it listens on.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The folder that holds its data; none if it keeps everything in memory.
    #[must_use]
    pub fn data_dir(&self) -> Option<&Path> {
        self.data_dir.as_deref()
    }

    /// The token of the admin API. Whoever has it can register clients.
    #[must_use]
    pub fn admin_token(&self) -> &str {
        &self.admin_token
    }

    /// The address of the admin API and the pages, if they have their own.
    #[must_use]
    pub fn admin_address(&self) -> Option<&Issuer> {
        self.admin.site.mount.own_address()
    }

    /// The address at which this machine reaches an issuer whose name is an http address elsewhere, as between containers.
    #[must_use]
    pub fn local_address(&self) -> Option<&Issuer> {
        self.admin.site.mount.local_address()
    }

    /// The certificate of the local CA that signed the authority's own, in PEM: whoever connects has to trust it. None if it
    /// serves http, or a certificate of files.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The files with that certificate, in the forms that programs want; none if it keeps everything in memory.
    #[must_use]
    pub fn ca_files(&self) -> Option<CaFiles> {
        let folder = self.data_dir.as_ref().filter(|_| self.ca_pem.is_some())?;
        Some(CaFiles::in_folder(&folder.join(TLS_FOLDER)))
    }

    /// A link that opens the admin pages in a browser: good once, and for ten minutes. None if there are no pages.
    pub async fn sign_in_link(&self) -> Option<String> {
        admin::sign_in_link(&self.admin.site, &self.admin.sign_in).await.ok().map(|link| link.url)
    }

    /// Waits until the signing key has been made.
    pub async fn ready(&self) {
        let _ = self.oauth.keys.wait().await;
    }

    /// Accepts no more requests, ends those under way within some seconds, sends what clients are to be told of logouts within five
    /// more, and releases the data folder.
    pub async fn shut_down(mut self) {
        self.oauth.trace.end_streams();
        let _ = self.stop.send(true);
        while self.servers.join_next().await.is_some() {}
        if let Some(login) = &self.oauth.login {
            let unsent = login.outgoing.finish(LAST_LETTERS).await;
            if unsent > 0 {
                tracing::warn!(unsent, "clients were not notified of logouts: the authority is stopping");
            }
        }
    }

    /// Registers a client, or changes the one of its id. The same checks hold as for the admin API.
    pub async fn register(
        &self,
        registration: ClientRegistration,
    ) -> Result<RegisteredClient, NotRegistered> {
        let oauth = &self.oauth;
        let id = registration.client_id.clone().unwrap_or_else(|| new_id(&*oauth.random));
        let policy = &self.admin.registry.policy;
        let plan = |registry: &Snapshot| -> Result<_, NotRegistered> {
            let client = checked(id.clone(), registration.clone(), registry, policy)?;
            Ok((vec![Change::PutClient(Box::new(client))], ()))
        };
        oauth.registry.change_kinds(&self.author(), &[], plan).await?;
        let registry = oauth.registry.now();
        let known = registry.clients.get(&id).ok_or_else(|| NotRegistered::unknown("client", &id))?;
        Ok(registry.shown(known))
    }

    /// Adds an API, or changes the one of its name.
    pub async fn add_api(&self, api: ApiResource) -> Result<(), NotRegistered> {
        let author = self.author();
        put_api(&self.oauth.registry, &author, |registry| checked_api(api.clone(), registry)).await
    }

    /// Adds an organisation, or changes the one of its number.
    pub async fn add_organisation(&self, entry: OrganisationEntry) -> Result<(), NotRegistered> {
        self.change(Change::PutOrganisation(checked_organisation(entry)?)).await
    }

    /// Adds a synthetic person, or changes the one of its short name.
    pub async fn add_person(&self, person: PersonEntry) -> Result<(), NotRegistered> {
        let (author, month) = (self.author(), self.admin.registry.policy.synthetic_month);
        let check = |registry: &Snapshot| checked_person(person.clone(), registry, month);
        put_person(&self.oauth.registry, &author, check).await
    }

    /// Lets a supplier's multi-tenant clients act for an organisation.
    pub async fn delegate(&self, delegation: Delegation) -> Result<(), NotRegistered> {
        self.change(Change::PutDelegation(delegation)).await
    }

    /// Makes the registry hold what a seed file says, and marks it as managed by it. With `prune`, removes what an earlier
    /// file put there and this one does not name. All of it happens or nothing; returns each step.
    pub async fn apply_seed(&self, seed: Seed, prune: bool) -> Result<Vec<SeedStep>, NotRegistered> {
        let OAuthState { registry, clock, .. } = &self.oauth;
        apply_seed(registry, seed, prune, &self.admin.registry.policy, clock.now()).await
    }

    /// Logs a person in at a client, as `POST /admin/api/sign-in` does.
    pub(crate) async fn signed_in(&self, asked: PersonSignIn) -> Result<LoginTokens, NotRegistered> {
        Ok(self.admin.logins.sign_in(asked).await?)
    }

    /// Opens a conformance session: an issuer that holds every registered client to this profile, notes each breach, and
    /// goes on.
    pub async fn open_conformance(&self, profile: Profile) -> Result<ConformanceReport, NotOpened> {
        let asked = NewConformance { profile: Some(profile), ..NewConformance::default() };
        Ok(self.sessions.open(asked).await?.report())
    }

    /// Opens a conformance session with an API that demands more, or stands in front of another; the same checks hold as for the admin API.
    pub async fn open_conformance_as(
        &self,
        asked: NewConformance,
    ) -> Result<ConformanceReport, NotRegistered> {
        Ok(self.admin.conformance.open(asked).await?)
    }

    /// The report of the conformance session of this id, as of now.
    #[must_use]
    pub fn conformance(&self, session: &str) -> Option<ConformanceReport> {
        self.sessions.find(session).map(|session| session.report())
    }

    /// From now on, the client meets these faults, if the authority was started with faults.
    pub(crate) fn put_faults(&self, client: ClientId, given: ClientFaults) {
        if let Some(faults) = &self.faults {
            faults.put(client, given);
        }
    }

    async fn change(&self, change: Change) -> Result<(), NotRegistered> {
        Ok(self.oauth.registry.change(vec![change], &self.author()).await?)
    }

    fn author(&self) -> Author {
        Author { actor: Actor::Embedder, at: self.oauth.clock.now() }
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("Running");
        shown.field("issuer", self.issuer()).field("addresses", &self.addresses).finish_non_exhaustive()
    }
}
