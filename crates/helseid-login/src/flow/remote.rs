//! The authority on the network, by `helseid-client`.

use std::sync::Arc;

use helseid_client::{AuthorityRequest, Client, Endpoint};
use helseid_http::InsecureHosts;
use helseid_protocol::details::Details;
use helseid_protocol::endpoint::Metadata;
use helseid_protocol::endpoint::pushed::PushedAnswer;
use helseid_protocol::endpoint::token::{TokenGranted, TokenType};
use helseid_protocol::id::{ClientId, Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, VerifyKey};
use helseid_protocol::random::Random;
use helseid_protocol::secret::{AccessToken, RefreshToken};
use helseid_protocol::time::Clock;
use url::Url;

use super::error::LoginError;
use super::key::LoginKey;
use super::provider::{Endpoints, Grant, Provided, Provider, Push};

/// The authority on the network.
pub(super) struct Remote {
    client: Client,
    insecure_http: InsecureHosts,
}

impl Remote {
    pub(super) fn new(client: Client) -> Result<Self, LoginError> {
        let insecure_http = InsecureHosts::parse(&client.config().insecure_http).map_err(|why| {
            LoginError::configuration("insecure_http cannot be used", why, "name hosts as NAME or NAME:PORT")
        })?;
        Ok(Self { client, insecure_http })
    }

    /// A code that comes back over http can be read on the way.
    pub(super) fn require_safe_redirect(&self, redirect_uri: &str) -> Result<(), LoginError> {
        match Url::parse(redirect_uri) {
            Ok(url) if url.scheme() == "http" && !self.insecure_http.may_send_to(&url) => {
                let next = "use https, or name the host in insecure_http";
                let why = format!("{redirect_uri} is http, and not on loopback");
                Err(LoginError::configuration("the redirect URI cannot be used", why, next))
            }
            // What is no address, or one of another scheme, is judged as a redirect URI.
            _ => Ok(()),
        }
    }

    /// An address to which browsers are led.
    fn led_to(&self, name: &'static str, address: &str) -> Result<Url, LoginError> {
        let url = Url::parse(address).ok().filter(|url| self.insecure_http.may_send_to(url));
        url.ok_or_else(|| {
            let why = format!("{name} in the authority's metadata is neither https nor on loopback");
            LoginError::configuration(
                "nobody can be sent to the authority",
                why,
                "check issuer in the configuration",
            )
        })
    }

    fn read_endpoints(&self, metadata: &Metadata) -> Result<Endpoints, LoginError> {
        let Some(authorization) = &metadata.authorization_endpoint else {
            let why = "its metadata has no authorization_endpoint";
            return Err(LoginError::configuration(
                "the authority does not log people in",
                why,
                "check issuer in the configuration",
            ));
        };
        Ok(Endpoints {
            authorization: self.led_to("authorization_endpoint", authorization)?,
            end_session: match &metadata.end_session_endpoint {
                Some(address) => Some(self.led_to("end_session_endpoint", address)?),
                None => None,
            },
            has_userinfo: metadata.login.userinfo_endpoint.is_some(),
            has_revocation: metadata.revocation_endpoint.is_some(),
        })
    }
}

impl Provider for Remote {
    fn issuer(&self) -> &Issuer {
        self.client.authority().issuer()
    }

    fn client_id(&self) -> &ClientId {
        &self.client.config().client_id
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.client.clock()
    }

    fn random(&self) -> Arc<dyn Random> {
        self.client.random()
    }

    fn client(&self) -> &Client {
        &self.client
    }

    fn endpoints(&self) -> Provided<'_, Endpoints> {
        Box::pin(async move { self.read_endpoints(&self.client.authority().metadata().await?) })
    }

    fn push(&self, push: Push) -> Provided<'_, PushedAnswer> {
        Box::pin(async move {
            let request = match push.attestation {
                Some(attestation) => {
                    AuthorityRequest::request_object(Details::new().with_attestation(attestation))
                }
                None => AuthorityRequest::repeatable(Endpoint::PushedAuthorization),
            };
            let request = with(request, push.parameters);
            let answer = self.client.authority().send(&request).await?;
            PushedAnswer::read(answer.status(), answer.bytes())
                .map_err(|why| LoginError::unreadable("the endpoint for pushed authorization requests", why))
        })
    }

    fn tokens<'a>(&'a self, grant: Grant<'a>) -> Provided<'a, TokenGranted> {
        Box::pin(async move {
            let request = with(AuthorityRequest::grant(grant.grant), grant.parameters);
            let request = request.details(grant.details).prove_with(grant.key.proof_key().clone());
            let answer = self.client.authority().send(&request).await?;
            TokenGranted::read(answer.status(), answer.bytes(), TokenType::Dpop)
                .map_err(|why| LoginError::unreadable("the token endpoint", why))
        })
    }

    fn userinfo<'a>(
        &'a self,
        token: &'a AccessToken,
        key: &'a LoginKey,
    ) -> Provided<'a, http::Response<Vec<u8>>> {
        Box::pin(async move {
            let metadata = self.client.authority().metadata().await?;
            let address = metadata.login.userinfo_endpoint.unwrap_or_default();
            let call = self.client.get(&address).bound_token(token.clone(), key.proof_key().clone());
            Ok(call.header("accept", "application/json").send().await?.into_http())
        })
    }

    fn revoke<'a>(&'a self, token: &'a RefreshToken) -> Provided<'a, ()> {
        Box::pin(async move {
            let request = AuthorityRequest::repeatable(Endpoint::Revocation)
                .parameter("token", token.expose())
                .parameter("token_type_hint", "refresh_token");
            self.client.authority().send(&request).await?;
            Ok(())
        })
    }

    fn keys<'a>(&'a self, kid: &'a KeyId, algorithm: Algorithm) -> Provided<'a, Vec<Arc<VerifyKey>>> {
        Box::pin(async move {
            let keys = self.client.issuer_keys().find_all(kid, algorithm).await;
            Ok(keys.map_err(helseid_client::Error::from)?)
        })
    }
}

fn with(request: AuthorityRequest, parameters: Vec<(&'static str, String)>) -> AuthorityRequest {
    parameters.into_iter().fold(request, |request, (name, value)| request.parameter(name, value))
}
