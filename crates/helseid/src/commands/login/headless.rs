//! A login without a browser, at an authority that logs synthetic persons in by `login_hint`: the address that a browser would
//! open is read here, and where it leads is the callback.

use helseid_client::Client;
use helseid_login::flow::{Found, LoggedIn, LoginClient, LoginRequest, Returned};
use http::header;
use url::Url;

use crate::args::Global;
use crate::failure::Failure;
use crate::session::REDIRECT_URI;
use crate::settings;

/// Logs in the person whom the request hints at.
pub(super) async fn log_in(
    client: &Client,
    request: LoginRequest,
    global: &Global,
) -> Result<(LoggedIn, LoginClient), Failure> {
    let login = LoginClient::new(client.clone(), REDIRECT_URI)?;
    let pushed = login.begin(&request).await.map_err(super::not_begun)?;
    let answer = settings::outbound(global)?.get(pushed.authorize.as_str()).await?;
    let location = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    let back = location.and_then(|to| Url::parse(to).ok()).filter(|to| to.as_str().starts_with(REDIRECT_URI));
    let Some(back) = back else {
        let what = format!("{} did not log this person in", login.issuer());
        let status = answer.status().as_u16();
        let why = format!("it showed a page (status {status}), as for a person whom it does not know");
        let next =
            "see who can log in at a local authority: helseid person list; elsewhere leave out --person";
        return Err(Failure::new(what, why, next));
    };
    let returned = Returned::read(back.query().unwrap_or_default().as_bytes())?;
    let person = returned.recognise(Found::Pending(pushed.pending), &login)?.complete(&login).await?;
    Ok((person, login))
}
