//! Doubles of NHN's services.

pub(crate) mod guard;
pub(crate) mod self_service;
pub(crate) mod test_tokens;
