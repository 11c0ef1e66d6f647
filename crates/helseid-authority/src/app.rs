//! The one value that all requests share.

use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::dpop::{NonceKey, Target};
use helseid_protocol::endpoint::token;
use helseid_protocol::id::Issuer;
use helseid_protocol::jose::Algorithm;
use helseid_protocol::random::Random;
use helseid_protocol::rule::Profile;
use helseid_protocol::time::Clock;
use url::{Host, Url};

use crate::admin::Access;
use crate::registry::Registry;
use crate::replay::Replay;
use crate::signing::SigningKeys;

/// The authority, as its requests see it.
pub(crate) struct App {
    pub(crate) issuer: Issuer,
    pub(crate) token_endpoint: String,
    /// The addresses under which the token endpoint is known: what a proof's `htu` may be.
    pub(crate) token_targets: Vec<Target>,
    pub(crate) profile: Profile,
    pub(crate) algorithm: Algorithm,
    pub(crate) tolerance: Duration,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) registry: Registry,
    pub(crate) signing: SigningKeys,
    pub(crate) nonces: NonceKey,
    pub(crate) replay: Replay,
    pub(crate) access: Access,
}

/// The issuer's own address of the token endpoint first; on loopback its other names, too.
pub(crate) fn token_targets(issuer: &Issuer) -> Vec<Target> {
    let own = issuer.at(token::PATH);
    let mut targets: Vec<Target> = Target::parse(&own).into_iter().collect();
    if let Ok(url) = Url::parse(&own)
        && helseid_protocol::id::is_loopback(&url)
        && url.scheme() == "http"
    {
        for name in ["localhost", "127.0.0.1", "[::1]"] {
            let mut other = url.clone();
            if Host::parse(name).is_ok_and(|_| other.set_host(Some(name)).is_ok())
                && let Ok(target) = Target::of_url(&other)
                && !targets.contains(&target)
            {
                targets.push(target);
            }
        }
    }
    targets
}
