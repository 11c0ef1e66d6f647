//! Sessions over a double of the authority, and over every store.

mod attested;
mod faulty;
mod kept_key;
mod life;
mod logout;
mod organisation;
mod refresh;
mod revoke;
mod sealed;
#[cfg(feature = "service-tests")]
mod services;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::bounded::Bounded;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::jose::base64url;
use helseid_protocol::person::{Approval, HealthPersonnel, HprNumber, Profession};
use helseid_protocol::person::{Person, PersonName, PersonNumber, SyntheticMonth};

use super::*;
use crate::SealingKeys;
use crate::flow::{LoggedIn, LoginClient, LoginRequest};
use crate::store::{MemoryStore, SessionStore, StoreError};
use crate::test_util::{TestClock, TestProvider};

/// An authority, a client, and the stores of two replicas.
pub(super) struct World {
    pub(super) clock: TestClock,
    pub(super) authority: TestProvider,
    pub(super) login: LoginClient,
    pub(super) replicas: [Sessions; 2],
}

const HOUR: Duration = Duration::from_secs(3600);

pub(super) fn keys(letter: u8) -> SealingKeys {
    SealingKeys::parse(&format!("{}:{}", char::from(letter), base64url::encode(&[letter; 32]))).unwrap()
}

pub(super) fn doctor() -> Person {
    let approval = Approval {
        profession: Profession::parse("LE").unwrap(),
        authorization: None,
        requisition_rights: Bounded::default(),
        specialities: Bounded::default(),
    };
    Person {
        number: PersonNumber::parse("15849197352", SyntheticMonth::Plus80).unwrap(),
        name: PersonName::new("LIVSTRETT", None, "BEVER").unwrap(),
        health_personnel: Some(HealthPersonnel {
            hpr_number: HprNumber::parse("565550846").unwrap(),
            approvals: Bounded::of([approval]).unwrap(),
        }),
    }
}

pub(super) fn another() -> Person {
    Person {
        number: PersonNumber::parse("06828399789", SyntheticMonth::Plus80).unwrap(),
        health_personnel: None,
        ..doctor()
    }
}

pub(super) fn clinic(number: &str) -> Organisation {
    Organisation::Child(OrganisationNumber::parse(number).unwrap())
}

impl World {
    pub(super) fn new() -> Self {
        let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
        Self::over([store.clone(), store])
    }

    pub(super) fn over(stores: [Arc<dyn SessionStore>; 2]) -> Self {
        let clock = TestClock::new();
        let authority = TestProvider::new(&clock);
        authority.person(doctor());
        let login = authority.login("https://app.example/callback").unwrap();
        let replicas = stores.map(|store| {
            let listed = OrganisationPolicy::listed([clinic("999977777"), clinic("999977778")]);
            Sessions::new(login.clone(), store, keys(b'a')).organisations(listed)
        });
        Self { clock, authority, login, replicas }
    }

    pub(super) fn sessions(&self) -> &Sessions {
        &self.replicas[0]
    }

    pub(super) fn other(&self) -> &Sessions {
        &self.replicas[1]
    }

    pub(super) async fn log_in(&self) -> LoggedIn {
        self.authority.log_in(&self.login, &LoginRequest::default()).await.unwrap()
    }

    pub(super) async fn begin(&self) -> Session {
        self.begin_after(None).await
    }

    pub(super) async fn begin_after(&self, before: Option<&Session>) -> Session {
        match self.sessions().begin(self.log_in().await, before).await.unwrap() {
            Begun::New(session) => session,
            other => panic!("{other:?}"),
        }
    }

    /// The session of this cookie at the other replica.
    pub(super) async fn opened(&self, session: &Session) -> Option<Session> {
        self.other().open(session.cookie()).await.unwrap()
    }

    pub(super) async fn lives(&self, session: &Session) -> bool {
        self.opened(session).await.is_some()
    }
}

pub(super) const LEVELS: [SecurityLevel; 2] = [SecurityLevel::Substantial, SecurityLevel::High];
