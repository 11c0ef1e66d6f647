//! One token, fetched: assertion, proof, request, and one more of each when the authority asks for its nonce.

use helseid_protocol::assertion::{self, AssertionRequest};
use helseid_protocol::dpop::{Nonce, ProofRequest, Target};
use helseid_protocol::endpoint::token::{self, TokenAnswer, TokenType};
use helseid_protocol::random::{bytes16, jwt_id};
use helseid_protocol::secret::{ClientAssertion, DpopProof};
use helseid_protocol::time::Timestamp;
use http::{Method, Request, Response, header};
use tracing::Instrument as _;
use url::Url;

use crate::cache::Slot;
use crate::client::Inner;
use crate::error::{self, Error};
use crate::nonces::Role;
use crate::observer::{Decoded, Event};
use crate::shared;
use crate::signer::Named;
use crate::token::Circumstances;
use crate::{Token, TokenRequest, telemetry};

impl Inner {
    /// A token that another process shares, or a new one. One that is about to be renewed, or that an API refused, is not
    /// taken from others.
    pub(crate) async fn obtain(&self, request: &TokenRequest, slot: &Slot) -> Result<Token, Error> {
        let Some(shared) = self.shared.as_ref().filter(|_| self.scheme == TokenType::Dpop) else {
            return self.fetch(request).await;
        };
        let signer = self.signers.current(self.clock.now()).name;
        let (issuer, client_id) = (self.config.issuer.as_str(), self.config.client_id.as_str());
        let place =
            shared::place(&[issuer, client_id, &signer, self.proof_key.thumbprint().as_str(), request.key()]);
        let [jitter, ..] = bytes16(&*self.random);
        if let Some(token) = shared.get(&place, request.asked_scope(), signer.clone(), jitter).await {
            let now = self.clock.now();
            if token.is_good(now) && !token.wants_renewal(now, &signer) && !slot.has_refused(&token) {
                return Ok(token);
            }
        }
        let token = self.fetch(request).await?;
        shared.put(&place, &token, self.clock.now()).await;
        Ok(token)
    }

    /// Fetches a token, whatever is kept: as often as the policy for repetitions says, and not at all while the authority
    /// is left in peace.
    pub(crate) async fn fetch(&self, request: &TokenRequest) -> Result<Token, Error> {
        #[cfg(feature = "test-util")]
        if let Some(issuer) = &self.test_issuer {
            return Ok(issuer.mint(self, request));
        }
        self.circuit.ask(self.clock.now()).map_err(|peace| error::Inner::LeftInPeace {
            issuer: self.config.issuer.to_string(),
            seconds: peace.seconds,
        })?;
        let span = tracing::debug_span!("helseid.token", client_id = %self.config.client_id);
        self.fetch_with_retries(request).instrument(span).await
    }

    async fn fetch_with_retries(&self, request: &TokenRequest) -> Result<Token, Error> {
        let began = tokio::time::Instant::now();
        let (mut tries, mut corrected) = (1, false);
        let outcome = loop {
            let offset = self.followed_offset();
            let outcome = self.fetch_once(request).await;
            telemetry::token_request(match &outcome {
                Ok(_) => telemetry::Outcome::Granted,
                Err(error) if error.oauth().is_some() => telemetry::Outcome::Refused,
                Err(_) => telemetry::Outcome::Failed,
            });
            // A refusal that told what time it is there.
            if outcome.is_err() && !corrected && self.followed_offset().abs_diff(offset) > 1 {
                corrected = true;
                continue;
            }
            let [jitter, ..] = bytes16(&*self.random);
            let pause = match &outcome {
                Err(error) if error.is_transient() => self.retry.wait(tries, error.retry_after(), jitter),
                _ => None,
            };
            let Some(pause) = pause else { break outcome };
            tokio::time::sleep(pause).await;
            tries += 1;
        };
        telemetry::token_took(began.elapsed());
        telemetry::outage(self.circuit.learn(&outcome, self.clock.now()));
        outcome
    }

    /// One try, with its retry for a nonce.
    async fn fetch_once(&self, request: &TokenRequest) -> Result<Token, Error> {
        let metadata = self.metadata.get().await?;
        let endpoint = metadata.token_endpoint.as_str();
        let invalid = |why: String| error::Inner::InvalidUrl { url: endpoint.to_owned(), why };
        let url = Url::parse(endpoint).map_err(|why| invalid(why.to_string()))?;
        let target = Target::of_url(&url).map_err(|why| invalid(why.to_string()))?;
        let origin = url.origin().ascii_serialization();

        let signer = self.signers.current(self.clock.now());
        let mut nonce = self.nonces.of(Role::Authority, &origin);
        for last in [false, true] {
            let now = self.clock.now();
            let answer = self
                .ask(endpoint, &target, nonce.as_ref(), self.assertion(request, &signer).await?, request)
                .await?;
            self.server_clock.learn(answer.headers(), self.clock.now());
            self.nonces.keep_from(Role::Authority, &origin, answer.headers());
            let (status, read) = (answer.status(), understood(endpoint, &answer, self.scheme)?);
            match read {
                TokenAnswer::Granted(granted) => {
                    let token = Decoded::of(granted.access_token.expose());
                    self.observer.event(Event::TokenGranted { token });
                    tracing::debug!(expires_in = granted.expires_in.as_secs(), "a token was granted");
                    let [jitter, ..] = bytes16(&*self.random);
                    let how = Circumstances { obtained: now, jitter, signer: signer.name };
                    return Ok(Token::new(granted, request.asked_scope(), how));
                }
                TokenAnswer::UseNonce(newer) if !last => {
                    telemetry::nonce_retry(Role::Authority);
                    self.observer.event(Event::NonceDemanded { status });
                    nonce = Some(newer);
                }
                TokenAnswer::UseNonce(_) => break,
                TokenAnswer::Refused(error) => {
                    self.observer.event(Event::TokenRefused { status, error: &error });
                    return Err(error::Inner::OAuth { endpoint: endpoint.to_owned(), status, error }.into());
                }
                TokenAnswer::Unavailable(answer) => {
                    let endpoint = endpoint.to_owned();
                    return Err(error::Inner::Unavailable { endpoint, status, answer }.into());
                }
            }
        }
        Err(error::Inner::NonceLoop { endpoint: endpoint.to_owned() }.into())
    }

    async fn ask(
        &self,
        endpoint: &str,
        target: &Target,
        nonce: Option<&Nonce>,
        assertion: ClientAssertion,
        request: &TokenRequest,
    ) -> Result<Response<Vec<u8>>, Error> {
        let proof = (self.scheme == TokenType::Dpop).then(|| {
            self.proof_key.make(ProofRequest {
                method: &Method::POST,
                target,
                nonce,
                access_token: None,
                jwt_id: &jwt_id(&*self.random),
                now: self.now(),
            })
        });
        if let Some(proof) = &proof {
            self.tell_of(endpoint, &assertion, proof);
        }
        let body = token::TokenRequest {
            client_id: &self.config.client_id,
            scope: request.asked_scope(),
            resource: request.asked_resource(),
        };
        let mut sent = Request::post(endpoint)
            .header(header::CONTENT_TYPE, token::CONTENT_TYPE)
            .header(header::ACCEPT, "application/json");
        if let Some(proof) = &proof {
            sent = sent.header("dpop", proof.expose());
        }
        let request = sent
            .body(body.body(&assertion).into_bytes())
            .map_err(|why| error::Inner::InvalidRequest { why: why.to_string() })?;
        Ok(self.outbound.send(request, token::MAX_BYTES).await?)
    }

    async fn assertion(&self, request: &TokenRequest, signer: &Named) -> Result<ClientAssertion, Error> {
        let details = request.asked_details().to_claim();
        let signer = &signer.signer;
        let draft = assertion::draft(
            signer.algorithm(),
            signer.key_id().as_ref(),
            AssertionRequest {
                client_id: &self.config.client_id,
                issuer: self.metadata.issuer(),
                jwt_id: &jwt_id(&*self.random),
                now: self.now(),
                details: details.as_ref(),
            },
        );
        let signature = signer.sign(draft.signing_input()).await?;
        Ok(ClientAssertion::new(draft.with_signature(&signature)))
    }

    /// The time for assertions and proofs: this machine's, or the authority's if that was asked for.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.clock.now().seconds().saturating_add(self.followed_offset()))
    }

    /// By how many seconds this client's times are shifted: by none unless that was asked for.
    fn followed_offset(&self) -> i64 {
        self.server_clock.offset().filter(|_| self.follow_server_clock).unwrap_or(0)
    }

    fn tell_of(&self, endpoint: &str, assertion: &ClientAssertion, proof: &DpopProof) {
        if let (Some(assertion), Some(proof)) = (Decoded::of(assertion.expose()), Decoded::of(proof.expose()))
        {
            self.observer.event(Event::TokenRequested { endpoint, assertion, proof });
        }
    }
}

fn understood(endpoint: &str, answer: &Response<Vec<u8>>, scheme: TokenType) -> Result<TokenAnswer, Error> {
    TokenAnswer::read(answer.status(), answer.headers(), answer.body(), scheme)
        .map_err(|why| error::Inner::Answer { endpoint: endpoint.to_owned(), why }.into())
}
