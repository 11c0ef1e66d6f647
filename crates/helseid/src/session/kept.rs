//! What is kept of a login.

use helseid_client::Config;
use helseid_login::flow::{AccessGrant, LoggedIn, LoginKey, RefreshGrant};
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::id::{Audience, ClientId, Issuer};
use helseid_protocol::id_token::IdTokenClaims;
use helseid_protocol::jose::base64url;
use helseid_protocol::jose::json::Object;
use helseid_protocol::secret::{AccessToken, RefreshToken};
use helseid_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::token::{UserToken, Wanted};

/// The most tokens that are kept; beyond that the ones that end first go.
const MOST: usize = 20;

/// A login: who, the key that its tokens are bound to, and the tokens. As secret as they are.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Session {
    pub(super) issuer: Issuer,
    pub(super) client_id: ClientId,
    /// What the ID token of the login said.
    claims: Object,
    /// The level of the session: 2 to 4.
    level: Option<u8>,
    /// Whether a browser was logged in, too.
    pub(crate) by_browser: bool,
    key: String,
    refresh: Option<KeptRefresh>,
    /// The API that tokens are for unless another is asked for.
    pub(super) resource: Option<Audience>,
    tokens: Vec<KeptToken>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptRefresh {
    token: String,
    expires: Option<Timestamp>,
}

/// A token, and what it was asked for with.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptToken {
    asked: String,
    token: String,
    expires: Timestamp,
    scope: Option<String>,
}

impl Session {
    /// What is kept of somebody who has just logged in with `resource` as the first API.
    pub(crate) fn of(
        config: &Config,
        person: &LoggedIn,
        resource: Option<Audience>,
        by_browser: bool,
    ) -> Self {
        let mut session = Self {
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            claims: person.claims.all().clone(),
            level: person.claims.security_level().map(number),
            by_browser,
            key: base64url::encode(&person.key.to_bytes()[..]),
            refresh: None,
            resource,
            tokens: Vec::new(),
        };
        person.refresh.iter().for_each(|grant| session.keep_refresh(grant));
        let wanted = Wanted { resource: session.resource.clone(), ..Wanted::default() };
        session.keep(&wanted, &person.access, person.claims.issued());
        session
    }

    /// What the ID token of the login said; none in a file that was changed by hand.
    pub(crate) fn person(&self) -> Option<IdTokenClaims> {
        IdTokenClaims::from_sealed(self.claims.clone())
    }

    pub(crate) const fn level(&self) -> Option<SecurityLevel> {
        match self.level {
            Some(2) => Some(SecurityLevel::Low),
            Some(3) => Some(SecurityLevel::Substantial),
            Some(4) => Some(SecurityLevel::High),
            _ => None,
        }
    }

    pub(super) fn set_level(&mut self, level: Option<SecurityLevel>) {
        self.level = level.map(number);
    }

    /// The key of the login; none in a file that was changed by hand.
    pub(super) fn key(&self) -> Option<LoginKey> {
        LoginKey::from_bytes(&Zeroizing::new(base64url::decode(&self.key).ok()?))
    }

    pub(crate) fn refresh_token(&self) -> Option<RefreshToken> {
        self.refresh.as_ref().map(|kept| RefreshToken::new(kept.token.as_str()))
    }

    /// When the refresh token ends, where the authority has said so.
    pub(crate) fn ends(&self) -> Option<Timestamp> {
        self.refresh.as_ref()?.expires
    }

    pub(super) fn keep_refresh(&mut self, grant: &RefreshGrant) {
        self.refresh = Some(KeptRefresh { token: grant.token.expose().to_owned(), expires: grant.expires });
    }

    /// Keeps a token that was asked for so.
    pub(super) fn keep(&mut self, wanted: &Wanted, grant: &AccessGrant, now: Timestamp) {
        let asked = wanted.to_text();
        self.tokens.retain(|kept| kept.expires > now && kept.asked != asked);
        self.tokens.push(KeptToken {
            asked,
            token: grant.token.expose().to_owned(),
            expires: grant.expires,
            scope: grant.scope.as_ref().map(ToString::to_string),
        });
        self.tokens.sort_by_key(|kept| kept.expires);
        self.tokens.drain(..self.tokens.len().saturating_sub(MOST));
    }

    /// A token that was asked for so, and is good until `until` at least.
    pub(super) fn find(&self, wanted: &Wanted, until: Timestamp) -> Option<UserToken> {
        let asked = wanted.to_text();
        let kept = self.tokens.iter().find(|kept| kept.asked == asked && kept.expires > until)?;
        let (token, scope) = (AccessToken::new(kept.token.as_str()), kept.scope.clone());
        Some(UserToken { token, expires: kept.expires, scope, key: self.key()? })
    }
}

const fn number(level: SecurityLevel) -> u8 {
    match level {
        SecurityLevel::Low => 2,
        SecurityLevel::Substantial => 3,
        SecurityLevel::High => 4,
    }
}
