//! Logins at two replicas: what is good once is good once, however many ask at the same time, and wherever.

use std::collections::BTreeSet;

use helseid_authority::{Running, SharedSecret};
use helseid_protocol::random::SystemRandom;
use helseid_test_services::{Postgres, Redis, rounds};
use reqwest::{Method, Request, Response, StatusCode};
use serde_json::Value;
use tokio::task::JoinSet;
use url::Url;

use super::{config, replica};
use crate::desk::Sent;
use crate::login::world::{CALLBACK, Login, VERIFIER, sent_back, shows};
use crate::url;

const COPIES: usize = 50;

/// So many rounds of each test, unless the environment asks for more: as many as there are orders in which successors are used.
const ROUNDS: usize = 4;

/// Two replicas, a client and a browser.
struct Logins {
    login: Login,
    two: Running,
    _postgres: Postgres,
    _redis: Redis,
}

impl Logins {
    /// With one-time refresh tokens that may be presented again for so many seconds.
    async fn start(grace: u32) -> Self {
        let (postgres, redis) = (Postgres::start().unwrap(), Redis::start().unwrap());
        let secret = SharedSecret::generate(&SystemRandom);
        let login = Login::with(config(&postgres, &redis, &secret), |client| {
            client.login.refresh_grace_seconds = Some(grace);
        })
        .await;
        login.desk.clock.go();
        let two = replica(config(&postgres, &redis, &secret), &login.desk).await;
        Self { login, two, _postgres: postgres, _redis: redis }
    }

    /// A request for the replica whose turn it is.
    fn to(&self, nth: usize, mut request: Request) -> Request {
        if nth % 2 == 1 {
            let address = Url::parse(&url(&self.two, "")).unwrap();
            request.url_mut().set_port(address.port()).unwrap();
        }
        request
    }

    /// Sends them all at once, by turns to both.
    async fn at_once(&self, requests: impl IntoIterator<Item = Request>) -> Vec<Response> {
        let mut sending = JoinSet::new();
        for (nth, request) in requests.into_iter().enumerate() {
            let (browser, request) = (self.login.browser.clone(), self.to(nth, request));
            sending.spawn(async move { browser.execute(request).await.unwrap() });
        }
        sending.join_all().await
    }

    /// Sends token requests with these forms, each with an assertion and a proof of its own.
    async fn ask(&self, forms: Vec<Vec<(&'static str, String)>>) -> Vec<(StatusCode, Value)> {
        let desk = &self.login.desk;
        let nonce = desk.nonce().await;
        let requests = forms.into_iter().map(|form| {
            let proof = desk.proof(&Method::POST, "/connect/token", Some(&nonce), None);
            let sent = Sent { proof: Some(proof.sign(&desk.proof_key)), ..self.login.signed(form) };
            desk.post(&sent).build().unwrap()
        });
        let requests: Vec<_> = requests.collect();
        let mut answers = Vec::new();
        for answer in self.at_once(requests).await {
            answers.push((answer.status(), crate::json(answer).await));
        }
        answers
    }

    /// The tokens of a new login.
    async fn tokens(&self) -> Value {
        let code = self.login.code().await;
        self.login.granted(&self.login.redemption(&code).await).await
    }

    /// What the replica whose turn it is says to a refresh token.
    async fn refresh(&self, nth: usize, token: &str) -> (StatusCode, Value) {
        let request = self.login.desk.post(&self.login.refresh(token).await).build().unwrap();
        let answer = self.login.browser.execute(self.to(nth, request)).await.unwrap();
        (answer.status(), crate::json(answer).await)
    }

    async fn refreshed(&self, nth: usize, token: &str) -> String {
        let (status, answer) = self.refresh(nth, token).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        text(&answer, "refresh_token")
    }

    async fn breaks(&self, nth: usize, rule: &str, token: &str) {
        let answer = self.refresh(nth, token).await;
        assert_eq!(broken(&answer), rule, "{answer:?}");
    }
}

fn text(answer: &Value, name: &str) -> String {
    answer[name].as_str().unwrap().to_owned()
}

/// The rule that a token request broke, which must be a matter of its grant.
fn broken((status, answer): &(StatusCode, Value)) -> String {
    assert_eq!((*status, &answer["error"]), (StatusCode::BAD_REQUEST, &"invalid_grant".into()), "{answer}");
    let description = answer["error_description"].as_str().unwrap();
    let (_, rule) = description.rsplit_once("(rule ").unwrap();
    rule.trim_end_matches(')').to_owned()
}

/// Those that were granted; each other breaks one of these rules, or waited too long for a database on a machine that has more to do.
/// Also how many such there were: of those nobody knows how far they came.
fn granted(answers: Vec<(StatusCode, Value)>, rules: &[&str]) -> (Vec<Value>, usize) {
    let (mut granted, mut unavailable) = (Vec::new(), 0);
    for answer in answers {
        match answer.0 {
            StatusCode::OK => granted.push(answer.1),
            StatusCode::SERVICE_UNAVAILABLE => unavailable += 1,
            _ => assert!(rules.contains(&&*broken(&answer)), "{answer:?}"),
        }
    }
    (granted, unavailable)
}

/// Of those that were answered one was granted; none if one that was not may have been it.
fn is_one(granted: &[Value], unavailable: usize) -> bool {
    granted.len() == 1 || (granted.is_empty() && unavailable > 0)
}

/// How many rounds had an answer for everyone, who need not have waited for a database then.
#[derive(Default)]
struct Whole(usize);

impl Whole {
    fn note(&mut self, unavailable: usize) {
        self.0 += usize::from(unavailable == 0);
    }

    /// Whether it was so in half of them at least: else the rounds have shown little.
    fn is_enough(&self) -> bool {
        2 * self.0 >= rounds(ROUNDS)
    }
}

fn refresh_form(token: &str) -> Vec<(&'static str, String)> {
    vec![("grant_type", "refresh_token".to_owned()), ("refresh_token", token.to_owned())]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_copies_of_a_code_at_two_replicas_at_most_one_gets_tokens_and_they_end() {
    let (logins, mut whole) = (Logins::start(60).await, Whole::default());
    for round in 0..rounds(ROUNDS) {
        let code = logins.login.code().await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        let form: Vec<_> = form.map(|(name, value)| (name, value.to_owned())).into();
        // A replay may end the login of the first before its refresh token is there.
        let answers = logins.ask(vec![form; COPIES]).await;
        let (granted, unavailable) = granted(answers, &["code.once", "code.session"]);
        assert!(granted.len() <= 1, "{} in round {round}", granted.len());
        whole.note(unavailable);
        for answer in granted {
            logins.breaks(round, "refresh.revoked", &text(&answer, "refresh_token")).await;
        }
    }
    assert!(whole.is_enough(), "{}", whole.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_copies_of_a_request_uri_at_two_replicas_one_is_answered() {
    let (logins, mut whole) = (Logins::start(60).await, Whole::default());
    let login = &logins.login;
    for round in 0..rounds(ROUNDS) {
        let name = login.pushed(login.parameters()).await;
        let query = [("client_id", "the-client"), ("request_uri", &*name)];
        let address = Url::parse_with_params(&login.desk.url("/connect/authorize"), query).unwrap();
        let visit = || login.browser.get(address.clone()).header("host", login.host()).build().unwrap();
        let (mut codes, mut unavailable) = (Vec::new(), 0);
        for answer in logins.at_once((0..COPIES).map(|_| visit())).await {
            match answer.status() {
                StatusCode::SEE_OTHER => codes.push(sent_back(&answer).code().to_owned()),
                StatusCode::SERVICE_UNAVAILABLE => unavailable += 1,
                _ => shows(answer, "authorize.request_uri_once").await,
            }
        }
        assert!(codes.len() == 1 || (codes.is_empty() && unavailable > 0), "round {round}");
        whole.note(unavailable);
        for code in codes {
            login.granted(&login.redemption(&code).await).await;
        }
    }
    assert!(whole.is_enough(), "{}", whole.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_copies_of_a_refresh_token_without_grace_at_two_replicas_one_passes_and_the_login_ends() {
    let (logins, mut whole) = (Logins::start(0).await, Whole::default());
    for round in 0..rounds(ROUNDS) {
        let token = text(&logins.tokens().await, "refresh_token");
        let answers = logins.ask(vec![refresh_form(&token); COPIES]).await;
        let (granted, unavailable) = granted(answers, &["refresh.once", "refresh.revoked"]);
        assert!(is_one(&granted, unavailable), "{} in round {round}", granted.len());
        whole.note(unavailable);
        for answer in granted {
            logins.breaks(round, "refresh.revoked", &text(&answer, "refresh_token")).await;
        }
    }
    assert!(whole.is_enough(), "{}", whole.0);
}

/// Within the grace all copies get successors, and the first of them that is used is the only one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_successors_of_a_refresh_token_at_two_replicas_one_is_used_and_any_other_ends_the_login() {
    let (logins, mut whole) = (Logins::start(60).await, Whole::default());
    for round in 0..rounds(ROUNDS) {
        let old = text(&logins.tokens().await, "refresh_token");
        let answers = logins.ask(vec![refresh_form(&old); COPIES]).await;
        let (answers, unavailable) = granted(answers, &[]);
        whole.note(unavailable);
        let successors: BTreeSet<_> = answers.iter().map(|answer| text(answer, "refresh_token")).collect();
        assert_eq!(successors.len() + unavailable, COPIES, "round {round}: each has its own");
        let mut successors = successors.into_iter();
        let (first, sibling) = (successors.next().unwrap(), successors.next().unwrap());
        let newest = match round % 4 {
            // All at once: one of them is the first.
            0 => {
                let forms = [first, sibling].into_iter().chain(successors).map(|token| refresh_form(&token));
                let answers = logins.ask(forms.collect()).await;
                let (granted, unavailable) = granted(answers, &["refresh.once", "refresh.revoked"]);
                assert!(is_one(&granted, unavailable), "{} in round {round}", granted.len());
                match granted.first() {
                    Some(answer) => text(answer, "refresh_token"),
                    None => continue,
                }
            }
            // One after the other, in either order, and the one that was there before them.
            by_turns => {
                let (used, unused) = match by_turns {
                    1 => (first, sibling),
                    2 => (sibling, first),
                    _ => (first, old),
                };
                let next = logins.refreshed(round, &used).await;
                let newest = logins.refreshed(round + 1, &next).await;
                logins.breaks(round, "refresh.once", &unused).await;
                newest
            }
        };
        logins.breaks(round + 1, "refresh.revoked", &newest).await;
    }
    assert!(whole.is_enough(), "{}", whole.0);
}
