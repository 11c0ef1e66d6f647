//! Signs the tokens of an answer.

use std::time::Duration;

use helseid_protocol::id_token::{self, IdTokenRequest};
use helseid_protocol::jose::json::Object;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::Scope;
use helseid_protocol::secret::{AccessToken, IdToken};
use helseid_protocol::time::Timestamp;

use super::claims;
use super::granted::Granted;
use crate::domain::model::Client;
use crate::keys::{JwtKind, SigningKeySet};
use crate::oauth::signed_post::Stop;
use crate::oauth::state::OAuthState;

/// What signs, for whom, and when.
#[derive(Clone, Copy)]
pub(super) struct Issue<'a> {
    pub(super) state: &'a OAuthState,
    pub(super) key_set: &'a SigningKeySet,
    pub(super) client: &'a Client,
    pub(super) profile: Profile,
    pub(super) now: Timestamp,
}

impl Issue<'_> {
    /// The access token, which is bound to the key of this thumbprint, and the ID token of a login with `openid`.
    pub(super) fn tokens(
        self,
        bound_to: Option<&str>,
        granted: &Granted<'_>,
    ) -> Result<(AccessToken, Option<IdToken>), Stop> {
        let Self { state, client, now, .. } = self;
        let claims = claims::of(state, (client, bound_to), granted, now);
        let access_token = AccessToken::new(self.signed(JwtKind::Access, &claims)?);
        let is_openid = |scope: &Scope| scope.as_str() == "openid";
        let login = granted.login.as_ref().filter(|_| granted.scopes.iter().any(is_openid));
        let id_token = login.map(|grant| {
            let own = client.login.id_token_lifetime_seconds;
            let lifetime = own.map(|seconds| Duration::from_secs(seconds.into()));
            let claims = id_token::claims(IdTokenRequest {
                issuer: &state.issuer.name,
                client_id: &client.id,
                logged_in: grant.login.logged_in(&grant.person),
                scopes: &granted.scopes,
                nonce: grant.nonce.as_deref(),
                access_token: Some(&access_token),
                algorithm: state.keys.algorithm(),
                lifetime: lifetime.unwrap_or(self.profile.switches().login.id_token_lifetime),
                now,
            });
            self.signed(JwtKind::Id, &claims).map(IdToken::new)
        });
        let id_token = id_token.transpose()?;
        Ok((access_token, id_token))
    }

    fn signed(self, kind: JwtKind, claims: &Object) -> Result<String, Stop> {
        let token = self.key_set.sign(kind, claims, self.state.keys.algorithm(), self.now);
        token.ok_or(Stop::Unavailable("there is no signing key of the right kind"))
    }
}
