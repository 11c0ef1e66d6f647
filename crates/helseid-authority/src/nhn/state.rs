//! What the stand-ins for NHN's services share.

use std::time::Duration;

use crate::oauth::OAuthState;
use crate::registry::registration::RegistrationPolicy;

/// What every handler is given: the issuer whose tokens they take and make, and a setting of self-service.
#[derive(Clone)]
pub(crate) struct NhnState {
    pub(crate) oauth: OAuthState,
    /// How long a key is valid that a client adds itself.
    pub(crate) key_lifetime: Duration,
    pub(crate) policy: RegistrationPolicy,
}
