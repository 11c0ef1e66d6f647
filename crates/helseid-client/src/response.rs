//! What a server answered.

use http::{HeaderMap, StatusCode};

/// The response of an API or of the authority. Does not print its body.
///
/// ```no_run
/// # async fn example(client: helseid_client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// let answer = client.get("https://api.example/patients/42").send().await?;
/// if answer.status() == http::StatusCode::OK {
///     let patient: serde_json::Value = serde_json::from_slice(answer.bytes())?;
///     println!("{}", patient["department"]);
/// }
/// # Ok(()) }
/// ```
pub struct Response(http::Response<Vec<u8>>);

impl Response {
    pub(crate) const fn new(response: http::Response<Vec<u8>>) -> Self {
        Self(response)
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.0.status()
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The body.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.body()
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.0.body())
    }

    /// The whole response.
    #[must_use]
    pub fn into_http(self) -> http::Response<Vec<u8>> {
        self.0
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = out.debug_struct("Response");
        shown.field("status", &self.status()).field("bytes", &self.bytes().len()).finish_non_exhaustive()
    }
}
