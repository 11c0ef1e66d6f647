//! `login`.

mod headless;

use std::io::{BufRead as _, IsTerminal as _};
use std::time::Duration;

use helseid_client::{Client, Config};
use helseid_login::flow::{LoggedIn, LoginClient, LoginError, LoginRequest};
use helseid_login::native::NativeLogin;
use helseid_protocol::claims::SecurityLevel;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::RefreshToken;
use serde_json::json;

use super::person::short_name_of;
use super::whoami;
use crate::args::{Global, LoginCommandFlags};
use crate::failure::Failure;
use crate::session::{Place, REDIRECT_URI, Session};
use crate::{output, settings};

/// What every login asks for: who it is, by name, and a refresh token.
const ALWAYS: &str = "openid profile offline_access";

pub(crate) async fn run(flags: LoginCommandFlags, global: &Global) -> Result<(), Failure> {
    let person = flags.person.as_deref().map(short_name_of).transpose()?;
    let place = Place::find(&flags.place, global);
    let must_ask = person.is_none() && !flags.yes;
    if must_ask && !std::io::stdin().is_terminal() {
        let why = "the login is kept only after a question about who logged in, and stdin is not a terminal";
        let next = "run it in a terminal, or use --yes to keep the login of whoever logs in";
        return Err(Failure::usage("the question cannot be asked", why, next));
    }
    let client = settings::client(global, &flags.client())?;
    // Nobody logs in for nothing: a file that will not do is found before. The lock is not held meanwhile.
    drop(place.lock().await?);
    let request = request(&flags, client.config())?;
    let is_by_browser = person.is_none();
    let (person, login) = match person {
        Some(person) => headless::log_in(&client, request.login_hint(person.as_str()), global).await?,
        None => by_browser(&client, &request, flags.no_browser).await?,
    };
    let resource = flags.resource.first().cloned().or_else(|| client.config().resource.clone());
    let session = Session::of(client.config(), &person, resource, is_by_browser);
    if must_ask && !confirmed(&whoami::words(&session))? {
        if let Some(refresh) = &person.refresh {
            login.revoke(&refresh.token).await?;
        }
        return Err(Failure::new("the login is not kept", "you said no", "helseid login"));
    }
    let locked = place.lock().await?;
    // Of another client nothing can be revoked, and what is broken has nothing.
    let before = locked.read(client.config()).ok().and_then(|before| before.refresh_token());
    locked.write(&session)?;
    drop(locked);
    if let Some(before) = before {
        forget(&login, &before).await;
    }
    let words =
        format!("{}\nnext: helseid call --user, helseid whoami, helseid logout", whoami::words(&session));
    output::done(global.format, &json!({ "logged_in": whoami::json(&session) }), &words)
}

/// How long the authority has for what the login before had: the new one is kept already.
const REVOCATION: Duration = Duration::from_secs(5);

/// Revokes what the login before had, if the authority answers.
async fn forget(login: &LoginClient, before: &RefreshToken) {
    let why = match tokio::time::timeout(REVOCATION, login.revoke(before)).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it has not answered in time".to_owned(),
    };
    let why = why.lines().next().unwrap_or_default();
    output::tell(&format!("the login before could not be revoked, and ends by itself: {why}"));
}

async fn by_browser(
    client: &Client,
    request: &LoginRequest,
    shown: bool,
) -> Result<(LoggedIn, LoginClient), Failure> {
    let native = NativeLogin::new(client.clone(), |address| {
        output::tell(&format!(
            "Open this address in a browser of this machine, within 5 minutes:\n{address}"
        ));
    });
    let native = if shown { native.without_browser() } else { native };
    if !shown {
        output::tell("log in in the browser; this command waits for 5 minutes");
    }
    let signed_in = native.log_in(request).await.map_err(not_begun)?;
    Ok((signed_in.person, signed_in.login))
}

/// What to do where the client was never meant to log people in, or has people come back elsewhere.
fn not_begun(error: LoginError) -> Failure {
    let logs_in = error.oauth().is_none_or(|said| {
        let description = said.description.as_deref().unwrap_or_default();
        said.code != "unauthorized_client" && !description.contains("redirect_uri is not registered")
    });
    if logs_in {
        return error.into();
    }
    let [what, why, next] = error.lines();
    let next = format!(
        "use a client that logs people in at a terminal, in a folder of its own: helseid init FOLDER --native; \
         or add {REDIRECT_URI} to the redirect URIs of this one; {next}"
    );
    Failure::new(what, why, next)
}

/// Asks for who it is, a refresh token, and the scopes of the configuration.
pub(super) fn with_scope(config: &Config) -> Result<LoginRequest, Failure> {
    let scope = ScopeSet::parse(&format!("{ALWAYS} {}", config.scope)).map_err(|why| {
        Failure::usage("the scopes are wrong", why, "correct --scope, or scope in the configuration")
    })?;
    Ok(LoginRequest::default().scope(scope))
}

/// What the login asks for: the flags before the configuration.
fn request(flags: &LoginCommandFlags, config: &Config) -> Result<LoginRequest, Failure> {
    let mut request = with_scope(config)?;
    let own = config.resource.iter().filter(|_| flags.resource.is_empty());
    for resource in flags.resource.iter().chain(own) {
        request = request.resource(resource.clone());
    }
    Ok(match flags.level {
        Some(4) => request.level(SecurityLevel::High),
        Some(_) => request.level(SecurityLevel::Substantial),
        None => request,
    })
}

/// Whether this is who was meant to log in: somebody else may have opened the address.
fn confirmed(who: &str) -> Result<bool, Failure> {
    output::tell(&format!("{who}\nKeep this login? (y/N)"));
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|why| Failure::new("the answer cannot be read", why, "try again, or give --yes"))?;
    Ok(["y", "yes", "j", "ja"].iter().any(|yes| answer.trim().eq_ignore_ascii_case(yes)))
}
