//! Userinfo: what the authority says of the person of a token, such as the approvals of health personnel (OpenID Connect Core 1.0
//! section 5.3).

use helseid_protocol::endpoint::token::{ErrorAnswer, UnreadableAnswer};
use helseid_protocol::person::Subject;
use helseid_protocol::rule::Trail;
use helseid_protocol::secret::AccessToken;
use helseid_protocol::userinfo::{MAX_BYTES, UserInfo};
use http::{Request, Response, header};

use crate::client::Client;
use crate::error::{Error, Inner};

impl Client {
    /// Asks userinfo about the person of `token`, with a proof: the token is bound to this client's key, and has `openid`. The answer
    /// must be about `expected`, the token's `sub` (`userinfo.sub`).
    ///
    /// ```no_run
    /// # async fn example(client: helseid_client::Client, token: helseid_client::protocol::secret::AccessToken, of_the_id_token: helseid_client::protocol::person::Subject) -> Result<(), Box<dyn std::error::Error>> {
    /// let said = client.userinfo(&token, &of_the_id_token).await?;
    /// if let Some(registration) = said.health_personnel() {
    ///     println!("{registration:?}");
    /// }
    /// # Ok(()) }
    /// ```
    pub async fn userinfo(&self, token: &AccessToken, expected: &Subject) -> Result<UserInfo, Error> {
        let address = self.userinfo_address().await?;
        let call = self.get(&address).access_token(token.clone());
        let answer = call.header("accept", "application/json").send().await?.into_http();
        read(address, &answer, expected)
    }

    /// The same with a caller's token, without a proof: whose key it is bound to, the API that was called with it has not. HelseID is not
    /// known to take a proof there at all; the local authority takes such a token from a client that is registered with
    /// `insecure_userinfo_by_bearer`, in a profile that lets it. Insecure, because whoever has the token can do the same.
    ///
    /// Give it a token that your API has verified, with its proof, and the `sub` that it has.
    pub async fn insecure_userinfo_by_bearer(
        &self,
        token: &AccessToken,
        expected: &Subject,
    ) -> Result<UserInfo, Error> {
        let address = self.userinfo_address().await?;
        let request = Request::get(&address)
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", token.expose()))
            .body(Vec::new())
            .map_err(|why| Inner::InvalidRequest { why: why.to_string() })?;
        let answer = self.authority().parts().outbound.send(request, MAX_BYTES).await?;
        read(address, &answer, expected)
    }

    async fn userinfo_address(&self) -> Result<String, Error> {
        let metadata = self.authority().metadata().await?;
        let name = "userinfo_endpoint";
        let missing = || Inner::EndpointMissing { issuer: self.authority().issuer().to_string(), name };
        let address = metadata.login.userinfo_endpoint.ok_or_else(missing)?;
        self.authority().usable_address(name, &address)?;
        Ok(address)
    }
}

fn read(endpoint: String, answer: &Response<Vec<u8>>, expected: &Subject) -> Result<UserInfo, Error> {
    let status = answer.status();
    if status.is_success() {
        let read = UserInfo::read(status, answer.headers(), answer.body(), expected, &mut Trail::new());
        return Ok(read.map_err(|why| {
            let why = UnreadableAnswer::Body { status, why: why.to_string() };
            Inner::Answer { endpoint, why }
        })?);
    }
    Err(match ErrorAnswer::read(status, answer.headers(), answer.body()) {
        Ok(ErrorAnswer::Refused(error)) => Inner::OAuth { endpoint, status, error },
        Ok(ErrorAnswer::Unavailable(answer)) => Inner::Unavailable { endpoint, status, answer },
        Ok(ErrorAnswer::UseNonce(_)) => Inner::NonceLoop { endpoint },
        Err(why) => Inner::Answer { endpoint, why },
    }
    .into())
}
