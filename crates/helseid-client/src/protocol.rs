//! The items of `helseid-protocol` that programs need beside this crate: the types of its public functions, and what makes
//! their values.

/// What tokens say.
pub mod claims {
    pub use helseid_protocol::claims::AccessTokenClaims;
}

/// The client's structured claims.
pub mod details {
    pub use helseid_protocol::details::{Attestation, Details, Organisation, OrganisationNumber};

    /// The parts of an attestation.
    pub mod attestation {
        pub use helseid_protocol::details::attestation::{
            CareRelationship, Coded, DecisionReference, Identified, Patient, Practitioner, Purpose,
        };
    }
}

/// Proofs of possession.
pub mod dpop {
    pub use helseid_protocol::dpop::ProofKey;
}

/// The endpoints of the authority.
pub mod endpoint {
    pub use helseid_protocol::endpoint::Metadata;

    /// The token endpoint.
    pub mod token {
        pub use helseid_protocol::endpoint::token::{OAuthError, TokenGranted, TokenType};
    }
}

/// The grants of the token endpoint.
pub mod grant {
    pub use helseid_protocol::grant::GrantType;
}

/// Names.
pub mod id {
    pub use helseid_protocol::id::{Audience, ClientId, Issuer, JwtId, KeyId, Thumbprint};
}

/// Keys and signatures.
pub mod jose {
    pub use helseid_protocol::jose::{
        Algorithm, InvalidJwk, JwkSet, PrivateJwk, PublicJwk, RsaSize, SigningKey,
    };

    /// Base64url without padding, as signatures are written.
    pub mod base64url {
        pub use helseid_protocol::jose::base64url::{decode, encode};
    }

    /// Key files.
    pub mod format {
        pub use helseid_protocol::jose::format::Password;
    }

    /// JSON as it is in tokens.
    pub mod json {
        pub use helseid_protocol::jose::json::Object;
    }
}

/// Persons.
pub mod person {
    pub use helseid_protocol::person::{Approval, HealthPersonnel, HprNumber, Profession, Subject};
}

/// Randomness.
pub mod random {
    pub use helseid_protocol::random::{Random, SystemRandom};
}

/// Scopes.
pub mod scope {
    pub use helseid_protocol::scope::{Scope, ScopeSet};
}

/// Texts that do not print themselves.
pub mod secret {
    pub use helseid_protocol::secret::{AccessToken, PrivateKeyText};
}

/// Time.
pub mod time {
    pub use helseid_protocol::time::{Clock, Timestamp};
}

/// What userinfo says.
pub mod userinfo {
    pub use helseid_protocol::userinfo::UserInfo;
}
