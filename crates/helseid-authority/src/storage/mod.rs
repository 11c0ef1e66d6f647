//! Storage: the registry, sessions and refresh families in SQL, and what lives for minutes in memory or Redis.

pub(crate) mod ephemeral;
pub(crate) mod registry;
#[cfg_attr(
    not(all(feature = "postgres", feature = "redis")),
    expect(dead_code, unreachable_pub, reason = "only replicas share a secret")
)]
pub(crate) mod sealing;
#[cfg_attr(
    not(test),
    expect(
        dead_code,
        reason = "no endpoint stores sessions yet: user login is the first caller besides the tests"
    )
)]
pub(crate) mod sessions;
