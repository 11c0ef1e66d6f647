//! How a login begins: what it asks for is pushed, and the browser gets the name of it.

use std::fmt;

use helseid_protocol::authorize::Prompt;
use helseid_protocol::pkce::{self, CodeChallenge};
use helseid_protocol::time::Timestamp;
use url::Url;

use super::client::LoginClient;
use super::error::LoginError;
use super::pending::{Asked, PendingLogin};
use super::provider::Push;
use super::request::{LoginRequest, prompt_name};

/// A login that has begun. `Debug` does not show the address, which whoever has it can log in at.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use helseid_login::test_util::{TestClock, TestProvider};
/// # let authority = TestProvider::new(&TestClock::new());
/// # let login = authority.login("https://app.example/callback")?;
/// use helseid_login::flow::LoginRequest;
///
/// let pushed = login.begin(&LoginRequest::default()).await?;
/// // The address does not show what was requested: that was pushed.
/// let names: Vec<_> = pushed.authorize.query_pairs().map(|(name, _)| name.into_owned()).collect();
/// assert_eq!(names, ["client_id", "request_uri"]);
/// // For the answer to the browser: where to, and a cookie with this, sealed.
/// let (location, to_seal) = (pushed.authorize.as_str(), pushed.pending.to_bytes());
/// # let _ = (location, to_seal);
/// # Ok(()) }
/// ```
pub struct PushedLogin {
    /// What the callback will be held against; for a sealed cookie of the browser that is sent away.
    pub pending: PendingLogin,
    /// Where to send the browser. It has `client_id` and `request_uri`, and nothing else.
    pub authorize: Url,
    /// Until when the browser must be there.
    pub expires: Timestamp,
}

impl LoginClient {
    /// Pushes what `request` asks for (RFC 9126), with a new `state`, `nonce`, PKCE verifier and DPoP key.
    ///
    /// With an attestation, all of it stands in a request object that the client signs ([`LoginRequest::attestation`]).
    ///
    /// Fails before anything is sent if what must be kept of it is more than [`PendingLogin::MAX_BYTES`], as with a long address to
    /// return to.
    pub async fn begin(&self, request: &LoginRequest) -> Result<PushedLogin, LoginError> {
        let now = self.now();
        let pending = PendingLogin::new(self.binding(), asked(request, now), &*self.random());
        if pending.to_bytes().len() > PendingLogin::MAX_BYTES {
            let why = format!("it takes more than {} bytes to remember it", PendingLogin::MAX_BYTES);
            return Err(LoginError::configuration(
                "the login asks for too much",
                why,
                "shorten the address to return to",
            ));
        }
        let mut authorize = self.endpoints().await?.authorization;
        let parameters = parameters(self, request, &pending);
        let pushed =
            self.provider().push(Push { parameters, attestation: request.attestation.clone() }).await?;
        authorize
            .query_pairs_mut()
            .append_pair("client_id", self.client_id().as_str())
            .append_pair("request_uri", &pushed.request_uri);
        Ok(PushedLogin { pending, authorize, expires: now.plus(pushed.expires_in) })
    }
}

fn asked(request: &LoginRequest, now: Timestamp) -> Asked {
    Asked {
        began: now,
        return_to: request.return_to.as_ref().map(|path| path.as_str().to_owned()),
        level: request.level,
        identity_provider: request.identity_provider.clone(),
        acr: request.acr.clone(),
        max_age: request.max_age.map(|age| age.as_secs()),
        is_new: request.prompt == Prompt::Login,
        expected: request.expected.clone(),
        organisation: request.organisation.clone(),
        resource: request.resources.first().cloned(),
        attests: request.attests(),
    }
}

/// What is pushed. The answer comes by query: a cookie that is `Lax` would not come with a form (threat model: `form_post`).
fn parameters(
    login: &LoginClient,
    request: &LoginRequest,
    pending: &PendingLogin,
) -> Vec<(&'static str, String)> {
    let challenge = CodeChallenge::of(&pending.verifier());
    let mut parameters = vec![
        ("response_type", "code".to_owned()),
        ("response_mode", "query".to_owned()),
        ("redirect_uri", login.redirect_uri().to_owned()),
        ("scope", request.whole_scope()),
        ("state", pending.state()),
        ("nonce", pending.nonce()),
        ("code_challenge", challenge.as_str().to_owned()),
        ("code_challenge_method", pkce::METHOD.to_owned()),
        ("dpop_jkt", pending.key.thumbprint().as_str().to_owned()),
    ];
    let mut add = |name, value: Option<String>| parameters.extend(value.map(|value| (name, value)));
    for resource in &request.resources {
        add("resource", Some(resource.as_str().to_owned()));
    }
    add("acr_values", request.acr_values());
    add("prompt", prompt_name(request.prompt).map(str::to_owned));
    add("max_age", request.max_age.map(|age| age.as_secs().to_string()));
    add("login_hint", request.login_hint.clone());
    add("ui_locales", request.ui_locales.clone());
    if let Some(person) = &request.test_person {
        add("test_pid", Some(person.number.expose().to_owned()));
        add("test_security_level", person.level.map(|level| level.name().to_owned()));
        add("test_hpr_number", person.hpr_number.map(|number| number.expose().to_string()));
    }
    parameters
}

impl fmt::Debug for PushedLogin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PushedLogin").field("expires", &self.expires).finish_non_exhaustive()
    }
}
