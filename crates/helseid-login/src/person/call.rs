//! One call.

use helseid_client::Response;
use helseid_protocol::id::Audience;
use http::Method;

use super::PersonClient;
use super::challenge::{StepUpRequired, refuses_the_token, step_up};
use crate::session::{Granted, SessionError, Wanted};

/// Why a call has no answer.
///
/// ```no_run
/// # async fn example(client: helseid_login::PersonClient) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_login::PersonError;
///
/// match client.get("https://api.example/me").send().await {
///     Ok(answer) => println!("{}", answer.text()),
///     Err(PersonError::StepUp(needed)) => println!("log in again, at {:?}", needed.acr_values),
///     Err(PersonError::Session(_)) => println!("log in again"),
///     Err(error) => println!("{error}"),
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PersonError {
    /// The session gives no token.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The API wants the person to log in again first.
    #[error(transparent)]
    StepUp(#[from] StepUpRequired),
    /// The call failed.
    #[error(transparent)]
    Call(#[from] helseid_client::Error),
}

/// A call of an API on behalf of a person.
///
/// ```no_run
/// # async fn example(client: helseid_login::PersonClient) -> Result<(), Box<dyn std::error::Error>> {
/// use helseid_client::protocol::id::Audience;
///
/// let call = client.post("https://api.example/notes").for_api(Audience::parse("nhn:my-api")?);
/// let answer = call.header("Content-Type", "text/plain").body("seen today").send().await?;
/// # drop(answer);
/// # Ok(()) }
/// ```
#[must_use = "a call is made when it is sent"]
pub struct PersonCall {
    client: PersonClient,
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    api: Option<Audience>,
}

impl PersonCall {
    pub(super) fn new(client: PersonClient, method: Method, url: &str) -> Self {
        Self { client, method, url: url.to_owned(), headers: Vec::new(), body: Vec::new(), api: None }
    }

    /// Makes the call with a token for this API alone (RFC 8707), which must be one that the login asked for; without it with the
    /// token for all of them.
    pub fn for_api(mut self, api: Audience) -> Self {
        self.api = Some(api);
        self
    }

    /// Adds a header. `Authorization` and `DPoP` are set by the call itself.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends the call. Where the API refuses the token (`invalid_token`), it is sent once more with a new one. Any other answer, also a
    /// 401, is the result, but for one that wants a better login: [`PersonError::StepUp`].
    pub async fn send(self) -> Result<Response, PersonError> {
        let PersonClient { sessions, session, organisation } = &self.client;
        let wanted = Wanted { api: self.api.clone(), organisation: organisation.clone() };
        let granted = sessions.token(session, &wanted).await?;
        let response = self.sent_with(&granted).await?;
        if !refuses_the_token(response.status(), response.headers()) {
            return Ok(response);
        }
        let session = sessions.drop_token(&granted.session, &granted.token).await?;
        match sessions.token(&session, &wanted).await {
            Ok(again) => self.sent_with(&again).await,
            // There is no other: what the API said is the result.
            Err(SessionError::NoToken) => Ok(response),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends the call with this token, and once.
    pub(super) async fn sent_with(&self, granted: &Granted) -> Result<Response, PersonError> {
        let login = self.client.sessions.login();
        let token = granted.token.token.clone();
        let call = login
            .client()
            .request(self.method.clone(), &self.url)
            .bound_token(token, granted.key.proof_key().clone());
        let call = self.headers.iter().fold(call, |call, (name, value)| call.header(name, value));
        judged(call.body(self.body.clone()).send().await?)
    }
}

/// The answer, unless it wants a better login.
fn judged(response: Response) -> Result<Response, PersonError> {
    match step_up(response.status(), response.headers()) {
        Some(step_up) => Err(step_up.into()),
        None => Ok(response),
    }
}

/// Shows neither headers nor body.
impl std::fmt::Debug for PersonCall {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PersonCall").field("method", &self.method).finish_non_exhaustive()
    }
}
