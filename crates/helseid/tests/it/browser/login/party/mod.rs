//! An application that logs people in: a small relying party over https, on a site of its own.
//!
//! | file | what |
//! | --- | --- |
//! | [`flow`] | the request that is pushed, and what comes of a callback |
//! | [`routes`] | its pages |
//! | [`logout`] | how it hears that a session has ended |
//! | [`planted`] | pages with one thing wrong, for what must find it |

mod flow;
mod logout;
mod planted;
mod routes;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use helseid_admin_api::ClientRegistration;
use helseid_authority::TestAuthority;
use helseid_client::{Client, Config, KeyLocation};
use helseid_http::{IssuerKeyRing, Outbound};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::ClientId;
use helseid_protocol::jose::{Algorithm, PrivateJwk, RsaSize};
use helseid_protocol::scope::ScopeSet;
use serde_json::{Value, json};

use super::sites::Site;
use flow::Pending;
pub(super) use planted::PLANTED;

/// Asked for at each login.
const SCOPES: &str = "openid profile offline_access helseid://scopes/identity/pid helseid://scopes/identity/security_level norsk-helsenett:python-sample-api/read";

/// A running application. Clones are the same.
#[derive(Clone)]
pub(super) struct Party(Arc<Inner>);

struct Inner {
    name: &'static str,
    /// `https://NAME.localhost:PORT`.
    origin: String,
    client_id: ClientId,
    client: Client,
    keys: IssuerKeyRing,
    clock: helseid_authority::TestClock,
    state: Mutex<State>,
}

/// What it remembers.
#[derive(Default)]
struct State {
    /// Logins that have begun, by their `state`.
    pending: HashMap<String, Pending>,
    /// By the secret of the session's cookie.
    sessions: HashMap<String, Session>,
    /// Each request: its address, and the page that it came from.
    came: Vec<Came>,
    /// What it was told of sessions that have ended, as `front` or `back`, and whether it had such a session.
    told: Vec<(&'static str, bool)>,
}

/// Who is logged in.
#[derive(Clone)]
struct Session {
    name: String,
    level: String,
    authenticated: i64,
    sid: Option<String>,
    id_token: String,
    tokens: Vec<String>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(super) struct Came {
    pub(super) uri: String,
    pub(super) referrer: Option<String>,
    pub(super) has_cookie: bool,
}

/// What a party is registered with beside its addresses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Registered {
    /// Whether it may send its requests by the browser.
    pub(super) without_par: bool,
    /// Whether it is told of the end of a session by the authority itself, in place of a page of it.
    pub(super) back_channel: bool,
}

impl Party {
    /// Registers an application called `name` at the authority, and starts it at a site.
    pub(super) async fn start(
        authority: &TestAuthority,
        ca: &Path,
        (site, name): (Site, &'static str),
        registered: Registered,
    ) -> Self {
        let origin = site.origin();
        let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let client_id = ClientId::parse(site.host()).unwrap();
        // What every client may ask for is not registered.
        let scope = SCOPES.trim_start_matches("openid ").replace("offline_access ", "");
        let jwk = Value::Object(key.public().members().clone());
        let mut client = ClientRegistration::new(name, ScopeSet::parse(&scope).unwrap(), vec![jwk]);
        client.client_id = Some(client_id.clone());
        client.grant_types = [GrantType::AuthorizationCode, GrantType::RefreshToken].into_iter().collect();
        let mut login = json!({
            "redirect_uris": [format!("{origin}/callback")],
            "post_logout_redirect_uris": [format!("{origin}/logged-out")],
        });
        if registered.without_par {
            login["require_par"] = json!(false);
        }
        if registered.back_channel {
            login["backchannel_logout_uri"] = json!(format!("{origin}/backchannel-logout"));
        } else {
            login["frontchannel_logout_uri"] = json!(format!("{origin}/frontchannel-logout"));
        }
        client.login = serde_json::from_value(login).unwrap();
        authority.register(client).await.unwrap();

        let issuer = authority.issuer().clone();
        let mut config = Config::new(issuer.clone(), client_id.clone(), KeyLocation::Text(key.to_json()));
        config.ca_file = Some(ca.to_owned());
        let outbound = Outbound::builder().ca_file(Some(ca.to_owned())).build().unwrap();
        let clock = authority.clock().clone();
        let party = Self(Arc::new(Inner {
            name,
            origin,
            client_id,
            client: Client::builder(config).clock(clock.clone()).build().unwrap(),
            keys: IssuerKeyRing::new(issuer, Arc::new(outbound), Arc::new(clock.clone())),
            clock,
            state: Mutex::default(),
        }));
        site.serve(routes::router(party.clone()));
        party
    }

    /// The address of a page.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0.origin)
    }

    /// The requests that came so far.
    pub(super) fn came(&self) -> Vec<Came> {
        self.state().came.clone()
    }

    /// How it was told of the ends of sessions: by which channel, and whether it had the session.
    pub(super) fn told(&self) -> Vec<(&'static str, bool)> {
        self.state().told.clone()
    }

    /// Every secret that it was given.
    pub(super) fn secrets(&self) -> Vec<String> {
        self.state().sessions.values().flat_map(|session| session.tokens.clone()).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap()
    }
}
