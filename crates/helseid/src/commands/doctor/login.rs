//! `doctor --login`: a login, step by step, as far as it goes without a browser.
//!
//! `login_client | pushed_request | authorize | code id_token | userinfo | refresh | logout`

use std::time::Duration;

use helseid_client::{Client, RetryPolicy};
use helseid_login::flow::{Found, LoggedIn, LoginClient, LoginError, PushedLogin, RefreshAsk, Returned};
use helseid_protocol::details::Details;
use helseid_protocol::scope::ScopeSet;
use helseid_protocol::secret::RefreshToken;
use http::header;

use super::arrived::{Arrived, arrived};
use super::configuration::Setup;
use super::registry;
use super::report::{Report, Step};
use super::stage::Stage;
use crate::args::DoctorFlags;
use crate::commands::login;
use crate::commands::person::short_name_of;
use crate::failure::Failure;
use crate::session::REDIRECT_URI;

/// What the next step needs; none where the login ends.
type Next<T> = Result<Option<T>, Failure>;

/// Goes through a login. Nothing of it is kept, and what it gave is revoked at the end.
pub(super) async fn examine(flags: &DoctorFlags, setup: &Setup, report: &mut Report) -> Result<(), Failure> {
    let Some(client) = client(redirect_uri(flags), setup, report).await? else { return Ok(()) };
    let Some(pushed) = push(flags, setup, &client, report).await? else { return Ok(()) };
    let Some(back) = authorize(flags, setup, &pushed, report).await? else { return Ok(()) };
    let Some(person) = redeem(pushed, &back, &client, report).await? else { return Ok(()) };
    userinfo(&person, &client, report).await?;
    end(&person, &client, report).await
}

/// Where the login comes back to: to the application that is checked, or to `helseid login`.
fn redirect_uri(flags: &DoctorFlags) -> &str {
    flags.redirect_uri.as_deref().unwrap_or(REDIRECT_URI)
}

async fn client(redirect_uri: &str, setup: &Setup, report: &mut Report) -> Next<LoginClient> {
    let builder = Client::builder(setup.config.clone()).retry(RetryPolicy::new(0, Duration::ZERO));
    let made = builder.build().map_err(LoginError::from);
    let made = made.and_then(|client| Ok(LoginClient::new(client, redirect_uri)?.without_userinfo()));
    let found = match made {
        Ok(login) => login.endpoints().await.map(|endpoints| (login, endpoints)),
        Err(error) => Err(error),
    };
    match found {
        Ok((login, endpoints)) => {
            let has = |is: bool, name: &str| if is { String::new() } else { format!("; no {name}") };
            let says = format!(
                "people log in at {}{}{}{}",
                endpoints.authorization,
                has(endpoints.has_userinfo, "userinfo"),
                has(endpoints.has_revocation, "revocation"),
                has(endpoints.end_session.is_some(), "logout"),
            );
            report.add(Step::passed(Stage::LoginClient, says))?;
            Ok(Some(login))
        }
        Err(error) => ended(Stage::LoginClient, &error, report),
    }
}

async fn push(
    flags: &DoctorFlags,
    setup: &Setup,
    client: &LoginClient,
    report: &mut Report,
) -> Next<PushedLogin> {
    let request = match login::with_scope(&setup.config) {
        Ok(request) => request,
        Err(failure) => {
            report.add(Step::of_failure(Stage::PushedRequest, &failure))?;
            return Ok(None);
        }
    };
    let person = flags.person.as_deref().map(short_name_of).transpose()?;
    let request = match person {
        Some(person) => request.login_hint(person.as_str()),
        None => request,
    };
    match client.begin(&request).await {
        Ok(pushed) => {
            report.add(Step::passed(
                Stage::PushedRequest,
                "accepted: PKCE, the key of the login, the redirect URI and the scopes",
            ))?;
            Ok(Some(pushed))
        }
        Err(error) if is_about_the_redirect_uri(&error) => {
            let [what, why, next] = error.lines();
            let next = format!("{}; {next}", registered_address(flags, setup).await);
            report.add(Step::failed(Stage::PushedRequest, what, why, next).rule(error.rule()))?;
            Ok(None)
        }
        Err(error) => ended(Stage::PushedRequest, &error, report),
    }
}

/// Which redirect URI to give or to register. That of `helseid login` is a native app's: it is not offered to a client that has others.
async fn registered_address(flags: &DoctorFlags, setup: &Setup) -> String {
    let update = format!("helseid client update {}", shell_word(setup.config.client_id.as_str()));
    let given = flags.redirect_uri.as_deref();
    let registered = registry::redirect_uris(setup).await;
    let flag = |uri: &str| format!("--redirect-uri {}", shell_word(uri));
    match (registered.as_deref(), given) {
        (Some([first, ..]), None) => format!("give the client's own: {}", flag(first)),
        (Some(own @ [first, ..]), Some(given)) => {
            let all: Vec<_> = own.iter().map(|uri| flag(uri)).chain([flag(given)]).collect();
            format!(
                "give a registered one, such as {}, or register it, too: {update} {}",
                flag(first),
                all.join(" ")
            )
        }
        (Some([]), _) => format!("register it: {update} {}", flag(given.unwrap_or(REDIRECT_URI))),
        (None, Some(_)) => "register it for the client".to_owned(),
        (None, None) => {
            format!(
                "give the application's own with --redirect-uri; for helseid login, register {REDIRECT_URI}"
            )
        }
    }
}

/// As one word of a shell: whoever registered a client chose its addresses, and they may have what a shell reads as more.
fn shell_word(text: &str) -> String {
    match text.chars().all(|c| c.is_ascii_alphanumeric() || ":/._~%-".contains(c)) && !text.is_empty() {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

fn is_about_the_redirect_uri(error: &LoginError) -> bool {
    let description = error.oauth().and_then(|said| said.description.as_deref());
    description.is_some_and(|said| said.contains("redirect_uri is not registered"))
}

/// Opens the address that a browser would open. Where a page is shown, the rest is for a person.
async fn authorize(
    flags: &DoctorFlags,
    setup: &Setup,
    pushed: &PushedLogin,
    report: &mut Report,
) -> Next<String> {
    let stage = Stage::Authorize;
    let answer = match setup.outbound.get(pushed.authorize.as_str()).await {
        Ok(answer) => answer,
        Err(why) => {
            report.add(Step::of_failure(stage, &why.into()))?;
            return Ok(None);
        }
    };
    let status = answer.status();
    let location = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
    match (arrived(location, &pushed.authorize, redirect_uri(flags)), &flags.person) {
        (Arrived::Back(query), _) => {
            report.add(Step::passed(stage, "answered without a page"))?;
            Ok(Some(query))
        }
        (Arrived::AtAnError(page), _) => {
            let next = "open it in a browser: it may say more; or log in with helseid login";
            report.add(Step::failed(stage, "an error page is shown", page, next))?;
            Ok(None)
        }
        _ if status.is_client_error() || status.is_server_error() => {
            let why = format!("status {}; its page says more", status.as_u16());
            report.add(Step::failed(
                stage,
                "the login page is not shown",
                why,
                "helseid login shows the page",
            ))?;
            Ok(None)
        }
        (_, Some(_)) => {
            let next =
                "helseid person list shows who can log in at a local authority; elsewhere leave out --person";
            let why = format!("status {}: nobody of that name can log in without a page", status.as_u16());
            report.add(Step::failed(stage, "a page is shown", why, next))?;
            Ok(None)
        }
        (arrived, None) => {
            let says = match arrived {
                Arrived::Elsewhere(page) => format!("the browser is sent on to log in: {page}"),
                _ => "the login page is shown".to_owned(),
            };
            report.add(Step::passed(stage, says))?;
            for stage in [Stage::Code, Stage::IdToken, Stage::Userinfo, Stage::Refresh, Stage::Logout] {
                report.add(Step::skipped(stage, "only a person can go on: helseid login"))?;
            }
            Ok(None)
        }
    }
}

async fn redeem(
    pushed: PushedLogin,
    back: &str,
    client: &LoginClient,
    report: &mut Report,
) -> Next<LoggedIn> {
    let returned = Returned::read(back.as_bytes());
    let coded =
        returned.and_then(|own| own.recognise(Found::Pending(pushed.pending), client)?.answer(client));
    let redeemed = match coded {
        Ok(coded) => coded.redeem(client).await,
        Err(error) => Err(error),
    };
    let redeemed = match redeemed {
        Ok(redeemed) => redeemed,
        Err(error) => return ended(Stage::Code, &error, report),
    };
    report.add(Step::passed(Stage::Code, "redeemed, for a token that is bound to the login's key"))?;
    let verified = match redeemed.verify(client).await {
        Ok(verified) => verified.describe(client).await,
        Err(error) => Err(error),
    };
    match verified {
        Ok(person) => {
            let level = person.claims.security_level();
            let level = level.map_or_else(|| "no security level".to_owned(), |level| level.to_string());
            report.add(Step::passed(Stage::IdToken, format!("its signature and claims hold; {level}")))?;
            Ok(Some(person))
        }
        Err(error) => ended(Stage::IdToken, &error, report),
    }
}

async fn userinfo(person: &LoggedIn, client: &LoginClient, report: &mut Report) -> Result<(), Failure> {
    let stage = Stage::Userinfo;
    report.add(match client.endpoints().await {
        Ok(endpoints) if !endpoints.has_userinfo => Step::skipped(stage, "the authority has none"),
        Err(error) => failed(stage, &error),
        Ok(_) => match client.userinfo(&person.access.token, &person.key, person.claims.subject()).await {
            Ok(_) => Step::passed(stage, "it is about the same person"),
            Err(error) => failed(stage, &error),
        },
    })
}

/// A refresh, then the end of the login.
async fn end(person: &LoggedIn, client: &LoginClient, report: &mut Report) -> Result<(), Failure> {
    let Some(first) = &person.refresh else {
        let next = "request offline_access, and register the client for it";
        report.add(Step::warned(Stage::Refresh, "the login gave no refresh token", next))?;
        return report.add(Step::skipped(Stage::Logout, "there is nothing to revoke"));
    };
    let (step, newest) = refresh(person, &first.token, client).await;
    report.add(step)?;
    report.add(match client.revoke(&newest).await {
        Ok(()) => Step::passed(Stage::Logout, "the login is revoked"),
        Err(error) => failed(Stage::Logout, &error),
    })
}

/// What became of the refresh, and the refresh token that is good now.
async fn refresh(person: &LoggedIn, token: &RefreshToken, client: &LoginClient) -> (Step, RefreshToken) {
    let ask = RefreshAsk {
        refresh_token: token,
        key: &person.key,
        resource: person.access.resource.as_ref(),
        scope: &ScopeSet::none(),
        details: Details::new(),
    };
    let answer = match client.refresh(ask).await {
        Ok(answer) => answer,
        Err(error) => return (failed(Stage::Refresh, &error), token.clone()),
    };
    let newest = answer.refresh_grant().map_or_else(|| token.clone(), |grant| grant.token.clone());
    let step = match answer.verify(client, &person.claims).await {
        Ok(_) => Step::passed(Stage::Refresh, "new tokens, of the same login"),
        Err(error) => failed(Stage::Refresh, &error),
    };
    (step, newest)
}

fn ended<T>(stage: Stage, error: &LoginError, report: &mut Report) -> Next<T> {
    report.add(failed(stage, error))?;
    Ok(None)
}

fn failed(stage: Stage, error: &LoginError) -> Step {
    let [what, why, next] = error.lines();
    Step::failed(stage, what, why, next).rule(error.rule())
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn an_address_is_one_word_of_a_shell() {
        for plain in ["https://app.example:8443/a-b/c_d~e%20.f", "http://127.0.0.1/callback"] {
            assert_eq!(shell_word(plain), plain);
        }
        for (text, expected) in [
            ("https://a.example/cb?a=1&b=$(x)", "'https://a.example/cb?a=1&b=$(x)'"),
            ("https://a.example/it's;id", r"'https://a.example/it'\''s;id'"),
            ("", "''"),
        ] {
            assert_eq!(shell_word(text), expected);
        }
    }
}
