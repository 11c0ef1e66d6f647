//! The line from a request to its caller.

use std::sync::Arc;

use helseid_protocol::dpop::{NonceDemand, NonceKey, SeenKeys, Target};
use helseid_protocol::jose::crypto::MacKey;
use helseid_protocol::resource::{Caller, Credentials, FirstUse, Policy, Request};
use helseid_protocol::rule::{Facts, Fault, Rule, Trail};
use helseid_protocol::time::Clock;
use http::request::Parts;
use url::Url;

use crate::{Claim, KeySource, Rejection, ReplayGuard};

/// What all requests to one API share.
pub(crate) struct Verifier {
    pub(crate) policy: Policy,
    pub(crate) public_url: PublicUrl,
    pub(crate) keys: Arc<dyn KeySource>,
    pub(crate) replay: Arc<dyn ReplayGuard>,
    pub(crate) replay_key: MacKey,
    pub(crate) nonces: Option<NonceKey>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The address under which callers know the API, without a trailing slash.
#[derive(Debug, Clone)]
pub(crate) enum PublicUrl {
    /// It was told.
    Told(String),
    /// The `Host` header says it. For a service on loopback alone.
    ByHost,
}

impl Verifier {
    /// The caller, if everything holds.
    pub(crate) async fn caller(&self, parts: &Parts, trail: &mut Trail) -> Result<Caller, Rejection> {
        let now = self.clock.now();
        let credentials = Credentials::read(&parts.headers, self.policy.scheme, trail)?;
        let token = credentials.ok_or(Rejection::NoCredentials)?.token(&self.policy, trail)?;
        let key = match token.kid() {
            Some(kid) => self.keys.find(kid, token.algorithm()).await,
            None => Ok(None),
        };
        let key = key.map_err(|why| Rejection::Unavailable(why.to_string()))?;
        let token = token.check(key.as_deref(), &self.policy, now, trail)?;
        let target = self.target(parts)?;
        let request = Request {
            method: &parts.method,
            targets: std::slice::from_ref(&target),
            headers: &parts.headers,
            nonce: self.nonces.as_ref().map_or(NonceDemand::None, NonceDemand::Of),
            seen_keys: SeenKeys::NONE,
            now,
        };
        let bound = token.bind(request, &self.policy, trail)?;
        let first_use = match bound.replay_id(&self.replay_key) {
            None => FirstUse::Yes,
            Some((id, end)) => match self.replay.claim(id, end, now).await {
                Claim::First => FirstUse::Yes,
                Claim::Again => FirstUse::No,
                Claim::Unknown => {
                    return Err(Rejection::Unavailable("used proofs cannot be remembered".into()));
                }
            },
        };
        Ok(bound.admit(first_use, trail)?)
    }

    /// What `htu` must be: the public address, and the request's path.
    fn target(&self, parts: &Parts) -> Result<Target, Rejection> {
        let path = parts.uri.path();
        let told = match &self.public_url {
            PublicUrl::Told(base) => Target::of_request(&format!("{base}{path}")),
            PublicUrl::ByHost => {
                let host = parts.headers.get(http::header::HOST).and_then(|value| value.to_str().ok());
                let base = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
                match base.filter(helseid_protocol::id::is_loopback) {
                    Some(base) => {
                        Target::of_request(&format!("{}{path}", base.as_str().trim_end_matches('/')))
                    }
                    None => {
                        let expected = "a Host on loopback, since this API was told no public address";
                        let facts = Facts::new(expected, host.unwrap_or("none"));
                        return Err(Fault::new(Rule::DpopHtu, facts).into());
                    }
                }
            }
        };
        told.map_err(|why| {
            Fault::new(Rule::DpopHtu, Facts::new("an address to compare htu with", why)).into()
        })
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
