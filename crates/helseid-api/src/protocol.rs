//! The items of `helseid-protocol` that programs need beside this crate: the types of its public functions, and what makes
//! their values.

/// The claims of an access token.
pub mod claims {
    pub use helseid_protocol::claims::{AccessTokenClaims, ClientTenancy, SecurityLevel, name};
}

/// Proofs of possession.
pub mod dpop {
    pub use helseid_protocol::dpop::{InvalidTarget, ReplayId, Target};
}

/// The types of tokens.
pub mod endpoint {
    /// The token endpoint.
    pub mod token {
        pub use helseid_protocol::endpoint::token::TokenType;
    }
}

/// Names.
pub mod id {
    pub use helseid_protocol::id::{Audience, ClientId, Issuer, JwtId, KeyId, Thumbprint};
}

/// Keys.
pub mod jose {
    pub use helseid_protocol::jose::{Algorithm, InvalidJwk, JwkSet, PublicJwk, VerifyKey};

    /// JSON as it is in tokens.
    pub mod json {
        pub use helseid_protocol::jose::json::Object;
    }
}

/// An issuer's keys.
pub mod key_cache {
    pub use helseid_protocol::key_cache::IssuerKeys;
}

/// Randomness.
pub mod random {
    pub use helseid_protocol::random::{Random, SystemRandom, bytes32};
}

/// The caller and the policy.
pub mod resource {
    pub use helseid_protocol::resource::{AudienceRule, Caller, Scheme};
}

/// Rules and faults.
pub mod rule {
    pub use helseid_protocol::rule::{ErrorCode, Facts, Fault, Profile, Rule};
}

/// Scopes.
pub mod scope {
    pub use helseid_protocol::scope::{InvalidScope, Scope, ScopeSet};
}

/// Time.
pub mod time {
    pub use helseid_protocol::time::{Clock, Timestamp};
}
