//! Where things are kept: the registry in SQL, and what lives for minutes in memory or Redis.

pub(crate) mod ephemeral;
pub(crate) mod registry;
pub(crate) mod sealing;
