//! What is stored of a login, with its code and then with its refresh tokens.

use std::fmt;

use helseid_admin_api::{PersonLevel, TestProvider};
use helseid_protocol::authorize::{Ask, AskedDetails};
use helseid_protocol::bounded::Bounded;
use helseid_protocol::id::Audience;
use helseid_protocol::person::{HealthPersonnel, LoggedIn, Login, Network, Person};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::login::{LoginPerson, LoginSession};
use crate::registry::Snapshot;

/// How a person of the test identity provider authenticates (RFC 8176).
const METHODS: &[&str] = &["pwd"];

/// A login and what was granted by it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantedLogin {
    /// Names the login in the trace, and no person.
    pub(crate) login_id: String,
    /// `sid`.
    pub(crate) session: String,
    person: LoginPerson,
    level: PersonLevel,
    provider: TestProvider,
    authenticated: i64,
    /// What the client asked for and may have, also of other kinds than an API's.
    pub(crate) scopes: ScopeSet,
    /// The APIs that were named; none means those of the scopes.
    pub(crate) resources: Vec<Audience>,
    /// For whom its tokens act and by which attestation, where their own requests do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<AskedDetails>,
}

impl GrantedLogin {
    /// What a request is granted in this session.
    pub(crate) fn new(login_id: String, session: &LoginSession, ask: &Ask) -> Self {
        Self {
            login_id,
            session: session.id().as_str().to_owned(),
            person: session.person().clone(),
            level: session.level(),
            provider: session.provider(),
            authenticated: session.authenticated().seconds(),
            scopes: ask.scopes.clone(),
            resources: ask.resources.to_vec(),
            details: ask.details.clone(),
        }
    }

    /// Whether the authorization request brought an attestation.
    pub(crate) fn is_attested(&self) -> bool {
        let asked = self.details.as_ref().and_then(AskedDetails::details);
        asked.is_some_and(|asked| asked.attestation().is_some())
    }

    /// Who logged in, as the person is registered now. A number that is not registered, as a test may give one, is that of a
    /// person with a made-up name.
    pub(crate) fn person(&self, registry: &Snapshot) -> Person {
        let LoginPerson { number, hpr_number } = &self.person;
        let registered = registry.person(number).map(|entry| entry.person.clone());
        let mut person = registered.unwrap_or_else(|| Person::made_up(number.clone()));
        if let Some(hpr_number) = hpr_number {
            let approvals = person.health_personnel.map_or_else(Bounded::default, |own| own.approvals);
            person.health_personnel = Some(HealthPersonnel { hpr_number: *hpr_number, approvals });
        }
        person
    }

    /// What tokens say of the login.
    pub(crate) fn logged_in<'a>(&'a self, person: &'a Person) -> LoggedIn<'a> {
        let login = Login {
            session: &self.session,
            authenticated: Timestamp::from_seconds(self.authenticated),
            level: self.level.security_level(),
            identity_provider: self.provider.name(),
            methods: METHODS,
            network: Network::Internet,
        };
        LoggedIn { person, login }
    }
}

/// Shows nothing of the person.
impl fmt::Debug for GrantedLogin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("GrantedLogin").field("login_id", &self.login_id).finish_non_exhaustive()
    }
}
