//! What of the rules on users' logins differs from profile to profile, as values.

use std::borrow::Cow;
use std::time::Duration;

use super::{ErrorCode, Rule};

/// How strictly the rules hold where users log in.
///
/// ```
/// use helseid_protocol::rule::{LoginSwitches, Rule};
/// use std::time::Duration;
///
/// let short = LoginSwitches { code_lifetime: Duration::from_secs(30), ..LoginSwitches::HELSEID };
/// assert_eq!(short.meaning(Rule::CodeExpiry).as_deref(), Some("good for 30 s"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginSwitches {
    /// Whether authorization requests are pushed first.
    pub pushed_requests: PushedRequests,
    /// Whether the metadata says that they must be.
    pub metadata_requires_pushed_requests: bool,
    /// What request objects may lack, and what stands beside them.
    pub request_objects: RequestObjects,
    /// The case of letters in a `redirect_uri`.
    pub redirect_case: RedirectCase,
    /// What is sent back to the client when a request is refused, and what a page says.
    pub errors: AuthorizeErrors,
    /// A test person outside a pushed request.
    pub test_person: TestPersons,
    /// Whether a client may have refresh tokens that are good once.
    pub refresh_tokens: RefreshTokens,
    /// How long a `request_uri` is good.
    pub request_uri_lifetime: Duration,
    /// How long a code is good.
    pub code_lifetime: Duration,
    /// How long an ID token is good.
    pub id_token_lifetime: Duration,
}

/// Whether an authorization request must be pushed (RFC 9126 sections 5 and 6).
///
/// ```
/// use helseid_protocol::rule::{Profile, PushedRequests};
///
/// /// Whether every client has to push its requests, whatever it is set up for.
/// fn all_push(profile: Profile) -> bool {
///     profile.switches().login.pushed_requests == PushedRequests::Required
/// }
///
/// assert!(all_push(Profile::Fapi2) && !all_push(Profile::Helseid));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushedRequests {
    /// It must.
    Required,
    /// It must, unless the client is set up otherwise.
    RequiredUnlessLifted,
    /// It need not, unless the client is set up otherwise.
    Optional,
}

/// How request objects are taken (RFC 9101).
///
/// ```
/// use helseid_protocol::rule::{LoginSwitches, RequestObjects, Rule};
///
/// let strict = LoginSwitches { request_objects: RequestObjects::Strict, ..LoginSwitches::HELSEID };
/// assert_eq!(strict.meaning(Rule::RequestObjectOutside).as_deref(), Some("nothing outside counts"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestObjects {
    /// `typ` and `client_id` may be missing, `sub` be there and `iat` a text, each with a warning. What stands beside the
    /// object counts as well, and may not differ from what is inside.
    Merged,
    /// The same, but `typ` and `client_id` are demanded.
    MergedAndTyped,
    /// All of it is demanded, and what stands beside the object does not count (RFC 9101 section 6.3).
    Strict,
}

/// How the case of letters counts where a `redirect_uri` is compared.
///
/// ```
/// use helseid_protocol::redirect::RedirectTarget;
/// use helseid_protocol::rule::RedirectCase;
/// use helseid_protocol::uri::RedirectUri;
///
/// let registered = [RedirectUri::parse("https://journal.example/callback")?];
/// let asked = "https://journal.example/Callback";
/// assert!(RedirectTarget::find(asked, &registered, RedirectCase::Exact).is_none());
/// let found = RedirectTarget::find(asked, &registered, RedirectCase::IgnoredWithWarning);
/// assert!(found.is_some_and(|found| found.target.as_str() == registered[0].as_str() && !found.is_exact));
/// # Ok::<(), helseid_protocol::uri::InvalidUri>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectCase {
    /// Byte for byte.
    Exact,
    /// Another case of ASCII letters passes with a warning; the browser is sent to the registered spelling.
    IgnoredWithWarning,
}

/// What the browser gets when a request is refused that has a known client and a registered `redirect_uri`.
///
/// ```
/// use helseid_protocol::rule::{AuthorizeErrors, ErrorCode};
///
/// // HelseID's platform tells a client that its user cancelled, and shows a page where a scope is wrong.
/// let errors = AuthorizeErrors::LoginRedirected;
/// assert!(errors.redirects(ErrorCode::AccessDenied) && !errors.redirects(ErrorCode::InvalidScope));
/// assert!(AuthorizeErrors::Redirected.redirects(ErrorCode::InvalidScope));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizeErrors {
    /// It is sent back with the errors of the login itself, as HelseID's platform does it; else it gets a page.
    LoginRedirected,
    /// It is sent back.
    Redirected,
}

/// Whether `test_pid` and its like are taken from a query.
///
/// ```
/// use helseid_protocol::rule::{LoginSwitches, Rule, TestPersons};
///
/// let careful = LoginSwitches { test_person: TestPersons::PushedAlone, ..LoginSwitches::LEGACY };
/// assert_eq!(careful.meaning(Rule::AuthorizeTestPerson).as_deref(), Some("taken where it is pushed"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestPersons {
    /// Only where they are pushed: a query is in histories and logs.
    PushedAlone,
    /// With a warning.
    Anywhere,
}

/// Which refresh tokens a client may be set up for.
///
/// ```
/// use helseid_protocol::rule::{Profile, RefreshTokens};
///
/// /// Whether a client may be registered for refresh tokens that are good once.
/// fn may_rotate(profile: Profile) -> bool {
///     profile.switches().login.refresh_tokens == RefreshTokens::AsTheClient
/// }
///
/// assert!(may_rotate(Profile::Helseid) && !may_rotate(Profile::Fapi2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshTokens {
    /// Those that are good once, or those that may be used again.
    AsTheClient,
    /// Those that may be used again (FAPI 2.0 Security Profile section 5.3.2.1).
    Reusable,
}

impl AuthorizeErrors {
    /// Whether an error of this code goes back to the client.
    #[must_use]
    pub const fn redirects(self, code: ErrorCode) -> bool {
        match self {
            Self::Redirected => true,
            Self::LoginRedirected => matches!(
                code,
                ErrorCode::AccessDenied
                    | ErrorCode::LoginRequired
                    | ErrorCode::TemporarilyUnavailable
                    | ErrorCode::UnmetAuthenticationRequirements
            ),
        }
    }
}

impl LoginSwitches {
    /// Of [`Profile::Helseid`](super::Profile::Helseid).
    pub const HELSEID: Self = Self {
        pushed_requests: PushedRequests::RequiredUnlessLifted,
        metadata_requires_pushed_requests: false,
        request_objects: RequestObjects::Merged,
        redirect_case: RedirectCase::IgnoredWithWarning,
        errors: AuthorizeErrors::LoginRedirected,
        test_person: TestPersons::PushedAlone,
        refresh_tokens: RefreshTokens::AsTheClient,
        request_uri_lifetime: Duration::from_secs(300),
        code_lifetime: Duration::from_secs(60),
        id_token_lifetime: Duration::from_secs(300),
    };

    /// Of [`Profile::HelseidNext`](super::Profile::HelseidNext).
    pub const HELSEID_NEXT: Self = Self {
        pushed_requests: PushedRequests::Required,
        metadata_requires_pushed_requests: true,
        request_objects: RequestObjects::MergedAndTyped,
        redirect_case: RedirectCase::Exact,
        ..Self::HELSEID
    };

    /// Of [`Profile::Legacy`](super::Profile::Legacy).
    pub const LEGACY: Self = Self {
        pushed_requests: PushedRequests::Optional,
        test_person: TestPersons::Anywhere,
        code_lifetime: Duration::from_secs(300),
        ..Self::HELSEID
    };

    /// Of [`Profile::Fapi2`](super::Profile::Fapi2).
    pub const FAPI2: Self = Self {
        pushed_requests: PushedRequests::Required,
        metadata_requires_pushed_requests: true,
        request_objects: RequestObjects::Strict,
        redirect_case: RedirectCase::Exact,
        errors: AuthorizeErrors::Redirected,
        refresh_tokens: RefreshTokens::Reusable,
        ..Self::HELSEID
    };

    /// What is made of a rule, for people; none for a rule that no switch touches.
    #[must_use]
    pub fn meaning(&self, rule: Rule) -> Option<Cow<'static, str>> {
        let text = match rule {
            Rule::AuthorizePar => match self.pushed_requests {
                PushedRequests::Required => "demanded",
                PushedRequests::RequiredUnlessLifted => "demanded, unless the client is set up otherwise",
                PushedRequests::Optional => "not demanded, unless the client is set up otherwise",
            },
            Rule::AuthorizeRequestUriExpiry => {
                return Some(format!("good for {} s", self.request_uri_lifetime.as_secs()).into());
            }
            Rule::CodeExpiry => return Some(format!("good for {} s", self.code_lifetime.as_secs()).into()),
            Rule::RefreshOnce => match self.refresh_tokens {
                RefreshTokens::AsTheClient => "holds for clients whose refresh tokens are good once",
                RefreshTokens::Reusable => "refresh tokens may be used again",
            },
            Rule::AuthorizeRedirectUriRegistered => match self.redirect_case {
                RedirectCase::Exact => "byte for byte",
                RedirectCase::IgnoredWithWarning => {
                    "another case of ASCII letters passes with a warning, and leads to the registered spelling"
                }
            },
            Rule::AuthorizeTestPerson => match self.test_person {
                TestPersons::PushedAlone => "taken where it is pushed",
                TestPersons::Anywhere => "taken where it is pushed, and elsewhere with a warning",
            },
            Rule::RequestObjectTyp => match self.request_objects {
                RequestObjects::Merged => "JWT, client-authentication+jwt and none pass with a warning",
                RequestObjects::MergedAndTyped | RequestObjects::Strict => "oauth-authz-req+jwt",
            },
            Rule::RequestObjectClientId => match self.request_objects {
                RequestObjects::Merged => "one that is missing passes with a warning",
                RequestObjects::MergedAndTyped | RequestObjects::Strict => "demanded",
            },
            Rule::RequestObjectSub => match self.request_objects {
                RequestObjects::Merged | RequestObjects::MergedAndTyped => {
                    "the client id passes with a warning"
                }
                RequestObjects::Strict => "refused",
            },
            Rule::RequestObjectIat => match self.request_objects {
                RequestObjects::Merged | RequestObjects::MergedAndTyped => {
                    "a text of digits passes with a warning"
                }
                RequestObjects::Strict => "a JSON number",
            },
            Rule::RequestObjectAud => match self.request_objects {
                RequestObjects::Merged | RequestObjects::MergedAndTyped => {
                    "a trailing slash passes with a warning"
                }
                RequestObjects::Strict => "the issuer exactly",
            },
            Rule::RequestObjectOutside => match self.request_objects {
                RequestObjects::Merged | RequestObjects::MergedAndTyped => {
                    "what is only outside counts, unless the client must sign its requests"
                }
                RequestObjects::Strict => "nothing outside counts",
            },
            // Client and redirect_uri are known: the browser could be sent back.
            _ if (Rule::AuthorizeResponseType..=Rule::AuthorizeDpopJkt).contains(&rule) => {
                match self.errors.redirects(rule.code()) {
                    true => "the browser is sent back to the client",
                    false => "a page says it",
                }
            }
            _ => return None,
        };
        Some(text.into())
    }
}
