//! The list of clients, and the form for a new one.

use std::fmt::Write as _;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use helseid_admin_api::{ApiResource, ClientRegistration, OrganisationEntry, RegisteredClient};
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::id::ClientId;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::{Scope, ScopeSet};
use helseid_protocol::time::Timestamp;

use super::super::Refusal;
use super::super::clients;
use super::super::input::Sent;
use super::fields::{Fields, misread, set};
use super::frame::{Frame, Page, Section, Shared, done};
use super::guard::Signed;
use super::keys;
use crate::app::App;
use crate::registry::bootstrap::SELF_SERVICE;

/// How many clients are on one page of the list.
const ON_A_PAGE: usize = 50;

#[derive(Template)]
#[template(path = "clients.html")]
struct ClientsPage {
    frame: Frame,
    search: String,
    rows: Vec<RegisteredClient>,
    found: usize,
    /// The next page, if there is one.
    next: Option<String>,
    now: Timestamp,
}

impl ClientsPage {
    /// The key that ends first.
    fn ends(&self, client: &RegisteredClient) -> Option<Timestamp> {
        client.keys.iter().filter_map(|key| key.expires).min()
    }

    fn has_ended(&self, at: &Timestamp) -> bool {
        *at <= self.now
    }
}

impl Page for ClientsPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// The form for a new client.
#[derive(Template)]
#[template(path = "client_new.html")]
struct NewPage {
    frame: Frame,
    typed: Fields,
    choices: Choices,
}

impl Page for NewPage {
    fn frame(&self) -> &Frame {
        &self.frame
    }
}

/// What can be chosen in the forms for clients.
pub(super) struct Choices {
    pub(super) apis: Vec<ApiResource>,
    pub(super) organisations: Vec<OrganisationEntry>,
    pub(super) own_profile: Profile,
}

impl Choices {
    pub(super) fn of(app: &App) -> Self {
        let registry = app.registry.now();
        Self {
            // Every client has the scope of self-service.
            apis: registry
                .apis
                .values()
                .filter(|api| api.audience.as_str() != SELF_SERVICE)
                .cloned()
                .collect(),
            organisations: registry.organisations.values().cloned().collect(),
            own_profile: app.profile,
        }
    }

    pub(super) const fn tenancies(&self) -> [ClientTenancy; 3] {
        [ClientTenancy::None, ClientTenancy::SingleTenant, ClientTenancy::MultiTenant]
    }

    pub(super) const fn profiles(&self) -> [Profile; 4] {
        Profile::ALL
    }
}

/// Which clients.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    search: String,
    #[serde(default)]
    after: String,
    done: Option<String>,
}

pub(super) async fn list(
    State(app): Shared,
    Extension(signed): Extension<Signed>,
    Query(wanted): Query<Wanted>,
) -> Response {
    let (registry, search) = (app.registry.now(), wanted.search.trim().to_lowercase());
    let mut found: Vec<_> = registry.clients.values().map(|known| registry.shown(known)).collect();
    found.retain(|client| matches(client, &search));
    found.sort_by_key(place);
    let count = found.len();
    let mut rows: Vec<_> = found.into_iter().filter(|client| place(client) > wanted.after).collect();
    let more = rows.len() > ON_A_PAGE;
    rows.truncate(ON_A_PAGE);
    let next = rows.last().filter(|_| more).map(|last| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("search", &wanted.search)
            .append_pair("after", &place(last))
            .finish();
        format!("?{query}")
    });
    let frame = Frame::new(&app, &signed, Section::Clients).after(wanted.done.as_deref());
    ClientsPage { frame, search: wanted.search, rows, found: count, next, now: app.clock.now() }.answer()
}

/// By name, and clients of one name by id.
fn place(client: &RegisteredClient) -> String {
    format!("{}\n{}", client.name.to_lowercase(), client.client_id)
}

/// Whether the name, the id, an organisation, a scope or a key of the client has the text in it.
fn matches(client: &RegisteredClient, text: &str) -> bool {
    let has = |value: &str| value.to_lowercase().contains(text);
    has(&client.name)
        || has(client.client_id.as_str())
        || client.org_parent.iter().chain(&client.org_children).any(|number| has(number.as_str()))
        || client.scopes.iter().any(|scope| has(scope.as_str()))
        || client.keys.iter().any(|key| has(&key.thumbprint) || key.kid.as_deref().is_some_and(has))
}

pub(super) async fn new(State(app): Shared, Extension(signed): Extension<Signed>) -> Response {
    form(&app, &signed, Fields::default(), None)
}

fn form(app: &App, signed: &Signed, typed: Fields, refusal: Option<Refusal>) -> Response {
    let frame = Frame::new(app, signed, Section::Clients).refused(refusal);
    NewPage { frame, typed, choices: Choices::of(app) }.answer()
}

pub(super) async fn register(
    state: Shared,
    Extension(signed): Extension<Signed>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let app = state.0.clone();
    let registered = match registration(&fields) {
        Ok(registration) => clients::register(state, Sent(registration)).await,
        Err(refusal) => Err(refusal),
    };
    match registered {
        Ok((_, Json(client))) => done(&signed, &place_of(&client.client_id), "registered"),
        // The key does not come back: it may be a private one, which nobody should see again.
        Err(refusal) => form(&app, &signed, fields.without("key"), Some(refusal)),
    }
}

fn registration(fields: &Fields) -> Result<ClientRegistration, Refusal> {
    let key = fields.given("key").map(keys::public_key).transpose()?;
    let mut registration =
        ClientRegistration::new(fields.text("name"), scopes(fields)?, key.into_iter().collect());
    registration.client_id =
        fields.parsed("client_id", "1 to 256 characters", |text| ClientId::parse(text).ok())?;
    registration.keys_expire = keys::expiry(fields)?;
    registration.tenancy = tenancy(fields);
    registration.org_parent = fields.number("org_parent")?;
    registration.org_children = fields.numbers("org_children")?;
    registration.profile = profile(fields)?;
    registration.token_lifetime_seconds = lifetime(fields)?;
    Ok(registration)
}

pub(super) fn scopes(fields: &Fields) -> Result<ScopeSet, Refusal> {
    let scope = |text| Scope::parse(text).map_err(|_| misread(text, "a scope"));
    set(fields.all("scope").map(scope).collect::<Result<Vec<_>, _>>()?)
}

pub(super) fn tenancy(fields: &Fields) -> ClientTenancy {
    match fields.text("tenancy") {
        "single-tenant" => ClientTenancy::SingleTenant,
        "multi-tenant" => ClientTenancy::MultiTenant,
        _ => ClientTenancy::None,
    }
}

pub(super) fn profile(fields: &Fields) -> Result<Option<Profile>, Refusal> {
    fields.parsed("profile", "a profile", |text| text.parse().ok())
}

pub(super) fn lifetime(fields: &Fields) -> Result<Option<u32>, Refusal> {
    fields.parsed("token_lifetime", "a number of seconds", |text| text.parse().ok())
}

/// Where the page of a client is; an id may hold any character.
pub(super) fn place_of(id: &ClientId) -> String {
    let mut place = "/clients/".to_owned();
    for byte in id.as_str().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => place.push(char::from(byte)),
            // A lone dot or two would be taken for a folder.
            other => drop(write!(place, "%{other:02X}")),
        }
    }
    place
}
