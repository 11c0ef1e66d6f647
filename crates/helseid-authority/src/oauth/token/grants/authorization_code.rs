//! The code of a login (RFC 6749 section 4.1.3): a client gets the first tokens of a person.

use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::{CodeForm, Sender};
use helseid_protocol::id::Audience;
use helseid_protocol::rule::Trail;

use super::Asked;
use super::scopes::{audiences, of_login, require_single_audience};
use crate::domain::model::Client;
use crate::oauth::signed_post::{Notes, OwnUse, Stop};
use crate::oauth::state::UserLogin;
use crate::oauth::token::attested::Said;
use crate::oauth::token::claims::ClientClaims;
use crate::oauth::token::granted::{First, Granted, LoginGrant, UsesUp};
use crate::oauth::user::{CodeText, StoredCode};
use crate::registry::Snapshot;
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
        notes.artifacts.belongs_to(&code.login.login_id, &code.login.session);
        code.login.details.iter().for_each(|asked| notes.artifacts.login_attested(asked));
    }
    let trail = &mut notes.trail;
    let details = Details::read(client.assertion.claims(), trail)?;
    details.require_known_types(trail)?;
    let granted = audiences(&code.login.scopes, registry);
    let named = if code.login.resources.is_empty() { &granted } else { &code.login.resources };
    let sender = Sender {
        client_id: &client.known.client.id,
        proof_key: asked.binding.proof.as_ref().map(|proof| proof.thumbprint().as_str()),
        attests: details.attestation().is_some(),
        now: when.real,
    };
    let resources = form.check(code.issued(named), sender, trail)?;
    let Ok(session) = code.login.session.parse() else { return Err(UNREADABLE) };
    let is_alive = !login.sessions.session_has_ended(&session).await?;
    form.require_live_login(is_alive, trail)?;

    let own = OwnUse { entry: key, once: code.once(key) };
    let said = Said::of(details, &code.login, when.judged());
    let (granted, first) = of_code(code, &resources, (&client.known.client, registry), (&said, trail))?;
    Ok(Granted { uses_up: UsesUp::Code { form, own, login, first }, ..granted })
}

const UNREADABLE: Stop = Stop::Unavailable("the login of this code cannot be read");

/// What a code gives of what it was issued for: all of it, or what belongs to the named APIs. It uses nothing up.
pub(in crate::oauth::token) fn of_code<'a>(
    code: StoredCode,
    named: &[Audience],
    (client, registry): (&Client, &Snapshot),
    (said, trail): (&Said, &mut Trail),
) -> Result<(Granted<'a>, First), Stop> {
    let person = code.login.person(registry);
    let Some(family) = code.family() else { return Err(UNREADABLE) };
    let named = if named.is_empty() { &code.login.resources } else { named };
    let scopes = of_login(&code.login.scopes, named, (client, registry));
    let audiences = audiences(&scopes, registry);
    require_single_audience(&audiences, trail);
    let claims = ClientClaims::check(registry, client, (&audiences, &said.details), trail)?;
    let attested = said.attested(&person, (&claims, registry), trail)?;
    let StoredCode { nonce, login, begins, granted_at, .. } = code;
    let login = Some(LoginGrant { login, person, family, attested, nonce });
    let granted =
        Granted { scopes, audiences, client: claims, login, exchanged: None, uses_up: UsesUp::Nothing };
    Ok((granted, First { begins, granted_at }))
}

async fn stored(asked: &Asked<'_>, form: &CodeForm<'_>) -> Result<Option<(Key, StoredCode)>, Stop> {
    let replay = &asked.state.replay;
    let Some(key) = CodeText::key(&replay.ids, form.code()) else { return Ok(None) };
    let found = replay.store.get(key, asked.when.real).await?;
    Ok(found.and_then(|found| StoredCode::read(&found.value)).map(|code| (key, code)))
}
