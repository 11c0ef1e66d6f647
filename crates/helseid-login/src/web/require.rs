//! The layer of a route that demands something of the person.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use tower::{Layer, Service};

use super::demand::Demand;
use super::kind::{log_in, missing, tell};
use super::pages::Notice;
use super::user::{find, stranger};
use crate::session::SessionError;

/// Lets in who meets the demand; sends the others to log in again where that helps, and tells them what is missing where it does
/// not. [`Login::require`](super::Login::require) makes it.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use axum::{Router, routing::get};
/// use helseid_login::{Login, Required, demand::level};
///
/// let login = Login::with_client(login).public_url("https://app.example").build()?;
/// let strong: Required = login.require(level(4))?;
/// let app: Router = Router::new()
///     .route("/prescriptions", get("all").layer(strong.clone()))
///     .route("/notes", get("all").layer(strong));
/// # drop(login.around(app));
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Required(Arc<Demand>);

/// A service that [`Required`] stands before.
///
/// ```
/// use helseid_login::{Required, RequiredService};
/// use tower::Layer as _;
///
/// /// Keeps the service of one route, for a server that routes by itself.
/// struct Signing<S>(RequiredService<S>);
///
/// impl<S> Signing<S> {
///     fn new(demand: &Required, inner: S) -> Self {
///         Self(demand.layer(inner))
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct RequiredService<S> {
    inner: S,
    demand: Arc<Demand>,
}

impl Required {
    pub(super) fn new(demand: Demand) -> Self {
        Self(Arc::new(demand))
    }
}

impl<S> Layer<S> for Required {
    type Service = RequiredService<S>;

    fn layer(&self, inner: S) -> RequiredService<S> {
        RequiredService { inner, demand: self.0.clone() }
    }
}

impl<S> Service<Request> for RequiredService<S>
where
    S: Service<Request> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The one that is ready goes; its copy stays for the next request.
        let copy = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, copy);
        let demand = self.demand.clone();
        Box::pin(async move {
            match admitted(&demand, request).await {
                Ok(request) => Ok(inner.call(request).await?.into_response()),
                Err(answer) => Ok(*answer),
            }
        })
    }
}

async fn admitted(demand: &Demand, request: Request) -> Result<Request, Box<Response>> {
    let (parts, body): (_, Body) = request.into_parts();
    let user = match find(&parts).await {
        Ok(Some(user)) => user,
        Ok(None) => return Err(Box::new(stranger(&parts, &demand.asked(None)).into_response())),
        Err(refused) => return Err(Box::new(refused.into_response())),
    };
    let shared = user.visit().shared();
    match demand.missing(user.session(), &shared.sessions).await {
        Ok(None) => Ok(Request::from_parts(parts, body)),
        Ok(Some(what)) => Err(Box::new(missing(&parts, &what, shared))),
        // Without a token nothing is learnt of the person. A login gives one, of no lower level, since the session would stay.
        Err(SessionError::Ended | SessionError::NoToken) => {
            Err(Box::new(log_in(&parts, &demand.asked(user.level()), shared)))
        }
        Err(error) => {
            tracing::warn!(%error, "it is unknown whether a person meets the requirements of a route");
            Err(Box::new(tell(&parts, Notice::Unavailable, shared)))
        }
    }
}
