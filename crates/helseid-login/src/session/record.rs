//! What a session holds.

use helseid_protocol::bounded::Bounded;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::details::Organisation;
use helseid_protocol::id::Audience;
use helseid_protocol::id_token::IdTokenClaims;
use helseid_protocol::person::HealthPersonnel;
use helseid_protocol::secret::IdToken;
use helseid_protocol::time::Timestamp;
use serde_json::Value;

use super::kept_key::KeptKey;
use crate::flow::{AccessGrant, LoggedIn, RefreshGrant};
use crate::store::{Epoch, Version};

/// The most access tokens of one session.
pub(super) const MAX_TOKENS: usize = 16;

/// The most bytes of what an app keeps in a session, as JSON.
pub(super) const MAX_APP_BYTES: usize = 8 * 1024;

/// What a session holds. Secret as a whole; it has no `Debug`.
#[derive(Clone)]
pub(super) struct Record {
    pub(super) version: Version,
    pub(super) epoch: Epoch,
    pub(super) began: Timestamp,
    pub(super) ends: Timestamp,
    /// What the ID token of the login says: no refresh changes it.
    pub(super) claims: IdTokenClaims,
    pub(super) id_token: IdToken,
    /// That of the login; a refresh can lower it.
    pub(super) level: Option<SecurityLevel>,
    pub(super) health_personnel: Option<Described>,
    pub(super) organisation: Option<Organisation>,
    pub(super) key: KeptKey,
    pub(super) refresh: Option<RefreshGrant>,
    /// How many refresh tokens were written after the first.
    pub(super) refreshes: u32,
    pub(super) access: Bounded<ApiToken, MAX_TOKENS>,
    pub(super) app: Option<Value>,
    /// Where the login led, if something is attested with it.
    pub(super) attests_for: Option<String>,
}

/// What userinfo said of health personnel, and when.
#[derive(Clone, PartialEq)]
pub(super) struct Described {
    pub(super) details: HealthPersonnel,
    pub(super) at: Timestamp,
}

/// An access token, for one API or all of the login, and for one organisation.
#[derive(Clone)]
pub(super) struct ApiToken {
    pub(super) grant: AccessGrant,
    pub(super) organisation: Option<Organisation>,
}

impl Record {
    /// That of a new login.
    pub(super) fn of(login: LoggedIn, epoch: Epoch, now: Timestamp, ends: Timestamp) -> Self {
        let LoggedIn {
            claims,
            id_token,
            userinfo,
            access,
            refresh,
            key,
            organisation,
            attests,
            return_to,
            ..
        } = login;
        let details = userinfo.and_then(|userinfo| userinfo.health_personnel().cloned());
        let mut tokens = Bounded::default();
        // One has room.
        let _ = tokens.push(ApiToken { grant: access, organisation: organisation.clone() });
        Self {
            version: Version::FIRST,
            epoch,
            began: now,
            ends,
            level: level_of(&claims),
            health_personnel: details.map(|details| Described { details, at: now }),
            claims,
            id_token,
            organisation,
            key: key.into(),
            refresh,
            refreshes: 0,
            access: tokens,
            app: None,
            attests_for: return_to.filter(|_| attests),
        }
    }

    /// The token for this API and organisation, whenever it ends.
    pub(super) fn token(&self, api: Option<&Audience>, of: Option<&Organisation>) -> Option<&AccessGrant> {
        let is_it =
            |token: &&ApiToken| token.grant.resource.as_ref() == api && token.organisation.as_ref() == of;
        self.access.iter().find(is_it).map(|token| &token.grant)
    }

    /// Puts a token in the place of the one for the same; where there is no room, of the one that ends first.
    pub(super) fn put_token(&mut self, grant: AccessGrant, organisation: Option<Organisation>) {
        self.access.retain(|old| old.grant.resource != grant.resource || old.organisation != organisation);
        if self.access.is_full()
            && let Some(first) = self.access.iter().map(|token| token.grant.expires).min()
        {
            self.access.retain(|token| token.grant.expires != first);
        }
        // There is room now.
        let _ = self.access.push(ApiToken { grant, organisation });
    }

    /// Drops the token that was put there first; false if there is none.
    pub(super) fn drop_oldest_token(&mut self) -> bool {
        let (before, mut is_first) = (self.access.len(), true);
        self.access.retain(|_| !std::mem::take(&mut is_first));
        self.access.len() < before
    }

    /// Drops a token that an API refused.
    pub(super) fn drop_token(&mut self, refused: &AccessGrant) {
        self.access.retain(|token| token.grant.token.expose() != refused.token.expose());
    }
}

/// The level of a login. Where the claim is missing, an `acr` such as `Level4` says it too.
fn level_of(claims: &IdTokenClaims) -> Option<SecurityLevel> {
    let levels = [SecurityLevel::Low, SecurityLevel::Substantial, SecurityLevel::High];
    let by_acr = || levels.into_iter().find(|level| claims.acr() == Some(level.acr()));
    claims.security_level().or_else(by_acr)
}
