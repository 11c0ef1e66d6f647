//! One token, fetched: assertion, proof, request, and one more of each when the authority asks for its nonce.

use helseid_protocol::assertion::{self, AssertionRequest};
use helseid_protocol::dpop::{Nonce, ProofRequest, Target};
use helseid_protocol::endpoint::token::{self, TokenAnswer, TokenType};
use helseid_protocol::random::{bytes16, jwt_id};
use helseid_protocol::secret::{ClientAssertion, DpopProof};
use http::{Method, Request, Response, header};
use url::Url;

use crate::client::Inner;
use crate::error::{self, Error};
use crate::nonces::Role;
use crate::observer::{Decoded, Event};
use crate::{Token, TokenRequest};

impl Inner {
    /// Fetches a token, whatever is kept.
    pub(crate) async fn fetch(&self, request: &TokenRequest) -> Result<Token, Error> {
        let metadata = self.metadata.get().await?;
        let endpoint = metadata.token_endpoint.as_str();
        let invalid = |why: String| error::Inner::InvalidUrl { url: endpoint.to_owned(), why };
        let url = Url::parse(endpoint).map_err(|why| invalid(why.to_string()))?;
        let target = Target::of_url(&url).map_err(|why| invalid(why.to_string()))?;
        let origin = url.origin().ascii_serialization();

        let mut nonce = self.nonces.of(Role::Authority, &origin);
        for last in [false, true] {
            let now = self.clock.now();
            let answer = self.ask(endpoint, &target, nonce.as_ref(), request).await?;
            self.nonces.keep_from(Role::Authority, &origin, answer.headers());
            let (status, read) = (answer.status(), understood(endpoint, &answer)?);
            match read {
                TokenAnswer::Granted(granted) => {
                    let token = Decoded::of(granted.access_token.expose());
                    self.observer.event(Event::TokenGranted { token });
                    tracing::debug!(expires_in = granted.expires_in.as_secs(), "a token was granted");
                    let [jitter, ..] = bytes16(&*self.random);
                    return Ok(Token::new(granted, &request.scope, now, jitter));
                }
                TokenAnswer::UseNonce(newer) if !last => {
                    self.observer.event(Event::NonceDemanded { status });
                    nonce = Some(newer);
                }
                TokenAnswer::UseNonce(_) => break,
                TokenAnswer::Refused(error) => {
                    self.observer.event(Event::TokenRefused { status, error: &error });
                    return Err(error::Inner::OAuth { endpoint: endpoint.to_owned(), status, error }.into());
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
        request: &TokenRequest,
    ) -> Result<Response<Vec<u8>>, Error> {
        let assertion = self.assertion(request);
        let proof = self.proof_key.make(ProofRequest {
            method: &Method::POST,
            target,
            nonce,
            access_token: None,
            jwt_id: &jwt_id(&*self.random),
            now: self.clock.now(),
        });
        self.tell_of(endpoint, &assertion, &proof);
        let body = token::TokenRequest {
            client_id: &self.config.client_id,
            scope: &request.scope,
            resource: request.resource.as_ref(),
        };
        let request = Request::post(endpoint)
            .header(header::CONTENT_TYPE, token::CONTENT_TYPE)
            .header(header::ACCEPT, "application/json")
            .header("dpop", proof.expose())
            .body(body.body(&assertion).into_bytes())
            .map_err(|why| error::Inner::InvalidRequest { why: why.to_string() })?;
        Ok(self.outbound.send(request, token::MAX_BYTES).await?)
    }

    fn assertion(&self, request: &TokenRequest) -> ClientAssertion {
        let details = request.details.to_claim();
        assertion::make(
            &self.signing_key,
            AssertionRequest {
                client_id: &self.config.client_id,
                issuer: self.metadata.issuer(),
                jwt_id: &jwt_id(&*self.random),
                now: self.clock.now(),
                details: details.as_ref(),
            },
        )
    }

    fn tell_of(&self, endpoint: &str, assertion: &ClientAssertion, proof: &DpopProof) {
        if let (Some(assertion), Some(proof)) = (Decoded::of(assertion.expose()), Decoded::of(proof.expose()))
        {
            self.observer.event(Event::TokenRequested { endpoint, assertion, proof });
        }
    }
}

fn understood(endpoint: &str, answer: &Response<Vec<u8>>) -> Result<TokenAnswer, Error> {
    TokenAnswer::read(answer.status(), answer.headers(), answer.body(), TokenType::Dpop)
        .map_err(|why| error::Inner::Answer { endpoint: endpoint.to_owned(), why }.into())
}
