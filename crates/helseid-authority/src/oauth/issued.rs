//! An access token of our own that a client hands in, as whoever was called with it does: verified as at userinfo, but for its
//! sender's key, which only the one who was given the token has.

use ::http::{HeaderMap, HeaderValue, header};
use helseid_protocol::claims::AccessTokenClaims;
use helseid_protocol::resource::{Credentials, Policy};
use helseid_protocol::rule::{Facts, Fault, Rule, Trail};
use helseid_protocol::secret::AccessToken;
use helseid_protocol::time::Timestamp;
use helseid_protocol::userinfo;

use super::signed_post::Stop;
use super::state::OAuthState;
use super::test_mark::is_test_token;

/// The claims of a token that we have signed and that has not expired, whatever API it is for. Whether its login goes on is still
/// open. Its rules are those of another request: they are on no trail.
pub(super) fn check(
    state: &OAuthState,
    token: &AccessToken,
    now: Timestamp,
) -> Result<AccessTokenClaims, Stop> {
    let key_set = state.keys.current().ok_or(Stop::NoKeyYet)?;
    let policy: Policy =
        userinfo::policy(&state.issuer.name, *state.issuer.profile.switches(), state.issuer.tolerance);
    let trail = &mut Trail::new();
    let unreadable = || Fault::new(Rule::TokenForm, Facts::new("a JWT", "another text"));
    let header = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| unreadable())?;
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, header)]);
    let credentials = Credentials::read(&headers, policy.scheme, trail)?.ok_or_else(unreadable)?;
    let presented = credentials.token(&policy, trail)?;
    let key = presented.kid().and_then(|kid| key_set.verify_key(kid, now));
    let token = presented.check_at_its_issuer(key, &policy, now, trail)?;
    if is_test_token(token.claims().all()) {
        let facts = Facts::new("a token that this authority gave a client", "a test token");
        return Err(
            Fault::new(Rule::TokenIss, facts.saying("A test token opens nothing at its issuer")).into()
        );
    }
    Ok(token.claims().clone())
}
