//! Whether the login of an access token goes on: a JWT is good until it ends, and our own endpoints also ask for this.

use helseid_protocol::id::JwtId;

use super::family::StoredFamily;
use super::login::GrantedLogin;
use super::texts::family_of_token;
use crate::storage::registry::StoreError;
use crate::storage::sessions::{FamilyId, SessionStore};

/// A login that goes on, and the family of its tokens.
pub(crate) struct LiveLogin {
    pub(crate) login: GrantedLogin,
    pub(crate) family: FamilyId,
}

/// The login of the access token with this `jti`; none if it was revoked or its session has ended, and for a token that no login
/// gave.
pub(crate) async fn live_login(
    sessions: &dyn SessionStore,
    jwt_id: &JwtId,
) -> Result<Option<LiveLogin>, StoreError> {
    let Some(family) = family_of_token(jwt_id) else { return Ok(None) };
    let known = sessions.look_up_family(&family).await?.filter(|known| !known.has_ended);
    let stored = known.and_then(|known| StoredFamily::read(&known.family.data));
    Ok(stored.map(|stored| LiveLogin { login: stored.login, family }))
}
