//! A Redis or Valkey that remembers what was used: whether it is fit to, and whether it is the one from before. Of all who
//! use one, only these few lines read what it tells of itself.

use std::time::Duration;

/// A server that remembers, as its answer to `INFO` tells.
///
/// ```
/// use helseid_protocol::dpop::{ReplayServer, UnfitServer};
///
/// let info = |uptime| format!("run_id:5f2c8a1b\r\nuptime_in_seconds:{uptime}\r\nmaxmemory:0\r\n");
/// let before = ReplayServer::read(&info(86_400))?;
/// // It has started again, and what it remembered may be gone.
/// let now = ReplayServer::read(&info(3))?;
/// assert!(now.is_another_than(&before) && now.has_restarted_since(&before));
/// # Ok::<(), UnfitServer>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayServer {
    run_id: Box<str>,
    uptime: Duration,
}

/// Why a server must not be trusted to remember.
///
/// ```
/// use helseid_protocol::dpop::{ReplayServer, UnfitServer};
///
/// // A cache, which a used `jti` could be dropped from.
/// let info = "run_id:5f2c8a1b\r\nmaxmemory:1073741824\r\nmaxmemory_policy:allkeys-lru\r\n";
/// assert_eq!(ReplayServer::read(info), Err(UnfitServer::Evicts("allkeys-lru".to_owned())));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitServer {
    /// It makes room by forgetting.
    #[error(
        "it drops keys when it is full (maxmemory-policy {0}), also those that must be remembered; set noeviction"
    )]
    Evicts(String),
    /// It does not say which one it is, so that a restart could not be told.
    #[error("it does not report its run_id, so a restart would go unnoticed; use another server")]
    Nameless,
}

impl ReplayServer {
    /// Reads an answer to `INFO`.
    pub fn read(info: &str) -> Result<Self, UnfitServer> {
        let member = |name: &str| {
            let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.map(str::trim).filter(|value| !value.is_empty())
        };
        match (member("maxmemory"), member("maxmemory_policy")) {
            (Some("0"), _) | (_, Some("noeviction")) => {}
            (_, policy) => return Err(UnfitServer::Evicts(policy.unwrap_or("unknown").to_owned())),
        }
        let uptime = member("uptime_in_seconds").and_then(|seconds| seconds.parse().ok()).unwrap_or(0);
        Ok(Self {
            run_id: member("run_id").ok_or(UnfitServer::Nameless)?.into(),
            uptime: Duration::from_secs(uptime),
        })
    }

    /// Its name, a new one at each start.
    #[must_use]
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// How long it has been there; nothing if it does not tell.
    #[must_use]
    pub const fn uptime(&self) -> Duration {
        self.uptime
    }

    /// Whether it has another name than the one before, or the same and has started since.
    #[must_use]
    pub fn is_another_than(&self, before: &Self) -> bool {
        self.run_id != before.run_id || self.has_restarted_since(before)
    }

    /// Whether it has the name of the one before and has been there for a shorter time.
    #[must_use]
    pub fn has_restarted_since(&self, before: &Self) -> bool {
        self.run_id == before.run_id && self.uptime < before.uptime
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(run_id: &str, uptime: u64) -> String {
        format!("# Server\r\nrun_id:{run_id}\r\nuptime_in_seconds:{uptime}\r\nmaxmemory:0\r\n")
    }

    #[test]
    fn another_name_or_a_smaller_uptime_is_another_server() {
        let before = ReplayServer::read(&info("a", 100)).expect("fit");
        let is_another =
            |run_id, uptime| ReplayServer::read(&info(run_id, uptime)).expect("fit").is_another_than(&before);
        assert_eq!([("a", 100), ("a", 101)].map(|(id, up)| is_another(id, up)), [false, false]);
        assert_eq!([("a", 99), ("b", 100), ("b", 500)].map(|(id, up)| is_another(id, up)), [true; 3]);
        assert_eq!((before.run_id(), before.uptime()), ("a", Duration::from_secs(100)));
    }

    #[test]
    fn a_server_without_a_name_or_that_evicts_is_unfit() {
        for nameless in ["maxmemory:0\r\n", "maxmemory:0\r\nrun_id:\r\n", "maxmemory:0\nrun_id: \n"] {
            assert_eq!(ReplayServer::read(nameless), Err(UnfitServer::Nameless), "{nameless:?}");
        }
        let evicts = |policy: &str| ReplayServer::read(&format!("run_id:a\nmaxmemory:1\n{policy}"));
        assert_eq!(evicts("maxmemory_policy:volatile-lru"), Err(UnfitServer::Evicts("volatile-lru".into())));
        assert_eq!(evicts(""), Err(UnfitServer::Evicts("unknown".into())));
        assert!(evicts("maxmemory_policy:noeviction").is_ok());
    }
}
