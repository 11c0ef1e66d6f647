//! The steps of the examination.

use serde::Serialize;

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    Configuration,
    Key,
    Dns,
    Tcp,
    Tls,
    Discovery,
    IssuerKeys,
    Clock,
    Assertion,
    Client,
    Registration,
    Nonce,
    Scopes,
    Organisation,
    Token,
    Api,
    Challenge,
    Call,
    LoginClient,
    PushedRequest,
    Authorize,
    Code,
    IdToken,
    Userinfo,
    Refresh,
    Logout,
}

impl Stage {
    /// Those of the client's own token, and of what a login would find.
    pub(super) const OF_CLIENT: [Self; 20] = [
        Self::Configuration,
        Self::Key,
        Self::Dns,
        Self::Tcp,
        Self::Tls,
        Self::Discovery,
        Self::IssuerKeys,
        Self::Clock,
        Self::Assertion,
        Self::Client,
        Self::Registration,
        Self::Nonce,
        Self::Scopes,
        Self::Organisation,
        Self::Token,
        Self::Api,
        Self::Challenge,
        Self::Call,
        Self::LoginClient,
        Self::PushedRequest,
    ];

    /// Those of a login.
    pub(super) const OF_LOGIN: [Self; 15] = [
        Self::Configuration,
        Self::Key,
        Self::Dns,
        Self::Tcp,
        Self::Tls,
        Self::Discovery,
        Self::IssuerKeys,
        Self::LoginClient,
        Self::PushedRequest,
        Self::Authorize,
        Self::Code,
        Self::IdToken,
        Self::Userinfo,
        Self::Refresh,
        Self::Logout,
    ];

    /// As people and JSON read it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Key => "key",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Discovery => "discovery",
            Self::IssuerKeys => "issuer_keys",
            Self::Clock => "clock",
            Self::Assertion => "assertion",
            Self::Client => "client",
            Self::Registration => "registration",
            Self::Nonce => "nonce",
            Self::Scopes => "scopes",
            Self::Organisation => "organisation",
            Self::Token => "token",
            Self::Api => "api",
            Self::Challenge => "challenge",
            Self::Call => "call",
            Self::LoginClient => "login_client",
            Self::PushedRequest => "pushed_request",
            Self::Authorize => "authorize",
            Self::Code => "code",
            Self::IdToken => "id_token",
            Self::Userinfo => "userinfo",
            Self::Refresh => "refresh",
            Self::Logout => "logout",
        }
    }
}
