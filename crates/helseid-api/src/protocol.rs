//! The items of `helseid-protocol` that programs need beside this crate: the types of its public functions, and what makes
//! their values.

/// The claims of an access token.
pub mod claims {
    pub use helseid_protocol::claims::{
        AccessTokenClaims, Actor, ClientTenancy, InvalidPid, Pid, SecurityLevel, name,
    };
}

/// The trust framework's attestation.
pub mod details {
    pub use helseid_protocol::details::attestation::{
        Attestation, CareRelationship, Coded, DecisionReference, Identified, Patient, Practitioner,
    };
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

/// What names a person.
pub mod person {
    pub use helseid_protocol::person::{HprNumber, InvalidHpr, InvalidSubject, Subject};
}

/// Randomness.
pub mod random {
    pub use helseid_protocol::random::{Random, SystemRandom, bytes32};
}

/// The caller and the policy.
pub mod resource {
    pub use helseid_protocol::resource::{
        AttestationAge, AudienceRule, Caller, CallingPerson, ExpectedPerson, Scheme,
    };
}

/// Rules and faults.
pub mod rule {
    pub use helseid_protocol::rule::{ErrorCode, Facts, Fault, Profile, Rule, Trail};
}

/// Scopes.
pub mod scope {
    pub use helseid_protocol::scope::{InvalidScope, Scope, ScopeSet};
}

/// Texts that let their holder in.
pub mod secret {
    pub use helseid_protocol::secret::AccessToken;
}

/// Time.
pub mod time {
    pub use helseid_protocol::time::{Clock, Timestamp};
}
