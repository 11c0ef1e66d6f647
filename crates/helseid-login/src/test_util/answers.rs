//! The endpoints of the double.

use std::sync::Arc;
use std::time::Duration;

use helseid_client::Client;
use helseid_protocol::endpoint::pushed::PushedAnswer;
use helseid_protocol::endpoint::token::TokenGranted;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::{ClientId, Issuer, KeyId};
use helseid_protocol::jose::{Algorithm, VerifyKey};
use helseid_protocol::person::LoggedIn;
use helseid_protocol::pkce::{CodeChallenge, CodeVerifier};
use helseid_protocol::random::{Random, SystemRandom};
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::{AccessToken, RefreshToken};
use helseid_protocol::time::Clock;
use serde_json::Value;
use url::Url;

use super::broken::Broken;
use super::provider::{Issued, Pushed, State, TestProvider};
use super::tokens::{IssuedFor, Signers, random_text};
use crate::flow::{
    Endpoints, Grant, LoginError, LoginKey, Provided, Provider, Push, refused_by_token_endpoint,
};

impl Provider for TestProvider {
    fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    fn client_id(&self) -> &ClientId {
        &self.0.client_id
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(self.0.clock.clone())
    }

    fn random(&self) -> Arc<dyn Random> {
        Arc::new(SystemRandom)
    }

    fn client(&self) -> &Client {
        &self.0.client
    }

    #[expect(clippy::expect_used, reason = "an address below an issuer")]
    fn endpoints(&self) -> Provided<'_, Endpoints> {
        let at = |path: &str| Url::parse(&self.0.issuer.at(path)).expect("an address");
        let endpoints = Endpoints {
            authorization: at("/connect/authorize"),
            end_session: Some(at("/connect/endsession")),
            has_userinfo: true,
            has_revocation: true,
        };
        Box::pin(async { Ok(endpoints) })
    }

    fn push(&self, push: Push) -> Provided<'_, PushedAnswer> {
        let request_uri = format!("urn:ietf:params:oauth:request_uri:{}", random_text());
        let mut state = self.0.state();
        state.asked.pushed += 1;
        let Push { parameters, attestation } = push;
        state.pushed.insert(request_uri.clone(), Pushed { parameters, attestation });
        Box::pin(async { Ok(PushedAnswer { request_uri, expires_in: Duration::from_secs(300) }) })
    }

    fn tokens<'a>(&'a self, grant: Grant<'a>) -> Provided<'a, TokenGranted> {
        let granted = self.grant(&mut self.0.state(), &grant);
        let mut is_slow = self.0.is_slow.subscribe();
        Box::pin(async move {
            // The sender lives as long as the double.
            let _ = is_slow.wait_for(|is_slow| !is_slow).await;
            granted
        })
    }

    fn userinfo<'a>(
        &'a self,
        _: &'a AccessToken,
        key: &'a LoginKey,
    ) -> Provided<'a, http::Response<Vec<u8>>> {
        let mut state = self.0.state();
        state.asked.userinfo += 1;
        if state.is_userinfo_away {
            let away = http::Response::builder().status(503).body(Vec::new());
            return Box::pin(async {
                away.map_err(|why| LoginError::configuration("the double", why, "fix it"))
            });
        }
        let now = self.0.clock.now();
        let issued = IssuedFor {
            scope: &ScopeSet::none(),
            resource: None,
            nonce: None,
            bound_to: key.thumbprint(),
            authenticated: now,
            session: "",
            attestation: None,
        };
        let logged_in = LoggedIn { person: &state.person, login: self.0.login(&state, &issued) };
        let mut claims = logged_in.userinfo_claims(issued.scope, now);
        match state.broken {
            Some(Broken::UserInfoSubOther) => drop(claims.insert("sub".into(), "somebody-else".into())),
            Some(Broken::UserInfoSubMissing) => drop(claims.remove("sub")),
            _ => {}
        }
        let answer = http::Response::builder().header("content-type", "application/json");
        let answer = answer.body(Value::Object(claims).to_string().into_bytes());
        Box::pin(async { answer.map_err(|why| LoginError::configuration("the double", why, "fix it")) })
    }

    fn revoke<'a>(&'a self, token: &'a RefreshToken) -> Provided<'a, ()> {
        let mut state = self.0.state();
        state.asked.revoked += 1;
        if state.is_revocation_away {
            return Box::pin(async {
                Err(LoginError::configuration("the double", "revocation is away", "wait"))
            });
        }
        state.refresh_tokens.remove(token.expose());
        Box::pin(async { Ok(()) })
    }

    fn keys<'a>(&'a self, kid: &'a KeyId, _: Algorithm) -> Provided<'a, Vec<Arc<VerifyKey>>> {
        let Signers { own, decoy, .. } = &self.0.signers;
        let named = [decoy, own].into_iter().map(|key| key.public()).filter(|key| key.key_id() == Some(kid));
        let keys: Vec<_> = named.filter_map(|key| VerifyKey::new(key.clone()).ok()).map(Arc::new).collect();
        Box::pin(async { Ok(keys) })
    }
}

impl TestProvider {
    fn grant(&self, state: &mut State, grant: &Grant<'_>) -> Result<TokenGranted, LoginError> {
        let get = |name: &str| {
            grant.parameters.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
        };
        let is_code = grant.grant == GrantType::AuthorizationCode;
        match is_code {
            true => state.asked.codes += 1,
            false => state.asked.refreshes += 1,
        }
        if !state.refusals.is_empty() {
            return Err(refused_by_token_endpoint(&state.refusals.remove(0)));
        }
        // As HelseID does, a code that is good in nothing else is gone too.
        let issued = match is_code {
            true => state.codes.remove(get("code").unwrap_or_default()),
            false => state.refresh_tokens.remove(get("refresh_token").unwrap_or_default()),
        };
        let issued = issued.ok_or_else(|| refused_by_token_endpoint("invalid_grant"))?;
        if is_code && !redeems(&issued, get("code_verifier"), get("redirect_uri")) {
            return Err(refused_by_token_endpoint("invalid_grant"));
        }
        if issued.get("dpop_jkt") != Some(grant.key.thumbprint().as_str()) {
            return Err(refused_by_token_endpoint("invalid_dpop_proof"));
        }
        // HelseID: profile for the trust framework: in one place.
        if issued.attestation.is_some() && grant.details.attestation().is_some() {
            state.put_back(is_code, (get("code"), get("refresh_token")), issued);
            return Err(refused_by_token_endpoint("access_denied"));
        }
        let scope = get("scope").or_else(|| issued.get("scope")).unwrap_or_default();
        let scope = ScopeSet::parse(scope).map_err(|_| refused_by_token_endpoint("invalid_scope"))?;
        let granted = self.0.issue(
            state,
            &IssuedFor {
                scope: &scope,
                resource: get("resource"),
                nonce: issued.get("nonce").filter(|_| is_code),
                bound_to: grant.key.thumbprint(),
                authenticated: issued.authenticated,
                session: &issued.session,
                attestation: grant.details.attestation().or(issued.attestation.as_ref()),
            },
        );
        if let Some(token) = &granted.of_login.refresh_token {
            state.refresh_tokens.insert(token.expose().to_owned(), issued);
        }
        Ok(granted)
    }
}

impl State {
    /// What was not used up after all.
    fn put_back(&mut self, is_code: bool, (code, token): (Option<&str>, Option<&str>), issued: Issued) {
        let (place, name) = if is_code { (&mut self.codes, code) } else { (&mut self.refresh_tokens, token) };
        place.insert(name.unwrap_or_default().to_owned(), issued);
    }
}

/// RFC 7636 section 4.6, RFC 6749 section 4.1.3.
fn redeems(issued: &Issued, verifier: Option<&str>, redirect_uri: Option<&str>) -> bool {
    let challenge = issued.get("code_challenge").and_then(|text| CodeChallenge::parse(text).ok());
    let verifier = verifier.and_then(|text| CodeVerifier::parse(text).ok());
    let is_of = challenge.zip(verifier).is_some_and(|(challenge, verifier)| challenge.is_of(&verifier));
    is_of && redirect_uri.is_some() && issued.get("redirect_uri") == redirect_uri
}
