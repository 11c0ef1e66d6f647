//! An issuer that this process serves: its name, its addresses, and the profile that it holds clients to.

use std::time::Duration;

use helseid_protocol::authorize;
use helseid_protocol::dpop::Target;
use helseid_protocol::endpoint::token;
use helseid_protocol::id::{Issuer, LOOPBACK_HOSTS, is_loopback};
use helseid_protocol::rule::{Profile, Trail};
use url::{Host, Url};

/// An issuer that this process serves. The authority is one, and each conformance session is another.
#[derive(Debug)]
pub(crate) struct ServedIssuer {
    pub(crate) name: Issuer,
    pub(crate) token_endpoint: String,
    /// What a proof's `htu` may be at the endpoint for pushed authorization requests.
    pub(crate) par_targets: Vec<Target>,
    /// The addresses of the token endpoint: what a proof's `htu` may be.
    pub(crate) token_targets: Vec<Target>,
    /// What clients are held to that have no profile of their own.
    pub(crate) profile: Profile,
    /// How far clocks may differ.
    pub(crate) tolerance: Duration,
    pub(crate) mode: ConformanceMode,
    /// How often a token may be exchanged.
    pub(crate) max_exchanges: usize,
}

/// What happens to a request that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConformanceMode {
    /// It is refused.
    Enforce,
    /// The breach is noted, and the request goes on where it can. Every client is held to the issuer's profile, whatever it
    /// is registered for.
    Report,
}

impl ServedIssuer {
    pub(crate) fn new(name: Issuer, profile: Profile, tolerance: Duration, mode: ConformanceMode) -> Self {
        Self {
            token_endpoint: name.at(token::PATH),
            token_targets: targets(&name, token::PATH),
            par_targets: targets(&name, authorize::PAR_PATH),
            name,
            profile,
            tolerance,
            mode,
            max_exchanges: token::MAX_EXCHANGES,
        }
    }

    /// The same, where a token may be exchanged so often.
    pub(crate) fn max_exchanges(self, most: usize) -> Self {
        Self { max_exchanges: most, ..self }
    }

    /// The path of the issuer's name, without a slash at its end.
    pub(crate) fn path(&self) -> String {
        let url = Url::parse(self.name.as_str());
        url.map_or(String::new(), |url| url.path().trim_end_matches('/').to_owned())
    }

    /// The profile that a client is held to, which is registered with `own` or with none.
    pub(crate) fn profile_for(&self, own: Option<Profile>) -> Profile {
        match self.mode {
            ConformanceMode::Enforce => own.unwrap_or(self.profile),
            ConformanceMode::Report => self.profile,
        }
    }

    /// The trail of a new request.
    pub(crate) fn new_trail(&self) -> Trail {
        match self.mode {
            ConformanceMode::Enforce => Trail::new(),
            ConformanceMode::Report => Trail::insecure_going_on(),
        }
    }

    /// The addresses of `path` below this issuer.
    pub(crate) fn targets(&self, path: &str) -> Vec<Target> {
        targets(&self.name, path)
    }
}

/// The issuer's own address of `path` comes first; on loopback its other names follow.
fn targets(issuer: &Issuer, path: &str) -> Vec<Target> {
    let own = issuer.at(path);
    let mut targets: Vec<Target> = Target::parse(&own).into_iter().collect();
    if let Ok(url) = Url::parse(&own)
        && is_loopback(&url)
        && url.scheme() == "http"
    {
        for name in LOOPBACK_HOSTS {
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
