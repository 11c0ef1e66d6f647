//! The calls of the API: to its origin alone, and no more than a few.

use helseid_http::{Body, Outbound};
use helseid_protocol::challenge::Challenge;
use helseid_protocol::dpop::Nonce;
use helseid_protocol::endpoint::token::NONCE_HEADER;
use helseid_protocol::secret::AccessToken;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, Request, StatusCode};
use url::Url;

use super::fault::Fault;
use super::sender::Sender;
use crate::failure::Failure;

/// The most requests of one run.
pub(super) const MOST_REQUESTS: usize = 96;

/// The error codes that are repeated. Whatever else an API says stays unsaid.
const KNOWN_ERRORS: [&str; 6] = [
    "invalid_request",
    "invalid_token",
    "invalid_dpop_proof",
    USE_NONCE,
    "insufficient_scope",
    "insufficient_user_authentication",
];

/// What the API answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) error: Option<&'static str>,
}

/// What became of a request with a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Refused,
    LetIn,
    Unclear,
}

/// The error of an API that wants its nonce in the proof.
const USE_NONCE: &str = "use_dpop_nonce";

impl Answered {
    /// What it says of `fault`. An API that still asks for a nonce has not looked at a proof yet.
    pub(super) fn outcome(self, fault: Fault) -> Outcome {
        match self.status.as_u16() {
            200..=299 => Outcome::LetIn,
            400 | 401 | 403 if self.error != Some(USE_NONCE) || fault.has_no_proof() => Outcome::Refused,
            _ => Outcome::Unclear,
        }
    }

    /// Whether a good call was answered as one.
    fn is_let_in(self, what: &str, next: &str) -> Result<(), Failure> {
        if self.status.is_success() {
            return Ok(());
        }
        let said = self.error.map(|error| format!(" with {error}")).unwrap_or_default();
        let why = format_args!("it answered {}{said}, so a refusal would say nothing", self.status);
        Err(Failure::new(what, why, next))
    }
}

/// An API that is called, its newest nonce, and how often it was called.
pub(super) struct Calls<'a> {
    outbound: &'a Outbound,
    url: Url,
    nonce: Option<Nonce>,
    sent: usize,
}

impl<'a> Calls<'a> {
    pub(super) fn new(outbound: &'a Outbound, url: &Url) -> Self {
        Self { outbound, url: url.clone(), nonce: None, sent: 0 }
    }

    /// How many requests there were.
    pub(super) const fn sent(&self) -> usize {
        self.sent
    }

    /// The good call, which must be let in.
    pub(super) async fn good(&mut self, sender: &Sender) -> Result<Answered, Failure> {
        self.good_by(sender).await.map(|(answered, _)| answered)
    }

    /// A good call, and then the very same once more.
    pub(super) async fn good_and_again(&mut self, sender: &Sender) -> Result<(Answered, Answered), Failure> {
        let (first, headers) = self.good_by(sender).await?;
        Ok((first, self.send(headers).await?))
    }

    /// A good call with a good token of the test token service, which must be let in.
    pub(super) async fn good_test_token(
        &mut self,
        sender: &Sender,
        token: &AccessToken,
    ) -> Result<(), Failure> {
        let answered = self.with_token(sender, token).await?;
        let what = "the API does not let a good test token in";
        let next = "let the API trust the issuer of the test tokens, or leave out --access-key-file";
        answered.is_let_in(what, next)
    }

    /// A request with this token, and a good proof for it.
    pub(super) async fn with_token(
        &mut self,
        sender: &Sender,
        token: &AccessToken,
    ) -> Result<Answered, Failure> {
        self.with_nonce(|nonce| sender.with_token(token, nonce)).await.map(|(answered, _)| answered)
    }

    /// A request with this wrong.
    pub(super) async fn with_fault(&mut self, sender: &Sender, fault: Fault) -> Result<Answered, Failure> {
        self.with_nonce(|nonce| sender.broken(fault, nonce)).await.map(|(answered, _)| answered)
    }

    async fn good_by(&mut self, sender: &Sender) -> Result<(Answered, HeaderMap), Failure> {
        let (answered, headers) = self.with_nonce(|nonce| sender.good(nonce)).await?;
        let what = "the API does not let a good call in";
        let next = "go through it step by step: helseid doctor URL; the address must answer GET with 2xx";
        answered.is_let_in(what, next)?;
        Ok((answered, headers))
    }

    /// Sends what `headers` makes, and once more if the API wants its nonce first.
    async fn with_nonce(
        &mut self,
        headers: impl Fn(Option<&Nonce>) -> HeaderMap,
    ) -> Result<(Answered, HeaderMap), Failure> {
        let (before, first) = (self.nonce.clone(), headers(self.nonce.as_ref()));
        let answered = self.send(first.clone()).await?;
        if answered.error != Some(USE_NONCE) || self.nonce == before {
            return Ok((answered, first));
        }
        let second = headers(self.nonce.as_ref());
        Ok((self.send(second.clone()).await?, second))
    }

    async fn send(&mut self, headers: HeaderMap) -> Result<Answered, Failure> {
        if self.sent >= MOST_REQUESTS {
            let why = format_args!("{MOST_REQUESTS} requests were sent");
            return Err(Failure::new("the check has ended early", why, "see why the API asks for so many"));
        }
        self.sent += 1;
        let mut request = Request::get(self.url.as_str())
            .body(Body::from(Vec::new()))
            .map_err(|why| Failure::usage("the URL is wrong", why, "correct it"))?;
        *request.headers_mut() = headers;
        // The body stays unread: it is nobody's business here.
        let answer = self.outbound.open(request, None).await?;
        if let Some(nonce) = answer.headers().get(NONCE_HEADER).and_then(|value| value.to_str().ok()) {
            self.nonce = Nonce::parse(nonce).ok().or_else(|| self.nonce.take());
        }
        Ok(Answered { status: answer.status(), error: error(answer.headers()) })
    }
}

/// The known error of the first challenge that names one.
fn error(headers: &HeaderMap) -> Option<&'static str> {
    let challenges = headers.get_all(WWW_AUTHENTICATE).iter();
    let challenges = challenges.filter_map(|value| Challenge::read(value).ok()).flatten();
    let mut errors = challenges.filter_map(|challenge| challenge.parameter("error").map(str::to_owned));
    errors.find_map(|error| KNOWN_ERRORS.into_iter().find(|known| *known == error))
}
