//! The code of a login (RFC 6749 section 4.1.3): a client gets the first tokens of a person.

use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::{CodeForm, Sender};

use super::Asked;
use super::scopes::{audiences, of_login, require_single_audience};
use crate::oauth::signed_post::{Notes, OwnUse, Stop};
use crate::oauth::state::UserLogin;
use crate::oauth::token::claims::ClientClaims;
use crate::oauth::token::granted::{Granted, LoginGrant, UsesUp};
use crate::oauth::user::{CodeText, StoredCode};
use crate::storage::ephemeral::Key;

/// Checks everything but whether the code was used before, which is asked last.
pub(super) async fn check<'a>(
    asked: &Asked<'a>,
    login: &'a UserLogin,
    notes: &mut Notes,
) -> Result<Granted<'a>, Stop> {
    let Asked { registry, client, when, .. } = *asked;
    let form = CodeForm::read(asked.form, &mut notes.trail)?;
    let (key, code) = form.require_known(stored(asked, &form).await?, &mut notes.trail)?;
    if code.client_id == client.known.client.id {
        notes.artifacts.login_id = Some(code.login.login_id.clone());
    }
    let trail = &mut notes.trail;
    let details = Details::read(client.assertion.claims(), trail)?;
    let granted = audiences(&code.login.scopes, registry);
    let named = if code.login.resources.is_empty() { &granted } else { &code.login.resources };
    let sender = Sender {
        client_id: &client.known.client.id,
        proof_key: asked.binding.proof.as_ref().map(|proof| proof.thumbprint().as_str()),
        attests: details.attestation().is_some(),
        now: when.real,
    };
    let resources = form.check(code.issued(named), sender, trail)?;
    let (Some(person), Some(family), Ok(session)) =
        (code.login.person(registry), code.family(), code.login.session.parse())
    else {
        return Err(Stop::Unavailable("the login of this code cannot be read"));
    };
    let is_alive = !login.sessions.session_has_ended(&session).await?;
    form.require_live_login(is_alive, trail)?;

    let resources = if resources.is_empty() { &code.login.resources } else { &resources };
    let scopes = of_login(&code.login.scopes, resources, (&client.known.client, registry));
    let audiences = audiences(&scopes, registry);
    require_single_audience(&audiences, trail);
    let claims = ClientClaims::check(registry, client, (&audiences, &details), trail)?;
    let own = OwnUse { entry: key, once: code.once(key) };
    let StoredCode { nonce, login: granted, .. } = code;
    Ok(Granted {
        scopes,
        audiences,
        client: claims,
        login: Some(LoginGrant { login: granted, person, family, nonce }),
        uses_up: UsesUp::Code { form, own, login },
    })
}

async fn stored(asked: &Asked<'_>, form: &CodeForm<'_>) -> Result<Option<(Key, StoredCode)>, Stop> {
    let replay = &asked.state.replay;
    let Some(key) = CodeText::key(&replay.ids, form.code()) else { return Ok(None) };
    let found = replay.store.get(key, asked.when.real).await?;
    Ok(found.and_then(|found| StoredCode::read(&found.value)).map(|code| (key, code)))
}
