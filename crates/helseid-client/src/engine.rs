//! What all handles of one client share.

use std::sync::Arc;

use helseid_http::{IssuerKeyRing, Outbound};
use helseid_protocol::endpoint::token::TokenType;

use crate::authority::Authority;
use crate::config::Config;
use crate::dpop::Prover;
use crate::observer::Observer;
use crate::tokens::{TokenProvider, TokenRequest};

/// Made once by the builder.
pub(crate) struct Engine {
    pub(crate) config: Config,
    /// What the configuration requests.
    pub(crate) default_request: TokenRequest,
    pub(crate) authority: Arc<Authority>,
    pub(crate) keys: IssuerKeyRing,
    pub(crate) tokens: TokenProvider,
    pub(crate) prover: Arc<Prover>,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) observer: Arc<dyn Observer>,
    /// How tokens are requested and sent: with proofs, unless the builder was told `insecure_bearer`.
    pub(crate) scheme: TokenType,
}
