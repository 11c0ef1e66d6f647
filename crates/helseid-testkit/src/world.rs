//! An authority, an API and a client that share one clock.

use std::error::Error;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use axum::routing::get;
use axum::{Json, Router};
use helseid_admin_api::ClientRegistration;
use helseid_api::{ApiProtection, ApiProtectionBuilder, Caller};
use helseid_authority::{TestAuthority, TestClock};
use helseid_client::{Client, Config, KeyLocation};
use helseid_http::Outbound;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::ScopeSet;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::Proxy;

/// The API's name.
pub const AUDIENCE: &str = "norsk-helsenett:python-sample-api";

/// The scope that it asks for.
pub const SCOPE: &str = "norsk-helsenett:python-sample-api/read";

/// What went wrong while a world was made.
///
/// ```
/// use helseid_protocol::rule::Profile;
/// use helseid_testkit::{Broken, World};
///
/// // For the worlds that a test starts more than once.
/// async fn worlds() -> Result<[World; 2], Broken> {
///     Ok([World::start(Profile::Helseid).await?, World::start(Profile::HelseidNext).await?])
/// }
/// ```
pub type Broken = Box<dyn Error + Send + Sync>;

/// A running authority, a running API, and a registered client with its key.
///
/// ```
/// # #[tokio::main] async fn main() -> Result<(), helseid_testkit::Broken> {
/// use helseid_protocol::rule::Profile;
/// use helseid_testkit::World;
///
/// let world = World::start(Profile::Helseid).await?;
/// let answer = world.client()?.get(&world.url()).send().await?;
/// assert!(answer.text().contains(world.client_id.as_str()));
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct World {
    /// The authority.
    pub authority: TestAuthority,
    /// The client's key.
    pub key: PrivateJwk,
    /// The client's id.
    pub client_id: ClientId,
    api: SocketAddr,
    /// The CA of an authority that serves HTTPS.
    ca: Option<NamedTempFile>,
}

impl World {
    /// Starts everything, with an API as strict as can be.
    pub async fn start(profile: Profile) -> Result<Self, Broken> {
        Self::start_with(profile, |protection| protection).await
    }

    /// Starts everything, with a change to the API's protection.
    pub async fn start_with(
        profile: Profile,
        change: impl FnOnce(ApiProtectionBuilder) -> ApiProtectionBuilder,
    ) -> Result<Self, Broken> {
        Self::around(TestAuthority::start_with(profile).await?, change).await
    }

    /// Starts everything, with an authority that serves HTTPS.
    pub async fn start_with_https(
        profile: Profile,
        change: impl FnOnce(ApiProtectionBuilder) -> ApiProtectionBuilder,
    ) -> Result<Self, Broken> {
        Self::around(TestAuthority::builder().profile(profile).https().start().await?, change).await
    }

    /// Starts everything with an authority behind a proxy, which can be asked for faults. Whatever goes to the authority
    /// goes through the proxy.
    pub async fn start_behind(proxy: &Proxy) -> Result<Self, Broken> {
        let authority = TestAuthority::start_behind(proxy.name()?.parse()?).await?;
        proxy.forward_to(*authority.addresses().first().ok_or("the authority listens nowhere")?)?;
        Self::around(authority, |protection| protection).await
    }

    async fn around(
        authority: TestAuthority,
        change: impl FnOnce(ApiProtectionBuilder) -> ApiProtectionBuilder,
    ) -> Result<Self, Broken> {
        let ca = authority.ca_pem().map(ca_file).transpose()?;
        let outbound = Outbound::builder().ca_file(ca.as_ref().map(|file| file.path().to_owned()));
        let builder =
            ApiProtection::builder(authority.issuer().as_str(), AUDIENCE).outbound(outbound.build()?);
        let protection = change(builder.clock(authority.clock().clone())).build()?;
        let router =
            Router::new().route("/whoami", get(whoami)).layer(protection.require_scopes_all([SCOPE])?);
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let api = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, router).await });

        let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let registered = authority.register(registration(&key)?).await?;
        Ok(Self { authority, key, client_id: registered.client_id, api, ca })
    }

    /// The address of the API's one resource, which answers with the caller's claims.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/whoami", self.api)
    }

    /// The clock of all three.
    #[must_use]
    pub const fn clock(&self) -> &TestClock {
        self.authority.clock()
    }

    /// What the client is told.
    #[must_use]
    pub fn config(&self) -> Config {
        let key = KeyLocation::Text(self.key.to_json());
        let mut config = Config::new(self.authority.issuer().clone(), self.client_id.clone(), key);
        config.ca_file = self.ca.as_ref().map(|file| file.path().to_owned());
        config
    }

    /// A client of its own: its cache and its proof key are new.
    pub fn client(&self) -> Result<Client, helseid_client::Error> {
        Client::builder(self.config()).clock(self.clock().clone()).build()
    }
}

fn ca_file(pem: &str) -> std::io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(pem.as_bytes())?;
    Ok(file)
}

/// A registration of this key, for the API's scope.
pub fn registration(key: &PrivateJwk) -> Result<ClientRegistration, Broken> {
    Ok(ClientRegistration::new(
        "a journey".to_owned(),
        ScopeSet::parse(SCOPE)?,
        vec![Value::Object(key.public().members().clone())],
    ))
}

async fn whoami(caller: Caller) -> Json<Value> {
    Json(json!(caller.claims().all()))
}
