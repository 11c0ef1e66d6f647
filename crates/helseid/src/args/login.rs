//! Arguments of a client's logins.

use clap::{Args, ValueEnum};
use helseid_admin_api::{LogoutUri, RedirectUri, TestProvider};
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::{Audience, ClientId};

const LOGIN: &str = "Logins and token exchange";

/// How a client logs people in, and which tokens it exchanges.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub(crate) struct LoginFlags {
    /// A grant that it may use, repeatable: client_credentials, authorization_code, refresh_token or
    /// urn:ietf:params:oauth:grant-type:token-exchange
    #[arg(long, help_heading = LOGIN, value_name = "GRANT")]
    pub(crate) grant: Vec<GrantType>,
    /// Where a browser may be sent after a login, repeatable; an http address on loopback without a port accepts any port
    #[arg(long, help_heading = LOGIN, value_name = "URI")]
    pub(crate) redirect_uri: Vec<RedirectUri>,
    /// Where a browser may be sent after a logout, repeatable
    #[arg(long, help_heading = LOGIN, value_name = "URI")]
    pub(crate) post_logout_redirect_uri: Vec<RedirectUri>,
    /// What a browser loads when a session ends
    #[arg(long, help_heading = LOGIN, value_name = "URI")]
    pub(crate) frontchannel_logout_uri: Option<LogoutUri>,
    /// What the authority calls when a session ends
    #[arg(long, help_heading = LOGIN, value_name = "URI")]
    pub(crate) backchannel_logout_uri: Option<LogoutUri>,
    /// The lifetime of its ID tokens, in seconds
    #[arg(long, help_heading = LOGIN, value_name = "SECONDS")]
    pub(crate) id_token_lifetime: Option<u32>,
    /// The lifetime of its refresh tokens, all of a login together, in seconds
    #[arg(long, help_heading = LOGIN, value_name = "SECONDS")]
    pub(crate) refresh_token_lifetime: Option<u32>,
    /// The lifetime of a session that it logs in by, in seconds
    #[arg(long, help_heading = LOGIN, value_name = "SECONDS")]
    pub(crate) session_lifetime: Option<u32>,
    /// How often a refresh token may be used
    #[arg(long, help_heading = LOGIN)]
    pub(crate) refresh_usage: Option<RefreshUsage>,
    /// How long a one-time refresh token may be presented again while no successor was used, in seconds: 0 to 60
    #[arg(long, help_heading = LOGIN, value_name = "SECONDS")]
    pub(crate) refresh_grace: Option<u32>,
    /// Whether it must push its authorization requests
    #[arg(long, help_heading = LOGIN)]
    pub(crate) require_par: Option<Demand>,
    /// Whether its requests to the token endpoint must have a DPoP proof
    #[arg(long, help_heading = LOGIN)]
    pub(crate) require_dpop: Option<Demand>,
    /// Whether it must sign its authorization requests: true or false
    #[arg(long, help_heading = LOGIN, value_name = "TRUE|FALSE")]
    pub(crate) require_signed_requests: Option<bool>,
    /// An identity provider that persons may use, repeatable: testidp-oidc or testidpnew-oidc
    #[arg(long, help_heading = LOGIN, value_name = "NAME")]
    pub(crate) identity_provider: Vec<TestProvider>,
    /// Whether userinfo accepts its bound tokens as Bearer tokens, so that each API that gets one can read who the person is:
    /// true or false
    #[arg(long, help_heading = LOGIN, value_name = "TRUE|FALSE")]
    pub(crate) insecure_userinfo_by_bearer: Option<bool>,
    /// An API that the client is itself, repeatable: tokens for it the client may exchange
    #[arg(long, help_heading = LOGIN, value_name = "AUDIENCE")]
    pub(crate) own_audience: Vec<Audience>,
    /// A client that may exchange its tokens, repeatable
    #[arg(long, help_heading = LOGIN, value_name = "CLIENT_ID")]
    pub(crate) may_be_exchanged_by: Vec<ClientId>,
}

/// How often a refresh token may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RefreshUsage {
    /// Once; each use gives a new one
    Once,
    /// Until it expires
    Reusable,
}

/// Whether something is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Demand {
    /// It is
    True,
    /// It is not; only in the profiles helseid and legacy
    False,
    /// As the profile says
    Profile,
}

impl Demand {
    /// As the registry has it.
    pub(crate) const fn setting(self) -> Option<bool> {
        match self {
            Self::True => Some(true),
            Self::False => Some(false),
            Self::Profile => None,
        }
    }
}
