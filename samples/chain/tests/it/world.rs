//! A local HelseID and the three programs, in whichever way they are registered.

use std::net::SocketAddr;

use axum::Router;
use chain::setup::{self, Clients};
use chain::{api_one, api_two, web_app};
use helseid_api::{ApiProtection, ApiProtectionBuilder};
use helseid_authority::TestAuthority;
use helseid_client::Client;
use helseid_login::Login;
use helseid_login::flow::{LoginClient, LoginRequest};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::browser::Browser;

pub(crate) const SITE: &str = "https://app.example";

pub(crate) struct World {
    pub(crate) authority: TestAuthority,
    pub(crate) clients: Clients,
    pub(crate) one: SocketAddr,
    pub(crate) two: SocketAddr,
    web_app: Router,
}

impl World {
    /// As the sample is.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    /// With a change to how the web app and API one are registered.
    pub(crate) async fn with(web_app: impl FnOnce(&mut Value), api_one: impl FnOnce(&mut Value)) -> Self {
        let authority = TestAuthority::start_with_faults().await.unwrap();
        let (mut app, mut one) = (setup::web_app(SITE), setup::api_one());
        web_app(&mut app);
        api_one(&mut one);
        let clients = setup::register(&authority, app, one).await.unwrap();
        let two = serve(api_two::router(protection(&authority, api_two::AUDIENCE)).unwrap()).await;
        let one = api_one_of(&authority, &clients, two).await;
        let login = login(&authority, &clients);
        let web_app = web_app::router(login, format!("http://{one}/day"));
        Self { authority, clients, one, two, web_app }
    }

    /// A browser in which this person has logged in, named by short name or number.
    pub(crate) async fn logged_in(&self, person: &str) -> Browser {
        let mut browser = Browser::of(self.web_app.clone());
        browser.log_in(person).await;
        browser
    }
}

async fn api_one_of(authority: &TestAuthority, clients: &Clients, two: SocketAddr) -> SocketAddr {
    let client = Client::builder(clients.api_one.clone()).clock(authority.clock().clone()).build().unwrap();
    let protection = protection(authority, api_one::AUDIENCE);
    serve(api_one::router(protection, client, format!("http://{two}/prescriptions")).unwrap()).await
}

fn protection(authority: &TestAuthority, audience: &str) -> ApiProtectionBuilder {
    ApiProtection::builder(authority.issuer().as_str(), audience).clock(authority.clock().clone())
}

fn login(authority: &TestAuthority, clients: &Clients) -> Login {
    let scope = clients.web_app.scope.clone();
    let client = Client::builder(clients.web_app.clone()).clock(authority.clock().clone()).build().unwrap();
    let over = LoginClient::new(client, &format!("{SITE}/callback")).unwrap();
    let request = LoginRequest::default().scope(scope);
    Login::with_client(over).public_url(SITE).request(request).build().unwrap()
}

async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
