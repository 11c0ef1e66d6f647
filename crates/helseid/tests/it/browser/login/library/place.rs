//! The app on a site of its own, the authority on another, and a browser.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use helseid_admin_api::ClientRegistration;
use helseid_authority::TestAuthority;
use helseid_client::{Config, KeyLocation};
use helseid_http::Outbound;
use helseid_login::SealingKeys;
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::details::OrganisationNumber;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::random::SystemRandom;
use helseid_protocol::scope::ScopeSet;
use helseid_test_services::{Nginx, NginxConfig, TestCa};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::super::sites::Site;
use super::super::{house, look, sites, watch};
use super::app::{App, CLINICS, Made, REPLICAS, SCOPES};
use super::pages::Api;
use crate::browser::driver::{Browser, Setup};

/// The app's host, which has siblings.
pub(super) const HOST: &str = "app.clinic.localhost";

/// The owner of the units that people act for.
const OWNER: &str = "999977774";

/// How a browser reaches the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By the app's own https.
    Direct,
    /// Through nginx, below a prefix.
    Nginx,
}

pub(super) struct Place {
    pub(super) browser: Browser,
    pub(super) app: App,
    pub(super) api: Api,
    pub(super) authority: TestAuthority,
    /// Where people open the app.
    site: String,
    /// The numbers of everyone, which must be seen nowhere.
    numbers: Vec<String>,
    /// The addresses that the browser was at since the last look, for those who look twice.
    sent: Mutex<Vec<String>>,
    _nginx: Option<Nginx>,
    _folder: TempDir,
}

/// What answers by https.
enum Door {
    Own(Site),
    Nginx(Nginx),
}

impl Door {
    /// With the address at which people open the app, and the CA to trust.
    async fn of(way: Way, folder: &Path, inner: [u16; REPLICAS]) -> (Self, String, String) {
        match way {
            Way::Direct => {
                let site = Site::new(HOST).await;
                let (address, ca_pem) = (site.origin(), site.ca_pem().to_owned());
                (Self::Own(site), address, ca_pem)
            }
            Way::Nginx => {
                let ca = TestCa::new(folder, "proxy").unwrap();
                let nginx = nginx(&ca, inner);
                let address = format!("https://{HOST}:{}{PREFIX}", nginx.port());
                (Self::Nginx(nginx), address, std::fs::read_to_string(ca.file()).unwrap())
            }
        }
    }
}

impl Place {
    pub(super) async fn new(way: Way) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inner: [_; REPLICAS] = [listener().await, listener().await];
        let (door, public_url, trusted) = Door::of(way, folder.path(), inner.each_ref().map(port)).await;
        let authority = sites::authority(&[&trusted]).await;
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, authority.ca_pem().unwrap()).unwrap();
        let outbound = || Outbound::builder().ca_file(Some(ca.clone())).build().unwrap();
        let persons = house::persons(&authority, &outbound()).await;
        watch::watch_the_log(persons.iter().map(|(_, number)| number));
        let api = Api::start(&authority, outbound()).await;

        let mut config = register(&authority, &public_url).await;
        config.ca_file = Some(ca.clone());
        let made = Made {
            config,
            clock: authority.clock().clone(),
            public_url: public_url.clone(),
            api: api.url.clone(),
            keys: SealingKeys::generate("first", &SystemRandom).to_string(),
            file: folder.path().join("sessions.sqlite"),
        };
        let app = App::new(made);
        app.restart().await;
        for (number, listener) in inner.into_iter().enumerate() {
            let door = app.door(Some(number));
            tokio::spawn(async move { axum::serve(listener, door).await });
        }
        let nginx = match door {
            Door::Own(site) => {
                site.serve(app.door(None));
                None
            }
            Door::Nginx(nginx) => Some(nginx),
        };
        let browser = Browser::start(folder.path(), Setup::Watched).await;
        Self {
            browser,
            app,
            api,
            authority,
            site: public_url,
            numbers: persons.into_iter().map(|(_, number)| number).collect(),
            sent: Mutex::default(),
            _nginx: nginx,
            _folder: folder,
        }
    }

    /// An address of the app.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.site)
    }

    /// A browser that knows nobody.
    pub(super) async fn stranger(&self) {
        self.browser.forget_cookies().await;
        self.open("/").await;
        self.text("nobody").await;
    }

    pub(super) async fn open(&self, path: &str) {
        self.browser.open(&self.at(path)).await;
    }

    /// A browser in which this person is logged in, at the dashboard.
    pub(super) async fn logged_in(&self, short_name: &str) {
        self.stranger().await;
        self.open("/dashboard").await;
        self.pick(short_name).await;
    }

    /// Picks a person at the authority, and waits until the app tells who is logged in.
    pub(super) async fn pick(&self, short_name: &str) -> String {
        assert!(self.is_at_the_authority().await, "{}", self.browser.address().await);
        self.click(&format!("person-{short_name}")).await;
        self.text("who").await
    }

    pub(super) async fn click(&self, testid: &str) {
        self.browser.click(&format!("[data-testid={testid}]")).await;
    }

    pub(super) async fn text(&self, testid: &str) -> String {
        self.browser.text(&format!("[data-testid={testid}]")).await
    }

    /// Whether the browser is there, or comes there.
    pub(super) async fn is_at(&self, path: &str) -> bool {
        let wanted = self.at(path);
        self.browser.comes_to(|address| address == wanted).await
    }

    pub(super) async fn is_at_the_authority(&self) -> bool {
        self.browser.comes_to(|address| address.starts_with(self.authority.issuer().as_str())).await
    }

    pub(super) fn forward(&self, seconds: u64) {
        self.authority.clock().forward(Duration::from_secs(seconds));
    }

    /// The last address with this in it that the browser asked for.
    pub(super) async fn last_sent(&self, part: &str) -> String {
        self.note_sent().await;
        let sent = self.sent.lock().unwrap();
        sent.iter().rfind(|url| url.contains(part)).unwrap_or_else(|| panic!("{part}: {sent:?}")).clone()
    }

    async fn note_sent(&self) {
        let sent = self.browser.sent().await.into_iter();
        let seen = sent.flat_map(|sent| [Some(sent.url), sent.referrer]).flatten();
        self.sent.lock().unwrap().extend(seen);
    }

    /// The browser complained of nothing, and neither a token nor a number stands in an address, a referrer or the log.
    pub(super) async fn ends_well(&self) {
        assert_eq!(look::complaints(&self.browser).await, Vec::<String>::new());
        self.note_sent().await;
        let sent = self.sent.lock().unwrap();
        assert!(sent.iter().any(|url| url.contains("/callback?")), "{sent:?}");
        // The claims of a token, after its header: the letters alone stand in a random id once in thousands.
        let forbidden = self.numbers.iter().map(String::as_str).chain([".eyJ"]);
        for secret in forbidden {
            assert!(!sent.iter().any(|url| url.contains(secret)), "{secret}: {sent:?}");
        }
        for number in &self.numbers {
            assert_eq!(watch::logged(number), Vec::<String>::new());
        }
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn port(listener: &TcpListener) -> u16 {
    listener.local_addr().unwrap().port()
}

/// Registers the app at the authority.
async fn register(authority: &TestAuthority, public_url: &str) -> Config {
    let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
    let client_id = ClientId::parse("the-app").unwrap();
    // What every client may ask for is not registered.
    let scope = SCOPES.trim_start_matches("openid ").replace("offline_access ", "");
    let jwk = Value::Object(key.public().members().clone());
    let mut client = ClientRegistration::new("Legekontoret", ScopeSet::parse(&scope).unwrap(), vec![jwk]);
    client.client_id = Some(client_id.clone());
    client.grant_types = [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect();
    client.tenancy = ClientTenancy::SingleTenant;
    client.org_parent = Some(OrganisationNumber::parse(OWNER).unwrap());
    client.org_children = serde_json::from_value(json!(CLINICS)).unwrap();
    client.login = serde_json::from_value(json!({
        "redirect_uris": [format!("{public_url}/callback")],
        "post_logout_redirect_uris": [format!("{public_url}/logged-out")],
        "backchannel_logout_uri": format!("{public_url}/backchannel-logout"),
    }))
    .unwrap();
    authority.register(client).await.unwrap();
    Config::new(authority.issuer().clone(), client_id, KeyLocation::Text(key.to_json()))
}

/// What stands before every path of the app, for those who come through nginx.
const PREFIX: &str = "/portal";

/// With the configuration of the guide, and the replicas in the place of the app.
fn nginx(ca: &TestCa, ports: [u16; REPLICAS]) -> Nginx {
    let certificate = ca.certificate(HOST).unwrap();
    let servers: String = ports.map(|port| format!("server 127.0.0.1:{port};")).concat();
    let http = format!("upstream app {{ {servers} }}");
    let guide = include_str!("../../../../../../../docs/guides/log-in.md");
    let (_, rest) = guide.split_once("```nginx\n").unwrap();
    let server = rest.split("```").next().unwrap().replace("127.0.0.1:3000", "app");
    assert!(server.contains(PREFIX) && server.contains("http://app/"), "{server}");
    Nginx::start(NginxConfig { certificate: &certificate, http: &http, server: &server }).unwrap()
}
