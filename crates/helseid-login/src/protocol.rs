//! The items of `helseid-protocol` that programs need beside this crate: the types of its public functions, and what makes
//! their values.
//!
//! ```
//! use helseid_login::flow::LoginRequest;
//! use helseid_login::protocol::authorize::Prompt;
//! use helseid_login::protocol::claims::SecurityLevel;
//! use helseid_login::protocol::login::{LocalPath, Site};
//! use helseid_login::protocol::rule::Trail;
//!
//! let address = url::Url::parse("https://app.example")?;
//! let site = Site { address: &address, own_routes: &[] };
//! let back = LocalPath::parse("/journal?tab=2", &site, &mut Trail::new())?;
//! // The person logs in at level 4, also where there is a session, and comes back to that page.
//! let request = LoginRequest::default().level(SecurityLevel::High).prompt(Prompt::Login).return_to(back);
//! # let _ = request;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// What a login asks the authority for.
pub mod authorize {
    pub use helseid_protocol::authorize::{Prompt, TestPerson};
}

/// Lists with a limit.
pub mod bounded {
    pub use helseid_protocol::bounded::{Bounded, TooMany};
}

/// What tokens say.
pub mod claims {
    pub use helseid_protocol::claims::SecurityLevel;
}

/// For whom a person acts, and what they attest.
pub mod details {
    pub use helseid_protocol::details::{Attestation, Details, Organisation, OrganisationNumber};

    /// The parts of an attestation.
    pub mod attestation {
        pub use helseid_protocol::details::attestation::{
            CareRelationship, Coded, DecisionReference, Identified, Patient, Practitioner, Purpose,
        };
    }
}

/// The endpoints of the authority.
pub mod endpoint {
    /// The token endpoint.
    pub mod token {
        pub use helseid_protocol::endpoint::token::OAuthError;
    }
}

/// Tokens that a test changes.
#[cfg(feature = "test-util")]
pub mod forge {
    pub use helseid_protocol::forge::Jwt;
}

/// Names.
pub mod id {
    pub use helseid_protocol::id::{Audience, ClientId, Issuer, SessionId, Thumbprint};
}

/// ID tokens.
pub mod id_token {
    pub use helseid_protocol::id_token::IdTokenClaims;
}

/// Keys and signatures.
pub mod jose {
    pub use helseid_protocol::jose::{Algorithm, AlgorithmSet, JwkSet};
}

/// Where a login leads.
pub mod login {
    pub use helseid_protocol::login::{LocalPath, Site};
}

/// How an authority tells of a logout.
pub mod logout {
    pub use helseid_protocol::logout::{FrontChannelLogout, LogoutToken};
}

/// Persons.
pub mod person {
    pub use helseid_protocol::person::{
        Approval, HealthPersonnel, HprNumber, InvalidSubject, Person, PersonName, PersonNumber, Profession,
        Subject, SyntheticMonth,
    };
}

/// Randomness.
pub mod random {
    pub use helseid_protocol::random::{Random, SystemRandom};
}

/// Rules and faults.
pub mod rule {
    pub use helseid_protocol::rule::{Fault, Rule, Trail};
}

/// Scopes.
pub mod scope {
    pub use helseid_protocol::scope::{InvalidScope, Scope, ScopeSet};
}

/// Texts that do not print themselves.
pub mod secret {
    pub use helseid_protocol::secret::{AccessToken, IdToken, RefreshToken};
}

/// Time.
pub mod time {
    pub use helseid_protocol::time::{Clock, Timestamp};
}

/// What userinfo says.
pub mod userinfo {
    pub use helseid_protocol::userinfo::UserInfo;
}
