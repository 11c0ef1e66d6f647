//! The refresh token of a login (RFC 6749 section 6): a client gets new tokens of a person, later on.

use helseid_protocol::details::Details;
use helseid_protocol::endpoint::token::{RefreshForm, RefreshGrant, Sender};

use super::Asked;
use super::scopes::{audiences, of_login, require_single_audience};
use crate::oauth::signed_post::{Notes, Stop};
use crate::oauth::state::UserLogin;
use crate::oauth::token::attested::Said;
use crate::oauth::token::claims::ClientClaims;
use crate::oauth::token::granted::{Granted, LoginGrant, UsesUp};
use crate::oauth::user::{RefreshText, StoredFamily};
use crate::storage::sessions::KnownFamily;

/// Checks everything but whether the token was used before, which is asked last.
pub(super) async fn check<'a>(
    asked: &Asked<'a>,
    login: &'a UserLogin,
    notes: &mut Notes,
) -> Result<Granted<'a>, Stop> {
    let Asked { registry, client, when, .. } = *asked;
    let form = RefreshForm::read(asked.form, &mut notes.trail)?;
    let found = stored(login, &form).await?;
    let (text, known, stored) = form.require_known(found, &mut notes.trail)?;
    let KnownFamily { family, has_ended } = known;
    if family.client == client.known.client.id {
        notes.artifacts.belongs_to(&stored.login.login_id, &stored.login.session);
        stored.login.details.iter().for_each(|asked| notes.artifacts.login_attested(asked));
    }
    let trail = &mut notes.trail;
    let of_scopes = audiences(&stored.login.scopes, registry);
    let resources = if stored.login.resources.is_empty() { &of_scopes } else { &stored.login.resources };
    let granted = RefreshGrant {
        client_id: &family.client,
        scopes: &stored.login.scopes,
        resources,
        is_bound: stored.is_bound,
        is_attested: stored.login.is_attested(),
        expires: family.expires,
        is_revoked: has_ended,
    };
    // For this one token: the next refresh acts for whom its own assertion names.
    let details = Details::read(client.assertion.claims(), trail)?;
    details.require_known_types(trail)?;
    let sender = Sender {
        client_id: &client.known.client.id,
        proof_key: asked.binding.proof.as_ref().map(|proof| proof.thumbprint().as_str()),
        attests: details.attestation().is_some(),
        now: when.real,
    };
    let narrowed = form.check(granted, sender, trail)?;
    let person = stored.login.person(registry);

    let named = if narrowed.resources.is_empty() { &stored.login.resources } else { &narrowed.resources };
    let scopes = of_login(&narrowed.scopes, named, (&client.known.client, registry));
    let audiences = audiences(&scopes, registry);
    require_single_audience(&audiences, trail);
    let said = Said::of(details, &stored.login, when.judged());
    let claims = ClientClaims::check(registry, &client.known.client, (&audiences, &said.details), trail)?;
    let attested = said.attested(&person, (&claims, registry), trail)?;
    let (id, login_grant) = (family.id.clone(), stored.login);
    Ok(Granted {
        scopes,
        audiences,
        client: claims,
        login: Some(LoginGrant { login: login_grant, person, family: id, attested, nonce: None }),
        exchanged: None,
        uses_up: UsesUp::RefreshToken { form, text, family, login },
    })
}

type Found = (RefreshText, KnownFamily, StoredFamily);

async fn stored(login: &UserLogin, form: &RefreshForm<'_>) -> Result<Option<Found>, Stop> {
    let Some(text) = RefreshText::read(form.refresh_token()) else { return Ok(None) };
    let Some(known) = login.sessions.look_up_family(&text.family).await? else { return Ok(None) };
    let stored = StoredFamily::read(&known.family.data);
    Ok(stored.map(|stored| (text, known, stored)))
}
