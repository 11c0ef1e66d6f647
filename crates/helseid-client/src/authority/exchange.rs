//! One request to the authority, from the circuit breaker to the response.

use std::sync::Arc;
use std::time::Duration;

use helseid_http::{IssuerMetadata, Outbound};
use helseid_protocol::endpoint::Metadata;
use helseid_protocol::endpoint::token::{self, ErrorAnswer, TokenGranted, TokenType, UnreadableAnswer};
use helseid_protocol::id::{ClientId, Issuer};
use helseid_protocol::random::{Random, bytes16, jwt_id};
use helseid_protocol::time::Timestamp;
use http::{Method, Request, Uri, header};
use tracing::Instrument as _;
use url::Url;

use super::assertion::{self, Statement};
use super::budget::RequestBudget;
use super::circuit::{Circuit, CircuitOpen};
use super::endpoint::Endpoint;
use super::request::{AuthorityRequest, Purpose};
use super::retry::RetryPolicy;
use crate::clock::SigningClock;
use crate::dpop::{ProofFor, Prover, Role};
use crate::error::{self, Error};
use crate::observer::{Decoded, Event, Observer};
use crate::response::Response;
use crate::signer::{NamedSigner, Signers};
use crate::telemetry;

/// The authority, as one client reaches it. See [`Client::authority`](crate::Client::authority).
///
/// ```no_run
/// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let authority = client.authority();
/// let metadata = authority.metadata().await?;
/// println!("{} publishes its keys at {:?}", authority.issuer(), metadata.jwks_uri);
/// # Ok(()) }
/// ```
pub struct Authority {
    parts: Parts,
    circuit: Circuit,
}

/// What an [`Authority`] is made of.
pub(crate) struct Parts {
    pub(crate) client_id: ClientId,
    pub(crate) metadata: IssuerMetadata,
    pub(crate) signers: Signers,
    pub(crate) prover: Arc<Prover>,
    pub(crate) clock: Arc<SigningClock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) scheme: TokenType,
    pub(crate) retry: RetryPolicy,
    pub(crate) budget: Option<RequestBudget>,
    /// Of exchanges, if they have one of their own.
    pub(crate) exchange_budget: Option<RequestBudget>,
    /// Of renewals in the background, if they have one of their own.
    pub(crate) renewal_budget: Option<RequestBudget>,
    /// For how long the circuit breaker opens at first, and at most.
    pub(crate) circuit: [Duration; 2],
}

/// A response that was read, and the attempt that brought it.
pub(crate) struct Exchanged<T> {
    pub(crate) value: T,
    /// When the attempt began.
    pub(crate) began: Timestamp,
    /// The name of the signer of its assertion.
    pub(crate) signer: Arc<str>,
}

type RawResponse = http::Response<Vec<u8>>;

impl Authority {
    pub(crate) fn new(parts: Parts) -> Self {
        Self { circuit: Circuit::new(parts.circuit), parts }
    }

    /// The issuer that names the authority.
    #[must_use]
    pub const fn issuer(&self) -> &Issuer {
        self.parts.metadata.issuer()
    }

    /// The authority's metadata; fetched once a day.
    pub async fn metadata(&self) -> Result<Metadata, Error> {
        Ok(self.parts.metadata.get().await?)
    }

    /// Sends `request`, and returns the response if its status is a success. A refusal is an error with
    /// [`Error::oauth`](crate::Error::oauth).
    ///
    /// Each attempt has a new client assertion and, if the request wants one, a new proof. When the authority asks for a nonce,
    /// the request is sent once more with it. Other failures are met as [`RetryPolicy`] says, and after five in a row the
    /// circuit breaker opens.
    pub async fn send(&self, request: &AuthorityRequest) -> Result<Response, Error> {
        let read = |response: RawResponse| {
            if request.endpoint() == Endpoint::Token {
                let token_type = request.token_type(self.parts.scheme);
                let granted = TokenGranted::read(response.status(), response.body(), token_type);
                self.announce(granted.ok().as_ref());
            }
            Ok(Response::new(response))
        };
        Ok(self.exchange(request, read).await?.value)
    }

    /// Tells the observer that the token endpoint answered with a success: this token, if it could be read.
    pub(crate) fn announce(&self, granted: Option<&TokenGranted>) {
        let token = granted.and_then(|granted| Decoded::of(granted.access_token.expose()));
        self.parts.observer.event(Event::TokenGranted { token });
    }

    /// Since when there have been only failures.
    pub(crate) fn failing_since(&self) -> Option<Timestamp> {
        self.circuit.failing_since()
    }

    pub(crate) const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Sends `request`, and reads a success with `read`. A success that cannot be read is a failed attempt.
    pub(crate) async fn exchange<T>(
        &self,
        request: &AuthorityRequest,
        read: impl Fn(RawResponse) -> Result<T, UnreadableAnswer>,
    ) -> Result<Exchanged<T>, Error> {
        let (now, issuer) = (self.parts.clock.now(), || self.issuer().to_string());
        let open =
            |circuit: CircuitOpen| error::Inner::CircuitOpen { issuer: issuer(), seconds: circuit.seconds };
        // What is not sent takes nothing from the budget, which an outage would spend otherwise.
        self.circuit.check(now).map_err(open)?;
        if let Some(budget) = self.budget_of(request.purpose()) {
            let spent = |seconds| error::Inner::BudgetSpent { issuer: issuer(), seconds };
            budget.take(now).map_err(|spent_until| spent(spent_until.seconds))?;
        }
        self.circuit.admit(now).map_err(open)?;
        let client_id = &self.parts.client_id;
        let span = match request.endpoint() {
            Endpoint::Token => tracing::debug_span!("helseid.token", %client_id),
            other => tracing::debug_span!("helseid.authority", %client_id, endpoint = other.metadata_name()),
        };
        let began = tokio::time::Instant::now();
        let outcome = self.with_retries(request, read).instrument(span).await;
        if request.endpoint() == Endpoint::Token {
            let took = began.elapsed();
            telemetry::token_took(took);
            self.parts.observer.event(Event::TokenRequestEnded { took });
        }
        telemetry::outage(self.circuit.record(&outcome, self.parts.clock.now()));
        outcome
    }

    fn budget_of(&self, purpose: Purpose) -> Option<&RequestBudget> {
        let own = match purpose {
            Purpose::Caller => None,
            Purpose::Exchange => self.parts.exchange_budget.as_ref(),
            Purpose::Renewal => self.parts.renewal_budget.as_ref(),
        };
        own.or(self.parts.budget.as_ref())
    }

    async fn with_retries<T>(
        &self,
        request: &AuthorityRequest,
        read: impl Fn(RawResponse) -> Result<T, UnreadableAnswer>,
    ) -> Result<Exchanged<T>, Error> {
        let Parts { clock, random, retry, .. } = &self.parts;
        let (mut attempt, mut corrected) = (1, false);
        loop {
            let offset = clock.followed_offset();
            let outcome = self.attempt(request, &read).await;
            if request.endpoint() == Endpoint::Token {
                telemetry::token_request(match &outcome {
                    Ok(_) => telemetry::Outcome::Granted,
                    Err(error) if error.oauth().is_some() => telemetry::Outcome::Refused,
                    Err(_) => telemetry::Outcome::Failed,
                });
            }
            let error = match outcome {
                // Whether it was processed is not known, and it must not be processed twice.
                Err(error) if request.is_repeatable() || error.is_unsent() => error,
                last => return last,
            };
            // A refusal that told what time it is there.
            if request.is_repeatable() && !corrected && clock.followed_offset().abs_diff(offset) > 1 {
                corrected = true;
                continue;
            }
            let [jitter, ..] = bytes16(&**random);
            let pause = match error.is_transient() {
                true => retry.wait(attempt, error.retry_after(), jitter),
                false => None,
            };
            let Some(pause) = pause else { return Err(error) };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    /// One attempt, which is two requests if the authority asks for a nonce.
    async fn attempt<T>(
        &self,
        request: &AuthorityRequest,
        read: impl Fn(RawResponse) -> Result<T, UnreadableAnswer>,
    ) -> Result<Exchanged<T>, Error> {
        let Parts { clock, prover, outbound, observer, .. } = &self.parts;
        let (address, url) = self.address(request.endpoint()).await?;
        let unreadable = |why| error::Inner::Answer { endpoint: address.clone(), why };
        let signer = self.parts.signers.current(clock.now());
        for last in [false, true] {
            let began = clock.now();
            let signed = self.signed(request, &address, &url, &signer).await?;
            let response = outbound.send(signed, token::MAX_BYTES).await?;
            clock.learn(response.headers());
            prover.learn(Role::Authority, &url, response.headers());
            let status = response.status();
            if status.is_success() {
                let value = read(response).map_err(unreadable)?;
                return Ok(Exchanged { value, began, signer: signer.name });
            }
            let endpoint = || address.clone();
            match ErrorAnswer::read(status, response.headers(), response.body()).map_err(unreadable)? {
                ErrorAnswer::UseNonce(_) if !last => {
                    telemetry::nonce_retry(Role::Authority.name());
                    observer.event(Event::NonceDemanded { status });
                }
                ErrorAnswer::UseNonce(_) => break,
                ErrorAnswer::Refused(error) => {
                    if request.endpoint() == Endpoint::Token {
                        observer.event(Event::TokenRefused { status, error: &error });
                    }
                    return Err(error::Inner::OAuth { endpoint: endpoint(), status, error }.into());
                }
                ErrorAnswer::Unavailable(answer) => {
                    return Err(error::Inner::Unavailable { endpoint: endpoint(), status, answer }.into());
                }
            }
        }
        Err(error::Inner::NonceLoop { endpoint: address }.into())
    }

    /// The address of an endpoint: as the metadata has it, and parsed.
    async fn address(&self, endpoint: Endpoint) -> Result<(String, Url), Error> {
        let metadata = self.parts.metadata.get().await?;
        let address = endpoint.address(&metadata).ok_or_else(|| error::Inner::EndpointMissing {
            issuer: self.issuer().to_string(),
            name: endpoint.metadata_name(),
        })?;
        Ok((address.to_owned(), self.usable_address(endpoint.metadata_name(), address)?))
    }

    /// An address in the metadata, under this name, to which a request can be sent.
    pub(crate) fn usable_address(&self, name: &'static str, address: &str) -> Result<Url, Error> {
        let url = Url::parse(address).map_err(|why| self.invalid(name, address, &why))?;
        // As it is sent: it must be an address of HTTP as it stands, too.
        Uri::try_from(address).map_err(|why| self.invalid(name, address, &why))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(self.invalid(name, address, &"it begins with neither https:// nor http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(self.invalid(name, address, &"it has a user name or a password"));
        }
        Ok(url)
    }

    /// An address in the metadata that no request can be sent to.
    fn invalid(&self, name: &'static str, address: &str, why: &dyn std::fmt::Display) -> Error {
        let issuer = self.issuer().to_string();
        error::Inner::EndpointInvalid { issuer, name, address: address.to_owned(), why: why.to_string() }
            .into()
    }

    /// The request with a new assertion and a new proof.
    async fn signed(
        &self,
        request: &AuthorityRequest,
        address: &str,
        url: &Url,
        signer: &NamedSigner,
    ) -> Result<Request<Vec<u8>>, Error> {
        let parts = &self.parts;
        let statement = Statement {
            client_id: &parts.client_id,
            issuer: self.issuer(),
            details: request.asked_details(),
            jwt_id: &jwt_id(&*parts.random),
            now: parts.clock.signing_time(),
        };
        let assertion = assertion::signed(statement, &*signer.signer).await?;
        let object = match request.object_details() {
            Some(details) => {
                let statement = Statement { details, jwt_id: &jwt_id(&*parts.random), ..statement };
                Some(assertion::signed_object(statement, request.parameters(), &*signer.signer).await?)
            }
            None => None,
        };
        let mut signed = Request::post(address)
            .header(header::CONTENT_TYPE, token::CONTENT_TYPE)
            .header(header::ACCEPT, "application/json");
        if request.has_proof() && request.token_type(parts.scheme) == TokenType::Dpop {
            let (key, role) = (request.proof_key(), Role::Authority);
            let proof_for = ProofFor { key, role, method: &Method::POST, url, access_token: None };
            let proof = parts
                .prover
                .prove(proof_for)
                .map_err(|why| self.invalid(request.endpoint().metadata_name(), address, &why))?;
            signed = signed.header("dpop", proof.expose());
            let decoded = (Decoded::of(assertion.expose()), Decoded::of(proof.expose()));
            if let (Endpoint::Token, (Some(assertion), Some(proof))) = (request.endpoint(), decoded) {
                parts.observer.event(Event::TokenRequested { endpoint: address, assertion, proof });
            }
        }
        let body = request.body(&parts.client_id, &assertion, object.as_deref()).into_bytes();
        Ok(signed.body(body).map_err(|why| error::Inner::InvalidRequest { why: why.to_string() })?)
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Authority").field("issuer", self.issuer()).finish_non_exhaustive()
    }
}
