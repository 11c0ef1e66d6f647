//! `logout`.

use helseid_login::flow::LoginClient;
use serde_json::json;

use crate::args::{ClientFlags, Global, SessionFlags};
use crate::failure::Failure;
use crate::session::{Place, REDIRECT_URI};
use crate::{output, settings};

/// Forgets the login whatever the authority says, and revokes it there.
pub(crate) async fn run(flags: &SessionFlags, global: &Global) -> Result<(), Failure> {
    let client = settings::client(global, &ClientFlags::default())?;
    let place = Place::find(&flags.place, global);
    // Without a login no lock is made.
    place.read(client.config())?;
    let locked = place.lock().await?;
    let session = locked.read(client.config())?;
    locked.remove()?;
    let login = LoginClient::new(client, REDIRECT_URI)?;
    if let Some(refresh_token) = session.refresh_token() {
        login.revoke(&refresh_token).await.map_err(|why| {
            let [what, why, _] = why.lines();
            let next = "nothing: the login is forgotten here, and ends by itself there";
            Failure::new(format_args!("the authority could not be notified: {what}"), why, next)
        })?;
    }
    let mut words = "logged out".to_owned();
    if session.by_browser
        && let Some(address) = login.endpoints().await?.end_session
    {
        words += &format!("\nthe browser stays logged in at the authority; to end that, open {address}");
    }
    output::done(global.format, &json!({ "logged_out": true }), &words)
}
