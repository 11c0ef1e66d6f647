//! The list of clients, and the form for a new one.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use helseid_admin_api::{ClientRegistration, GrantTypes, RegisteredClient};
use helseid_protocol::id::ClientId;
use helseid_protocol::time::Timestamp;

use super::super::state::AdminState;
use super::client_form::{Choices, lifetime, place_of, profile, scopes, tenancy};
use super::client_login::LoginFields;
use super::frame::{Frame, Page, done};
use super::keys;
use super::read::{number, numbers, parsed};
use super::refusal::Refusal;
use super::section::Section;
use super::session::AdminSession;
use crate::web::form::Fields;

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

/// Which clients.
#[derive(Debug, Default, serde::Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    search: String,
    #[serde(default)]
    after: String,
    done: Option<String>,
}

pub(super) async fn list(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Query(query): Query<ListQuery>,
) -> Response {
    let (registry, search) = (state.registry.snapshot(), query.search.trim().to_lowercase());
    let mut found: Vec<_> = registry.clients.values().map(|known| registry.shown(known)).collect();
    found.retain(|client| matches(client, &search));
    found.sort_by_key(place);
    let count = found.len();
    let mut rows: Vec<_> = found.into_iter().filter(|client| place(client) > query.after).collect();
    let more = rows.len() > ON_A_PAGE;
    rows.truncate(ON_A_PAGE);
    let next = rows.last().filter(|_| more).map(|last| {
        let pairs = form_urlencoded::Serializer::new(String::new())
            .append_pair("search", &query.search)
            .append_pair("after", &place(last))
            .finish();
        format!("?{pairs}")
    });
    let frame = Frame::new(&state, &session, Section::Clients).after(query.done.as_deref());
    ClientsPage { frame, search: query.search, rows, found: count, next, now: state.site.clock.now() }
        .answer()
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

pub(super) async fn new(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
) -> Response {
    form(&state, &session, Fields::default(), None)
}

fn form(state: &AdminState, session: &AdminSession, typed: Fields, refusal: Option<Refusal>) -> Response {
    let frame = Frame::new(state, session, Section::Clients).refused(refusal);
    NewPage { frame, typed, choices: Choices::of(state) }.answer()
}

pub(super) async fn register(
    State(state): State<AdminState>,
    Extension(session): Extension<AdminSession>,
    Extension(fields): Extension<Fields>,
) -> Response {
    let registered = match registration(&fields) {
        Ok(registration) => state.registry.register(registration).await.map_err(Refusal::from),
        Err(refusal) => Err(refusal),
    };
    match registered {
        Ok(client) => done(&session, &place_of(&client.client_id), "registered"),
        // The key does not come back: it may be a private one, which nobody should see again.
        Err(refusal) => form(&state, &session, fields.without("key"), Some(refusal)),
    }
}

fn registration(fields: &Fields) -> Result<ClientRegistration, Refusal> {
    let key = fields.given("key").map(keys::public_key).transpose()?;
    let mut registration =
        ClientRegistration::new(fields.text("name"), scopes(fields)?, key.into_iter().collect());
    registration.client_id =
        parsed(fields, "client_id", "1 to 256 characters", |text| ClientId::parse(text).ok())?;
    registration.keys_expire = keys::expiry(fields)?;
    registration.tenancy = tenancy(fields);
    registration.org_parent = number(fields, "org_parent")?;
    registration.org_children = numbers(fields, "org_children")?;
    registration.profile = profile(fields)?;
    registration.token_lifetime_seconds = lifetime(fields)?;
    let LoginFields { grant_types, login, own_audiences, may_be_exchanged_by } = LoginFields::read(fields)?;
    // A form of which nothing was ticked is one for machines.
    registration.grant_types =
        if grant_types.iter().next().is_some() { grant_types } else { GrantTypes::default() };
    registration.login = login;
    registration.own_audiences = own_audiences;
    registration.may_be_exchanged_by = may_be_exchanged_by;
    Ok(registration)
}
