//! An API that is called.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use helseid_client::{CallAttempts, CallHeaders, Challenge, Retry, TokenRequest};
use helseid_http::Outbound;
use helseid_protocol::address::Base;
use helseid_protocol::challenge;
use helseid_protocol::details::{Details, Organisation};
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Clock;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, Method, StatusCode};

use super::ready::Source;
use super::replaced::Replaced;
use crate::config::{ApiConfig, Organisations};
use crate::error::SidecarError;
use crate::refusal::Refusal;

/// How long connecting to an API may take. What else may take long is bounded by whether anything moves.
const CONNECT: Duration = Duration::from_secs(5);
const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// An API that is called.
pub(crate) struct Api {
    pub(super) name: Arc<str>,
    base: Base,
    source: Source,
    organisations: Organisations,
    /// When an answer of the API last had a token replaced.
    replaced: Replaced,
    /// Whether calls are made on behalf of others alone.
    on_behalf_alone: bool,
    /// Whether it has asked for a nonce before.
    wants_nonce: AtomicBool,
    outbound: Outbound,
    /// For how long nothing may move in a call.
    pub(super) idle: Duration,
    /// How long an answer may go on when its token has expired.
    pub(super) grace: Duration,
}

/// For whom a call is made, in place of the account's own organisation and the client itself.
#[derive(Default)]
pub(super) struct OnBehalf {
    pub(super) organisation: Option<Organisation>,
    /// The token of somebody who called, which may be exchanged.
    pub(super) subject: Option<AccessToken>,
}

/// What the token of a call is requested for.
#[derive(Clone)]
pub(super) struct Wish {
    request: TokenRequest,
}

/// A call from its first attempt to its last, and what its token is requested for.
pub(super) struct Prepared {
    pub(super) attempts: CallAttempts,
    pub(super) wish: Wish,
}

impl Api {
    /// Sends nothing.
    pub(super) fn new(name: &str, config: ApiConfig, source: Source) -> Result<Self, SidecarError> {
        let outbound = outbound(&config.client)?;
        let ApiConfig { base, organisations, idle, grace, on_behalf_alone, .. } = config;
        let (replaced, wants_nonce) = (Replaced::default(), AtomicBool::new(false));
        let name = name.into();
        Ok(Self {
            name,
            base,
            source,
            organisations,
            replaced,
            on_behalf_alone,
            wants_nonce,
            outbound,
            idle,
            grace,
        })
    }

    /// What the token of a call is requested for: an organisation must be one that callers may choose.
    pub(super) fn wish(&self, on_behalf: OnBehalf) -> Result<Wish, Refusal> {
        let OnBehalf { organisation, subject } = on_behalf;
        if self.on_behalf_alone && subject.is_none() {
            let setting = format!("on_behalf of [api.{}]", self.name);
            let why = "without the token of somebody who called, this API is not called";
            return Err(Refusal::forbidden(format!("{why}: see {setting}")));
        }
        let mut request = TokenRequest::of(self.source.client.config());
        if let Some(organisation) = organisation {
            if !self.organisations.allow(&organisation) {
                let setting = format!("organisations of [api.{}]", self.name);
                return Err(Refusal::forbidden(format!("the organisation is not one of those in {setting}")));
            }
            request = request.details(Details::new().for_organisation(organisation));
        }
        let request = subject.into_iter().fold(request, TokenRequest::exchanging);
        Ok(Wish { request })
    }

    /// A call of `url`, which must lie below the API's base.
    pub(super) fn attempts(&self, wish: Wish, method: Method, url: &str) -> Result<Prepared, Refusal> {
        let wrong = |why| Refusal::invalid(format!("the url is not one of the API {}: {why}", self.name));
        let url = self.base.holds(url).map_err(wrong)?;
        let attempts = self.source.client.attempts_for(wish.request.clone(), method, url.as_str())?;
        Ok(Prepared { attempts, wish })
    }

    /// The headers of the next attempt of a call. While the authority fails, nobody waits long for a new token.
    pub(super) async fn headers(&self, call: &mut Prepared) -> Result<CallHeaders, Refusal> {
        self.source.ready(&call.wish.request).await?;
        let headers = call.attempts.headers().await;
        self.source.record(&headers);
        Ok(headers?)
    }

    /// The address of what follows the NAME of `/call/NAME`, as it was sent. Whether it lies below the base is not said yet.
    pub(super) fn address_of(&self, rest: &str, query: Option<&str>) -> String {
        let base = self.base.as_text();
        query.map_or_else(|| format!("{base}{rest}"), |query| format!("{base}{rest}?{query}"))
    }

    /// Learns from what the API answered. A token is not replaced at the wish of whoever tells of refusals. What is wrong is told
    /// without the address, which may name a patient (threat B21).
    pub(super) fn learn(
        &self,
        call: &mut Prepared,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<Retry, Refusal> {
        let Prepared { attempts, wish } = call;
        let is_refused = status == StatusCode::UNAUTHORIZED && refuses_token(headers);
        let now = self.source.client.clock().now();
        let retry = match is_refused && !self.replaced.may(&wish.request, now) {
            true => {
                let mut headers = headers.clone();
                headers.remove(WWW_AUTHENTICATE);
                attempts.learn(status, &headers)
            }
            false => attempts.learn(status, headers),
        };
        if !matches!(retry, Ok(Retry::Done | Retry::Again(Challenge::NewToken))) {
            self.wants_nonce.store(true, Ordering::Relaxed);
        }
        retry.map_err(|_| {
            tracing::warn!(
                api = &*self.name,
                "an API asked for a nonce again, or for one that it did not issue"
            );
            let why =
                "the API asked for a nonce right after it was given one, or for one that it did not issue";
            Refusal::new(StatusCode::BAD_GATEWAY, "server_error", why)
        })
    }

    /// Whether the API has asked for a nonce before.
    pub(super) fn wants_nonce(&self) -> bool {
        self.wants_nonce.load(Ordering::Relaxed)
    }

    /// How long one attempt of a call took, until its answer began.
    pub(super) fn took(&self, took: Duration) {
        self.source.outcomes.metrics.api_took(&self.name, took);
    }

    pub(super) const fn source(&self) -> &Source {
        &self.source
    }

    /// The way to the API.
    pub(super) const fn outbound(&self) -> &Outbound {
        &self.outbound
    }

    /// The clock that its tokens end by.
    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        self.source.client.clock()
    }
}

/// The way to an API: its certificates are trusted as the authority's are.
fn outbound(config: &helseid_client::Config) -> Result<Outbound, SidecarError> {
    let builder = Outbound::builder()
        .insecure_http(config.insecure_http.iter().cloned())
        .ca_file(config.ca_file.clone())
        .timeouts(CONNECT, A_DAY, A_DAY);
    builder.build().map_err(|why| SidecarError::new(why.what(), &why, why.next()))
}

fn refuses_token(headers: &HeaderMap) -> bool {
    let values = headers.get_all(WWW_AUTHENTICATE).iter();
    let mut challenges = values.filter_map(|value| challenge::Challenge::read(value).ok()).flatten();
    challenges.any(|challenge| challenge.parameter("error") == Some("invalid_token"))
}

#[cfg(test)]
impl Prepared {
    /// A call of nobody's.
    pub(super) fn for_test() -> Self {
        use helseid_client::protocol::id::{ClientId, Issuer};
        use helseid_client::protocol::jose::{Algorithm, PrivateJwk, RsaSize};
        use helseid_client::{Client, Config, KeyLocation};

        let key = PrivateJwk::generate(Algorithm::ES256, RsaSize::Bits2048, None);
        let issuer = Issuer::parse("https://sts.example").unwrap();
        let client_id = ClientId::parse("client").unwrap();
        let config = Config::new(issuer, client_id, KeyLocation::Text(key.to_json()));
        let client = Client::new(config).unwrap();
        let request = TokenRequest::of(client.config());
        let attempts = client.attempts_for(request.clone(), Method::GET, "https://api.example/").unwrap();
        Self { attempts, wish: Wish { request } }
    }
}
