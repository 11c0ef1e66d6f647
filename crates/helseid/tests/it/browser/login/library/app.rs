//! The app: two replicas that share keys and one SQLite file, and take requests by turns.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use helseid_authority::TestClock;
use helseid_client::{Client, Config};
use helseid_login::flow::{LoginClient, LoginRequest};
use helseid_login::session::OrganisationPolicy;
use helseid_login::store::sqlite;
use helseid_login::{Login, SealingKeys};
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::scope::ScopeSet;
use tokio::sync::oneshot;
use tower::ServiceExt as _;

use super::pages::{Pages, routes};

/// Asked for at each login.
pub(super) const SCOPES: &str = "openid profile offline_access helseid://scopes/identity/security_level norsk-helsenett:python-sample-api/read";

/// The units of the client's organisation that people may act for.
pub(super) const CLINICS: [&str; 2] = ["999977775", "999977776"];

/// How many replicas there are.
pub(super) const REPLICAS: usize = 2;

/// What a replica is made of.
pub(super) struct Made {
    pub(super) config: Config,
    pub(super) clock: TestClock,
    /// Where people open the app, without a slash at the end.
    pub(super) public_url: String,
    /// The API that it calls.
    pub(super) api: String,
    pub(super) keys: String,
    pub(super) file: PathBuf,
}

/// A running app. Clones are the same.
#[derive(Clone)]
pub(super) struct App(Arc<Inner>);

struct Inner {
    made: Made,
    replicas: [Mutex<Router>; REPLICAS],
    turn: AtomicUsize,
    next_callback: Mutex<NextCallback>,
    /// Logouts that the authority told of and that were answered.
    told: AtomicUsize,
    saved: Arc<Mutex<Vec<String>>>,
}

/// What becomes of the next callback.
#[derive(Debug, Default)]
enum NextCallback {
    /// It comes to the app.
    #[default]
    Comes,
    /// It comes when so much time has passed.
    ComesAfter(Duration),
    /// It does not; what it brought is told here.
    IsKept(oneshot::Sender<String>),
}

impl App {
    /// Nobody is there to answer before [`App::restart`].
    pub(super) fn new(made: Made) -> Self {
        Self(Arc::new(Inner {
            made,
            replicas: std::array::from_fn(|_| Mutex::new(Router::new())),
            turn: AtomicUsize::new(0),
            next_callback: Mutex::default(),
            told: AtomicUsize::new(0),
            saved: Arc::default(),
        }))
    }

    /// Starts every replica again: what is left of before is the file.
    pub(super) async fn restart(&self) {
        for (number, replica) in self.0.replicas.iter().enumerate() {
            let router = self.replica(number).await;
            *replica.lock().unwrap() = router;
        }
    }

    async fn replica(&self, number: usize) -> Router {
        let Made { config, clock, public_url, api, keys, file } = &self.0.made;
        let client = Client::builder(config.clone()).clock(clock.clone()).build().unwrap();
        let client = LoginClient::new(client, &format!("{public_url}/callback")).unwrap();
        let clinics = CLINICS.map(|number| Organisation::Child(OrganisationNumber::parse(number).unwrap()));
        let login = Login::with_client(client)
            .public_url(public_url)
            .keys(SealingKeys::parse(keys).unwrap())
            .store(sqlite(file).await.unwrap())
            .request(LoginRequest::default().scope(ScopeSet::parse(SCOPES).unwrap()))
            .organisations(OrganisationPolicy::listed(clinics))
            .organisation_page("/choose")
            .build()
            .unwrap();
        let pages = Pages::new(public_url, api, number, self.0.saved.clone());
        login.around(routes(&login, pages))
    }

    /// A router that brings everything to one replica, or to each by turns.
    pub(super) fn door(&self, replica: Option<usize>) -> Router {
        let app = self.clone();
        Router::new().fallback(move |request: Request| {
            let app = app.clone();
            async move { app.answer(replica, request).await }
        })
    }

    async fn answer(&self, replica: Option<usize>, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        if path.ends_with("/callback") {
            let mut next = self.0.next_callback.lock().unwrap();
            match std::mem::take(&mut *next) {
                NextCallback::Comes => {}
                NextCallback::ComesAfter(time) => self.0.made.clock.forward(time),
                NextCallback::IsKept(told) => {
                    let query = request.uri().query().unwrap_or_default().to_owned();
                    // Whoever does not wait for it any more has failed already.
                    let _ = told.send(query);
                    return (StatusCode::OK, "kept").into_response();
                }
            }
        }
        let number = replica.unwrap_or_else(|| self.0.turn.fetch_add(1, Ordering::Relaxed) % REPLICAS);
        let router = self.0.replicas[number].lock().unwrap().clone();
        let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
        if path.ends_with("/backchannel-logout") && response.status() == StatusCode::OK {
            self.0.told.fetch_add(1, Ordering::Relaxed);
        }
        response
    }

    /// Lets the next callback come so much later.
    pub(super) fn delay_the_next_callback(&self, time: Duration) {
        *self.0.next_callback.lock().unwrap() = NextCallback::ComesAfter(time);
    }

    /// Lets the next callback not come, and tells its query when the browser has brought it.
    pub(super) fn keep_the_next_callback(&self) -> oneshot::Receiver<String> {
        let (told, kept) = oneshot::channel();
        *self.0.next_callback.lock().unwrap() = NextCallback::IsKept(told);
        kept
    }

    /// How many logouts the authority has told of.
    pub(super) fn told(&self) -> usize {
        self.0.told.load(Ordering::Relaxed)
    }

    /// What people have saved.
    pub(super) fn saved(&self) -> Vec<String> {
        self.0.saved.lock().unwrap().clone()
    }
}
