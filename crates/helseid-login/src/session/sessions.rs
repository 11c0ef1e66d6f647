//! Sessions made and ended.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use helseid_protocol::time::Timestamp;

use super::flight::Flights;
use super::health_personnel::Descriptions;
use super::logout::FRONT_PER_SECOND;
use super::names::{Named, names};
use super::organisation::OrganisationPolicy;
use super::rate::Rate;
use super::read::Reads;
use super::record::Record;
use super::renewal::Renewals;
use super::revoke::Revocations;
use super::seal::Owner;
use super::userinfo::Gate;
use super::view::{Look, form_epoch};
use super::{Session, SessionCookie, SessionError, SessionLifetimes};
use crate::flow::{LoggedIn, LoginClient};
use crate::keys::{Purpose, SealingKeys};
use crate::store::{Ending, FirstUse, Inserted, MemoryStore, NewRow, Replaces, Sealed, SessionStore};

/// All sessions of an app. Cheap to clone.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// # let person = authority.log_in(&login, &Default::default()).await?;
/// use helseid_login::session::{Begun, Sessions};
///
/// let sessions = Sessions::in_memory(login);
/// if let Begun::New(session) = sessions.begin(person, None).await? {
///     assert!(sessions.open(session.cookie()).await?.is_some());
///     sessions.end(&session).await?;
///     assert!(sessions.open(session.cookie()).await?.is_none());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Sessions(pub(super) Arc<Shared>);

pub(super) struct Shared {
    pub(super) login: LoginClient,
    pub(super) store: Arc<dyn SessionStore>,
    pub(super) keys: SealingKeys,
    pub(super) lifetimes: SessionLifetimes,
    pub(super) policy: OrganisationPolicy,
    pub(super) flights: Flights,
    pub(super) reads: Reads,
    pub(super) renewals: Renewals,
    pub(super) descriptions: Descriptions,
    pub(super) userinfo: Gate,
    pub(super) revocations: Revocations,
    /// Logouts by the front channel that leave a mark.
    pub(super) front_channel: Rate,
    /// When what has ended was last removed.
    pub(super) swept: AtomicI64,
}

/// What became of a login.
///
/// ```
/// use helseid_login::session::{Begun, Session};
///
/// /// The session that the browser has from now on; none where it must log in again.
/// fn of(begun: Begun) -> Option<Session> {
///     match begun {
///         Begun::New(session) | Begun::Kept(session) => Some(session),
///         Begun::LoggedOut | Begun::Conflict => None,
///     }
/// }
/// ```
#[derive(Debug)]
pub enum Begun {
    /// There is a session, under a new id: set its cookie.
    New(Session),
    /// The same person is logged in at a higher level already: that session goes on.
    Kept(Session),
    /// The issuer has ended the login meanwhile: the person must log in again.
    LoggedOut,
    /// The session that it was to take the place of has ended meanwhile: another login of the same browser took its place, whose
    /// cookie the browser has, or it was logged out.
    Conflict,
}

/// So often a session begins again because the one before it was changed meanwhile.
const ATTEMPTS: usize = 32;

impl Sessions {
    /// Sessions of the logins of `login`, in `store`, sealed with `keys`. Nothing is asked of the store yet.
    #[must_use]
    pub fn new(login: LoginClient, store: Arc<dyn SessionStore>, keys: SealingKeys) -> Self {
        Self(Arc::new(Shared::new(login, store, keys)))
    }

    /// Sessions in the memory of this process, which end with it, under a key of this process's own.
    #[must_use]
    pub fn in_memory(login: LoginClient) -> Self {
        let keys = SealingKeys::of_this_process(&*login.random());
        Self::new(login, Arc::new(MemoryStore::default()), keys)
    }

    /// How long they live. Of what was cloned before, nothing changes.
    #[must_use]
    pub fn lifetimes(self, lifetimes: SessionLifetimes) -> Self {
        self.with(|shared| shared.lifetimes = lifetimes)
    }

    /// Which organisations they may act for; none unless said here. Of what was cloned before, nothing changes.
    #[must_use]
    pub fn organisations(self, policy: OrganisationPolicy) -> Self {
        self.with(|shared| shared.policy = policy)
    }

    /// The client that logs people in.
    #[must_use]
    pub fn login(&self) -> &LoginClient {
        &self.0.login
    }

    /// The same with another setting. What was cloned before keeps its own.
    fn with(self, set: impl FnOnce(&mut Shared)) -> Self {
        let Shared { login, store, keys, lifetimes, policy, .. } = &*self.0;
        let mut shared = Shared::new(login.clone(), store.clone(), keys.clone());
        (shared.lifetimes, shared.policy) = (*lifetimes, policy.clone());
        set(&mut shared);
        Self(Arc::new(shared))
    }

    /// Begins a session of whoever logged in, under a new id. The session that the browser had when it came back, which is `before`,
    /// ends in the same step, unless it is the same person's at a higher level: then that one is kept. Of several logins that
    /// would take its place, one does. What an app keeps stays with the same person, and so does the organisation where the login
    /// asked for none and the [`OrganisationPolicy`] still allows it.
    ///
    /// The refresh token of whichever of the two does not go on is revoked, and nobody waits for that.
    pub async fn begin(&self, login: LoggedIn, before: Option<&Session>) -> Result<Begun, SessionError> {
        let own = login.refresh.as_ref().map(|grant| grant.token.clone());
        let mut replaced = before.cloned();
        let begun = self.begin_once(login, &mut replaced).await;
        let has_begun = matches!(begun, Ok(Begun::New(_)));
        if has_begun || matches!(begun, Ok(Begun::LoggedOut)) {
            self.revoke_beside(replaced.as_ref().and_then(Session::refresh_token));
        }
        if !has_begun {
            self.revoke_beside(own.as_ref());
        }
        begun
    }

    /// Leaves in `before` the session as it was when another took its place: it may have been refreshed since the browser came back.
    async fn begin_once(&self, login: LoggedIn, before: &mut Option<Session>) -> Result<Begun, SessionError> {
        let shared = &self.0;
        for _ in 0..ATTEMPTS {
            if let Some(known) = before.as_ref() {
                match self.look(known.cookie()).await? {
                    None => return Ok(Begun::Conflict),
                    live => *before = live,
                }
            }
            let now = shared.login.now();
            let epoch = shared.store.epoch().await?;
            let began = login.began;
            let mut record = Record::of(login.clone(), epoch, now, now.plus(shared.lifetimes.absolute));
            let same = before.as_ref().filter(|before| before.subject() == record.claims.subject());
            if let Some(same) = same {
                if same.level() > record.level {
                    return Ok(Begun::Kept(same.clone()));
                }
                record.app.clone_from(&same.record().app);
                self.keep_organisation(&mut record, same);
            }
            let replaces = before.as_ref().map_or(Replaces::Nothing, |before| {
                Replaces::Live(before.cookie().id(), before.record().version)
            });
            let cookie = SessionCookie::new(&*shared.login.random());
            let mut row = self.row(&cookie, &mut record, now)?;
            // Where the issuer does not say: in this login, so that no logout that came since is passed by.
            row.authenticated = record.claims.authenticated().unwrap_or(began);
            match self.inserted(&row, replaces, now).await? {
                Inserted::Done => return Ok(Begun::New(self.view(cookie, record, now, now))),
                Inserted::LoggedOut => return Ok(Begun::LoggedOut),
                // It was changed, or has ended.
                Inserted::Conflict => {}
            }
        }
        Err(SessionError::Busy)
    }

    /// Notes that the session is used now, and reads it again. Its absolute end stays.
    pub async fn extend(&self, session: &Session) -> Result<Option<Session>, SessionError> {
        self.0.store.touch(session.cookie().id(), self.0.login.now()).await?;
        self.look(session.cookie()).await
    }

    /// Ends a session here. Revoke [`Session::refresh_token`] afterwards: until then the issuer knows nothing of it.
    pub async fn end(&self, session: &Session) -> Result<(), SessionError> {
        Ok(self.0.store.end(Ending::Row(session.cookie().id())).await?)
    }

    /// Ends all sessions at all replicas, also of rows that come back later, as with a copy of the store: everybody logs in again. After
    /// a database was restored, or another took its place that was behind, sessions that had ended since would live again: call it
    /// then, before anybody is let in.
    pub async fn end_all(&self) -> Result<(), SessionError> {
        Ok(self.0.store.raise_epoch().await?)
    }

    /// Ends when the session has ended, within a second of it where the store answers: for event streams and sockets, which no
    /// request comes to ask for. A store that does not answer ends it too.
    pub async fn until_ended(&self, session: &Session) {
        while let Ok(Some(_)) = self.look(session.cookie()).await {
            tokio::time::sleep(Duration::from_millis(800)).await;
        }
    }

    /// Whether this is the first use of something, such as of the `state` of a callback, at all replicas. It is remembered until
    /// `ends`.
    pub async fn first_use(&self, what: &[u8], ends: Timestamp) -> Result<bool, SessionError> {
        let shared = &self.0;
        let names = names(&shared.keys, shared.login.issuer(), Named::Once(what));
        Ok(shared.store.claim(&names, ends, shared.login.now()).await? == FirstUse::Yes)
    }

    pub(super) fn owner(&self) -> Owner<'_> {
        let Shared { login, keys, .. } = &*self.0;
        Owner { keys, issuer: login.issuer(), client_id: login.client_id() }
    }

    pub(super) fn view(
        &self,
        cookie: SessionCookie,
        record: Record,
        used: Timestamp,
        read: Timestamp,
    ) -> Session {
        let (keys, id) = (&self.0.keys, [cookie.id().as_bytes().as_slice()]);
        let epoch = form_epoch(&keys.code(Purpose::Form, &id));
        let other_epochs = keys.codes(Purpose::Form, &id).skip(1).map(|code| form_epoch(&code)).collect();
        Session::new(cookie, record, Look { used, idle: self.0.lifetimes.idle, read, epoch, other_epochs })
    }

    pub(super) fn row(
        &self,
        cookie: &SessionCookie,
        record: &mut Record,
        now: Timestamp,
    ) -> Result<NewRow, SessionError> {
        let Shared { login, keys, .. } = &*self.0;
        let sealed = self.owner().seal_what_fits(cookie, record);
        let named = |what| names(keys, login.issuer(), what);
        Ok(NewRow {
            id: *cookie.id(),
            sealed: sealed.map_err(|_| SessionError::TooLarge(Sealed::MAX_BYTES))?,
            session: record.claims.session_id().map(|sid| named(Named::Session(sid.as_str()))),
            person: named(Named::Person(record.claims.subject().as_str())),
            authenticated: record.claims.authenticated().unwrap_or(record.began),
            used: now,
            ends: record.ends,
        })
    }
}

impl Shared {
    fn new(login: LoginClient, store: Arc<dyn SessionStore>, keys: SealingKeys) -> Self {
        Self {
            login,
            store,
            keys,
            lifetimes: SessionLifetimes::default(),
            policy: OrganisationPolicy::default(),
            flights: Flights::default(),
            reads: Reads::default(),
            renewals: Renewals::default(),
            descriptions: Descriptions::default(),
            userinfo: Gate::default(),
            revocations: Revocations::default(),
            front_channel: Rate::new(FRONT_PER_SECOND),
            swept: AtomicI64::new(i64::MIN),
        }
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Sessions").field("lifetimes", &self.0.lifetimes).finish_non_exhaustive()
    }
}
