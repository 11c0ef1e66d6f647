//! Calls of an API on the loopback, for a person of a double.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use helseid_client::Client;
use helseid_client::test_util::TestIssuer;
use helseid_protocol::details::attestation::{Coded, Identified, Purpose};
use helseid_protocol::details::{Organisation, OrganisationNumber};
use helseid_protocol::endpoint::pushed::PushedAnswer;
use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::id::{ClientId, Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, VerifyKey};
use helseid_protocol::random::Random;
use helseid_protocol::secret::{AccessToken, RefreshToken};
use helseid_protocol::time::Clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::flow::{Endpoints, Grant, LoginClient, LoginKey, LoginRequest, Provided, Provider, Push};
use crate::session::{Begun, SessionError};
use crate::test_util::{TestClock, TestProvider};

/// The double, with a client that calls APIs.
struct WithNetwork(TestProvider, Client);

impl Provider for WithNetwork {
    fn issuer(&self) -> &Issuer {
        self.0.issuer()
    }

    fn client_id(&self) -> &ClientId {
        self.0.client_id()
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock()
    }

    fn random(&self) -> Arc<dyn Random> {
        self.0.random()
    }

    fn client(&self) -> &Client {
        &self.1
    }

    fn endpoints(&self) -> Provided<'_, Endpoints> {
        self.0.endpoints()
    }

    fn push(&self, push: Push) -> Provided<'_, PushedAnswer> {
        self.0.push(push)
    }

    fn tokens<'a>(&'a self, grant: Grant<'a>) -> Provided<'a, TokenGranted> {
        self.0.tokens(grant)
    }

    fn userinfo<'a>(
        &'a self,
        token: &'a AccessToken,
        key: &'a LoginKey,
    ) -> Provided<'a, http::Response<Vec<u8>>> {
        self.0.userinfo(token, key)
    }

    fn revoke<'a>(&'a self, token: &'a RefreshToken) -> Provided<'a, ()> {
        self.0.revoke(token)
    }

    fn keys<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Provided<'a, Vec<Arc<VerifyKey>>> {
        self.0.keys(kid, algorithm)
    }
}

/// An API that gives these answers, in turn, and what it was sent.
struct Api {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Api {
    async fn answering(answers: &[&str]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/patients", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let mut answers: VecDeque<String> = answers.iter().map(|&answer| answer.to_owned()).collect();
        let heard = requests.clone();
        tokio::spawn(async move {
            while let Some(answer) = answers.pop_front() {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                heard.lock().unwrap().push(String::from_utf8(request).unwrap());
                let answer = format!("HTTP/1.1 {answer}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, requests }
    }

    /// The tokens that it was sent.
    fn tokens(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        let token = |request: &String| {
            let header = request.lines().find_map(|line| line.strip_prefix("authorization: DPoP "));
            assert!(request.lines().any(|line| line.starts_with("dpop: eyJ")));
            header.unwrap().to_owned()
        };
        requests.iter().map(token).collect()
    }
}

struct World {
    clock: TestClock,
    authority: TestProvider,
    sessions: Sessions,
    session: Session,
    client: PersonClient,
}

async fn world() -> World {
    let clock = TestClock::new();
    let authority = TestProvider::new(&clock);
    let network = TestIssuer::new().client(&clock).unwrap();
    let provider = Arc::new(WithNetwork(authority.clone(), network));
    let login = LoginClient::with(provider, "https://app.example/callback").unwrap();
    let person = authority.log_in(&login, &LoginRequest::default()).await.unwrap();
    let sessions = Sessions::in_memory(login.clone());
    let begun = sessions.begin(person, None).await.unwrap();
    let Begun::New(session) = begun else { panic!("{begun:?}") };
    let client = PersonClient::new(sessions.clone(), session.clone());
    World { clock, authority, sessions, session, client }
}

#[tokio::test]
async fn a_call_has_the_persons_token_and_a_refused_one_is_replaced_once() {
    let (world, api) = (world().await, Api::answering(&["200 OK", REFUSED, REFUSED]).await);
    assert_eq!(world.client.get(&api.url).send().await.unwrap().status(), 200);
    assert_eq!(world.client.get(&api.url).send().await.unwrap().status(), 401);
    let tokens = api.tokens();
    assert_eq!((tokens.len(), world.authority.asked().refreshes), (3, 1));
    assert!(tokens[0] == tokens[1] && tokens[1] != tokens[2]);
}

const REFUSED: &str = "401 Unauthorized\r\nWWW-Authenticate: DPoP error=\"invalid_token\"";

const CHALLENGE: &str = "401 Unauthorized\r\nWWW-Authenticate: DPoP \
    error=\"insufficient_user_authentication\", acr_values=\"Level4\", max_age=\"60\"";

#[tokio::test]
async fn an_api_that_wants_a_better_login_after_a_new_token_is_heard_too() {
    let (world, api) = (world().await, Api::answering(&[REFUSED, CHALLENGE]).await);
    let wanted = world.client.get(&api.url).send().await;
    assert!(matches!(wanted, Err(PersonError::StepUp(_))), "{wanted:?}");
    assert_eq!((api.tokens().len(), world.authority.asked().refreshes), (2, 1));
}

#[tokio::test]
async fn each_call_of_a_client_looks_whether_the_session_goes_on() {
    let (world, api) = (world().await, Api::answering(&["200 OK", "200 OK"]).await);
    assert_eq!(world.client.get(&api.url).send().await.unwrap().status(), 200);
    // In the same handler, a second later.
    world.sessions.end(&world.session).await.unwrap();
    world.clock.forward(Duration::from_secs(1));
    let ended = world.client.get(&api.url).send().await;
    assert!(matches!(ended, Err(PersonError::Session(SessionError::Ended))), "{ended:?}");
    assert_eq!(api.tokens().len(), 1);
}

#[tokio::test]
async fn an_api_that_wants_a_better_login_says_which() {
    let (world, api) = (world().await, Api::answering(&[CHALLENGE]).await);
    let wanted = world.client.get(&api.url).send().await;
    let Err(PersonError::StepUp(wanted)) = wanted else { panic!("{wanted:?}") };
    assert_eq!(wanted.acr_values, ["Level4"]);
    assert_eq!(wanted.max_age, Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn once_the_session_has_ended_or_for_a_foreign_organisation_no_call_is_made() {
    let (world, api) = (world().await, Api::answering(&["200 OK"]).await);
    let foreign = Organisation::Child(OrganisationNumber::parse("999977779").unwrap());
    let refused = world.client.act_for(foreign).get(&api.url).send().await;
    assert!(matches!(refused, Err(PersonError::Session(SessionError::OrganisationRefused))));
    world.sessions.end(&world.session).await.unwrap();
    world.clock.forward(Duration::from_secs(1));
    let ended = world.client.get(&api.url).send().await;
    assert!(matches!(ended, Err(PersonError::Session(SessionError::Ended))));
    assert_eq!((api.tokens().len(), world.authority.asked().refreshes), (0, 0));
}

fn attestation() -> Attestation {
    let place = Identified::organisation(&OrganisationNumber::parse("994598759").unwrap());
    let service = Coded::new("S03", "urn:oid:2.16.578.1.12.4.1.1.8655");
    Attestation::new(place.clone(), place, service, Purpose::Treatment)
}

#[tokio::test]
async fn whoever_attests_calls_with_a_token_of_their_own_that_nothing_replaces() {
    let (world, api) = (world().await, Api::answering(&["200 OK", REFUSED, "200 OK", "200 OK"]).await);
    let [one, two] = [world.client.attest(attestation()), world.client.attest(attestation())];
    let (one, two) = (one.await.unwrap(), two.await.unwrap());
    assert_eq!(one.get(&api.url).send().await.unwrap().status(), 200);
    assert_eq!(one.post(&api.url).header("x-a", "b").body("").send().await.unwrap().status(), 401);
    assert_eq!(two.get(&api.url).send().await.unwrap().status(), 200);
    assert_eq!(world.client.get(&api.url).send().await.unwrap().status(), 200);
    let tokens = api.tokens();
    assert!(tokens[0] == tokens[1] && tokens[1] != tokens[2] && !tokens[..3].contains(&tokens[3]));
    assert_eq!(world.authority.asked().refreshes, 2);
    assert!(!format!("{one:?} {:?}", one.get(&api.url)).contains("S03"), "{one:?}");
}

#[tokio::test]
async fn an_attested_call_is_made_by_a_living_session_with_a_living_token_alone() {
    let (world, api) = (world().await, Api::answering(&["200 OK"]).await);
    let attested = world.client.attest(attestation()).await.unwrap();
    world.clock.forward(Duration::from_secs(600));
    let ended = attested.get(&api.url).send().await;
    assert!(matches!(ended, Err(PersonError::Session(SessionError::AttestationEnded))), "{ended:?}");
    let attested = world.client.attest(attestation()).await.unwrap();
    world.sessions.end(&world.session).await.unwrap();
    world.clock.forward(Duration::from_secs(1));
    let ended = attested.get(&api.url).send().await;
    assert!(matches!(ended, Err(PersonError::Session(SessionError::Ended))), "{ended:?}");
    let refused = world.client.attest(attestation()).await;
    assert!(matches!(refused, Err(SessionError::Ended)), "{refused:?}");
    assert_eq!(api.tokens().len(), 0);
}
